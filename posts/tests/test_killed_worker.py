"""Killing the worker (-9) neither loses nor repeats a post: real processes, the sandbox's ledger as the witness."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from multivio.testing.waiting import eventually
from posts.services import Now
from posts.states import State
from posts.tests.conftest import Rows, connect, publication_of
from posts.tests.factories import Cast, make_post
from sandbox.testing import Running

pytestmark = [pytest.mark.real_commits, pytest.mark.processes]
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def worker(*, dies_at: str = "") -> Iterator[subprocess.Popen[str]]:
    """A publishing process of its own, on this test's database."""
    env = {**os.environ, "PUBLISH_FAILPOINT": dies_at, "DJANGO_SETTINGS_MODULE": "multivio.settings"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_publisher"], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(40)


def end_lease(owner_sql: Rows) -> None:
    """The worker is gone for good: its lease ends now instead of in a minute."""
    owner_sql("update posts_publication set lease_until = now() - interval '1 s' where lease_until is not null")


@pytest.mark.parametrize("point", ["after_claim", "before_send", "after_send"])
def test_a_post_survives_the_death_of_its_worker(sandbox: Running, cast: Cast, owner_sql: Rows, point: str) -> None:
    connection = connect(sandbox, cast.workspace)
    post = make_post(cast.alice, cast.workspace, connection, text=f"killed {point}", plan=Now())
    with worker(dies_at=point) as doomed:
        assert doomed.wait(30) == -signal.SIGKILL
    end_lease(owner_sql)

    with worker():
        if point == "before_send":
            # Journalled but not sent: nobody can know that, so it is looked after and, in the end, a person decides.
            eventually(lambda: publication_of(post).state == State.UNKNOWN, seconds=20)
            owner_sql("update posts_publication set checks = 9, next_check_at = now()")
            eventually(lambda: publication_of(post).state == State.NEEDS_HUMAN, seconds=20)
        else:
            eventually(lambda: publication_of(post).state == State.PUBLISHED, seconds=20)

    public = [p["text"] for p in sandbox.control.posts(username="norrestudio")]
    assert public == ([] if point == "before_send" else [f"killed {point}"])
    assert len(sandbox.control.ledger(operation="create_post")) == len(public)


def test_a_worker_that_is_asked_to_stop_finishes_what_it_sent(sandbox: Running, cast: Cast) -> None:
    sandbox.control.add_fault(operation="create_post", kind="slow", params={"seconds": 2})
    post = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), plan=Now())
    with worker() as process:
        eventually(lambda: publication_of(post).state == State.SENDING, seconds=20)
        process.terminate()
        assert process.wait(30) == 0
    assert publication_of(post).state == State.PUBLISHED
