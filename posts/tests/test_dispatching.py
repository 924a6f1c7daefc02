"""Ringing the workers: early, once a while, from any number of dispatchers, and not needed by anybody."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings

from multivio.health import PROCESSES, processes, redis_client
from posts.engine.engine import Engine
from posts.engine.store import Store
from posts.management.commands import dispatch
from posts.services import Now
from posts.states import State
from posts.tasks import drain, sweep
from posts.tests.conftest import connect, publication_of
from posts.tests.factories import Cast, make_post
from sandbox.testing import Running

pytestmark = pytest.mark.real_commits
PATIENCE = 20.0


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the bell rang. No worker listens in this test, so its message would stay in the queue."""
    rung: list[float] = []
    monkeypatch.setattr(drain, "apply_async", lambda **_options: rung.append(time.monotonic()))
    return rung


class Dispatching:
    """Dispatchers in threads, as they run as processes."""

    def __init__(self, number: int) -> None:
        self.commands = [dispatch.Command() for _ in range(number)]
        self.threads = [threading.Thread(target=self._run, args=[command]) for command in self.commands]

    def _run(self, command: dispatch.Command) -> None:
        command.prepare()
        with psycopg.connect(settings.DATABASE_SYSTEM_URL, autocommit=True) as connection:
            connection.execute("listen publication_due")
            command.watch(connection)

    def __enter__(self) -> "Dispatching":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for command in self.commands:
            command.stopping = True
        for thread in self.threads:
            thread.join(PATIENCE)


def until(done: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.01)


@pytest.fixture
def engine(system_url: str) -> Iterator[Engine]:
    engine = Engine(store=Store(system_url, lease_seconds=60, workspace_cap=20), slots=4)
    yield engine
    engine.stop(patience_seconds=5)


def test_a_post_for_now_rings_at_once_with_two_dispatchers_as_with_one(
    sandbox: Running, cast: Cast, bells: list[float]
) -> None:
    account = connect(sandbox, cast.workspace)
    with Dispatching(2):
        make_post(cast.alice, cast.workspace, account, plan=Now())
        until(lambda: bells)


def test_while_something_stays_due_the_bell_rings_now_and_then(
    sandbox: Running, cast: Cast, bells: list[float]
) -> None:
    make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), plan=Now())
    with Dispatching(1):
        until(lambda: len(bells) >= 3)
    gaps = [after - before for before, after in itertools.pairwise(bells)]
    assert min(gaps) > dispatch.RING_AGAIN_SECONDS / 2


def test_without_any_dispatcher_the_engine_finds_what_is_due_by_itself(
    sandbox: Running, cast: Cast, engine: Engine
) -> None:
    engine.start()
    post = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), plan=Now())
    until(lambda: publication_of(post).state == State.PUBLISHED)
    assert len(sandbox.control.posts(username="norrestudio")) == 1


def test_two_beats_sweep_twice_and_nothing_happens_twice(
    sandbox: Running, cast: Cast, engine: Engine, owner_sql: Callable[..., Any]
) -> None:
    post = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), plan=Now())
    engine.store.claim("lost", 1)
    owner_sql("update posts_publication set lease_until = now() - interval '1 second'")
    ticks = [threading.Thread(target=sweep) for _ in range(2)]
    for tick in ticks:
        tick.start()
    for tick in ticks:
        tick.join(PATIENCE)
    assert publication_of(post).state == State.SCHEDULED
    engine.step()
    assert engine.wait_until_idle(PATIENCE)
    assert len(sandbox.control.posts(username="norrestudio")) == 1


def test_that_beat_ticks_is_seen(cast: Cast) -> None:
    redis_client().delete(PROCESSES)
    sweep()
    assert [process.kind for process in processes() or ()] == ["beat"]
