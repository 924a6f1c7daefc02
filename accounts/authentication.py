"""Who calls the API: an API key, or the session of the page. Both end in an `Actor` on the request."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DjangoSession
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import origin
from accounts.models import User, Workspace
from accounts.services import KEY_PREFIX, Actor, actor_for_key, enter

WORKSPACE_HEADER = "Multivio-Workspace"


def actor_of(request: Request) -> Actor:
    """Who acts, on a request that `InWorkspace` let through."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mv_…`. Listed first, so that a missing log-in is answered with 401, not 403."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = actor_for_key(key.strip()) if key.startswith(KEY_PREFIX) else None
        if found is None:
            raise AuthenticationFailed("This API key is not valid: it may have been revoked or have expired.")
        actor, key_id = found
        origin.by_key(key_id)
        request._request.actor = actor  # type: ignore[attr-defined]  # DRF copies its own request for the forms of its pages
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class SessionAuthentication(DjangoSession):
    """The signed-in page. The workspace is the one named in the Multivio-Workspace header, else the only or first one."""

    def authenticate(self, request: Request) -> tuple[Any, Actor | None] | None:
        result = super().authenticate(request)
        if result is None:
            return None
        user = result[0]
        slug = request.headers.get(WORKSPACE_HEADER) or request.session.get("workspace") or _first_slug(user)
        actor = enter(user=user, slug=slug) if slug and not isinstance(user, AnonymousUser) else None
        request._request.actor = actor  # type: ignore[attr-defined]
        return user, actor


def _first_slug(user: User) -> str:
    return Workspace.objects.order_by("id").values_list("slug", flat=True).first() or ""


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key made with `manage.py create_api_key`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
