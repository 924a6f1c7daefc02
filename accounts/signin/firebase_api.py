"""`POST /api/v1/auth/firebase`: an ID token of Firebase becomes tokens of ours, or a session of the browser."""

import json
from typing import Any

from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.constants import Client
from allauth.headless.internal.authkit import authentication_context
from allauth.headless.internal.decorators import mark_request_as_headless
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.authentication import CSRFCheck
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.signin import firebase
from accounts.signin.firebase_token import Person, verify
from multivio.api import OutsideTransaction, StrictSerializer
from multivio.errors import Forbidden
from multivio.idempotency import IdempotentMixin


class FirebaseIn(StrictSerializer):
    """What Firebase's own library gives an app when somebody signs in."""

    id_token = serializers.CharField(max_length=8192, help_text="Signed in within the last five minutes; works once.")
    kind = serializers.ChoiceField(
        choices=["tokens", "session"],
        default="tokens",
        help_text="`session` sets the cookie of the pages, and needs their CSRF token.",
    )


class SignedInOut(serializers.Serializer[Any]):
    """Signed in; or one step before, where the account has a second factor."""

    state = serializers.ChoiceField(choices=["signed_in", "second_factor"])
    access_token = serializers.CharField(allow_null=True, help_text="Send it as `Authorization: Bearer …`.")
    refresh_token = serializers.CharField(allow_null=True, help_text="Works once, at /_allauth/app/v1/tokens/refresh.")
    expires_in = serializers.IntegerField(allow_null=True, help_text="Seconds.")
    session_token = serializers.CharField(
        allow_null=True,
        help_text="With `second_factor`: send it as `X-Session-Token` to /_allauth/app/v1/auth/2fa/authenticate.",
    )


EXAMPLE = OpenApiExample("From an app", value={"id_token": "eyJhbGciOiJSUzI1NiIs…"})


class FirebaseView(IdempotentMixin, OutsideTransaction):
    """Nobody is known when it is asked, so no key is ever kept for it; an ID token works once in any case."""

    authentication_classes: Any = []
    permission_classes = [AllowAny]

    def perform_authentication(self, request: Request) -> None:
        """Nobody is known yet: who asks is in the body."""

    @extend_schema(
        operation_id="auth_firebase",
        tags=["auth"],
        auth=[],
        summary="Sign in with Firebase",
        request=FirebaseIn,
        responses=SignedInOut,
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Exchange an ID token. The first time, this creates an account with a workspace."""
        sent = FirebaseIn(data=request.data)
        sent.is_valid(raise_exception=True)
        if sent.validated_data["kind"] == "session":
            _require_csrf(request._request)
        person = verify(sent.validated_data["id_token"])
        act = _session if sent.validated_data["kind"] == "session" else _tokens
        return Response(act(request._request, person), headers={"Cache-Control": "no-store"})


def _require_csrf(request: HttpRequest) -> None:
    """Without this, another site could sign its visitor in as somebody else."""
    if _csrf(request) is not None:
        raise Forbidden("The CSRF token is missing or wrong.", code="csrf_failed")


def _csrf(request: HttpRequest) -> Any:
    check = CSRFCheck(lambda _request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, _csrf, (), {})


def _session(request: HttpRequest, person: Person) -> dict[str, Any]:
    firebase.sign_in(request, person)
    state = "signed_in" if request.user.is_authenticated else "second_factor"
    return {**dict.fromkeys(SignedInOut().fields), "state": state}


def _tokens(request: HttpRequest, person: Person) -> dict[str, Any]:
    """By allauth's own machinery, so that a second factor is asked for before there is any token."""
    request.user = AnonymousUser()  # a cookie that came along is of no meaning here
    mark_request_as_headless(request, Client.APP)
    with authentication_context(request):
        firebase.sign_in(request, person)
        meta = json.loads(AuthenticationResponse(request).content)["meta"]
    done = bool(meta.get("is_authenticated"))
    return {
        "state": "signed_in" if done else "second_factor",
        "access_token": meta.get("access_token"),
        "refresh_token": meta.get("refresh_token"),
        "expires_in": settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN if done else None,
        "session_token": None if done else meta.get("session_token"),
    }


urlpatterns = [path("auth/firebase", FirebaseView.as_view(), name="firebase")]
