"""The endpoints that ask: generate and transform wait for the whole answer, stream hands on its words as they come."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.roles import Right
from accounts.services import Actor
from ai import catalogue, client, credits, material, narrating, services, versions
from ai.api.events import Line
from ai.api.shapes import WISHES, EstimateOut, GenerateIn, GenerationOut, ResultsOut, StreamIn, TransformIn
from ai.models import Generation
from ai.narrating import Event
from ai.orders import Order, order
from multivio import idempotency, tenancy
from multivio.api import OutsideTransaction, StrictSerializer
from multivio.errors import NotFound
from multivio.idempotency import Held, IdempotentMixin
from social.models import Connection

NOT_ESTIMATED = frozenset({"choice", "version", "link", "entry"})


def order_from(actor: Actor, sent: dict[str, Any], kinds: Iterable[str]) -> Order:
    """The order in what was sent, with the page read that it names, which only who may ask as well can have read. No transaction
    may be open. Raises DomainError."""
    asked = dict(sent)
    wishes = {name: asked.pop(name) for name in WISHES if name in asked}
    uid, entry = asked.pop("connection", None), asked.pop("entry", "")
    connection = _connection(actor, uid) if uid else None
    if asked.get("link"):
        with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
            services.admit(actor)
        asked["is_counted"] = True
        asked["material"], asked["link"] = material.of_link(asked["link"], entry)
    return order(kinds=tuple(kinds), connection=connection, wishes=wishes, **asked)


def _connection(actor: Actor, uid: uuid.UUID) -> Connection:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        found: Connection | None = Connection.objects.in_workspace(actor.workspace.pk).live().filter(uid=uid).first()
    if found is None:
        raise NotFound("There is no such account in this workspace.")
    return found


class _Asking(IdempotentMixin, OutsideTransaction):
    """POST: a task, and its whole answer."""

    shape: type[StrictSerializer]
    kinds: tuple[str, ...]

    def perform(self, request: Request) -> Response:
        actor = actor_of(request)
        actor.require(Right.WRITE_POSTS)
        client.require_on()
        form = self.shape(data=request.data)
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        count = sent.pop("versions")
        made = order_from(actor, sent, self.kinds)
        rows = versions.perform(actor=actor, order=made, count=count)
        return Response(ResultsOut({"results": rows}).data)


class Generate(_Asking):
    """Write something new."""

    shape = GenerateIn
    kinds = (catalogue.GENERATE,)

    @extend_schema(
        operation_id="ai_generate",
        tags=["ai"],
        summary="Write from a topic or a page",
        request=GenerateIn,
        responses=ResultsOut,
    )
    def post(self, request: Request) -> Response:
        """The answer comes when it is whole, mostly after a few seconds. It costs AI credits of the workspace."""
        return self.perform(request)


class Transform(_Asking):
    """Work on a text."""

    shape = TransformIn
    kinds = (catalogue.TRANSFORM,)

    @extend_schema(
        operation_id="ai_transform", tags=["ai"], summary="Work on a text", request=TransformIn, responses=ResultsOut
    )
    def post(self, request: Request) -> Response:
        """Adapt, shorten, expand, rewrite, correct, translate, split, find openings or hashtags."""
        return self.perform(request)


class Estimate(IdempotentMixin, APIView):
    """What a task would cost."""

    @extend_schema(
        operation_id="ai_estimate",
        tags=["ai"],
        summary="What a task would cost at most",
        request=StreamIn,
        responses=EstimateOut,
    )
    def post(self, request: Request) -> Response:
        """Nothing is asked and nothing is spent. A page that is named is not read, and so not counted."""
        actor = actor_of(request)
        actor.require(Right.WRITE_POSTS)
        form = StreamIn(data=request.data)
        form.is_valid(raise_exception=True)
        sent = {name: value for name, value in form.validated_data.items() if name not in NOT_ESTIMATED}
        sent["text"] = sent.get("text") or "-"
        made = order_from(actor, sent, (catalogue.GENERATE, catalogue.TRANSFORM))
        left = credits.meter(actor.workspace).total
        return Response(EstimateOut({"credits": services.estimate(actor=actor, order=made), "left": left}).data)


class Stream(IdempotentMixin, OutsideTransaction):
    """The same, with its words as they come."""

    @extend_schema(
        operation_id="ai_stream",
        tags=["ai"],
        summary="Any task, its words as they come",
        request=StreamIn,
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
    )
    def post(self, request: Request) -> Any:
        """Server-sent events: `begun` {id}, `words` {text}, `again` {problems} (forget what came: it did not fit and is written
        anew), then `done` with the result or `error` {code, detail, result?}. Close the connection to stop; what came until then is
        kept and paid. With an Idempotency-Key, a stream that has ended is answered with its result as JSON."""
        actor = actor_of(request)
        actor.require(Right.WRITE_POSTS)
        form = StreamIn(data=request.data)
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        choice, number = sent.pop("choice", None), sent.pop("version")
        made = versions.version(order_from(actor, sent, (catalogue.GENERATE, catalogue.TRANSFORM)), number)
        with self.context():
            work = services.begin(actor=actor, order=made, choice=choice)
        narrating.give_back()  # words may come for a minute: nobody waits for a connection meanwhile
        events = narrating.narrate(work, _told)
        if self._held is not None:
            events = _with_key(events, self._held)
        return StreamingHttpResponse(
            Line(events),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(response, StreamingHttpResponse):
            return super().finalize_response(request, response, *args, **kwargs)
        # The key is held until the end of the stream, which keeps the result under it.
        response.headers["Vary"] = "Accept, Cookie"
        return response


def _told(row: Generation) -> dict[str, Any]:
    """The result as the stream ends with it."""
    told: dict[str, Any] = json.loads(json.dumps(GenerationOut(row).data, default=str))
    return told


async def _with_key(events: AsyncGenerator[Event, None], held: Held) -> AsyncGenerator[Event, None]:
    """Keep the result for whoever sends the same key again; give the key back where there is none."""
    is_kept = False
    try:
        async with aclosing(events):
            async for event in events:
                if event.name == "done":
                    await narrating.in_database(_keep, held, event.data)
                    is_kept = True
                yield event
    finally:
        if not is_kept:
            await asyncio.shield(narrating.in_database(_keep, held, None))


def _keep(held: Held, result: dict[str, Any] | None) -> None:
    with tenancy.tenant(user_id=held.user_id, workspace_id=held.workspace_id):
        if result is None:
            idempotency.release(held)
        else:
            idempotency.keep(held, Response(result))
