"""`/api/v1/connections` and `/api/v1/platforms`: what can be published to, and what it takes. Read only: connecting is a
handshake in a browser."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import actor_of
from multivio.api import Cursor, StrictSerializer
from social import platforms
from social.contract import Capabilities, MediaKind, MediaRule, OptionKind, Platform
from social.models import Connection, PlatformSlug
from social.platforms.counting import COUNTERS
from social.querysets import ConnectionQuerySet

PAGING = {"cursor", "limit", "format"}


class TextRuleOut(serializers.Serializer[Any]):
    """How much text a part may hold. `counter` names the way of counting; a link weighs `url_weight` where that is set."""

    counter = serializers.ChoiceField(choices=sorted(COUNTERS))
    limit = serializers.IntegerField()
    url_weight = serializers.IntegerField(allow_null=True)
    required_without_media = serializers.BooleanField()


class MediaRuleOut(serializers.Serializer[Any]):
    """What a part may carry of one kind. Null means that the platform states no limit."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in MediaKind])
    most = serializers.IntegerField()
    mimes = serializers.ListField(child=serializers.CharField())
    max_bytes = serializers.IntegerField()
    max_width = serializers.IntegerField(allow_null=True)
    max_height = serializers.IntegerField(allow_null=True)
    min_seconds = serializers.FloatField(allow_null=True)
    max_seconds = serializers.FloatField(allow_null=True)
    max_frames = serializers.IntegerField(allow_null=True)
    max_pixels = serializers.IntegerField(allow_null=True, help_text="Width × height × frames.")
    ratio = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="Narrowest and widest: width ÷ height."
    )


