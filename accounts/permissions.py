"""DRF's question: is there a workspace to act in? What may be done there is asked by the services."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from multivio.errors import DomainError

if TYPE_CHECKING:  # rest_framework.views loads this module while it is being imported itself
    from rest_framework.views import APIView


class WorkspaceNeeded(DomainError):
    status = 400
    code = "workspace_needed"


class InWorkspace(BasePermission):
    message = "You are not a member of this workspace."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if getattr(request, "names_no_workspace", False):
            raise WorkspaceNeeded("Say which workspace: send its address (slug) in the header Multivio-Workspace.")
        return getattr(request, "actor", None) is not None
