"""`/api/v1/billing/connections`: which connections stay, where a plan has no room for all."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.models import Workspace
from accounts.roles import Right
from billing import choosing, services, standing
from billing.calling_api import sent
from billing.plans import What
from multivio.api import StrictSerializer


class Stays(StrictSerializer):
    """The connections that stay, at most as many as the plan has; the others rest."""

    stays = serializers.ListField(child=serializers.UUIDField(), max_length=1000)


class StayingOut(serializers.Serializer[Any]):
    """A connection of any workspace on the bill. `stays`: it has a place; `resting`: it has none today."""

    id = serializers.UUIDField(source="uid")
    workspace = serializers.CharField()
    platform = serializers.CharField()
    name = serializers.CharField()
    handle = serializers.CharField()
    stays = serializers.BooleanField()
    resting = serializers.BooleanField(source="rests")
    scheduled = serializers.IntegerField(help_text="Posts that are scheduled for it.")


class ChoiceOut(serializers.Serializer[Any]):
    """Which connections stay. `needed` is false, and the list empty, where there is room for all. `begins_at`: when the smaller
    plan begins, where it has not; `rests_from`: until then nothing stops, since nobody has chosen."""

    needed = serializers.BooleanField()
    plan = serializers.CharField()
    limit = serializers.IntegerField(allow_null=True)
    chosen = serializers.BooleanField()
    begins_at = serializers.DateTimeField(allow_null=True)
    rests_from = serializers.DateTimeField(allow_null=True)
    connections = StayingOut(many=True)


class ConnectionsView(APIView):
    @extend_schema(operation_id="billing_connections", summary="Which connections stay", responses=ChoiceOut)
    def get(self, request: Request) -> Response:
        """What there is to choose, and what holds unless somebody says otherwise. Only an owner sees it."""
        actor = actor_of(request)
        services.require_selling()
        actor.require(Right.PAY)
        choosing.require_own(actor.workspace)
        return Response(ChoiceOut(_choice(actor.workspace, choosing.current(actor.workspace))).data)

    @extend_schema(
        operation_id="billing_choose_connections", summary="Choose which connections stay", request=Stays,
        responses=ChoiceOut,
    )  # fmt: skip
    def put(self, request: Request) -> Response:
        """At once where the plan has no room today, else when the plan of today ends. It can be said anew at any time."""
        choice = choosing.choose(actor=actor_of(request), **sent(Stays, request))
        return Response(ChoiceOut(_choice(actor_of(request).workspace, choice)).data)


def _choice(workspace: Workspace, choice: choosing.Choice | None) -> dict[str, Any]:
    stays = choice.stays if choice else frozenset()
    plan = choice.plan if choice else standing.of(workspace).plan
    return {
        "needed": choice is not None,
        "plan": plan.key,
        "limit": plan.limits[What.CONNECTIONS],
        "chosen": choice is not None and choice.is_decided,
        "begins_at": choice.at if choice else None,
        "rests_from": choice.rests_from if choice else None,
        "connections": [{**vars(place), "stays": place.uid in stays} for place in (choice.places if choice else [])],
    }


urlpatterns = [path("billing/connections", ConnectionsView.as_view(), name="billing-connections")]