class OptionOut(serializers.Serializer[Any]):
    """Something that may be chosen for the platform beside words and media: a key of a variant's `options`."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in OptionKind])
    label = serializers.CharField()  # type: ignore[assignment]  # the keys are the field's own names
    help = serializers.CharField()
    choices = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Value and label of each, for a choice."
    )
    default = serializers.JSONField(allow_null=True, help_text="What counts when nothing is chosen.")
    required = serializers.BooleanField()  # type: ignore[assignment]  # the key's name is the field's own
    limit = serializers.IntegerField(help_text="0: none stated.")
    most = serializers.IntegerField(help_text="Of a list; 0: none stated.")


class CapabilitiesOut(serializers.Serializer[Any]):
    """What is accepted, as data: the same that the validator uses."""

    text = TextRuleOut()
    media = MediaRuleOut(many=True)
    mixes_kinds = serializers.BooleanField()
    thread = serializers.BooleanField()
    max_parts = serializers.IntegerField()
    alt_text_limit = serializers.IntegerField(help_text="0: takes no alt text.")
    first_comment = serializers.BooleanField()
    deletes = serializers.BooleanField()
    reads_back = serializers.BooleanField(help_text="Whether an unknown outcome can be looked up there.")
    needs_media = serializers.BooleanField()
    options = OptionOut(many=True)


def as_data(capabilities: Capabilities) -> dict[str, Any]:
    """Capabilities as JSON-ready data, with null for what is not limited."""
    return {**asdict(capabilities), "media": [_rule_as_data(rule) for rule in capabilities.media]}


def _rule_as_data(rule: MediaRule) -> dict[str, Any]:
    optional = ("max_width", "max_height", "min_seconds", "max_seconds", "max_frames", "max_pixels")
    data = asdict(rule) | {"kind": rule.kind.value, "ratio": list(rule.ratio) if any(rule.ratio) else None}
    return data | {name: data[name] or None for name in optional}


class PlatformOut(serializers.Serializer[Platform]):
    """A platform. `enabled`: this installation has its keys; `sandbox`: nothing leaves the machine."""

    id = serializers.ChoiceField(source="slug", choices=PlatformSlug.choices)
    name = serializers.CharField()
    enabled = serializers.BooleanField()
    sandbox = serializers.BooleanField(source="on_sandbox")
    capabilities = serializers.SerializerMethodField(help_text="Of an ordinary account there.")

    @extend_schema_field(CapabilitiesOut)
    def get_capabilities(self, platform: Platform) -> dict[str, Any]:
        return as_data(platform.capabilities)


class ConnectionOut(serializers.Serializer[Connection]):
    """An account that the workspace may publish to. Its tokens are never shown."""

    id = serializers.UUIDField(source="uid")
    platform = serializers.ChoiceField(choices=PlatformSlug.choices)
    kind = serializers.CharField()
    username = serializers.CharField()
    name = serializers.CharField()
    avatar_url = serializers.CharField()
    profile_url = serializers.SerializerMethodField()
    health = serializers.ChoiceField(choices=Connection.Health.choices)
    health_reason = serializers.CharField()
    usable = serializers.BooleanField(source="is_usable", help_text="Whether it can be published to right now.")
    paused_at = serializers.DateTimeField(allow_null=True, help_text="Somebody paused it: what is scheduled waits.")
    connected_at = serializers.DateTimeField()
    disconnected_at = serializers.DateTimeField(allow_null=True)
    capabilities = serializers.SerializerMethodField(help_text="Of this account: its tier may allow more.")

    def get_profile_url(self, connection: Connection) -> str:
        return platforms.get(connection.platform).account_url(username=connection.username, kind=connection.kind)

    @extend_schema_field(CapabilitiesOut)
    def get_capabilities(self, connection: Connection) -> dict[str, Any]:
        return as_data(platforms.get(connection.platform).capabilities_for(connection.traits))


class ConnectionFilters(StrictSerializer):
    platform = serializers.ChoiceField(choices=PlatformSlug.choices, required=False)
    health = serializers.ChoiceField(choices=Connection.Health.choices, required=False)


class NewestFirst(Cursor):
    # Reconnecting changes connected_at, so only the key is stable.
    ordering: tuple[str, ...] = ("-id",)  # type: ignore[assignment]


class ConnectionViewSet(GenericViewSet[Connection]):
    """Connected accounts of the workspace."""

    queryset = Connection.objects.none()
    serializer_class = ConnectionOut
    pagination_class = NewestFirst

    def connections(self) -> ConnectionQuerySet:
        rows: ConnectionQuerySet = Connection.objects.in_workspace(actor_of(self.request).workspace.pk)
        return rows

    @extend_schema(operation_id="connections_list", summary="List connections", parameters=[ConnectionFilters])
    def list(self, request: Request) -> Response:
        """Newest first, without those that somebody disconnected."""
        asked = {name: value for name, value in request.query_params.items() if name not in PAGING}
        filters = ConnectionFilters(data=asked)
        filters.is_valid(raise_exception=True)
        page = self.paginate_queryset(self.connections().live().filter(**filters.validated_data))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="connections_retrieve", summary="Read a connection")
    def retrieve(self, request: Request, uid: str) -> Response:
        """Also one that was disconnected: its posts still name it."""
        connection = self.connections().filter(uid=uid).first()
        if connection is None:
            raise Http404("no such connection")
        return Response(self.get_serializer(connection).data)


class PlatformList(serializers.Serializer[Any]):
    results = PlatformOut(many=True)


class PlatformsView(APIView):
    """What there is to publish to. Public: it is the same for everybody."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="platforms_list", summary="List platforms", responses=PlatformList)
    def get(self, request: Request) -> Response:
        """Every platform with what it accepts, as data."""
        return Response({"results": [PlatformOut(platform).data for platform in platforms.all()]})


class CapabilitiesView(APIView):
    """What one platform accepts. Public."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="platforms_capabilities", summary="Capabilities", responses=CapabilitiesOut)
    def get(self, request: Request, slug: str) -> Response:
        """Of an ordinary account there; a connection's own capabilities may allow more."""
        found = next((platform for platform in platforms.all() if platform.slug == slug), None)
        if found is None:
            raise Http404("no such platform")
        return Response(as_data(found.capabilities))


urlpatterns = [
    path("connections", ConnectionViewSet.as_view({"get": "list"}), name="connections"),
    path("connections/<uuid:uid>", ConnectionViewSet.as_view({"get": "retrieve"}), name="connection"),
    path("platforms", PlatformsView.as_view(), name="platforms"),
    path("platforms/<slug:slug>/capabilities", CapabilitiesView.as_view(), name="capabilities"),
]
