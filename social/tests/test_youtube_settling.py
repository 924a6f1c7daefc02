"""Finding out about unknown outcomes on YouTube: by the video itself, and by the comments under it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import AttemptRef, Job, NotSent, Processing, Proof, Refused, Settled, Unknown
from social.platforms.youtube_lookup import canonical_text
from social.tests.making import Files, MemoryStash
from social.tests.youtube_making import YOUTUBE, attempt, channel, content, film, job, naps, only_video, publish

__all__ = ["naps"]
LONG_AGO = timedelta(minutes=5)


def ready(sandbox: Running, **options: Any) -> Job:
    files = Files()
    one = job(channel(sandbox), content("About it", film(files), **options), files)
    YOUTUBE.prepare(one)
    return one


def lose(sandbox: Running, one: Job, kind: str = "accept_then_reset", number: int = 1, **params: Any) -> AttemptRef:
    """Publish so that nobody is told, and refer to it."""
    started_at = datetime.now(UTC)
    operation = "create_post" if number == 1 else "create_comment"
    sandbox.control.add_fault(platform="youtube", operation=operation, kind=kind, params=params)
    with pytest.raises(Unknown):
        YOUTUBE.commit(one, number)
    return attempt(number, started_at)


@pytest.mark.parametrize("kind", ["accept_then_reset", "accept_then_5xx", "garbage_200", "missing_id"])
def test_a_switch_that_arrived_is_found(sandbox: Running, kind: str) -> None:
    one = ready(sandbox)
    settled = YOUTUBE.settle(one, lose(sandbox, one, kind))
    assert settled.verdict == Settled.FOUND
    assert settled.proof is not None
    assert settled.proof.remote_id == only_video(sandbox)["id"]


@pytest.mark.parametrize("kind", ["reset", "reject_5xx", "html_502"])
def test_one_that_did_not_is_not_seen_at_first_and_absent_later(sandbox: Running, kind: str) -> None:
    one = ready(sandbox)
    recent = lose(sandbox, one, kind)
    assert YOUTUBE.settle(one, recent).verdict == Settled.NOT_SEEN
    assert YOUTUBE.settle(one, attempt(1, recent.started_at - LONG_AGO)).verdict == Settled.ABSENT
    publish(one)
    assert only_video(sandbox)["privacy"] == "public"


def test_one_that_arrives_late_makes_no_second_video(sandbox: Running) -> None:
    one = ready(sandbox)
    lost = lose(sandbox, one, "late_delivery", seconds=600)
    assert YOUTUBE.settle(one, attempt(1, lost.started_at - LONG_AGO)).verdict == Settled.ABSENT
    publish(one)
    sandbox.control.advance(600)
    assert len(sandbox.control.posts("youtube")) == 1


def test_a_video_that_is_processed_for_long_is_found_when_it_is_done(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=3000.0)
    one = ready(sandbox)
    started_at = datetime.now(UTC) - LONG_AGO
    with pytest.raises(Processing):
        YOUTUBE.commit(one, 1)
    assert YOUTUBE.settle(one, attempt(1, started_at)).verdict == Settled.NOT_SEEN
    sandbox.control.advance(3000)
    assert YOUTUBE.settle(one, attempt(1, started_at)).verdict == Settled.FOUND


@pytest.mark.parametrize("settings", [{"video_fails": True}, {"youtube_rejection": "copyright"}])
def test_one_that_turns_out_unusable_is_absent_and_then_refused(sandbox: Running, settings: dict[str, Any]) -> None:
    sandbox.control.settings(video_processing_seconds=3000.0, **settings)
    one = ready(sandbox)
    with pytest.raises(Processing):
        YOUTUBE.commit(one, 1)
    sandbox.control.advance(3000)
    assert YOUTUBE.settle(one, attempt(1, datetime.now(UTC))).verdict == Settled.ABSENT
    with pytest.raises(Refused):
        YOUTUBE.prepare(one)


def test_a_private_video_is_found_as_private(sandbox: Running) -> None:
    one = ready(sandbox, privacy="private")
    assert YOUTUBE.settle(one, lose(sandbox, one)).verdict == Settled.FOUND


def test_a_private_video_with_older_words_is_not_yet_it(sandbox: Running) -> None:
    files, who = Files(), channel(sandbox)
    media = film(files)
    first = job(who, content("", media, title="Before", privacy="private"), files)
    YOUTUBE.prepare(first)
    edited = content("", media, title="After", privacy="private")
    one = job(who, edited, files, stash=first.stash)  # type: ignore[arg-type]
    assert YOUTUBE.settle(one, lose(sandbox, one, "reset")).verdict == Settled.NOT_SEEN


def test_a_video_that_was_deleted_meanwhile_is_left_to_a_person(sandbox: Running) -> None:
    one = ready(sandbox)
    lost = lose(sandbox, one)
    sandbox.control.delete_post(only_video(sandbox)["id"], "youtube")
    assert YOUTUBE.settle(one, attempt(1, lost.started_at - LONG_AGO)).verdict == Settled.NOT_SEEN


def test_without_its_id_nothing_is_guessed(sandbox: Running) -> None:
    one = ready(sandbox)
    lost = lose(sandbox, one)
    blank = Job(one.account, one.variant, MemoryStash(), (), one.opener)
    assert YOUTUBE.settle(blank, lost).verdict == Settled.NOT_SEEN


def test_trouble_while_looking_is_told_as_such(sandbox: Running) -> None:
    one = ready(sandbox)
    lost = lose(sandbox, one)
    sandbox.control.add_fault(platform="youtube", operation="video", kind="reject_5xx")
    with pytest.raises(NotSent):
        YOUTUBE.settle(one, lost)


# -- the first comment -------------------------------------------------------------------------------


def commented(sandbox: Running, words: str = "Ask me anything") -> tuple[Job, Proof]:
    one = ready(sandbox, first_comment=words)
    proof = YOUTUBE.commit(one, 1)
    return job(one.account, one.variant, one.opener, committed=(proof,)), proof  # type: ignore[arg-type]


@pytest.mark.parametrize("words", ["Ask me anything", "Cafe\u0301 \r\n& <b>", "👩‍👩‍👧‍👦"])
def test_a_comment_that_arrived_is_found(sandbox: Running, words: str) -> None:
    one, video = commented(sandbox, words)
    settled = YOUTUBE.settle(one, lose(sandbox, one, number=2))
    assert settled.verdict == Settled.FOUND
    assert settled.proof is not None
    assert settled.proof.remote_url.startswith(video.remote_url)
    assert settled.proof.remote_id == only_video(sandbox)["comments"][0]["id"]


def test_a_comment_that_did_not_arrive_is_not_seen(sandbox: Running) -> None:
    one, _ = commented(sandbox)
    assert YOUTUBE.settle(one, lose(sandbox, one, "reset", 2)).verdict == Settled.NOT_SEEN


def test_the_same_words_of_somebody_else_or_of_long_ago_are_not_it(sandbox: Running) -> None:
    one, video = commented(sandbox)
    other = job(channel(sandbox, "almalamps"), one.variant, committed=(video,))
    YOUTUBE.commit(other, 2)
    assert YOUTUBE.settle(one, attempt(2, datetime.now(UTC))).verdict == Settled.NOT_SEEN
    YOUTUBE.commit(one, 2)
    assert YOUTUBE.settle(one, attempt(2, datetime.now(UTC) + timedelta(hours=1))).verdict == Settled.NOT_SEEN


def test_two_alike_are_left_to_a_person(sandbox: Running) -> None:
    one, _ = commented(sandbox)
    YOUTUBE.commit(one, 2)
    assert YOUTUBE.settle(one, lose(sandbox, one, number=2)).verdict == Settled.SEVERAL


def test_a_comment_that_is_owned_by_another_publication_is_not_it(sandbox: Running) -> None:
    one, _ = commented(sandbox)
    taken = YOUTUBE.commit(one, 2).remote_id
    lost = attempt(2, datetime.now(UTC), taken=frozenset({taken}))
    assert YOUTUBE.settle(one, lost).verdict == Settled.NOT_SEEN


def test_without_a_video_there_is_nowhere_to_look(sandbox: Running) -> None:
    one, _ = commented(sandbox)
    bare = job(one.account, one.variant)
    assert YOUTUBE.settle(bare, attempt(2, datetime.now(UTC))).verdict == Settled.NOT_SEEN


@pytest.mark.parametrize(("sent", "shown"), [("a \r\nb", "a\nb"), ("Cafe\u0301", "Café"), (" a ", "a")])
def test_texts_that_look_alike_count_as_the_same(sent: str, shown: str) -> None:
    assert canonical_text(sent) == canonical_text(shown)
