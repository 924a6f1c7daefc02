"""Finding out about unknown outcomes on a Page: by its lists, and for videos by the session that made them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import AttemptRef, Job, NotSent, Processing, Proof, Settled, Settlement, Unknown, VariantMedia
from social.platforms.facebook_lookup import canonical_text
from social.tests.facebook_making import (
    FACEBOOK,
    clip,
    content,
    job,
    naps,
    only_post,
    page,
    photo,
)
from social.tests.making import Files, MemoryStash

__all__ = ["naps"]


def lose(
    sandbox: Running, one: Job, operation: str, number: int = 1, kind: str = "accept_then_reset", **params: Any
) -> AttemptRef:
    """Publish so that nobody is told, and refer to it."""
    started_at = datetime.now(UTC)
    FACEBOOK.prepare(one)
    sandbox.control.add_fault(platform="facebook", operation=operation, kind=kind, params=params)
    with pytest.raises(Unknown):
        FACEBOOK.commit(one, number)
    return AttemptRef(f"commit:{number}", started_at, tuple(proof.remote_id for proof in one.committed))


def found(settlement: Settlement) -> Proof:
    assert settlement.verdict == Settled.FOUND, settlement
    assert settlement.proof is not None
    return settlement.proof


@pytest.mark.parametrize("kind", ["accept_then_reset", "accept_then_5xx", "garbage_200", "missing_id"])
def test_a_text_that_arrived_is_found(sandbox: Running, kind: str) -> None:
    one = job(page(sandbox), content("Did it arrive?"))
    proof = found(FACEBOOK.settle(one, lose(sandbox, one, "create_post", kind=kind)))
    assert (proof.remote_id, proof.remote_url) == (only_post(sandbox)["id"], only_post(sandbox)["url"])


@pytest.mark.parametrize(
    "text", ["Two lines \r\nand an end  \n", "Cafe\u0301", "👩‍👩‍👧‍👦 & <b>", "https://example.org/?a=1&b=2"]
)
def test_it_recognises_the_text(sandbox: Running, text: str) -> None:
    one = job(page(sandbox), content(text))
    found(FACEBOOK.settle(one, lose(sandbox, one, "create_post")))


def test_a_link_without_words_is_known_by_its_link(sandbox: Running) -> None:
    one = job(page(sandbox), content("", link="https://example.org/lamps"))
    found(FACEBOOK.settle(one, lose(sandbox, one, "create_post")))


def test_another_link_without_words_is_not_it(sandbox: Running) -> None:
    who = page(sandbox)
    FACEBOOK.commit(job(who, content("", link="https://example.org/other")), 1)
    one = job(who, content("", link="https://example.org/lamps"))
    assert FACEBOOK.settle(one, lose(sandbox, one, "create_post", kind="reset")).verdict == Settled.NOT_SEEN


@pytest.mark.parametrize("number", [1, 3])
def test_pictures_are_known_by_themselves_whatever_the_words(sandbox: Running, number: int) -> None:
    files = Files()
    media = tuple(photo(files) for _ in range(number))
    one = job(page(sandbox), content("", *media), files)
    attempt = lose(sandbox, one, "create_post")
    assert found(FACEBOOK.settle(one, attempt)).remote_id == only_post(sandbox)["id"]


def test_other_pictures_with_the_same_words_are_not_it(sandbox: Running) -> None:
    files, who = Files(), page(sandbox)
    other = job(who, content("Lamps", photo(files)), files)
    FACEBOOK.prepare(other)
    FACEBOOK.commit(other, 1)
    one = job(who, content("Lamps", photo(files)), files)
    assert FACEBOOK.settle(one, lose(sandbox, one, "create_post", kind="reset")).verdict == Settled.NOT_SEEN


def test_pictures_whose_numbers_are_forgotten_are_not_guessed(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Lamps", photo(files)), files)
    attempt = lose(sandbox, one, "create_post")
    blank = Job(one.account, one.variant, MemoryStash(), (), files)
    assert FACEBOOK.settle(blank, attempt).verdict == Settled.NOT_SEEN


EDGES = {"post": "create_video", "reel": "reel_finish", "story": "story_finish"}


def film(sandbox: Running, kind: str, files: Files, media: VariantMedia | None = None) -> Job:
    text = "" if kind == "story" else "A film"
    return job(page(sandbox), content(text, media or clip(files), kind=kind), files)


@pytest.mark.parametrize("kind", list(EDGES))
def test_a_video_that_was_taken_is_found_when_it_is_public(sandbox: Running, kind: str) -> None:
    one = film(sandbox, kind, Files())
    attempt = lose(sandbox, one, EDGES[kind])
    assert FACEBOOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(10)
    proof = found(FACEBOOK.settle(one, attempt))
    post = only_post(sandbox)
    assert proof.remote_id == (str(post["number"]) if kind == "story" else post["id"])


@pytest.mark.parametrize("kind", list(EDGES))
def test_a_video_that_is_still_processed_is_not_seen_and_later_found(sandbox: Running, kind: str) -> None:
    sandbox.control.settings(video_processing_seconds=900.0)
    one = film(sandbox, kind, Files())
    FACEBOOK.prepare(one)
    started_at = datetime.now(UTC)
    with pytest.raises(Processing):
        FACEBOOK.commit(one, 1)
    attempt = AttemptRef("commit:1", started_at)
    assert FACEBOOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(900)
    found(FACEBOOK.settle(one, attempt))


@pytest.mark.parametrize("kind", list(EDGES))
def test_a_video_that_processing_refused_is_absent_and_then_refused(sandbox: Running, kind: str) -> None:
    sandbox.control.settings(video_processing_seconds=900.0, video_fails=True)
    one = film(sandbox, kind, Files())
    FACEBOOK.prepare(one)
    with pytest.raises(Processing):
        FACEBOOK.commit(one, 1)
    sandbox.control.advance(900)
    attempt = AttemptRef("commit:1", datetime.now(UTC))
    assert FACEBOOK.settle(one, attempt).verdict == Settled.ABSENT
    with pytest.raises(Exception, match="could not be processed"):
        FACEBOOK.prepare(one)
    sandbox.control.settings(video_fails=False)
    FACEBOOK.prepare(one)


@pytest.mark.parametrize("kind", ["reel", "story"])
def test_a_session_that_can_still_be_finished_is_not_absent(sandbox: Running, kind: str) -> None:
    one = film(sandbox, kind, Files())
    attempt = lose(sandbox, one, EDGES[kind], kind="late_delivery", seconds=3600)
    assert FACEBOOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(3600)
    sandbox.control.advance(10)
    found(FACEBOOK.settle(one, attempt))


@pytest.mark.parametrize("kind", ["reel", "story"])
def test_a_session_that_has_ended_is_absent_and_a_late_finish_does_nothing(sandbox: Running, kind: str) -> None:
    one = film(sandbox, kind, Files())
    late = Job(one.account, one.variant, MemoryStash(dict(one.stash.values)), (), one.opener)  # type: ignore[attr-defined]
    attempt = lose(sandbox, one, EDGES[kind], kind="reset")
    late.stash.values.update(one.stash.values)  # type: ignore[attr-defined]
    sandbox.control.advance(86_400 + 60)
    assert FACEBOOK.settle(one, attempt).verdict == Settled.ABSENT
    with pytest.raises(Unknown):  # a worker that was stopped for a day
        FACEBOOK.commit(late, 1)
    FACEBOOK.prepare(one)
    FACEBOOK.commit(one, 1)
    assert len(sandbox.control.posts("facebook")) == 1


def test_a_number_of_an_earlier_video_does_not_stand_for_a_new_one(sandbox: Running) -> None:
    files = Files()
    one = film(sandbox, "post", files)
    sandbox.control.settings(video_processing_seconds=900.0, video_fails=True)
    FACEBOOK.prepare(one)
    with pytest.raises(Processing):
        FACEBOOK.commit(one, 1)
    # A person said that it is not there, so it is sent again, while the first is still in processing.
    sandbox.control.settings(video_fails=False, video_processing_seconds=0.0)
    attempt = lose(sandbox, one, "create_video")
    sandbox.control.advance(1000)
    found(FACEBOOK.settle(one, attempt))


def test_a_video_without_a_number_and_without_words_is_for_a_person(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("", clip(files)), files)
    attempt = lose(sandbox, one, "create_video")
    sandbox.control.advance(10)
    assert FACEBOOK.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_a_picture_story_is_known_by_its_picture(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("", photo(files), kind="story"), files)
    attempt = lose(sandbox, one, "photo_story")
    assert found(FACEBOOK.settle(one, attempt)).remote_id == str(only_post(sandbox)["number"])


def test_another_story_is_not_it(sandbox: Running) -> None:
    files, who = Files(), page(sandbox)
    other = job(who, content("", photo(files), kind="story"), files)
    FACEBOOK.prepare(other)
    FACEBOOK.commit(other, 1)
    one = job(who, content("", photo(files), kind="story"), files)
    assert FACEBOOK.settle(one, lose(sandbox, one, "photo_story", kind="reset")).verdict == Settled.NOT_SEEN


def commented(sandbox: Running) -> Job:
    variant = content("Lamps", first_comment="Order now")
    one = job(page(sandbox), variant)
    return Job(one.account, variant, one.stash, (FACEBOOK.commit(one, 1),))


def test_a_comment_that_arrived_is_found(sandbox: Running) -> None:
    one = commented(sandbox)
    proof = found(FACEBOOK.settle(one, lose(sandbox, one, "create_comment", 2)))
    assert proof.remote_id == only_post(sandbox)["comments"][0]["id"]
    assert proof.remote_url == f"{one.committed[0].remote_url}?comment_id={proof.remote_id}"


def test_a_comment_that_did_not_arrive_is_not_proven_absent(sandbox: Running) -> None:
    one = commented(sandbox)
    assert FACEBOOK.settle(one, lose(sandbox, one, "create_comment", 2, kind="reset")).verdict == Settled.NOT_SEEN


def test_two_comments_alike_are_for_a_person(sandbox: Running) -> None:
    one = commented(sandbox)
    attempt = lose(sandbox, one, "create_comment", 2)
    FACEBOOK.commit(one, 2)
    assert FACEBOOK.settle(one, attempt).verdict == Settled.SEVERAL


def test_what_is_not_shown_is_not_proven_absent(sandbox: Running) -> None:
    one = job(page(sandbox), content("Lost on the way"))
    assert FACEBOOK.settle(one, lose(sandbox, one, "create_post", kind="reset")).verdict == Settled.NOT_SEEN


@pytest.mark.parametrize("late", ["list", "delivery"])
def test_what_shows_up_late_is_found_later(sandbox: Running, late: str) -> None:
    one = job(page(sandbox), content("Patience"))
    if late == "list":
        sandbox.control.settings(visibility_delay_seconds=30.0)
        attempt = lose(sandbox, one, "create_post")
    else:
        attempt = lose(sandbox, one, "create_post", kind="late_delivery", seconds=30)
    assert FACEBOOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(60)
    found(FACEBOOK.settle(one, attempt))


def test_two_alike_are_for_a_person(sandbox: Running) -> None:
    sandbox.control.settings(duplicate_filter=False)
    one = job(page(sandbox), content("Echo"))
    attempt = lose(sandbox, one, "create_post")
    FACEBOOK.commit(one, 1)
    settled = FACEBOOK.settle(one, attempt)
    assert settled.verdict == Settled.SEVERAL
    assert all(post["id"] in settled.note for post in sandbox.control.posts("facebook"))


def test_what_another_publication_owns_is_left_out(sandbox: Running) -> None:
    one = job(page(sandbox), content("Echo"))
    started_at = datetime.now(UTC)
    taken = FACEBOOK.commit(one, 1).remote_id
    assert FACEBOOK.settle(one, AttemptRef("commit:1", started_at)).verdict == Settled.FOUND
    attempt = AttemptRef("commit:1", started_at, taken=frozenset({taken}))
    assert FACEBOOK.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_an_older_post_with_the_same_words_is_not_it(sandbox: Running) -> None:
    one = job(page(sandbox), content("Every Monday"))
    FACEBOOK.commit(one, 1)
    attempt = AttemptRef("commit:1", datetime.now(UTC) + timedelta(minutes=5))
    assert FACEBOOK.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_it_looks_behind_the_first_page_and_sends_the_token_nowhere_else(sandbox: Running) -> None:
    sandbox.control.settings(facebook_page_size=5)
    one = job(page(sandbox), content("Under twelve others"))
    attempt = lose(sandbox, one, "create_post")
    for number in range(12):
        FACEBOOK.commit(job(one.account, content(f"Number {number}")), 1)
    found(FACEBOOK.settle(one, attempt))


def test_a_page_that_cannot_be_read_settles_nothing(sandbox: Running) -> None:
    one = job(page(sandbox), content("?"))
    attempt = lose(sandbox, one, "create_post")
    sandbox.control.add_fault(platform="facebook", operation="timeline", kind="reject_5xx")
    with pytest.raises(NotSent):
        FACEBOOK.settle(one, attempt)


@pytest.mark.parametrize("kind", ["text", "reel", "comment", "story"])
def test_settling_only_reads(sandbox: Running, kind: str) -> None:
    files = Files()
    number, operation = 1, "create_post"
    if kind == "text":
        one = job(page(sandbox), content("Only looking"))
    elif kind == "comment":
        one, number, operation = commented(sandbox), 2, "create_comment"
    elif kind == "reel":
        one, operation = film(sandbox, "reel", files), "reel_finish"
    else:
        one, operation = job(page(sandbox), content("", photo(files), kind="story"), files), "photo_story"
    attempt = lose(sandbox, one, operation, number)
    sandbox.control.clear_ledger()
    FACEBOOK.settle(one, attempt)
    assert {row["method"] for row in sandbox.control.ledger(platform="facebook")} == {"GET"}


def test_texts_are_compared_in_one_spelling() -> None:
    assert canonical_text(" Cafe\u0301 \r\nb\n ") == "Café\nb"
    assert canonical_text("a  b") != canonical_text("a b")
