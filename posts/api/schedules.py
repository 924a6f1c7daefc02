"""`/api/v1/connections/{id}/schedule`: the posting schedule of a connection."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from multivio.api import StrictSerializer
from multivio.errors import Stale
from posts import services, slots
from posts.api import examples
from posts.api.inputs import read
from posts.api.showing import moment
from posts.services.scheduling import MOST, Times
from posts.services.writing import database_now
from social.models import Connection

ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200], description="The version, for If-Match.")
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag you read. 412 when somebody changed it since."
)


class SlotIn(StrictSerializer):
    """A weekly time."""

    weekday = serializers.IntegerField(min_value=1, max_value=7, help_text="1 is Monday, 7 is Sunday.")
    time = serializers.TimeField(
        format="%H:%M",
        input_formats=["%H:%M"],
        help_text="By the clock of the workspace’s zone.",
        error_messages={"invalid": "This is not a clock time such as 09:30."},
    )


class ScheduleIn(StrictSerializer):
    slots = serializers.ListField(
        child=SlotIn(),
        max_length=MOST,
        help_text="All slots of the week; an empty list is no schedule.",
        error_messages={"not_a_list": "This must be a list of slots."},
    )


class ScheduleOut(serializers.Serializer[Any]):
    """The slots of a connection. They send nothing by themselves."""

    zone = serializers.CharField(help_text="Of the workspace.")
    slots = SlotIn(many=True)
    next_free_slot = serializers.DateTimeField(
        allow_null=True, help_text="The next slot at which nothing of the connection goes out yet. Null: there is none."
    )


class ScheduleView(APIView):
    """The posting schedule of a connection."""

    @extend_schema(
        operation_id="schedule_read", summary="Read the posting schedule", responses=ScheduleOut, parameters=[ETAG]
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """The weekly times at which `next_free_slot` puts posts."""
        connection = _connection(request, uid)
        return _answer(connection, services.schedule_of(connection))

    @extend_schema(
        operation_id="schedule_replace",
        summary="Replace the posting schedule",
        request=ScheduleIn,
        responses=ScheduleOut,
        parameters=[IF_MATCH, ETAG],
        examples=[examples.SCHEDULE],
    )
    def put(self, request: Request, uid: UUID) -> Response:
        """All of it. What is planned already stays where it is."""
        connection = _connection(request, uid)
        wanted = [(one["weekday"], one["time"]) for one in read(ScheduleIn, request)["slots"]]
        stored = services.set_schedule(
            actor=actor_of(request), connection=connection, times=wanted, version=_expected(request, connection)
        )
        return _answer(connection, stored)


def _answer(connection: Connection, times: Times) -> Response:
    zone = connection.workspace.zone
    opening = slots.next_free_slot(connection, zone=zone, after=database_now())
    shown = {
        "zone": zone,
        "slots": [{"weekday": weekday, "time": f"{at:%H:%M}"} for weekday, at in times],
        "next_free_slot": moment(opening.due_at) if opening else None,
    }
    return Response(shown, headers={"ETag": f'"{services.version_of(times)}"'})


def _expected(request: Request, connection: Connection) -> str | None:
    """The version in If-Match that is the stored one, or None when there is no such header. Raises Stale for another one."""
    expected = request.headers.get("If-Match")
    if expected is None or expected.strip() == "*":
        return None
    version = services.version_of(services.schedule_of(connection))
    if f'"{version}"' not in [tag.strip() for tag in expected.split(",")]:
        raise Stale("Somebody else changed this posting schedule since you read it.")
    return version


def _connection(request: Request, uid: UUID) -> Connection:
    rows = Connection.objects.in_workspace(actor_of(request).workspace.pk).select_related("workspace")
    found: Connection | None = rows.filter(uid=uid).first()
    if found is None:
        raise Http404("no such connection")
    return found
