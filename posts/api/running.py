"""`/api/v1/publishing`: the crisis stop, the rule for posts that missed their time, and one decision about all of them."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.models import MissedPolicy, Workspace
from multivio.api import StrictSerializer
from multivio.idempotency import IdempotentMixin
from posts import services
from posts.api.fields import Uids
from posts.api.inputs import NothingIn, read
from posts.api.showing import moment
from posts.missed import LATEST_MINUTES
from posts.models import Publication
from social.models import Connection


class PublishingOut(serializers.Serializer[Any]):
    """Whether the workspace publishes, and its rule for posts whose time passed."""

    paused_at = serializers.DateTimeField(allow_null=True, help_text="Null while it publishes.")
    paused_by = serializers.CharField(allow_null=True)
    missed_policy = serializers.ChoiceField(choices=MissedPolicy.choices)
    missed_minutes = serializers.IntegerField(help_text="At most this late, a post still goes out by itself.")
    missed = serializers.IntegerField(help_text="Publications that missed their time and wait for a decision.")


class PublishingIn(StrictSerializer):
    missed_policy = serializers.ChoiceField(choices=MissedPolicy.choices, required=False)
    missed_minutes = serializers.IntegerField(min_value=1, max_value=LATEST_MINUTES, required=False)


class StoppedOut(serializers.Serializer[Any]):
    waiting = serializers.IntegerField(help_text="Scheduled publications that wait now.")
    on_their_way = serializers.IntegerField(help_text="Calls that had left before the pause and may still appear.")


class GoingOnOut(serializers.Serializer[Any]):
    waiting = serializers.IntegerField(help_text="Scheduled publications back in line.")
    missed = serializers.IntegerField(help_text="Those too late by the rule: held for a decision.")


class MissedIn(StrictSerializer):
    decision = serializers.ChoiceField(choices=["publish", "cancel"])
    publications = Uids(required=False, help_text="Only these; left out: all that missed their time.")


class DecidedOut(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Still held: the post or its account has to be mended first.")


def _shown(workspace: Workspace) -> dict[str, Any]:
    return {
        "paused_at": moment(workspace.paused_at),
        "paused_by": workspace.paused_by.get_full_name() if workspace.paused_by else None,
        "missed_policy": workspace.missed_policy,
        "missed_minutes": workspace.missed_minutes,
        "missed": Publication.objects.in_workspace(workspace.pk).missed().count(),
    }


class PublishingView(APIView):
    """Publishing of the workspace."""

    @extend_schema(operation_id="publishing_read", summary="Read", responses=PublishingOut)
    def get(self, request: Request) -> Response:
        """Whether it is paused, and the rule for missed posts."""
        return Response(_shown(actor_of(request).workspace))

    @extend_schema(
        operation_id="publishing_update", summary="Change the rule", request=PublishingIn, responses=PublishingOut
    )
    def patch(self, request: Request) -> Response:
        """What happens to a post whose time passed while nothing could be sent, and how late is too late."""
        said, actor = read(PublishingIn, request), actor_of(request)
        workspace = services.set_missed_window(
            actor=actor,
            policy=said.get("missed_policy", actor.workspace.missed_policy),
            minutes=said.get("missed_minutes", actor.workspace.missed_minutes),
        )
        return Response(_shown(workspace))


class PauseView(IdempotentMixin, APIView):
    @extend_schema(operation_id="publishing_pause", summary="Pause", request=NothingIn, responses=StoppedOut)
    def post(self, request: Request) -> Response:
        """The crisis stop: nothing of the workspace leaves from now on. What is scheduled waits."""
        read(NothingIn, request)
        return Response(vars(services.pause_workspace(actor=actor_of(request))))


class ResumeView(IdempotentMixin, APIView):
    @extend_schema(operation_id="publishing_resume", summary="Go on", request=NothingIn, responses=GoingOnOut)
    def post(self, request: Request) -> Response:
        """What is too late by the workspace's rule is held for a decision before anything is sent."""
        read(NothingIn, request)
        return Response(vars(services.resume_workspace(actor=actor_of(request))))


class MissedView(IdempotentMixin, APIView):
    @extend_schema(
        operation_id="publishing_missed", summary="Decide about missed posts", request=MissedIn, responses=DecidedOut
    )
    def post(self, request: Request) -> Response:
        """Publish everything that missed its time now, or cancel it."""
        said = read(MissedIn, request)
        decided = services.decide_missed(
            actor=actor_of(request), publish=said["decision"] == "publish", uids=said.get("publications")
        )
        return Response(vars(decided))


class ConnectionPauseView(IdempotentMixin, APIView):
    @extend_schema(operation_id="connections_pause", summary="Pause", request=NothingIn, responses=StoppedOut)
    def post(self, request: Request, uid: Any) -> Response:
        """Nothing leaves through this account from now on. What is scheduled on it waits."""
        read(NothingIn, request)
        stopped = services.pause_connection(actor=actor_of(request), connection=_connection(request, uid))
        return Response(vars(stopped))


class ConnectionResumeView(IdempotentMixin, APIView):
    @extend_schema(operation_id="connections_resume", summary="Go on", request=NothingIn, responses=GoingOnOut)
    def post(self, request: Request, uid: Any) -> Response:
        """What is too late by the workspace's rule is held for a decision before anything is sent."""
        read(NothingIn, request)
        going_on = services.resume_connection(actor=actor_of(request), connection=_connection(request, uid))
        return Response(vars(going_on))


def _connection(request: Request, uid: Any) -> Connection:
    rows = Connection.objects.in_workspace(actor_of(request).workspace.pk)
    found: Connection | None = rows.filter(uid=uid).first()
    if found is None:
        raise Http404("no such connection")
    return found
