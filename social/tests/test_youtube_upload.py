"""The resumable upload to YouTube: chunks in order, going on after a break, and never a second session on a guess."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import AppBlocked, Job, MediaKind, NeedsReauth, NotSent, RateLimited, Refused, VariantMedia
from social.platforms import youtube_upload
from social.tests.making import Files, MemoryStash, make_media
from social.tests.youtube_making import (
    UNIT,
    YOUTUBE,
    BreakingFiles,
    channel,
    chunks,
    content,
    everything,
    film,
    job,
    naps,
    only_video,
    operations,
    publish,
)

__all__ = ["naps"]
MEGABYTE = 1024**2


@pytest.fixture(autouse=True)
def small_chunks(settings: Any) -> None:
    settings.YOUTUBE_CHUNK_BYTES = UNIT


def long_film(sandbox: Running, files: Files, size: int = 1_000_000, **options: Any) -> Job:
    return job(channel(sandbox), content("", film(files, size), **options), files)


def ranges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Content-Range of each request to a session, as it left us."""
    seen: list[str] = []
    original = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        seen.extend(value for name, value in (details.get("headers") or {}).items() if name == "Content-Range")
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    return seen


def test_it_goes_in_chunks_of_whole_units(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files()
    one = long_film(sandbox, files)
    size = one.variant.parts[0].media[0].size
    sent = ranges(monkeypatch)
    YOUTUBE.prepare(one)
    assert sent[:3] == [f"bytes {at}-{at + UNIT - 1}/{size}" for at in (0, UNIT, 2 * UNIT)]
    assert sent[3] == f"bytes {3 * UNIT}-{size - 1}/{size}"
    assert chunks(sandbox) == [UNIT, 2 * UNIT, 3 * UNIT, size]


@pytest.mark.parametrize("chunk", [1, UNIT, UNIT + 1, 2 * UNIT - 1])
def test_any_setting_gives_whole_units(settings: Any, chunk: int) -> None:
    settings.YOUTUBE_CHUNK_BYTES = chunk
    assert youtube_upload.chunk_bytes() == UNIT


def test_what_the_session_did_not_take_is_sent_again(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.control.settings(youtube_commit_bytes=100_000)
    files = Files()
    one = long_film(sandbox, files, 600_000)
    sent = ranges(monkeypatch)
    YOUTUBE.prepare(one)
    assert [value.split("-")[0] for value in sent[:3]] == ["bytes 0", "bytes 100000", "bytes 200000"]
    assert only_video(sandbox)["sha256"] == one.variant.parts[0].media[0].sha256


def test_the_session_is_kept_before_the_first_byte_and_sealed(sandbox: Running) -> None:
    files = BreakingFiles()
    one = long_film(sandbox, files)
    files.after = 0
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    (state,) = [value for value, _ in one.stash.values.values()]  # type: ignore[attr-defined]
    assert state["session"]
    assert "upload_id" not in str(state)


def test_a_broken_upload_goes_on_where_it_ended(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    files = BreakingFiles()
    one = long_film(sandbox, files)
    files.after = 600_000
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    files.after = None
    sent = ranges(monkeypatch)
    publish(one)
    size = one.variant.parts[0].media[0].size
    assert sent[0] == f"bytes */{size}"
    assert sent[1].startswith(f"bytes {2 * UNIT}-")
    assert operations(sandbox).count("upload_start") == 1
    assert only_video(sandbox)["sha256"] == one.variant.parts[0].media[0].sha256


@pytest.mark.parametrize("kind", ["reset", "reject_5xx", "accept_then_reset", "accept_then_5xx"])
@pytest.mark.parametrize("operation", ["upload_chunk", "upload_last"])
def test_trouble_in_the_middle_is_overcome_by_asking(sandbox: Running, operation: str, kind: str) -> None:
    files = Files()
    one = long_film(sandbox, files)
    sandbox.control.add_fault(platform="youtube", operation=operation, kind=kind)
    publish(one)
    assert len(everything(sandbox)) == 1
    assert operations(sandbox).count("upload_start") == 1
    assert operations(sandbox).count("upload_probe") == 1
    assert only_video(sandbox)["sha256"] == one.variant.parts[0].media[0].sha256


@pytest.mark.parametrize("kind", ["garbage_200", "missing_id"])
def test_an_end_that_cannot_be_read_is_asked_for(sandbox: Running, kind: str) -> None:
    files = Files()
    one = long_film(sandbox, files)
    sandbox.control.add_fault(platform="youtube", operation="upload_last", kind=kind)
    publish(one)
    assert len(everything(sandbox)) == 1


def test_pauses_grow_and_end(sandbox: Running, naps: Any) -> None:
    files = Files()
    one = long_film(sandbox, files)
    for operation in ("upload_chunk", "upload_probe"):
        sandbox.control.add_fault(platform="youtube", operation=operation, kind="reject_5xx", times=-1)
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    assert len(naps.taken) == 5
    assert all(2 ** (number - 1) <= nap <= 2**number for number, nap in enumerate(naps.taken))


def test_a_session_that_never_gets_on_is_given_up(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    sandbox.control.add_fault(platform="youtube", operation="upload_chunk", kind="reject_5xx", times=-1)
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    assert operations(sandbox).count("upload_chunk") == 6


def test_an_end_without_an_answer_is_not_sent_again(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    sandbox.control.add_fault(platform="youtube", operation="upload_last", kind="accept_then_reset")
    sandbox.control.add_fault(platform="youtube", operation="upload_probe", kind="reject_5xx", times=5)
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    publish(one)
    assert len(everything(sandbox)) == 1
    assert len(files.opened) == 1


# -- sessions that are gone --------------------------------------------------------------------------


def lost(sandbox: Running, one: Job, *, after_last: bool) -> None:
    """Break off (before or after the last chunk arrived), and let YouTube forget the session."""
    operation, kind = ("upload_last", "accept_then_reset") if after_last else ("upload_chunk", "accept_then_reset")
    sandbox.control.add_fault(platform="youtube", operation=operation, kind=kind)
    sandbox.control.add_fault(platform="youtube", operation="upload_probe", kind="reject_5xx", times=5)
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    sandbox.control.call("DELETE", "youtube/sessions")


def long_ago(one: Job) -> None:
    """As if the last chunk had left so long ago that the list of uploads would show what came of it."""
    name = youtube_upload.stash_name(one.account, one.variant)
    state = dict(one.stash.get(name) or {})
    one.stash.put(name, {**state, "last_at": state["last_at"] - 601}, lives_seconds=60)


def test_a_forgotten_session_whose_video_cannot_exist_is_begun_anew(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    lost(sandbox, one, after_last=False)
    publish(one)
    assert operations(sandbox).count("upload_start") == 2
    assert "timeline" not in operations(sandbox)


def test_an_expired_session_is_begun_anew(sandbox: Running) -> None:
    files = BreakingFiles()
    one = long_film(sandbox, files)
    files.after = 600_000
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    files.after = None
    sandbox.control.advance(8 * 86_400)
    again = Job(channel(sandbox), one.variant, one.stash, (), files)
    publish(again)
    assert operations(sandbox).count("upload_start") == 2


def test_the_video_of_a_forgotten_session_is_found_on_the_channel(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    lost(sandbox, one, after_last=True)
    publish(one)
    assert len(everything(sandbox)) == 1
    assert operations(sandbox).count("upload_start") == 1
    assert only_video(sandbox)["privacy"] == "public"


def test_other_videos_with_the_same_title_are_not_it(sandbox: Running) -> None:
    files, who = Files(), channel(sandbox)
    publish(job(who, content("", film(files, 700_000), privacy="private"), files))
    one = long_film(sandbox, files)
    lost(sandbox, one, after_last=True)
    publish(one)
    assert sorted(video["privacy"] for video in everything(sandbox)) == ["private", "public"]
    assert [video["sha256"] for video in sandbox.control.posts("youtube")] == [one.variant.parts[0].media[0].sha256]


def test_a_public_video_is_never_taken_for_it(sandbox: Running) -> None:
    files, who = Files(), channel(sandbox)
    media = film(files, 1_000_000)
    one = job(who, content("", media), files)
    publish(job(who, one.variant, files))
    lost(sandbox, one, after_last=True)
    publish(one)
    assert [video["privacy"] for video in everything(sandbox)] == ["public", "public"]
    assert operations(sandbox).count("upload_start") == 2


def test_nor_is_one_from_before_the_session(sandbox: Running) -> None:
    files = Files()
    media = film(files, 1_000_000)
    YOUTUBE.prepare(job(channel(sandbox), content("", media), files))
    before = only_video(sandbox)["id"]
    sandbox.control.advance(3600)
    one = job(channel(sandbox), content("", media), files)
    lost(sandbox, one, after_last=True)
    name = youtube_upload.stash_name(one.account, one.variant)
    opened_at = (datetime.now(UTC) + timedelta(minutes=50)).isoformat()  # by the sandbox's clock
    one.stash.put(name, {**dict(one.stash.get(name) or {}), "opened_at": opened_at}, lives_seconds=60)
    (proof,) = publish(one)
    assert proof.remote_id != before
    assert len(everything(sandbox)) == 2


def test_a_list_that_does_not_show_it_yet_proves_nothing(sandbox: Running) -> None:
    sandbox.control.settings(visibility_delay_seconds=3600.0)
    files = Files()
    one = long_film(sandbox, files)
    lost(sandbox, one, after_last=True)
    with pytest.raises(NotSent) as waiting:
        YOUTUBE.prepare(one)
    assert waiting.value.code == "upload_unclear"
    assert operations(sandbox).count("upload_start") == 1
    sandbox.control.advance(3600)
    again = Job(channel(sandbox), one.variant, one.stash, (), files)
    publish(again)
    assert len(everything(sandbox)) == 1


def test_one_that_stays_away_long_enough_was_never_made(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    sandbox.control.add_fault(platform="youtube", operation="upload_last", kind="reset")
    sandbox.control.add_fault(platform="youtube", operation="upload_probe", kind="reject_5xx", times=5)
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    sandbox.control.call("DELETE", "youtube/sessions")
    long_ago(one)
    publish(one)
    assert operations(sandbox).count("upload_start") == 2
    assert len(everything(sandbox)) == 1


def test_as_long_as_its_size_is_not_known_nothing_is_guessed(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=9000.0)
    files = Files()
    one = long_film(sandbox, files)
    lost(sandbox, one, after_last=True)
    long_ago(one)
    with pytest.raises(NotSent) as waiting:
        YOUTUBE.prepare(one)
    assert waiting.value.code == "upload_unclear"
    assert operations(sandbox).count("upload_start") == 1


def test_several_copies_are_left_to_a_person(sandbox: Running) -> None:
    files, who = Files(), channel(sandbox)
    media = film(files, 1_000_000)
    one = job(who, content("", media), files)
    YOUTUBE.prepare(job(who, one.variant, files))
    lost(sandbox, one, after_last=True)
    with pytest.raises(Refused) as refused:
        YOUTUBE.prepare(one)
    assert refused.value.code == "upload_unclear"
    for copy in everything(sandbox):
        sandbox.control.delete_post(copy["id"], "youtube")
    publish(one)
    assert len(everything(sandbox)) == 1


# -- refusals ----------------------------------------------------------------------------------------


def test_a_token_that_ends_on_the_way_ends_nothing(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    sandbox.control.add_fault(platform="youtube", operation="upload_last", kind="unauthorized")
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    again = Job(channel(sandbox), one.variant, one.stash, (), files)
    publish(again)
    assert operations(sandbox).count("upload_start") == 1


def test_nor_does_one_that_ends_after_the_upload_went_on(sandbox: Running) -> None:
    files = BreakingFiles()
    one = long_film(sandbox, files)
    files.after = 300_000
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    files.after = None
    sandbox.control.add_fault(platform="youtube", operation="upload_last", kind="unauthorized")
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)


@pytest.mark.parametrize("operation", ["upload_start", "upload_probe"])
def test_a_token_that_is_not_known_from_the_start_is_dead(sandbox: Running, operation: str) -> None:
    files = BreakingFiles()
    one = long_film(sandbox, files)
    if operation == "upload_probe":
        files.after = 300_000
        with pytest.raises(NotSent):
            YOUTUBE.prepare(one)
    sandbox.control.add_fault(platform="youtube", operation=operation, kind="unauthorized")
    with pytest.raises(NeedsReauth):
        YOUTUBE.prepare(one)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"status": 400, "reason": "uploadLimitExceeded"}, RateLimited),
        ({"status": 403, "reason": "quotaExceeded", "domain": "youtube.quota"}, AppBlocked),
        ({"status": 400, "reason": "invalidTitle"}, Refused),
        ({"status": 403, "reason": "insufficientPermissions"}, NeedsReauth),
    ],
)
def test_a_session_that_is_refused(sandbox: Running, params: dict[str, Any], error: type[Exception]) -> None:
    files = Files()
    sandbox.control.add_fault(platform="youtube", operation="upload_start", kind="refuse", params=params)
    with pytest.raises(error) as raised:
        YOUTUBE.prepare(long_film(sandbox, files))
    assert type(raised.value) is error


def test_the_hundred_and_first_upload_of_the_day_waits_until_midnight_in_california(sandbox: Running) -> None:
    sandbox.control.settings(youtube_uploads_per_day=1)
    files, who = Files(), channel(sandbox)
    YOUTUBE.prepare(job(who, content("", film(files)), files))
    with pytest.raises(AppBlocked) as blocked:
        YOUTUBE.prepare(job(who, content("", film(files)), files))
    assert blocked.value.code == "upload_quota"
    assert "share a daily number" in blocked.value.sentence


def test_a_chunk_that_is_refused_fails_no_post(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    params = {"status": 400, "reason": "badRequest"}
    sandbox.control.add_fault(platform="youtube", operation="upload_last", kind="refuse", times=6, params=params)
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    publish(one)
    assert operations(sandbox).count("upload_start") == 1


def test_a_channel_that_is_suspended_on_the_way_is_told(sandbox: Running) -> None:
    files = Files()
    one = long_film(sandbox, files)
    sandbox.control.add_fault(platform="youtube", operation="upload_chunk", kind="suspended")
    with pytest.raises(Refused) as refused:
        YOUTUBE.prepare(one)
    assert refused.value.code == "account_suspended"


def test_a_chunk_that_another_worker_brought_meanwhile_is_skipped(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files()
    one = long_film(sandbox, files)
    original = http.request
    doubled: list[http.Response] = []

    def twice(method: str, url: str, **details: Any) -> http.Response:
        """The first chunk arrives twice: ours comes second."""
        if details.get("raw") is not None and not doubled:
            raw = details["raw"]
            at = raw.file.tell()
            doubled.append(original(method, url, **details))
            raw.file.seek(at)
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", twice)
    publish(one)
    assert only_video(sandbox)["sha256"] == one.variant.parts[0].media[0].sha256
    assert 400 in [row["status"] for row in sandbox.control.ledger(platform="youtube")]


def test_a_session_that_has_it_all_is_asked_until_there_is_a_video(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch, naps: Any
) -> None:
    files = Files()
    one = long_film(sandbox, files)
    size = one.variant.parts[0].media[0].size
    original = http.request
    held: list[http.Response] = []

    def thinking(method: str, url: str, **details: Any) -> http.Response:
        answer = original(method, url, **details)
        if answer.ok and method == "PUT" and "upload_id" in url and len(held) < 3:
            held.append(answer)
            return http.Response(308, {"range": f"bytes=0-{size - 1}"}, b"")
        return answer

    monkeypatch.setattr(http, "request", thinking)
    sent = ranges(monkeypatch)
    publish(one)
    assert len(everything(sandbox)) == 1
    assert len(naps.taken) >= 2
    # A chunk without bytes would be no range at all.
    assert sent[-3:] == [f"bytes */{size}"] * 3


def test_a_session_somewhere_else_gets_neither_token_nor_bytes(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, asked = Files(), []

    def elsewhere(method: str, url: str, **_details: Any) -> http.Response:
        asked.append(url)
        return http.Response(200, {"location": "https://example.org/upload?upload_id=1"}, b"")

    one = long_film(sandbox, files)
    monkeypatch.setattr(http, "request", elsewhere)
    with pytest.raises(NotSent):
        YOUTUBE.prepare(one)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("session", "is_ours"),
    [
        ("https://www.googleapis.com/upload/youtube/v3/videos?upload_id=1", True),
        ("https://youtube.googleapis.com/upload?upload_id=1", True),
        ("http://www.googleapis.com/upload?upload_id=1", False),
        ("https://googleapis.com.example.org/upload", False),
        ("https://example.org/.googleapis.com", False),
        ("", False),
    ],
)
def test_a_token_follows_only_to_hosts_of_googles(settings: Any, session: str, is_ours: bool) -> None:
    settings.YOUTUBE_API_URL = "https://www.googleapis.com"
    assert youtube_upload.is_ours(session) is is_ours


# -- memory ------------------------------------------------------------------------------------------


@dataclass
class Endless:
    """A file of so many zeros that nobody could hold."""

    size: int
    at: int = 0

    def seek(self, at: int) -> None:
        self.at = at

    def read(self, size: int) -> bytes:
        block = bytes(min(size, self.size - self.at))
        self.at += len(block)
        return block


@dataclass
class EndlessFiles(Files):
    @contextmanager
    def __call__(self, media: VariantMedia) -> Iterator[IO[bytes]]:
        yield Endless(media.size)  # type: ignore[misc]


def test_a_gigabyte_needs_no_memory(sandbox: Running, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.YOUTUBE_CHUNK_BYTES = 32 * MEGABYTE
    size = 1024 * MEGABYTE
    media = make_media(kind=MediaKind.VIDEO, mime="video/mp4", size=size)
    sent: list[int] = []

    def swallowed(method: str, url: str, **details: Any) -> http.Response:
        """YouTube without a network: every block is read as it would be sent."""
        raw = details.get("raw")
        if raw is None:
            return http.Response(200, {"location": f"{settings.YOUTUBE_API_URL}/upload?upload_id=1"}, b"")
        sent.append(sum(len(block) for block in http._blocks(raw.file, raw.size)))
        if sum(sent) == size:
            return http.Response(201, {}, b'{"id": "dQw4w9WgXcQ"}')
        return http.Response(308, {"range": f"bytes=0-{sum(sent) - 1}"}, b"")

    monkeypatch.setattr(http, "request", swallowed)
    one = Job(channel(sandbox), content("", media), MemoryStash(), (), EndlessFiles())
    tracemalloc.start()
    try:
        assert youtube_upload.Upload(one, lambda _seconds: None).run() == "dQw4w9WgXcQ"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent == [32 * MEGABYTE] * 32
    assert peak < 4 * MEGABYTE
