"""Ending visits of support: by whoever manages the workspace, and by the visitor."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts import visiting
from accounts.audit_models import SupportVisit
from accounts.doors import button
from accounts.pages import WorkspaceRequest


@button("audit_trail")
def end(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    visit = SupportVisit.objects.filter(workspace=request.actor.workspace, uid=uid).select_related("staff").first()
    if visit is None:
        raise Http404("no such visit")
    visiting.end_visit(actor=request.actor, visit=visit)
    messages.success(request, f"{visit.staff.get_full_name()} is no longer in this workspace.")
    return redirect("audit_trail", request.actor.workspace.slug)


@login_required
@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Not through the workspace, in which a visitor can change nothing, not even this."""
    if not request.user.is_staff:
        raise Http404("only support visits")
    visiting.leave(staff=request.user, slug=slug)
    return redirect("admin:accounts_workspace_changelist")
