"""`/api/v1/connections` and `/api/v1/platforms`: what can be published to, how it is, and what it takes. Connecting is a
handshake in a browser, so nothing here makes a connection or ends one."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.http import Http404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import actor_of
from multivio.api import Cursor, StrictSerializer
from social import arranging, health, platforms
from social.contract import Capabilities, MediaKind, MediaRule, Metric, OptionKind, Platform
from social.findings import worst
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
    limit = serializers.IntegerField(help_text="Characters of a text, or the highest number; 0: none stated.")
    least = serializers.IntegerField(help_text="The lowest number.")
    most = serializers.IntegerField(help_text="Of a list; 0: none stated.")
    apart = serializers.BooleanField(
        help_text="Of a list: each entry is a sentence of its own, such as a poll's answer."
    )


class CapabilitiesOut(serializers.Serializer[Any]):
    """What is accepted, as data: the same that the validator uses."""

    text = TextRuleOut()
    media = MediaRuleOut(many=True)
    mixes_kinds = serializers.BooleanField()
    thread = serializers.BooleanField()
    max_parts = serializers.IntegerField()
    alt_text_limit = serializers.IntegerField(help_text="0: takes no alt text.")
    first_comment = serializers.BooleanField()
    deletes = serializers.BooleanField(help_text="Whether a published post can be deleted from here.")
    why_no_delete = serializers.CharField(
        help_text="Why not, and where it can be done instead. Empty where it deletes."
    )
    metrics = serializers.ListField(
        child=serializers.ChoiceField(choices=[metric.value for metric in Metric]),
        help_text="Numbers that it gives of a published post, at best; one that it does not give is null, never 0.",
    )
    why_no_metrics = serializers.CharField(help_text="Why it gives none. Empty where it does.")
    reads_back = serializers.BooleanField(help_text="Whether an unknown outcome can be looked up there.")
    needs_media = serializers.BooleanField()
    shapes = serializers.ListField(
        child=serializers.CharField(), help_text="Of pictures, width:height, that it shows whole."
    )
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
    label = serializers.CharField(help_text="What people in the workspace call it; may be empty.")  # type: ignore[assignment]
    primary = serializers.BooleanField(source="is_primary", help_text="It comes first among those of its platform.")
    avatar_url = serializers.CharField()
    profile_url = serializers.SerializerMethodField()
    health = serializers.ChoiceField(choices=Connection.Health.choices)
    health_reason = serializers.CharField()
    usable = serializers.BooleanField(source="takes_posts", help_text="Whether it can be published to right now.")
    resting = serializers.BooleanField(
        source="rests", help_text="The plan has no room for it: what is scheduled is held, and nothing new can be."
    )
    resting_reason = serializers.CharField()
    paused_at = serializers.DateTimeField(allow_null=True, help_text="Somebody paused it: what is scheduled waits.")
    connected_at = serializers.DateTimeField()
    disconnected_at = serializers.DateTimeField(allow_null=True)
    capabilities = serializers.SerializerMethodField(help_text="Of this account: its tier may allow more.")

    def get_profile_url(self, connection: Connection) -> str:
        return platforms.get(connection.platform).account_url(username=connection.username, kind=connection.kind)

    @extend_schema_field(CapabilitiesOut)
    def get_capabilities(self, connection: Connection) -> dict[str, Any]:
        return as_data(platforms.get(connection.platform).capabilities_for(connection.traits))


class ConnectionChange(StrictSerializer):
    """What may be changed of a connection. What is left out stays."""

    label = serializers.CharField(required=False, allow_blank=True, max_length=arranging.LONGEST_LABEL)  # type: ignore[assignment]
    primary = serializers.BooleanField(required=False, help_text="Only true: another one is chosen instead of none.")

    def validate_primary(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError("Let another account come first instead.", code="choose_another")
        return value


class FindingOut(serializers.Serializer[Any]):
    """One thing that was looked at."""

    level = serializers.ChoiceField(choices=["ok", "warn", "bad"])
    sentence = serializers.CharField()
    next_step = serializers.CharField()


class HealthOut(serializers.Serializer[Any]):
    """How a connection is, and what hangs on it. `ends_at` is when access ends unless somebody connects it again."""

    level = serializers.ChoiceField(choices=["ok", "warn", "bad"])
    health = serializers.ChoiceField(choices=Connection.Health.choices)
    usable = serializers.BooleanField()
    ends_at = serializers.DateTimeField(allow_null=True)
    renews_before = serializers.DateTimeField(allow_null=True, help_text="Renewed by itself before then.")
    limited_until = serializers.DateTimeField(allow_null=True, help_text="The platform takes nothing until then.")
    missing_scopes = serializers.ListField(child=serializers.CharField())
    scheduled = serializers.IntegerField()
    at_risk = serializers.IntegerField(help_text="Scheduled posts that are due after access ends.")
    last_published_at = serializers.DateTimeField(allow_null=True)
    findings = FindingOut(many=True)


def health_as_data(found: health.Health) -> dict[str, Any]:
    connection, hangs = found.connection, found.hanging
    return {
        "level": worst(found.findings),
        "health": connection.health,
        "usable": connection.takes_posts,
        "ends_at": found.ends_at,
        "renews_before": found.renews_at,
        "limited_until": hangs.blocked_until,
        "missing_scopes": list(found.missing_scopes),
        "scheduled": hangs.scheduled,
        "at_risk": hangs.after_the_end,
        "last_published_at": connection.last_published_at,
        "findings": [asdict(finding) for finding in found.findings],
    }


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
        return Response(self.get_serializer(self.found(uid)).data)

    @extend_schema(
        operation_id="connections_change",
        summary="Label a connection",
        request=ConnectionChange,
        responses=ConnectionOut,
    )
    def partial_update(self, request: Request, uid: str) -> Response:
        """Its label, and whether it comes first among those of its platform. Connecting is a handshake in a browser."""
        sent = ConnectionChange(data=request.data)
        sent.is_valid(raise_exception=True)
        actor, connection = actor_of(request), self.found(uid)
        with transaction.atomic():
            if "label" in sent.validated_data:
                arranging.set_label(actor=actor, connection=connection, label=sent.validated_data["label"])
            if sent.validated_data.get("primary"):
                arranging.make_primary(actor=actor, connection=connection)
        return Response(self.get_serializer(self.found(uid)).data)

    @extend_schema(operation_id="connections_health", summary="Health of a connection", responses=HealthOut)
    def health(self, request: Request, uid: str) -> Response:
        """Access, permissions, limits, the last success, the next end, and the scheduled posts at risk."""
        connection = self.found(uid)
        with timezone.override(actor_of(request).workspace.tz):  # days in sentences are the workspace's, as on its page
            found = health.of([connection])[connection.pk]
        return Response(HealthOut(health_as_data(found)).data)

    def found(self, uid: str) -> Connection:
        connection: Connection | None = self.connections().filter(uid=uid).first()
        if connection is None:
            raise Http404("no such connection")
        return connection


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
    path(
        "connections/<uuid:uid>",
        ConnectionViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="connection",
    ),
    path("connections/<uuid:uid>/health", ConnectionViewSet.as_view({"get": "health"}), name="connection-health"),
    path("platforms", PlatformsView.as_view(), name="platforms"),
    path("platforms/<slug:slug>/capabilities", CapabilitiesView.as_view(), name="capabilities"),
]
