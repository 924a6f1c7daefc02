"""A publication whose rows cannot be read is told like any failure, and keeps nobody else waiting."""

import time
from typing import Any
from unittest.mock import patch

import pytest

from posts.engine import engine as engine_module
from posts.models import Publication
from posts.services import Now
from posts.states import State
from posts.tests.conftest import Driven, Rows, connect, publication_of
from posts.tests.factories import Cast, acting, make_connection, make_post
from sandbox.testing import Running

pytestmark = pytest.mark.real_commits
BROKEN = "update posts_publication set options = '[[1]]' where post_id = %s"


def test_it_fails_with_a_next_step_and_its_neighbours_are_published(
    sandbox: Running, cast: Cast, driven: Driven, owner_sql: Rows
) -> None:
    fine = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), plan=Now())
    broken = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace, "alma_lamps"), plan=Now())
    owner_sql(BROKEN, [broken.pk])
    driven.run()
    assert publication_of(fine).state == State.PUBLISHED
    told = publication_of(broken)
    assert (told.state, told.error_code) == (State.FAILED, "unreadable")
    assert "save it again" in told.error_next_step


def test_an_unknown_outcome_that_cannot_be_read_goes_to_a_person(
    sandbox: Running, cast: Cast, driven: Driven, owner_sql: Rows
) -> None:
    post = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), plan=Now())
    sandbox.control.add_fault(kind="accept_then_reset", operation="create_post")
    driven.run()
    assert publication_of(post).state == State.UNKNOWN
    owner_sql(BROKEN, [post.pk])
    owner_sql("update posts_publication set next_check_at = now()")
    driven.settle()
    assert publication_of(post).state == State.NEEDS_HUMAN


def test_a_post_that_is_deleted_between_claim_and_reading_is_no_trouble(
    cast: Cast, driven: Driven, owner_sql: Rows
) -> None:
    make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
    with patch.object(driven.engine.store, "load", return_value={}):
        assert driven.engine.step() == 1
    with acting(cast.alice, cast.workspace):
        assert Publication.objects.get().state == State.LEASED  # until the lease ends


def test_the_claim_loop_outlives_an_unexpected_error(driven: Driven) -> None:
    calls: list[int] = []

    def step() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("nobody thought of this")
        driven.engine._stopping.set()
        return 0

    with patch.object(driven.engine, "step", step), patch.object(engine_module, "POLL_SECONDS", 0.0):
        driven.engine._claim_loop()
    assert len(calls) == 2


def test_housekeeping_outlives_an_unexpected_error(driven: Driven) -> None:
    asked: list[str] = []

    def hand_in() -> int:
        asked.append("hand in")
        driven.engine._stopping.set()
        return 0

    with (
        patch.object(driven.engine.store, "sweep", side_effect=RuntimeError("nobody thought of this")),
        patch.object(driven.engine.store, "hand_in", hand_in),
    ):
        driven.engine._housekeeping_loop()
    assert asked == ["hand in"]


@pytest.mark.parametrize(("turned", "beats"), [(5.0, 1), (3600.0, 0)])
def test_a_worker_whose_claim_loop_is_stuck_gives_no_sign_of_life(driven: Driven, turned: float, beats: int) -> None:
    said: list[Any] = []
    driven.engine._turned_at = time.monotonic() - turned
    with patch.object(engine_module, "heartbeat", said.append):
        driven.engine._beat()
    assert len(said) == beats


def test_columns_that_plain_sql_leaves_out_have_defaults_that_can_be_read(
    cast: Cast, owner_sql: Rows, driven: Driven
) -> None:
    make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
    owner_sql("update posts_publication set own_texts = default, options = default")
    assert owner_sql("select jsonb_typeof(own_texts), jsonb_typeof(options) from posts_publication") == [
        ("array", "object")
    ]
