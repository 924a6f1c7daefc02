"""Finding out about unknown outcomes: a page's posts are read, a member's go to a person, and a refusal may name the post."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import AttemptRef, Job, NeedsReauth, NotSent, Proof, Refused, Settled, Settlement, Unknown
from social.platforms.linkedin_lookup import made_at
from social.tests.linkedin_making import (
    LINKEDIN,
    content,
    document,
    film,
    job,
    member,
    naps,
    only_post,
    page,
    photo,
    publish,
)
from social.tests.making import Files, MemoryStash

__all__ = ["naps"]


def lose(
    sandbox: Running, one: Job, operation: str = "create_post", number: int = 1, kind: str = "accept_then_reset"
) -> AttemptRef:
    """Publish so that nobody is told, and refer to it."""
    started_at = datetime.now(UTC)
    LINKEDIN.prepare(one)
    sandbox.control.add_fault(platform="linkedin", operation=operation, kind=kind)
    with pytest.raises(Unknown):
        LINKEDIN.commit(one, number)
    return AttemptRef(f"commit:{number}", started_at, tuple(proof.remote_id for proof in one.committed))


def found(settlement: Settlement) -> Proof:
    assert settlement.verdict == Settled.FOUND, settlement
    assert settlement.proof is not None
    return settlement.proof


# -- pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["accept_then_reset", "accept_then_5xx", "missing_id"])
def test_a_text_that_arrived_is_found(sandbox: Running, kind: str) -> None:
    one = job(page(sandbox), content("Did it arrive?"))
    proof = found(LINKEDIN.settle(one, lose(sandbox, one, kind=kind)))
    assert (proof.remote_id, proof.remote_url) == (only_post(sandbox)["id"], only_post(sandbox)["url"])


@pytest.mark.parametrize(
    "text",
    [
        "Prices (in DKK) {from} [today] <now>: 5 * 3 ~ 15 | @ noon_ish \\ maybe",
        "#lamps and #Nordic2026, C# too",
        "By @[Alma (Lamps)](urn:li:organization:10482040) #1",
        "Cafe\u0301 \r\nand an end  \n",
    ],
)
def test_it_recognises_the_text_however_linkedin_writes_it(sandbox: Running, text: str) -> None:
    one = job(page(sandbox), content(text))
    found(LINKEDIN.settle(one, lose(sandbox, one)))


@pytest.mark.parametrize("kind", ["pictures", "film", "document", "link", "poll"])
def test_every_kind_is_found(sandbox: Running, kind: str) -> None:
    files = Files()
    variant = {
        "pictures": lambda: content("", photo(files), photo(files)),
        "film": lambda: content("", film(files)),
        "document": lambda: content("", document(files), title="Report"),
        "link": lambda: content("", link="https://example.org/a", link_title="A"),
        "poll": lambda: content("", poll_question="Which?", poll_answers=["One", "Two"]),
    }[kind]()
    one = job(page(sandbox), variant, files)
    found(LINKEDIN.settle(one, lose(sandbox, one)))


def test_other_pictures_under_the_same_words_are_not_it(sandbox: Running) -> None:
    files, who = Files(), page(sandbox)
    publish(job(who, content("Lamps", photo(files)), files))
    one = job(who, content("Lamps", photo(files)), files)
    assert LINKEDIN.settle(one, lose(sandbox, one, kind="reset")).verdict == Settled.NOT_SEEN


def test_pictures_whose_numbers_are_forgotten_are_not_guessed(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Lamps", photo(files)), files)
    attempt = lose(sandbox, one)
    blank = Job(one.account, one.variant, MemoryStash(), (), files)
    assert LINKEDIN.settle(blank, attempt).verdict == Settled.NOT_SEEN


@pytest.mark.parametrize("other", [{"link": "https://example.org/b", "link_title": "A"}, {}])
def test_another_card_under_the_same_words_is_not_it(sandbox: Running, other: dict[str, Any]) -> None:
    who = page(sandbox)
    publish(job(who, content("Look", **other)))
    one = job(who, content("Look", link="https://example.org/a", link_title="A"))
    assert LINKEDIN.settle(one, lose(sandbox, one, kind="reset")).verdict == Settled.NOT_SEEN


def test_what_is_not_listed_is_not_proven_absent(sandbox: Running) -> None:
    one = job(page(sandbox), content("Lost"))
    assert LINKEDIN.settle(one, lose(sandbox, one, kind="reset")).verdict == Settled.NOT_SEEN


def test_what_is_listed_late_is_found_later(sandbox: Running) -> None:
    sandbox.control.settings(visibility_delay_seconds=60.0)
    one = job(page(sandbox), content("Late"))
    attempt = lose(sandbox, one)
    assert LINKEDIN.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(60)
    found(LINKEDIN.settle(one, attempt))


def test_one_of_before_or_of_another_post_of_ours_is_not_it(sandbox: Running) -> None:
    one = job(page(sandbox), content("Again"))
    attempt = lose(sandbox, one)
    later = AttemptRef("commit:1", datetime.now(UTC) + timedelta(minutes=5))
    assert LINKEDIN.settle(one, later).verdict == Settled.NOT_SEEN
    taken = AttemptRef("commit:1", attempt.started_at, taken=frozenset({only_post(sandbox)["id"]}))
    assert LINKEDIN.settle(one, taken).verdict == Settled.NOT_SEEN


def test_two_alike_go_to_a_person(sandbox: Running) -> None:
    sandbox.control.settings(duplicate_filter=False)
    one = job(page(sandbox), content("Twice"))
    attempt = lose(sandbox, one)
    LINKEDIN.commit(one, 1)
    assert LINKEDIN.settle(one, attempt).verdict == Settled.SEVERAL


def test_trouble_while_looking_is_no_verdict(sandbox: Running) -> None:
    one = job(page(sandbox), content("Where?"))
    attempt = lose(sandbox, one)
    sandbox.control.add_fault(platform="linkedin", operation="timeline", kind="reject_5xx")
    with pytest.raises(NotSent):
        LINKEDIN.settle(one, attempt)
    sandbox.control.add_fault(platform="linkedin", operation="timeline", kind="unauthorized")
    with pytest.raises(NeedsReauth):
        LINKEDIN.settle(one, attempt)


# -- members -----------------------------------------------------------------------------------------


def test_a_members_posts_cannot_be_read_so_nothing_is_asked(sandbox: Running) -> None:
    one = job(member(sandbox), content("Did it arrive?"))
    attempt = lose(sandbox, one)
    before = len(sandbox.control.ledger(platform="linkedin"))
    settlement = LINKEDIN.settle(one, attempt)
    assert (settlement.verdict, settlement.note) == (Settled.NOT_SEEN, "a member's posts cannot be read")
    assert len(sandbox.control.ledger(platform="linkedin")) == before


def repeat(one: Job) -> None:
    """A person said that it is not there, so it is sent again; LinkedIn refuses."""
    with pytest.raises(Refused) as caught:
        LINKEDIN.commit(one, 1)
    assert caught.value.code == "duplicate"


@pytest.mark.parametrize("make", [member, page])
def test_a_refused_repeat_names_the_post_of_the_first_try(sandbox: Running, make: Any) -> None:
    one = job(make(sandbox), content("Did it arrive?"))
    attempt = lose(sandbox, one)
    repeat(one)
    proof = found(LINKEDIN.settle(one, attempt))
    assert proof.remote_id == only_post(sandbox)["id"]
    assert proof.evidence.get("is_probable", False) is (make is member)


def test_a_named_post_that_is_not_there_is_not_believed_where_one_can_look(sandbox: Running) -> None:
    one = job(page(sandbox), content("Did it arrive?"))
    attempt = lose(sandbox, one)
    sandbox.control.settings(linkedin_ghost_duplicates=True)
    repeat(one)
    assert LINKEDIN.settle(one, attempt).verdict == Settled.NOT_SEEN


@pytest.mark.parametrize("make", [member, page])
def test_a_named_post_of_before_the_first_try_is_another_one(sandbox: Running, make: Any) -> None:
    who = make(sandbox)
    publish(job(who, content("Good morning")))
    one = job(who, content("Good morning"))
    repeat(one)
    later = AttemptRef("commit:1", datetime.now(UTC) + timedelta(minutes=5))
    assert LINKEDIN.settle(one, later).verdict == Settled.NOT_SEEN


def test_a_named_post_that_another_post_of_ours_owns_is_not_it(sandbox: Running) -> None:
    who = member(sandbox)
    (proof,) = publish(job(who, content("Good morning")))
    one = job(who, content("Good morning"))
    repeat(one)
    attempt = AttemptRef("commit:1", datetime.now(UTC), taken=frozenset({proof.remote_id}))
    assert LINKEDIN.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_what_was_named_for_other_words_does_not_count(sandbox: Running) -> None:
    who = member(sandbox)
    one = job(who, content("First words"))
    attempt = lose(sandbox, one)
    repeat(one)
    edited = Job(who, content("Other words"), one.stash)
    assert LINKEDIN.settle(edited, attempt).verdict == Settled.NOT_SEEN


def test_the_number_of_a_post_tells_when_it_was_made(sandbox: Running) -> None:
    assert made_at("urn:li:share:7141138937766391808") == datetime(2023, 12, 14, 18, 56, 38, 709000, tzinfo=UTC)
    assert made_at("urn:li:share:") is None
    publish(job(page(sandbox), content("Now")))
    made = made_at(only_post(sandbox)["id"])
    assert made is not None
    assert abs(made - datetime.now(UTC)) < timedelta(minutes=1)


# -- comments ----------------------------------------------------------------------------------------


def commented(sandbox: Running, who: Any) -> Job:
    one = job(who, content("Read on", first_comment="More (here)"))
    return Job(who, one.variant, one.stash, (LINKEDIN.commit(one, 1),))


def test_a_comment_that_arrived_is_found(sandbox: Running) -> None:
    one = commented(sandbox, page(sandbox))
    proof = found(LINKEDIN.settle(one, lose(sandbox, one, "create_comment", 2)))
    assert proof.remote_id == only_post(sandbox)["comments"][0]["commentUrn"]


def test_a_comment_that_did_not_arrive_is_not_seen(sandbox: Running) -> None:
    one = commented(sandbox, page(sandbox))
    assert LINKEDIN.settle(one, lose(sandbox, one, "create_comment", 2, "reset")).verdict == Settled.NOT_SEEN


def test_a_members_comment_goes_to_a_person(sandbox: Running) -> None:
    one = commented(sandbox, member(sandbox, client_id="sandbox-linkedin-client"))
    settlement = LINKEDIN.settle(one, lose(sandbox, one, "create_comment", 2))
    assert (settlement.verdict, settlement.note) == (
        Settled.NOT_SEEN,
        "comments cannot be read for this account",
    )
