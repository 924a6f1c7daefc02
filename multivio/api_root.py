"""The API's front desk: what there is, and a plain answer for what there is not."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

ROUTES = (
    "workspace",
    "members",
    "invitations",
    "me",
    "posts",
    "publications",
    "connections",
    "media",
    "platforms",
    "ai-tasks",
    "ai-generations",
    "ai-usage",
    "keys",
    "notifications",
    "audit",
    "billing",
    "usage",
    "schema",
)


@extend_schema(exclude=True)
class ApiRoot(APIView):
    """Start here. The reference is at /docs."""

    def get(self, request: Request) -> Response:
        links = {name: reverse(f"api:{name}", request=request) for name in ROUTES}
        return Response({**links, "docs": reverse("docs", request=request)})


@extend_schema(exclude=True)
class NoSuchRoute(APIView):
    """An address of the API that does not exist answers like one, whoever asks."""

    authentication_classes: Any = []
    permission_classes: Any = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is no such address in the API. Addresses have no slash at the end.", code="no_such_route")
