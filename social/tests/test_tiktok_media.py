"""Uploads to TikTok: how videos are cut, where broken uploads go on, and that a task is never left while it may end in a post."""

import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import Job, MediaKind, NeedsReauth, NotSent, RateLimited, Refused, Unknown, VariantMedia
from social.platforms import tiktok_media
from social.platforms.tiktok_media import Plan, plan, stash_name
from social.tests.breaking import BreakingFiles
from social.tests.making import Files, MemoryStash, make_media
from social.tests.tiktok_making import (
    TIKTOK,
    clip,
    content,
    creator,
    job,
    naps,
    only_post,
    operations,
    padded,
    publish,
    upright_video,
)

__all__ = ["naps"]
MEGABYTE = 1_000_000


# -- how a video is cut --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "count"),
    [
        (1, 1),
        (4_194_304, 1),
        (9_999_999, 1),
        (19_999_999, 1),
        (20_000_000, 2),
        (50_000_123, 5),
        (64_000_000, 6),
        (64_000_001, 6),
        (1_073_741_824, 107),
        (4_000_000_000, 400),
    ],
)
def test_the_number_of_chunks_is_rounded_down(size: int, count: int) -> None:
    cut = plan(size)
    assert cut.count == count == size // cut.chunk
    assert cut.chunk == size or 5_242_880 <= cut.chunk <= 64 * MEGABYTE
    assert cut.end(size - 1) == size
    last = size - cut.last_first
    assert last <= 20 * MEGABYTE
    assert cut.chunk <= last < cut.chunk + cut.count


@pytest.mark.parametrize("wanted", [1, 5_000_000, 64_000_000, 10**12])
def test_chunks_stay_within_what_tiktok_takes_whatever_is_set(settings: Any, wanted: int) -> None:
    settings.TIKTOK_CHUNK_BYTES = wanted
    for size in (6 * MEGABYTE, 65 * MEGABYTE, 4000 * MEGABYTE):
        cut = plan(size)
        assert cut.count == size // cut.chunk <= 1000
        assert cut.chunk <= 64 * MEGABYTE
        assert cut.count == 1 or cut.chunk >= 5_242_880


def test_chunks_follow_one_another() -> None:
    cut = Plan(64_000_001, 10_000_000, 6)
    ends, offset = [], 0
    while offset < cut.size:
        offset = cut.end(offset)
        ends.append(offset)
    assert ends == [10_000_000, 20_000_000, 30_000_000, 40_000_000, 50_000_000, 64_000_001]


# -- breaking off and going on ---------------------------------------------------------------------------


