"""The verdict by what everybody can see finds every kind of wrong in made-up histories."""

from dataclasses import replace
from typing import Any

import pytest

from proof.checker import Violation
from proof.history import Attempt, History, Operation, Publication, RemotePost
from proof.public import check
from proof.tests.test_checker import attempt, publication

TEXT = "post 1 [c1.1]"


def row(**changes: Any) -> Publication:
    return replace(publication(), platform="facebook", username="norre", remote_id="p1.1", **changes)


def post(**changes: Any) -> RemotePost:
    plain = RemotePost("p1.1", "", TEXT, platform="facebook", username="norre", names=("p1.1", TEXT))
    return replace(plain, **changes)


def wrongs(
    rows: list[Publication],
    posts: list[RemotePost],
    *,
    attempts: list[Attempt] | None = None,
    operations: list[Operation] | None = None,
) -> list[tuple[str, str]]:
    history = History(
        lease_seconds=6.0,
        publications=rows,
        attempts=[attempt(one) for one in rows if one.state == "published"] if attempts is None else attempts,
        remote_posts=posts,
        operations=operations or [],
    )
    return [(one.invariant, one.kind) for one in check(history) if isinstance(one, Violation)]


def test_a_post_that_is_there_once_is_right() -> None:
    assert wrongs([row()], [post()]) == []


def test_the_sandbox_s_own_scenery_is_nobody_s_business() -> None:
    assert wrongs([row()], [post(), post(id="9", text="Good morning!")]) == []


WRONG: list[tuple[str, list[Publication], list[RemotePost], tuple[str, str]]] = [
    ("twice", [row()], [post(), post(id="p2")], ("I1", "duplicates")),
    ("stuck", [row(state="unknown", committed=0)], [], ("I2", "stuck")),
    ("untold", [row(state="failed", committed=0)], [], ("I2", "lost")),
    ("cancelled by nobody", [row(state="cancelled", committed=0)], [], ("I2", "lost")),
    ("not there", [row()], [], ("I3", "false_published")),
    ("another id", [row()], [post(id="p9", names=("p9",))], ("I3", "false_published")),
    ("only private", [row()], [post(is_public=False)], ("I3", "false_published")),
    ("live and called failed", [row(state="failed", error_sentence="No.", committed=0)], [post()], ("I4", "")),
    ("of nobody", [row()], [post(), post(id="p9", text="x [c9.1]")], ("I4", "")),
    ("on another account", [row()], [post(), post(id="p9", username="alma")], ("I4", "")),
    ("other words", [row()], [post(text="changed [c1.1]")], ("I5", "")),
]


@pytest.mark.parametrize(("rows", "posts", "wanted"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_it_finds_a_wrong(rows: list[Publication], posts: list[RemotePost], wanted: tuple[str, str]) -> None:
    assert wanted in wrongs(rows, posts)


def test_what_was_cancelled_on_request_may_not_be_live() -> None:
    asked = [Operation("cancel", 1, "ok", 0.0, 1.0)]
    gone = row(state="cancelled", committed=0)
    assert wrongs([gone], [], operations=asked) == []
    assert ("I5", "") in wrongs([gone], [post()], operations=asked)


def test_doubt_may_be_live_or_not() -> None:
    doubt = row(state="needs_human", error_sentence="Look.", committed=0)
    assert wrongs([doubt], [post()]) == wrongs([doubt], []) == []


def test_two_calls_at_once_on_one_account_are_found() -> None:
    first, second = row(), row(id=2, post_id=2, texts=("post 2 [c2.1]",))
    tries = [attempt(first), replace(attempt(second), started_at=attempt(first).started_at + 0.1)]
    assert ("I6", "") in wrongs([first, second], [post()], attempts=tries)
