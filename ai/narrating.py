"""A task whose words are shown as they come: events for a stream, with the same beginning and end as everywhere.

No database connection is held while words come; whoever leaves stops the question, and what came is recorded.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection

from ai import prompting, services, streaming
from ai.errors import AiError, BrokenOff
from ai.models import Generation
from ai.services import Outcome, Work
from ai.shapes import Result
from ai.wire import Answer, Ask, Hearing
from multivio import tenancy

T = TypeVar("T")


@dataclass(frozen=True)
class Event:
    """`begun`, `words`, `again` (what came does not fit and is written anew), `done`, `error`."""

    name: str
    data: dict[str, Any]


async def narrate(work: Work, told: Callable[[Generation], dict[str, Any]]) -> AsyncGenerator[Event, None]:
    """The events of a task that has begun; ends with `done` or `error`."""
    heard, state = Hearing(), Generation.State.STOPPED
    ended = False
    try:
        yield Event("begun", {"id": str(work.uid), "task": work.order.task.slug, "voice": work.voice_name})
        await in_database(_asks, work)
        async with aclosing(_written(work, heard)) as events:
            async for event in events:
                if isinstance(event, Outcome):
                    ended = True
                    yield Event("done", told(await in_database(services.finish, work, event)))
                else:
                    yield event
    except AiError as error:
        ended = True
        row = await in_database(services.finish, work, _after(error, work, heard))
        yield Event(
            "error", {"code": error.code, "detail": error.message, **({"result": told(row)} if row.text else {})}
        )
    except Exception:  # a fault of ours: it goes on to the caller, and the trail says that it was ours
        state = Generation.State.FAILED
        raise
    finally:
        if not ended:  # mostly: the reader left, or pressed Stop
            outcome = Outcome(state, Result(_readable(work, heard)))
            await asyncio.shield(in_database(services.finish, work, outcome))


def _asks(work: Work) -> None:
    with tenancy.tenant(user_id=work.actor.user.pk, workspace_id=work.actor.workspace.pk):
        services.asks(work)


async def _written(work: Work, heard: Hearing) -> AsyncGenerator["Event | Outcome", None]:
    async with aclosing(_words(work, work.ask, heard)) as words:
        async for event in words:
            yield event
    answer = heard.answer()
    outcome, wrong = services.judge(work, answer)
    if outcome is not None and not wrong:
        yield outcome
        return
    yield Event("again", {"problems": wrong})
    again, anew = prompting.again(work.ask, answer.text, wrong), Hearing()
    try:
        async with aclosing(_words(work, again, anew)) as words:
            async for event in words:
                yield event
        better = anew.answer()
    except AiError:
        if outcome is None:
            raise
        yield outcome
        return
    yield services.second(work, better, outcome)


async def _words(work: Work, ask: Ask, heard: Hearing) -> AsyncGenerator[Event, None]:
    """The words of one question. Those of a structured answer are not for reading: only its end is told.

    What was heard has its price however it ended, though mostly nobody said which."""
    work.heard = heard
    try:
        async with aclosing(streaming.stream(ask, heard)) as pieces:
            async for piece in pieces:
                if work.first_word_ms is None:
                    work.first_word_ms = work.milliseconds
                if not work.order.task.is_structured:
                    yield Event("words", {"text": piece})
    finally:
        if heard.text:
            work.note(Answer(heard.text, heard.model, usage=heard.usage), ask)
        work.request_id = heard.request_id or work.request_id


def _after(error: AiError, work: Work, heard: Hearing) -> Outcome:
    """How it ended when something went wrong: what came is kept."""
    work.request_id = error.request_id or work.request_id
    state = Generation.State.BROKEN if isinstance(error, BrokenOff) else Generation.State.FAILED
    return Outcome(state, Result(_readable(work, heard)), error_code=error.code)


def _readable(work: Work, first: Hearing) -> str:
    """What was shown last; `again` took the first answer away."""
    latest = work.heard.text if work.heard else ""
    return "" if work.order.task.is_structured else latest or first.text


async def in_database(service: Callable[..., T], *arguments: Any) -> T:
    """Call a service in the request's thread, and give its connection back at once."""

    def call() -> T:
        try:
            return service(*arguments)
        finally:
            give_back()

    return await sync_to_async(call)()


def give_back() -> None:
    """Return this thread's connection to the pool; in a transaction (of a test) it stays."""
    if not connection.in_atomic_block:
        connection.close()
