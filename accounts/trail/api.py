"""`/api/v1/audit`: the trail of the workspace, for owners and admins."""

from typing import Any

from django.http import HttpResponseBase
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.audit_models import AuditEntry
from accounts.authentication import actor_of
from accounts.trail import exporting, reading, services
from accounts.trail.reading import Filters
from accounts.trail.views import answer
from multivio.api import Cursor, StrictSerializer

PAGING = {"cursor", "limit", "format"}


class AuditEntryOut(serializers.Serializer[Any]):
    """Something that was done. `before` and `after` hold what changed, without secrets."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(
        choices=AuditEntry.Kind.choices, help_text="Who: a person, a key, Multivio, support."
    )
    who = serializers.CharField(help_text="The name as it was then.")
    api_key = serializers.CharField(help_text="The first letters of the key that was used, if one was.")
    action = serializers.CharField(help_text="Such as `post.edited`.")
    target_type = serializers.CharField()
    target_id = serializers.CharField()
    target = serializers.CharField()
    reason = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    address = serializers.CharField()
    agent = serializers.CharField()
    task = serializers.CharField()
    request_id = serializers.CharField()
    seq = serializers.IntegerField(allow_null=True, help_text="Its number in the chain; null until it is sealed.")
    hash = serializers.CharField()


class AuditFilters(StrictSerializer):
    """Refuses what it does not know: an answer with everything would look like one with nothing left out."""

    kind = serializers.ChoiceField(choices=AuditEntry.Kind.choices, required=False)
    area = serializers.ChoiceField(choices=reading.AREAS, required=False, help_text="The first word of the action.")
    action = serializers.CharField(max_length=60, required=False)
    target = serializers.CharField(
        max_length=64, required=False, help_text="Only what was done to the row with this id."
    )
    since = serializers.DateField(required=False, help_text="On this day of the workspace's zone or later.")
    until = serializers.DateField(required=False, help_text="On this day or before.")

    @classmethod
    def asked(cls, request: Request) -> dict[str, Any]:
        sent = cls(data={name: value for name, value in request.query_params.items() if name not in PAGING})
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data)


class ExportFilters(AuditFilters):
    file = serializers.ChoiceField(choices=list(exporting.TYPES), required=False, default="json")


class NewestEntry(Cursor):
    ordering: tuple[str, ...] = ("-id",)  # type: ignore[assignment]


class AuditViewSet(GenericViewSet[AuditEntry]):
    """Who did what in the workspace."""

    queryset = AuditEntry.objects.none()
    serializer_class = AuditEntryOut
    pagination_class = NewestEntry

    @extend_schema(operation_id="audit_list", summary="Read the audit trail", parameters=[AuditFilters])
    def list(self, request: Request) -> Response:
        """Newest first, as far back as the plan shows the past; the export has all of it."""
        actor = actor_of(request)
        services.require_reader(actor)
        page = self.paginate_queryset(reading.shown(actor.workspace, Filters(**AuditFilters.asked(request))))
        return self.get_paginated_response(
            self.get_serializer([exporting.as_data(entry) for entry in page or ()], many=True).data
        )


class AuditExportView(APIView):
    @extend_schema(
        operation_id="audit_export",
        summary="Export the audit trail",
        parameters=[ExportFilters],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "With a header line, newest first."),
            (200, "application/json"): AuditEntryOut(many=True),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Everything that the filters let through, streamed. That it was exported is itself an entry."""
        asked = ExportFilters.asked(request)
        form = asked.pop("file")
        return answer(actor_of(request), Filters(**asked), form)


urlpatterns = [
    path("audit", AuditViewSet.as_view({"get": "list"}), name="audit"),
    path("audit/export", AuditExportView.as_view(), name="export-audit"),
]