def ranges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Content-Range of each chunk, as it left us."""
    seen: list[str] = []
    original = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        if method == "PUT":
            seen.append(details["headers"]["Content-Range"])
            assert "Authorization" not in details["headers"]
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    return seen


def film(files: Files, size: int = 34 * MEGABYTE) -> VariantMedia:
    """Three chunks."""
    return clip(files, padded(upright_video(), size))


def state(one: Job) -> dict[str, Any]:
    return dict(one.stash.get(stash_name(one.account)) or {})


def change(one: Job, **values: Any) -> None:
    one.stash.put(stash_name(one.account), {**state(one), **values}, lives_seconds=1000)


def test_all_chunks_but_the_last_go_up_beforehand(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files()
    one = job(creator(sandbox), content("Long", film(files)), files)
    sent = ranges(monkeypatch)
    TIKTOK.prepare(one)
    size, chunk = state(one)["size"], state(one)["chunk"]
    assert sent == [f"bytes 0-{chunk - 1}/{size}", f"bytes {chunk}-{2 * chunk - 1}/{size}"]
    TIKTOK.commit(one, 1)
    assert sent[2:] == [f"bytes {2 * chunk}-{size - 1}/{size}"]
    assert only_post(sandbox)["sha256"] == one.variant.parts[0].media[0].sha256


def test_a_broken_upload_goes_on_where_it_ended(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    files = BreakingFiles(after=15 * MEGABYTE)
    one = job(creator(sandbox), content("Broken", film(files)), files)
    sent = ranges(monkeypatch)
    with pytest.raises(NotSent):
        TIKTOK.prepare(one)
    assert state(one)["offset"] == state(one)["chunk"]  # known also where TikTok does not say how much is there
    files.after = None
    publish(one)
    chunk = state(one)["chunk"]
    assert [int(one.split()[1].partition("-")[0]) for one in sent] == [0, chunk, chunk, 2 * chunk]
    assert operations(sandbox).count("init_video") == 1
    assert only_post(sandbox)["sha256"] == one.variant.parts[0].media[0].sha256


def test_a_chunk_that_arrived_unnoticed_is_not_sent_again(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files()
    one = job(creator(sandbox), content("Twice?", film(files)), files)
    sandbox.control.add_fault(platform="tiktok", operation="chunk", kind="accept_then_reset")
    with pytest.raises(NotSent):
        TIKTOK.prepare(one)
    sent = ranges(monkeypatch)
    publish(one)
    assert not sent[0].startswith("bytes 0-")
    assert only_post(sandbox)["sha256"] == one.variant.parts[0].media[0].sha256


@pytest.mark.parametrize("kind", ["reject_5xx", "reset", "html_502", "accept_then_5xx"])
def test_trouble_with_a_chunk_is_tried_again(sandbox: Running, kind: str) -> None:
    files = Files()
    one = job(creator(sandbox), content("Trouble", film(files)), files)
    sandbox.control.add_fault(platform="tiktok", operation="chunk", kind=kind)
    with pytest.raises(NotSent):
        TIKTOK.prepare(one)
    publish(one)
    assert operations(sandbox).count("init_video") == 1


def test_progress_that_is_not_what_we_thought_is_asked_for(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Out of step", film(files)), files)
    TIKTOK.prepare(one)
    change(one, offset=0, digest=state(one)["digest"])
    publish(one)
    assert operations(sandbox).count("init_video") == 1


def test_preparing_twice_uploads_once(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Once", film(files)), files)
    TIKTOK.prepare(one)
    before = operations(sandbox)
    TIKTOK.prepare(one)
    assert operations(sandbox) == before


def test_an_edit_begins_a_task_of_its_own(sandbox: Running) -> None:
    files = Files()
    media = clip(files)
    one = job(creator(sandbox), content("First words", media), files)
    TIKTOK.prepare(one)
    edited = Job(one.account, content("Second words", media), one.stash, (), files)
    publish(edited)
    assert [post["text"] for post in sandbox.control.posts("tiktok")] == ["Second words"]


def test_an_address_that_has_ended_is_not_used_again(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Late", film(files)), files)
    TIKTOK.prepare(one)
    sandbox.control.advance(3700)
    with pytest.raises(NotSent):
        TIKTOK.commit(one, 1)
    publish(one)
    assert operations(sandbox).count("init_video") == 2
    assert len(sandbox.control.posts("tiktok")) == 1


def test_one_that_ends_soon_is_not_begun_with(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Soon over", clip(files)), files)
    TIKTOK.prepare(one)
    change(one, begun_at=state(one)["begun_at"] - 4000)
    TIKTOK.prepare(one)
    assert operations(sandbox).count("init_video") == 2


def test_an_address_that_ends_in_the_middle_of_an_upload_is_replaced(sandbox: Running) -> None:
    files = BreakingFiles(after=15 * MEGABYTE)
    one = job(creator(sandbox), content("Slow", film(files)), files)
    with pytest.raises(NotSent):
        TIKTOK.prepare(one)
    files.after = None
    sandbox.control.advance(3700)
    with pytest.raises(NotSent):
        TIKTOK.prepare(one)
    publish(one)
    assert len(sandbox.control.posts("tiktok")) == 1


def test_an_init_whose_answer_was_lost_is_simply_repeated(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Init", clip(files)), files)
    sandbox.control.add_fault(platform="tiktok", operation="init_video", kind="accept_then_reset")
    with pytest.raises(NotSent):
        TIKTOK.prepare(one)
    publish(one)
    assert len(sandbox.control.posts("tiktok")) == 1


# -- once a last byte may have left ------------------------------------------------------------------------


def lost(sandbox: Running, one: Job, kind: str = "accept_then_reset", **params: Any) -> None:
    TIKTOK.prepare(one)
    sandbox.control.add_fault(platform="tiktok", operation="last_chunk", kind=kind, params=params)
    with pytest.raises(Unknown):
        TIKTOK.commit(one, 1)


def test_what_is_public_is_not_sent_again(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Public already", clip(files)), files)
    lost(sandbox, one)
    sandbox.control.advance(60)
    proof = publish(one)
    assert proof.remote_id == only_post(sandbox)["id"]
    assert operations(sandbox).count("last_chunk") == 1


def test_what_is_still_processed_is_waited_for(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=8.0)
    files = Files()
    one = job(creator(sandbox), content("Processing", clip(files)), files)
    lost(sandbox, one)
    TIKTOK.prepare(one)
    sandbox.control.settings(tiktok_moderation_seconds=0.0)
    sandbox.control.advance(20)
    assert TIKTOK.commit(one, 1).remote_id == only_post(sandbox)["id"]
    assert operations(sandbox).count("init_video") == 1


def test_a_last_chunk_that_did_not_arrive_goes_to_the_same_task(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Same task", film(files)), files)
    lost(sandbox, one, "reset")
    publish(one)
    assert operations(sandbox).count("init_video") == 1
    assert len(sandbox.control.posts("tiktok")) == 1


def test_a_delivery_that_comes_late_finds_its_task_taken(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Late delivery", film(files)), files)
    lost(sandbox, one, "late_delivery", seconds=1800)
    publish(one)
    sandbox.control.advance(1800)
    assert len(sandbox.control.posts("tiktok")) == 1


def test_an_edit_waits_while_the_earlier_version_may_still_go_out(sandbox: Running) -> None:
    files = Files()
    media = clip(files)
    one = job(creator(sandbox), content("First words", media), files)
    lost(sandbox, one, "late_delivery", seconds=1800)
    edited = Job(one.account, content("Second words", media), one.stash, (), files)
    with pytest.raises(NotSent) as waiting:
        TIKTOK.prepare(edited)
    assert waiting.value.code == "earlier_still_open"
    sandbox.control.advance(1800)
    with pytest.raises(NotSent) as waiting:
        TIKTOK.prepare(edited)
    assert waiting.value.code == "still_processing"
    sandbox.control.advance(10)
    with pytest.raises(Refused) as refused:
        TIKTOK.prepare(edited)
    assert refused.value.code == "other_version"
    assert [post["text"] for post in sandbox.control.posts("tiktok")] == ["First words"]


def test_an_edit_goes_out_once_the_earlier_version_cannot_any_more(sandbox: Running) -> None:
    files = Files()
    media = clip(files)
    one = job(creator(sandbox), content("First words", media), files)
    lost(sandbox, one, "reset")
    sandbox.control.advance(3700)
    change(one, begun_at=state(one)["begun_at"] - 4000)
    publish(Job(one.account, content("Second words", media), one.stash, (), files))
    assert [post["text"] for post in sandbox.control.posts("tiktok")] == ["Second words"]


# -- memory, addresses, refusals ----------------------------------------------------------------------------


@dataclass
class Endless(io.RawIOBase):
    """A file of zeros of any size that takes no memory."""

    size: int
    at: int = 0
    largest: int = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size)
        block = min(size, self.size - self.at)
        self.at += block
        return bytes(block)


def test_a_large_video_needs_no_memory(sandbox: Running, settings: Any) -> None:
    settings.TIKTOK_CHUNK_BYTES = 32 * MEGABYTE
    size = 320 * MEGABYTE
    file = Endless(size)
    media = make_media(kind=MediaKind.VIDEO, mime="video/mp4", size=size, width=360, height=640, duration_ms=3000)

    @contextmanager
    def opener(media: VariantMedia) -> Iterator[Any]:
        yield file

    one = Job(creator(sandbox), content("A long film", media), MemoryStash(), (), opener)
    tracemalloc.start()
    TIKTOK.prepare(one)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE
    assert 0 < file.largest <= http.BLOCK
    assert state(one)["offset"] > 280 * MEGABYTE


@pytest.mark.parametrize(
    ("address", "domain", "is_taken"),
    [
        ("https://open-upload.tiktokapis.com/video/?upload_id=1", "tiktokapis.com", True),
        ("https://tiktokapis.com/video/", "tiktokapis.com", True),
        ("https://open-upload.tiktokapis.com.evil.example/", "tiktokapis.com", False),
        ("https://eviltiktokapis.com/", "tiktokapis.com", False),
        ("http://open-upload.tiktokapis.com/", "tiktokapis.com", False),
        ("http://169.254.169.254/", "tiktokapis.com", False),
        ("", "tiktokapis.com", False),
        ("http://127.0.0.1:8001/up", "127.0.0.1", True),
    ],
)
def test_a_video_goes_below_tiktoks_domain_only(settings: Any, address: str, domain: str, is_taken: bool) -> None:
    settings.TIKTOK_UPLOAD_DOMAIN = domain
    if is_taken:
        assert tiktok_media._checked(address) == address
    else:
        with pytest.raises(NotSent):
            tiktok_media._checked(address)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("access_token_invalid", NeedsReauth),
        ("rate_limit_exceeded", RateLimited),
        ("spam_risk_too_many_posts", RateLimited),
        ("reached_active_user_cap", RateLimited),
        ("invalid_param", Refused),
        ("something_new", Refused),
        ("internal_error", NotSent),
    ],
)
@pytest.mark.parametrize("operation", ["creator_info", "init_video"])
def test_refusals_before_anything_is_public(
    sandbox: Running, operation: str, code: str, error: type[Exception]
) -> None:
    files = Files()
    one = job(creator(sandbox), content("May I?", clip(files)), files)
    sandbox.control.add_fault(platform="tiktok", operation=operation, kind="refuse", params={"code": code})
    with pytest.raises(error) as raised:
        TIKTOK.prepare(one)
    assert type(raised.value) is error
    publish(one)
    assert len(sandbox.control.posts("tiktok")) == 1


def test_seven_inits_in_a_minute_are_too_many(sandbox: Running) -> None:
    files = Files()
    media, who = clip(files), creator(sandbox)
    for number in range(6):
        TIKTOK.prepare(job(who, content(f"Number {number}", media), files))
    with pytest.raises(RateLimited):
        TIKTOK.prepare(job(who, content("Number 7", media), files))
    sandbox.control.advance(60)
    TIKTOK.prepare(job(who, content("Number 7", media), files))


def ready_for_a_while(sandbox: Running) -> Job:
    """Everything but the last chunk went up two minutes ago."""
    files = Files()
    one = job(creator(sandbox), content("Waiting", clip(files)), files)
    TIKTOK.prepare(one)
    change(one, begun_at=state(one)["begun_at"] - 120)
    return one


def test_what_went_up_ahead_is_asked_about_again_before_its_last_byte(sandbox: Running) -> None:
    one = ready_for_a_while(sandbox)
    sandbox.control.call("POST", "tiktok/creator", {"username": "norrestudio", "is_private": True})
    with pytest.raises(Refused, match="no longer offers") as caught:
        TIKTOK.prepare(one)
    assert caught.value.code == "audience_gone"
    assert sandbox.control.posts("tiktok") == []


def test_not_being_told_again_holds_nothing_up(sandbox: Running) -> None:
    one = ready_for_a_while(sandbox)
    sandbox.control.add_fault(platform="tiktok", operation="creator_info", kind="reject_5xx")
    publish(one)
    assert operations(sandbox).count("creator_info") == 2
    only_post(sandbox)


def test_it_is_asked_about_again_once_a_minute_at_most(sandbox: Running) -> None:
    one = ready_for_a_while(sandbox)
    TIKTOK.prepare(one)
    TIKTOK.prepare(one)
    assert operations(sandbox).count("creator_info") == 2
