"""The endpoints that look: tasks, models, health, what was written and what it cost; and how a workspace sounds."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.services import Actor
from ai import catalogue, credits, health, services, tries
from ai.api.shapes import (
    AiHealthOut,
    AiUsageOut,
    GenerationOut,
    ModelList,
    TakenIn,
    TaskList,
    VoiceIn,
    VoiceList,
    VoiceOut,
    credit_usd,
)
from ai.models import BrandVoice, Generation
from multivio.api import OutsideTransaction
from multivio.errors import NotFound
from multivio.idempotency import IdempotentMixin
from social.models import Connection


class Tasks(APIView):
    """What Grok can be asked to do."""

    @extend_schema(operation_id="ai_tasks", tags=["ai"], summary="List the tasks", responses=TaskList)
    def get(self, request: Request) -> Response:
        return Response(TaskList({"results": list(catalogue.tasks().values())}).data)


class Models(OutsideTransaction):
    """Who can be asked."""

    @extend_schema(operation_id="ai_models", tags=["ai"], summary="List the models", responses=ModelList)
    def get(self, request: Request) -> Response:
        """As the service lists them; asked again after a minute."""
        rows = [
            {"id": name, "is_default": name == settings.XAI_MODEL_TEXT, "is_fallback": name in tries.models()[1:]}
            for name in health.models()
        ]
        return Response(ModelList({"results": rows}).data)


class Health(OutsideTransaction):
    """Whether words can be had."""

    @extend_schema(operation_id="ai_health", tags=["ai"], summary="Look whether Grok answers", responses=AiHealthOut)
    def get(self, request: Request) -> Response:
        """Always 200; what is wrong is in `detail`."""
        return Response(AiHealthOut(health.look()).data)


class Usage(APIView):
    """The credits of this month."""

    @extend_schema(operation_id="ai_usage", tags=["ai"], summary="Read what this month has cost", responses=AiUsageOut)
    def get(self, request: Request) -> Response:
        """Months begin at midnight in the workspace's zone. What runs right now counts with the most that it can cost."""
        return Response(AiUsageOut(usage_of(actor_of(request))).data)


def usage_of(actor: Actor) -> dict[str, Any]:
    found = credits.meter(actor.workspace)
    return {
        "used": found.used,
        "allowed": found.allowed,
        "left": found.left,
        "bought": found.bought,
        "renews_at": found.renews_at,
        "credit_usd": credit_usd(),
        "tasks": credits.spent_by_task(actor.workspace),
    }


class Generations(GenericAPIView[Generation]):
    """What was written, newest first."""

    queryset = Generation.objects.none()
    serializer_class = GenerationOut

    def get_queryset(self) -> QuerySet[Generation]:
        return Generation.objects.in_workspace(actor_of(self.request).workspace.pk)

    @extend_schema(
        operation_id="ai_generations_list",
        tags=["ai"],
        summary="List what was written",
        parameters=[OpenApiParameter("limit", int, description="How many on a page, at most 100.")],
        responses=GenerationOut(many=True),
    )
    def get(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(GenerationOut(page, many=True).data)


def found_generation(actor: Actor, uid: UUID) -> Generation:
    row: Generation | None = Generation.objects.filter(workspace=actor.workspace, uid=uid).first()
    if row is None:
        raise NotFound("There is no such result in this workspace.")
    return row


class GenerationItem(APIView):
    """One result."""

    @extend_schema(operation_id="ai_generation_read", tags=["ai"], summary="Read one result", responses=GenerationOut)
    def get(self, request: Request, uid: UUID) -> Response:
        return Response(GenerationOut(found_generation(actor_of(request), uid)).data)


class Taken(IdempotentMixin, APIView):
    """Whether it was used."""

    @extend_schema(
        operation_id="ai_generation_taken",
        tags=["ai"],
        summary="Say that it was used, or not",
        request=TakenIn,
        responses=GenerationOut,
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Of several versions, taking one turns the others down."""
        form = TakenIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = found_generation(actor_of(request), uid)
        services.take(actor=actor_of(request), generation=row, **form.validated_data)
        return Response(GenerationOut(row).data)


class Voices(APIView):
    """How AI sounds for this workspace and its accounts."""

    @extend_schema(operation_id="ai_voices", tags=["ai"], summary="List the brand voices", responses=VoiceList)
    def get(self, request: Request) -> Response:
        rows = BrandVoice.objects.filter(workspace=actor_of(request).workspace).select_related("connection")
        return Response(VoiceList({"results": rows.order_by("connection_id")}).data)

    @extend_schema(
        operation_id="ai_voice_set",
        tags=["ai"],
        summary="Set the workspace's voice",
        request=VoiceIn,
        responses=VoiceOut,
    )
    def put(self, request: Request) -> Response:
        return _set_voice(request, None)


class AccountVoice(APIView):
    """How AI sounds for one account, instead of the workspace's voice."""

    @extend_schema(
        operation_id="ai_account_voice_set",
        tags=["ai"],
        summary="Set an account's voice",
        request=VoiceIn,
        responses=VoiceOut,
    )
    def put(self, request: Request, uid: UUID) -> Response:
        live = Connection.objects.in_workspace(actor_of(request).workspace.pk).live()
        found = live.filter(uid=uid).first()
        if found is None:
            raise NotFound("There is no such account in this workspace.")
        return _set_voice(request, found)


def _set_voice(request: Request, connection: Connection | None) -> Response:
    form = VoiceIn(data=request.data)
    form.is_valid(raise_exception=True)
    row = services.set_voice(actor=actor_of(request), connection=connection, **form.validated_data)
    return Response(VoiceOut(row).data)
