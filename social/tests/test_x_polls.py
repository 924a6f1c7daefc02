"""Polls on X: what is said about them beforehand, what X gets, and how one is known again."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import AttemptRef, Job, Proof, Settled, Unknown, Variant
from social.tests.making import account, job, make_media, variant

X = platforms.get("x")


def asking(*answers: str, text: str = "Which lamp?", **others: Any) -> Variant:
    return replace(variant(text), options={"poll": list(answers), **others})


def polls(sandbox: Running) -> list[Any]:
    return [post["options"].get("poll") for post in sandbox.control.posts()]


def test_it_is_published_under_the_first_part_of_a_thread(sandbox: Running) -> None:
    content = replace(variant("Which?", "And why"), options={"poll": ["Brass, as ever", " Steel "], "poll_minutes": 5})
    who = account(sandbox)
    proofs: tuple[Proof, ...] = ()
    for number in (1, 2):
        proofs += (X.commit(job(who, content, committed=proofs), number),)
    assert polls(sandbox) == [{"options": ["Brass, as ever", "Steel"], "duration_minutes": 5}, None]


def test_it_is_open_for_a_day_when_nothing_else_was_chosen(sandbox: Running) -> None:
    X.commit(job(account(sandbox), asking("Brass", "Steel", "Glass", "x" * 25)), 1)
    assert [poll["duration_minutes"] for poll in polls(sandbox)] == [1440]


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_an_unknown_one_is_found_and_not_taken_for_the_same_words_without_it(sandbox: Running, dialect: str) -> None:
    sandbox.control.settings(dialect=dialect)
    who = account(sandbox)
    X.commit(job(who, variant("Which lamp?")), 1)
    one = job(who, asking("Brass", "Steel"))
    found = X.settle(one, lose(sandbox, one))
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_id == sandbox.control.posts()[1]["id"]


def lose(sandbox: Running, one: Job) -> AttemptRef:
    started_at = datetime.now(UTC)
    sandbox.control.add_fault(operation="create_post", kind="accept_then_reset")
    with pytest.raises(Unknown):
        X.commit(one, 1)
    return AttemptRef("commit:1", started_at)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (asking("Brass", "Steel", poll_minutes=10_080), []),
        (asking("One"), [("options.poll", "too_few_answers")]),
        (asking("One", " "), [("options.poll", "empty_answer")]),
        (asking("One", "x" * 26), [("options.poll", "wrong_option")]),
        (asking("1", "2", "3", "4", "5"), [("options.poll", "wrong_option")]),
        (asking("One", "Two", poll_minutes=4), [("options.poll_minutes", "wrong_option")]),
        (asking("One", "Two", poll_minutes=10_081), [("options.poll_minutes", "wrong_option")]),
        (asking("One", "Two", text=""), [("parts.0.text", "empty")]),
        (asking("One", "One"), [("options.poll", "twice")]),
        (asking(poll_minutes=60), [("options.poll_minutes", "no_poll")]),
        (replace(variant("Look", media=(make_media(),)), options={"poll": ["1", "2"]}), [("options.poll", "poll_with_media")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(content: Variant, found: list[tuple[str, str]]) -> None:
    assert [(one.field, one.code) for one in X.problems(content, {})] == found


def test_pictures_in_a_later_part_do_not_disturb_it() -> None:
    parts = (*asking("1", "2").parts, *variant("Look", media=(make_media(),)).parts)
    assert X.problems(Variant(parts, {"poll": ["1", "2"]}), {}) == []


def test_the_sentences_say_what_would_do() -> None:
    said = {code: X.problems(content, {})[0].message for code, content in {
        "many": asking("1", "2", "3", "4", "5"), "minutes": asking("1", "2", poll_minutes=3), "few": asking("1"),
    }.items()}  # fmt: skip
    assert said["many"] == "“Poll” does not fit X. It is a list of at most 4 entries, each of at most 25 characters."
    assert said["minutes"].endswith("It is a whole number from 5 to 10,080.")
    assert said["few"] == "A poll on X has 2 to 4 answers; this has 1."
