"""Who calls the API: a person's token (JWT), an API key, or the session of the page. Each ends in an `Actor` on the request."""

from typing import Any

from allauth.headless.tokens.strategies.jwt.internal import get_token_session, validate_access_token
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DjangoSession
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import origin
from accounts.models import User, Workspace
from accounts.services import KEY_PREFIX, Actor, actor_for_key, enter, note_dead_key
from accounts.signin.sessions import is_over
from multivio import tenancy

WORKSPACE_HEADER = "Multivio-Workspace"


def actor_of(request: Request) -> Actor:
    """Who acts, on a request that `InWorkspace` let through."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


class JwtAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>` of a signed-in person, with the workspace in the Multivio-Workspace header.

    Listed first, so that a missing log-in is answered with 401, not 403. The token is good for as long as its session is:
    signing out, a changed password or a closed account end it at once. It is only ever issued by allauth at the end of
    signing in, second factor included.
    """

    def authenticate(self, request: Request) -> tuple[User, Actor | None] | None:
        token = _bearer(request)
        if token is None or token.startswith(KEY_PREFIX):
            return None
        found = validate_access_token(token)
        if found is None:
            raise AuthenticationFailed("This token is not valid: it may have expired, or its session has ended.")
        user, claims = found
        session = get_token_session(claims)
        if session is None or is_over(session):
            raise AuthenticationFailed("This session has lasted its longest. Sign in again.")
        tenancy.identify(user_id=user.pk, workspace_id=None)
        slug = request.headers.get(WORKSPACE_HEADER)
        actor = enter(user=user, slug=slug) if slug else None
        request._request.actor = actor  # type: ignore[attr-defined]
        request._request.names_no_workspace = not slug  # type: ignore[attr-defined]
        return user, actor

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mv_…`: a key to one workspace."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        key = _bearer(request)
        if key is None:
            return None
        found = actor_for_key(key) if key.startswith(KEY_PREFIX) else None
        if found is None:
            note_dead_key(key)
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
    return Workspace.objects.of(user.pk).order_by("id").values_list("slug", flat=True).first() or ""


class JwtScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.JwtAuthentication"
    name = "jwt"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = (
            "An access token from signing in at /_allauth/app/v1/auth/login or /api/v1/auth/firebase, good for ten minutes. "
            "Renew it at /_allauth/app/v1/tokens/refresh. Name the workspace in the Multivio-Workspace header."
        )
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key from the page API keys, from `POST /api/v1/keys` or `manage.py create_api_key`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
