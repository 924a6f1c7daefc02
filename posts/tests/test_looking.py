"""Looks after unknown outcomes: beside publishing, and never more of them than can begin at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from multivio.testing.waiting import eventually
from posts.engine.crew import Crew
from posts.models import Post
from posts.services import Now
from posts.states import State
from posts.tests.conftest import Driven, connect, publication_of
from posts.tests.factories import Cast, make_post, rewind
from sandbox.testing import Running

pytestmark = pytest.mark.real_commits
PATIENCE = 20.0


@contextmanager
def every_thread_at_work(crew: Crew) -> Iterator[None]:
    """As when a platform accepts connections and never answers."""
    begun, end = threading.Semaphore(0), threading.Event()

    def hang() -> None:
        begun.release()
        end.wait(PATIENCE)

    for _ in range(crew.size):
        crew.submit(hang)
    for _ in range(crew.size):
        assert begun.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        end.set()


@pytest.fixture
def doubted(sandbox: Running, cast: Cast, driven: Driven) -> Post:
    """X took it and did not say so; the first look is due."""
    account = connect(sandbox, cast.workspace)
    sandbox.control.add_fault(operation="create_post", kind="accept_then_reset")
    post = make_post(cast.alice, cast.workspace, account, text="Did it arrive?", plan=Now())
    driven.run()
    assert publication_of(post).state == State.UNKNOWN
    rewind(publication_of(post), 60)
    return post


def test_they_do_not_wait_for_calls_that_hang(doubted: Post, driven: Driven) -> None:
    with every_thread_at_work(driven.engine.publishing):
        assert driven.engine.step() == 0
        assert driven.engine.settle() == 1
        eventually(lambda: driven.engine.looking.busy == 0)
        assert publication_of(doubted).state == State.PUBLISHED


def test_one_that_cannot_begin_is_not_counted(doubted: Post, driven: Driven) -> None:
    with every_thread_at_work(driven.engine.looking):
        assert driven.engine.settle() == 0
    assert publication_of(doubted).checks == 0


def test_no_more_are_taken_than_asked_for(doubted: Post, driven: Driven) -> None:
    assert driven.engine.reconciler.due(0) == []
    assert driven.engine.reconciler.due(1) == [publication_of(doubted).pk]
    assert driven.engine.reconciler.due(1) == [], "its next look is later"
