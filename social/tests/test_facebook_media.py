"""Uploads to Facebook: they go on where they broke off, need no memory, and are renewed when Facebook dropped them."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import Job, MediaKind, NeedsReauth, NotSent, RateLimited, Refused, VariantMedia
from social.platforms import facebook_media
from social.tests.breaking import BreakingFiles, Endless
from social.tests.facebook_making import (
    FACEBOOK,
    clip,
    content,
    job,
    naps,
    only_post,
    operations,
    padded,
    page,
    photo,
    publish,
    upright_video,
)
from social.tests.making import Files, MemoryStash, make_media

__all__ = ["naps"]
MEGABYTE = 1024**2
KINDS = ["post", "reel", "story"]


def received(sandbox: Running) -> list[int]:
    """Bytes that each upload request brought, as the witness saw it."""
    rows = sandbox.control.ledger(platform="facebook")
    return [
        row["effect"]["bytes"] for row in rows if row["operation"] in ("video_bytes", "upload_bytes") and row["effect"]
    ]


def offsets(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where each upload request began, as it left us."""
    seen: list[str] = []
    original = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        headers = details.get("headers") or {}
        if details.get("raw") is not None:
            seen.append(str(headers.get("offset") or headers.get("file_offset")))
        return original(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_upload_goes_on_where_it_ended(sandbox: Running, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    files = BreakingFiles()
    media = clip(files, padded(upright_video(), 3 * MEGABYTE))
    one = job(page(sandbox), content("" if kind == "story" else "A film", media, kind=kind), files)
    began = offsets(sandbox, monkeypatch)
    files.after = 2 * MEGABYTE
    with pytest.raises(NotSent):
        FACEBOOK.prepare(one)
    files.after = None
    publish(one)
    assert began[0] == "0"
    assert MEGABYTE < int(began[-1]) <= 2 * MEGABYTE
    assert only_post(sandbox)["video"]["sha256"] == media.sha256


@pytest.mark.parametrize(("kind", "operation"), [("post", "upload_bytes"), ("reel", "video_bytes")])
def test_bytes_that_arrived_unnoticed_are_not_sent_again(sandbox: Running, kind: str, operation: str) -> None:
    files = Files()
    one = job(page(sandbox), content("A film", clip(files), kind=kind), files)
    sandbox.control.add_fault(platform="facebook", operation=operation, kind="accept_then_reset")
    with pytest.raises(NotSent):
        FACEBOOK.prepare(one)
    FACEBOOK.prepare(one)
    FACEBOOK.commit(one, 1)
    assert len(sandbox.control.posts("facebook")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_preparing_twice_uploads_once(sandbox: Running, kind: str) -> None:
    files = Files()
    one = job(page(sandbox), content("" if kind == "story" else "A film", clip(files), kind=kind), files)
    FACEBOOK.prepare(one)
    FACEBOOK.prepare(one)
    assert len(files.opened) == 1


def test_a_photo_is_uploaded_once(sandbox: Running) -> None:
    files = Files()
    media = photo(files)
    one = job(page(sandbox), content("Lamps", media, photo(files)), files)
    FACEBOOK.prepare(one)
    FACEBOOK.prepare(one)
    assert operations(sandbox) == ["photo", "photo"]


def test_a_failed_photo_does_not_repeat_the_one_before(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Lamps", photo(files), photo(files)), files)
    FACEBOOK.prepare(job(one.account, content("Lamps", one.variant.parts[0].media[0]), files, stash=_stash(one)))
    sandbox.control.add_fault(platform="facebook", operation="photo", kind="reset")
    with pytest.raises(NotSent):
        FACEBOOK.prepare(one)
    FACEBOOK.prepare(one)
    assert operations(sandbox) == ["photo"] * 3


def _stash(one: Job) -> MemoryStash:
    assert isinstance(one.stash, MemoryStash)
    return one.stash


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_that_facebook_dropped_is_begun_anew(sandbox: Running, kind: str) -> None:
    files = BreakingFiles(after=10)
    one = job(page(sandbox), content("" if kind == "story" else "A film", clip(files), kind=kind), files)
    with pytest.raises(NotSent):
        FACEBOOK.prepare(one)
    sandbox.control.advance(86_400 + 60)
    files.after = None
    publish(one)
    assert only_post(sandbox)["kind"] == ("video" if kind == "post" else kind)


def test_a_finished_upload_that_facebook_dropped_is_brought_anew(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("A reel", clip(files), kind="reel"), files)
    FACEBOOK.prepare(one)
    sandbox.control.advance(86_400 + 60)
    publish(one)
    assert only_post(sandbox)["kind"] == "reel"
    assert len(files.opened) == 2


@pytest.mark.parametrize("kind", ["post", "reel"])
def test_an_offset_that_moved_meanwhile_is_read_anew(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The end of a broken upload is sometimes written down only after the offset was asked for."""
    files = BreakingFiles(after=2 * MEGABYTE)
    media = clip(files, padded(upright_video(), 3 * MEGABYTE))
    one = job(page(sandbox), content("A film", media, kind=kind), files)
    with pytest.raises(NotSent):
        FACEBOOK.prepare(one)
    files.after = None
    began = offsets(sandbox, monkeypatch)
    with monkeypatch.context() as patch:
        stale = {"_status": {"video_status": "processing"}, "_offset": 0}
        original: dict[str, Any] = {"_status": facebook_media.Session._status, "_offset": facebook_media.File._offset}
        asked: list[str] = []

        def once(name: str) -> Any:
            def look(self: Any, value: str) -> Any:
                asked.append(name)
                return stale[name] if len(asked) == 1 else original[name](self, value)

            return look

        patch.setattr(facebook_media.Session, "_status", once("_status"))
        patch.setattr(facebook_media.File, "_offset", once("_offset"))
        FACEBOOK.prepare(one)
    assert began[0] == "0"
    assert int(began[1]) > 0
    FACEBOOK.commit(one, 1)
    assert only_post(sandbox)["video"]["sha256"] == media.sha256


@pytest.mark.parametrize("kind", ["post", "reel"])
def test_a_large_video_needs_no_memory(sandbox: Running, kind: str) -> None:
    size = 300 * MEGABYTE
    file = Endless(size)
    media = make_media(kind=MediaKind.VIDEO, mime="video/mp4", size=size, width=540, height=960, duration_ms=3000)

    @contextmanager
    def opener(media: VariantMedia) -> Iterator[Any]:
        yield file

    one = Job(page(sandbox), content("A long film", media, kind=kind), MemoryStash(), (), opener)
    tracemalloc.start()
    FACEBOOK.prepare(one)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE
    assert 0 < file.largest <= http.BLOCK
    assert received(sandbox) == [size]


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"code": 190, "subcode": 460, "status": 401}, NeedsReauth),
        ({"code": 80001, "status": 400}, RateLimited),
        ({"code": 324, "subcode": 1366046}, Refused),
        ({"code": 2, "is_transient": True, "status": 500}, NotSent),
    ],
)
@pytest.mark.parametrize(("kind", "operation"), [("post", "photo"), ("reel", "reel_start")])
def test_refusals_of_an_upload(
    sandbox: Running, kind: str, operation: str, params: dict[str, Any], error: type[Exception]
) -> None:
    files = Files()
    media = photo(files) if kind == "post" else clip(files)
    sandbox.control.add_fault(platform="facebook", operation=operation, kind="refuse", params=params)
    with pytest.raises(error):
        FACEBOOK.prepare(job(page(sandbox), content("Lamps", media, kind=kind), files))
    assert sandbox.control.posts("facebook") == []


def test_a_picture_that_facebook_finds_too_big_is_refused_in_its_words(sandbox: Running) -> None:
    sandbox.control.settings(facebook_photo_max_mb=0)
    files = Files()
    with pytest.raises(Refused) as refused:
        FACEBOOK.prepare(job(page(sandbox), content("Lamps", photo(files)), files))
    assert refused.value.code == "media_refused"
    assert "smaller than 4 MB" in refused.value.sentence


def test_the_token_goes_to_the_upload_host_of_the_settings_alone(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = http.request

    def elsewhere(method: str, url: str, **details: Any) -> http.Response:
        asked.append(url)
        answer = original(method, url, **details)
        swapped = answer.body.replace(b"/rupload/", b"/elsewhere/")
        return http.Response(answer.status, answer.headers, swapped)

    monkeypatch.setattr(http, "request", elsewhere)
    files = Files()
    FACEBOOK.prepare(job(page(sandbox), content("A reel", clip(files), kind="reel"), files))
    assert not any("elsewhere" in url for url in asked)
