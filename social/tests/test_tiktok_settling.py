"""Finding out about unknown outcomes on TikTok: by the task, and where there is none, by the list of public posts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import (
    Account,
    AttemptRef,
    Job,
    NeedsReauth,
    NotSent,
    Processing,
    Proof,
    RateLimited,
    Refused,
    Settled,
    Settlement,
    Unknown,
)
from social.platforms.tiktok_lookup import canonical_text
from social.platforms.tiktok_media import stash_name
from social.tests.making import Files, MemoryStash
from social.tests.tiktok_making import (
    EVERYONE,
    ONLY_ME,
    TIKTOK,
    ServedFiles,
    clip,
    content,
    creator,
    job,
    naps,
    only_post,
    photo,
    publish,
    served,
)

__all__ = ["naps", "served"]


def lose(sandbox: Running, one: Job, operation: str, kind: str = "accept_then_reset", **params: Any) -> AttemptRef:
    """Publish so that nobody is told, and refer to it."""
    started_at = datetime.now(UTC)
    TIKTOK.prepare(one)
    sandbox.control.add_fault(platform="tiktok", operation=operation, kind=kind, params=params)
    with pytest.raises(Unknown):
        TIKTOK.commit(one, 1)
    return AttemptRef("commit:1", started_at)


def taken(one: Job) -> AttemptRef:
    """Publish something whose processing takes longer than a call."""
    started_at = datetime.now(UTC)
    TIKTOK.prepare(one)
    with pytest.raises(Processing):
        TIKTOK.commit(one, 1)
    return AttemptRef("commit:1", started_at)


def film(sandbox: Running, text: str = "A film", **options: Any) -> Job:
    files = Files()
    return job(creator(sandbox), content(text, clip(files), **options), files)


def ago(one: Job, seconds: float) -> None:
    """As if the last chunk had left that long ago."""
    name = stash_name(one.account)
    state = dict(one.stash.get(name) or {})
    one.stash.put(name, {**state, "sent_at": state["sent_at"] - seconds}, lives_seconds=1000)


def found(settlement: Settlement) -> Proof:
    assert settlement.verdict == Settled.FOUND, settlement
    assert settlement.proof is not None
    return settlement.proof


# -- by the task ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["accept_then_reset", "accept_then_5xx"])
def test_a_video_that_arrived_is_found_when_it_is_public(sandbox: Running, kind: str) -> None:
    sandbox.control.settings(video_processing_seconds=30.0)
    one = film(sandbox)
    started_at = datetime.now(UTC)
    TIKTOK.prepare(one)
    sandbox.control.add_fault(platform="tiktok", operation="last_chunk", kind=kind)
    with pytest.raises(Unknown):
        TIKTOK.commit(one, 1)
    attempt = AttemptRef("commit:1", started_at)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(60)
    proof = found(TIKTOK.settle(one, attempt))
    assert (proof.remote_id, proof.remote_url) == (only_post(sandbox)["id"], only_post(sandbox)["url"])


def test_one_that_is_still_processed_is_not_seen_and_later_found(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=900.0)
    one = film(sandbox)
    attempt = taken(one)
    ago(one, 600)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(1000)
    found(TIKTOK.settle(one, attempt))


def test_a_public_post_waits_for_its_address_and_not_for_ever(sandbox: Running) -> None:
    sandbox.control.settings(tiktok_moderation_seconds=7200.0)
    one = film(sandbox)
    attempt = taken(one)
    settled = TIKTOK.settle(one, attempt)
    assert (settled.verdict, settled.note) == (Settled.NOT_SEEN, "it has gone out, and has no address yet")
    ago(one, 300)
    proof = found(TIKTOK.settle(one, attempt))
    assert (proof.remote_id, proof.remote_url) == (only_post(sandbox)["publish_id"], "")


def test_a_private_post_is_proven_without_an_address(sandbox: Running) -> None:
    one = film(sandbox, privacy_level=ONLY_ME)
    attempt = lose(sandbox, one, "last_chunk")
    sandbox.control.advance(10)
    proof = found(TIKTOK.settle(one, attempt))
    assert (proof.remote_id, proof.remote_url) == (only_post(sandbox)["publish_id"], "")


@pytest.mark.parametrize(
    ("reason", "error", "code"),
    [
        ("file_format_check_failed", Refused, "media_refused"),
        ("duration_check_failed", Refused, "media_refused"),
        ("frame_rate_check_failed", Refused, "media_refused"),
        ("picture_size_check_failed", Refused, "media_refused"),
        ("spam_risk_text", Refused, "spam"),
        ("spam_risk", Refused, "spam"),
        ("spam_risk_user_banned_from_posting", Refused, "banned"),
        ("spam_risk_too_many_posts", RateLimited, "posts_a_day"),
        ("auth_removed", NeedsReauth, "needs_reauth"),
        ("publish_cancelled", Refused, "cancelled_there"),
        ("something_new", Refused, "failed_there"),
    ],
)
def test_what_failed_there_is_absent_and_then_told(
    sandbox: Running, reason: str, error: type[Exception], code: str
) -> None:
    sandbox.control.settings(tiktok_fail_reason=reason, video_processing_seconds=900.0)
    one = film(sandbox)
    attempt = taken(one)
    sandbox.control.advance(900)
    assert TIKTOK.settle(one, attempt).verdict == Settled.ABSENT
    with pytest.raises(error) as told:
        TIKTOK.prepare(one)
    assert type(told.value) is error
    assert getattr(told.value, "code") == code  # noqa: B009 - one attribute of several classes
    sandbox.control.settings(tiktok_fail_reason="", video_processing_seconds=0.0)
    publish(one)


@pytest.mark.parametrize("reason", ["internal", "video_pull_failed"])
def test_tiktoks_own_trouble_begins_anew(sandbox: Running, reason: str) -> None:
    sandbox.control.settings(tiktok_fail_reason=reason)
    one = film(sandbox)
    TIKTOK.prepare(one)
    with pytest.raises(NotSent):
        TIKTOK.commit(one, 1)
    sandbox.control.settings(tiktok_fail_reason="")
    publish(one)
    assert [post["status"] for post in sandbox.control.posts("tiktok")] == ["FAILED", "PUBLISH_COMPLETE"]


def test_a_last_chunk_that_never_came_is_absent_after_a_while(sandbox: Running) -> None:
    one = film(sandbox)
    attempt = lose(sandbox, one, "last_chunk", "reset")
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN  # it may still be on its way
    ago(one, 200)
    settled = TIKTOK.settle(one, attempt)
    assert settled.verdict == Settled.ABSENT
    assert settled.note.startswith("0 of ")
    publish(one)
    assert len(sandbox.control.posts("tiktok")) == 1


def test_one_that_came_after_it_was_given_up_is_found_and_not_doubled(sandbox: Running) -> None:
    one = film(sandbox)
    attempt = lose(sandbox, one, "last_chunk", "late_delivery", seconds=3000)
    ago(one, 200)
    assert TIKTOK.settle(one, attempt).verdict == Settled.ABSENT
    sandbox.control.advance(3000)
    sandbox.control.advance(60)
    assert publish(one).remote_id == only_post(sandbox)["id"]


def test_what_tiktok_confirmed_to_have_is_never_absent_for_missing_bytes(sandbox: Running) -> None:
    """`uploaded_bytes` has been seen as 0 for uploads that are whole."""
    sandbox.control.settings(video_processing_seconds=900.0)
    one = film(sandbox)
    attempt = taken(one)
    ago(one, 1000)
    name = stash_name(one.account)
    state = dict(one.stash.get(name) or {})
    one.stash.put(name, {**state, "size": state["size"] + 1}, lives_seconds=1000)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_an_access_that_was_taken_away_meanwhile_leaves_nothing_behind(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=900.0)
    one = film(sandbox)
    attempt = taken(one)
    sandbox.control.add_fault(platform="tiktok", operation="status", kind="token_revoked")
    with pytest.raises(NeedsReauth):
        TIKTOK.settle(one, attempt)
    again = Job(creator(sandbox), one.variant, one.stash, (), one.opener)
    assert TIKTOK.settle(again, attempt).verdict == Settled.ABSENT
    with pytest.raises(NeedsReauth):
        TIKTOK.prepare(again)


@pytest.mark.parametrize("kind", ["reject_5xx", "rate_limit", "reset"])
def test_a_task_that_cannot_be_read_settles_nothing(sandbox: Running, kind: str) -> None:
    one = film(sandbox)
    attempt = lose(sandbox, one, "last_chunk")
    sandbox.control.add_fault(platform="tiktok", operation="status", kind=kind)
    with pytest.raises((NotSent, RateLimited)):
        TIKTOK.settle(one, attempt)


# -- photos -----------------------------------------------------------------------------------------------


def test_photos_that_were_taken_are_found_by_their_task(sandbox: Running, served: ServedFiles) -> None:
    sandbox.control.settings(video_processing_seconds=900.0)
    one = job(creator(sandbox), content("", photo(served)), served)
    attempt = taken(one)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(1000)
    assert found(TIKTOK.settle(one, attempt)).remote_id == only_post(sandbox)["id"]


def test_photos_that_could_not_be_fetched_are_tried_anew(sandbox: Running, served: ServedFiles) -> None:
    one = job(creator(sandbox), content("Gone?", photo(served)), served)
    kept, served.contents = served.contents, {}
    TIKTOK.prepare(one)
    with pytest.raises(NotSent, match="photo_pull_failed"):
        TIKTOK.commit(one, 1)
    served.contents = kept
    publish(one)


@pytest.mark.parametrize("kind", ["accept_then_reset", "accept_then_5xx", "garbage_200", "missing_id"])
def test_photos_without_an_answer_are_found_on_the_list(sandbox: Running, served: ServedFiles, kind: str) -> None:
    one = job(creator(sandbox), content("Did they arrive?", photo(served)), served)
    attempt = lose(sandbox, one, "create_photo", kind)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(60)
    proof = found(TIKTOK.settle(one, attempt))
    assert proof.remote_id == only_post(sandbox)["id"]
    assert proof.evidence == {"found": "list"}


@pytest.mark.parametrize("text", ["Two lines\nand an end  ", "Cafe\u0301", "💡 " * 30, "A long story. " * 100])
def test_they_are_known_by_their_words(sandbox: Running, served: ServedFiles, text: str) -> None:
    one = job(creator(sandbox), content(text, photo(served)), served)
    attempt = lose(sandbox, one, "create_photo")
    sandbox.control.advance(60)
    found(TIKTOK.settle(one, attempt))


@pytest.mark.parametrize(("text", "audience"), [("", EVERYONE), ("Only for me", ONLY_ME)])
def test_without_words_or_without_a_public_nothing_can_be_known(
    sandbox: Running, served: ServedFiles, text: str, audience: str
) -> None:
    one = job(creator(sandbox), content(text, photo(served), privacy_level=audience), served)
    attempt = lose(sandbox, one, "create_photo")
    sandbox.control.advance(60)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_what_is_not_listed_is_not_proven_absent(sandbox: Running, served: ServedFiles) -> None:
    one = job(creator(sandbox), content("Lost on the way", photo(served)), served)
    attempt = lose(sandbox, one, "create_photo", "reset")
    sandbox.control.advance(60)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_other_words_an_older_post_and_somebody_elses_are_not_it(sandbox: Running, served: ServedFiles) -> None:
    who = creator(sandbox)
    first = publish(job(who, content("Every Monday", photo(served)), served))
    publish(job(who, content("Every Monday or so", photo(served)), served))
    one = job(who, content("Every Monday", photo(served)), served)
    now = datetime.now(UTC)
    later = AttemptRef("commit:1", now + timedelta(minutes=10))
    assert TIKTOK.settle(one, later).verdict == Settled.NOT_SEEN
    owned = AttemptRef("commit:1", now - timedelta(minutes=1), taken=frozenset({first.remote_id}))
    assert TIKTOK.settle(one, owned).verdict == Settled.NOT_SEEN


def test_two_alike_are_for_a_person(sandbox: Running, served: ServedFiles) -> None:
    who, started_at = creator(sandbox), datetime.now(UTC)
    for _ in range(2):
        publish(job(who, content("Echo", photo(served)), served))
    one = job(who, content("Echo", photo(served)), served)
    assert TIKTOK.settle(one, AttemptRef("commit:1", started_at)).verdict == Settled.SEVERAL


def test_a_task_that_tiktok_has_forgotten_is_looked_for_on_the_list(sandbox: Running, served: ServedFiles) -> None:
    one = job(creator(sandbox), content("Forgotten", photo(served)), served)
    started_at = datetime.now(UTC)
    proof = publish(one)
    name = stash_name(one.account)
    one.stash.put(name, {**(one.stash.get(name) or {}), "publish_id": "p_pub_url~v2-1.1"}, lives_seconds=1000)
    assert found(TIKTOK.settle(one, AttemptRef("commit:1", started_at))).remote_id == proof.remote_id


def test_without_the_right_to_list_a_person_decides(sandbox: Running, served: ServedFiles) -> None:
    who = replace(creator(sandbox, scopes=["user.info.basic", "video.publish"]), traits={"lacks": ["video.list"]})
    one = job(who, content("May I look?", photo(served)), served)
    attempt = lose(sandbox, one, "create_photo")
    sandbox.control.advance(60)
    assert TIKTOK.settle(one, attempt).verdict == Settled.NOT_SEEN


def test_settling_sends_nothing(sandbox: Running, served: ServedFiles) -> None:
    one = job(creator(sandbox), content("Only looking", photo(served)), served)
    attempt = lose(sandbox, one, "create_photo")
    sandbox.control.clear_ledger()
    TIKTOK.settle(one, attempt)
    TIKTOK.settle(Job(one.account, one.variant, MemoryStash()), attempt)
    assert {row["effect"] for row in sandbox.control.ledger(platform="tiktok")} == {None}


def test_texts_are_compared_in_one_spelling() -> None:
    assert canonical_text(" Cafe\u0301 \r\nb\n ") == "Café b"


def test_it_needs_no_username(sandbox: Running) -> None:
    files = Files()
    who = creator(sandbox)
    nameless = Account(who.remote_id, "", who.access_token)
    assert publish(job(nameless, content("Nameless", clip(files)), files)).remote_url.endswith(
        f"/@/video/{only_post(sandbox)['id']}"
    )
