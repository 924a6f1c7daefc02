"""Alice owns a workspace with an account on X, and calls the API; Charlie is a stranger."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from rest_framework.test import APIClient

from accounts.models import User, Workspace
from accounts.services import create_api_key
from accounts.tests.people import acting
from ai.models import Generation
from multivio import tenancy

T = TypeVar("T")
AI = "/api/v1/ai"
TEXT = "Alma, our first rechargeable lamp, ships on 1 December. It runs sixty hours and every part can be bought."


def caller(user: User, workspace: Workspace) -> APIClient:
    """A program with a member's key."""
    with acting(user, workspace) as actor:
        _row, key = create_api_key(actor=actor, name="test")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def turns(body: dict[str, Any]) -> list[Any]:
    """What was said so far in a question, in either dialect; orders first."""
    return [turn["content"] for turn in body.get("input") or body["messages"]]


def most(body: dict[str, Any]) -> int:
    """How many tokens a question allows."""
    found: int = body["max_output_tokens"] if "input" in body else body["max_tokens"]
    return found


def in_loop(listen: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run asynchronous code of a test. Playwright leaves a loop of its own in the thread, which would be taken for ours."""
    theirs = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return async_to_sync(listen)()
    finally:
        asyncio._set_running_loop(theirs)


def told(answer: Any, *, enough: int = 10_000) -> list[tuple[str, dict[str, Any]]]:
    """The events of a streamed answer, of which no more than `enough` are heard before hanging up."""
    assert isinstance(answer, StreamingHttpResponse), answer.content
    events: list[tuple[str, dict[str, Any]]] = []

    async def listen() -> None:
        blocks: AsyncIterator[Any] = answer.streaming_content  # type: ignore[assignment]
        async for block in blocks:
            name, _, data = block.decode().strip().partition("\n")
            if name.startswith("event: "):
                events.append((name[7:], json.loads(data[6:])))
            if len(events) >= enough:
                break
        answer.close()  # as Django does when the line is gone
        for _ in range(3):
            await asyncio.sleep(0)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)

    in_loop(listen)
    return events


def generations() -> list[Generation]:
    """Of every workspace, oldest first."""
    with tenancy.system("test"):
        return list(Generation.objects.order_by("id"))
