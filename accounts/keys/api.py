"""`/api/v1/keys`: API keys of the workspace. People make them; a key may look at, rotate and revoke itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.keys.forms import DEFAULT_DAYS, in_days
from accounts.models import ApiKey
from accounts.roles import Right
from accounts.services import LONGEST_OVERLAP, Actor, create_api_key, revoke_api_key, rotate_api_key
from multivio.api import StrictSerializer
from multivio.idempotency import IdempotentMixin

HOUR = timedelta(hours=1)


class KeyOut(serializers.Serializer[Any]):
    """An API key. The key itself is in the answer that made it, and in no other."""

    id = serializers.UUIDField(source="uid")
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The first letters, to tell keys apart.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Right.choices))
    state = serializers.ChoiceField(choices=["active", "replaced", "expired", "revoked"])
    made_by = serializers.CharField(source="user.get_full_name")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Null: never.")
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeyOut(KeyOut):
    """A new API key with its secret, shown this once."""

    key = serializers.CharField(allow_null=True, help_text="Keep it now. Null in a repeated answer: it is not stored.")


class KeyIn(StrictSerializer):
    """A key acts as you. It may do what both its scopes and your role of the moment allow."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=32),
        required=False,
        max_length=50,
        help_text=f"Of {', '.join(Right.values)}. Left out: all that you may do today. Reading is always included.",
    )
    expires_in_days = serializers.IntegerField(
        min_value=1, max_value=3650, required=False, allow_null=True, default=DEFAULT_DAYS, help_text="Null: never."
    )


class RotateIn(StrictSerializer):
    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=int(LONGEST_OVERLAP / HOUR),
        default=24,
        help_text="For how long the old key goes on working.",
    )


EXAMPLE = OpenApiExample("For a website", value={"name": "Website", "scopes": ["read"], "expires_in_days": 365})


def _read(shape: type[StrictSerializer], request: Request) -> dict[str, Any]:
    sent = shape(data=request.data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


def _visible(actor: Actor) -> Any:
    rows = ApiKey.objects.shown_to(actor, manages=actor.may(Right.MANAGE))
    return rows if actor.key_id is None or actor.may(Right.MANAGE) else rows.filter(pk=actor.key_id)


def _key(request: Request, uid: UUID) -> ApiKey:
    key: ApiKey | None = _visible(actor_of(request)).filter(uid=uid).first()
    if key is None:
        raise Http404("no such key")
    return key


def _made(row: ApiKey, secret: str) -> Response:
    row.key = secret  # type: ignore[attr-defined]
    return Response(NewKeyOut(row).data, status=status.HTTP_201_CREATED)


class KeysView(IdempotentMixin, APIView):
    shown_once = ("key",)

    @extend_schema(operation_id="keys_list", tags=["keys"], summary="List", responses=KeyOut(many=True))
    def get(self, request: Request) -> Response:
        """Your keys, newest first; everybody's if you manage the workspace. At most a few dozen, so on one page."""
        return Response(KeyOut(_visible(actor_of(request))[:200], many=True).data)

    @extend_schema(
        operation_id="keys_create",
        tags=["keys"],
        summary="Make",
        request=KeyIn,
        responses={201: NewKeyOut},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """A new key that acts as you. Not with a key: sign in as a person."""
        said = _read(KeyIn, request)
        row, secret = create_api_key(
            actor=actor_of(request),
            name=said["name"],
            scopes=said.get("scopes"),
            expires_at=in_days(said["expires_in_days"]),
        )
        return _made(row, secret)


class KeyView(APIView):
    @extend_schema(operation_id="keys_read", tags=["keys"], summary="Read", responses=KeyOut)
    def get(self, request: Request, uid: UUID) -> Response:
        """One key."""
        return Response(KeyOut(_key(request, uid)).data)

    @extend_schema(operation_id="keys_revoke", tags=["keys"], summary="Revoke", responses={204: None})
    def delete(self, request: Request, uid: UUID) -> Response:
        """It is refused from now on. The record that it existed stays."""
        revoke_api_key(actor=actor_of(request), key=_key(request, uid))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RotateView(IdempotentMixin, APIView):
    shown_once = ("key",)

    @extend_schema(
        operation_id="keys_rotate", tags=["keys"], summary="Rotate", request=RotateIn, responses={201: NewKeyOut}
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """A successor with the same scopes and lifetime. The old key goes on working for the overlap, then ends."""
        said = _read(RotateIn, request)
        overlap = HOUR * said["overlap_hours"]
        return _made(*rotate_api_key(actor=actor_of(request), key=_key(request, uid), overlap=overlap))


urlpatterns = [
    path("keys", KeysView.as_view(), name="keys"),
    path("keys/<uuid:uid>", KeyView.as_view(), name="key"),
    path("keys/<uuid:uid>/rotate", RotateView.as_view(), name="rotate-key"),
]
