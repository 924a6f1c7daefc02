"""Videos that are brought to Instagram as bytes: through Facebook's log-in, from the offset that is reached, with flat memory."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from multivio import http
from sandbox.testing import Running
from social.contract import Job, MediaKind, NotSent, Refused, VariantMedia
from social.platforms import instagram_upload
from social.tests.breaking import BreakingFiles, Endless
from social.tests.facebook_making import padded, upright_video
from social.tests.hosting import Host
from social.tests.instagram_making import (
    INSTAGRAM,
    account,
    clip,
    containers,
    content,
    host,
    job,
    naps,
    only_post,
    operations,
    photo,
    publish,
)
from social.tests.making import MemoryStash, make_media

__all__ = ["host", "naps"]
MEGABYTE = 1024**2


def long_clip(host: Host) -> VariantMedia:
    """A video of three megabytes, on a disk that can break."""
    host.files = BreakingFiles()
    values: dict[str, Any] = {"width": 540, "height": 960, "duration_ms": 3000, "alt_text": ""}
    return host.files.add(padded(upright_video(), 3 * MEGABYTE), kind=MediaKind.VIDEO, mime="video/mp4", **values)


def break_after(host: Host, number: int | None) -> None:
    assert isinstance(host.files, BreakingFiles)
    host.files.after = number


def received(sandbox: Running) -> list[int]:
    """Bytes that each upload request brought, as the witness saw it."""
    rows = sandbox.control.ledger(platform="instagram")
    return [row["effect"]["bytes"] for row in rows if row["operation"] == "video_bytes" and row["effect"]]


def until_written_down(sandbox: Running) -> None:
    """The end of a broken connection is noticed a moment later."""
    for _ in range(500):
        if containers(sandbox)[0]["received"]:
            return
    raise AssertionError("nothing of the broken upload was kept")


def refuse(sandbox: Running, kind: str, *, retriable: bool, times: int = 1) -> None:
    params = {"type": kind, "retriable": retriable, "message": "Not now"}
    sandbox.control.add_fault(platform="instagram", operation="video_bytes", kind="refuse", params=params, times=times)


@pytest.mark.parametrize("kind", ["post", "story"])
def test_a_video_is_brought_and_never_fetched(sandbox: Running, host: Host, kind: str) -> None:
    media = clip(host)
    publish(job(account(sandbox, "facebook"), content("", media, kind=kind), host))
    assert only_post(sandbox)["media"][0]["sha256"] == media.sha256
    assert (host.seen, received(sandbox)) == ([], [media.size])


def test_in_a_carousel_the_videos_are_brought_and_the_pictures_fetched(sandbox: Running, host: Host) -> None:
    media = (photo(host), clip(host), clip(host, seconds=4))
    publish(job(account(sandbox, "facebook"), content("Three", *media), host))
    assert [one["sha256"] for one in only_post(sandbox)["media"]] == [one.sha256 for one in media]
    assert (host.seen, received(sandbox)) == ([media[0].uid], [media[1].size, media[2].size])


def test_with_the_other_log_in_videos_are_fetched(sandbox: Running, host: Host) -> None:
    media = clip(host)
    publish(job(account(sandbox), content("A film", media), host))
    assert (host.seen, received(sandbox)) == ([media.uid], [])


def test_a_broken_upload_goes_on_where_it_ended(sandbox: Running, host: Host) -> None:
    media = long_clip(host)
    one = job(account(sandbox, "facebook"), content("A film", media), host)
    break_after(host, 2 * MEGABYTE)
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    until_written_down(sandbox)
    break_after(host, None)
    publish(one)
    assert only_post(sandbox)["media"][0]["sha256"] == media.sha256
    assert received(sandbox) == [media.size]
    assert operations(sandbox).count("video_bytes") == 1  # of the broken one nobody could tell anything
    assert len(containers(sandbox)) == 1


def test_an_offset_that_moved_meanwhile_is_read_anew(
    sandbox: Running, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a broken upload is sometimes written down only after the offset was asked for."""
    media = long_clip(host)
    one = job(account(sandbox, "facebook"), content("A film", media), host)
    break_after(host, 2 * MEGABYTE)
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    break_after(host, None)
    original, asked = instagram_upload.Filling._phase, []

    def stale(filling: instagram_upload.Filling) -> Any:
        asked.append(filling.name)
        return {} if len(asked) == 1 else original(filling)

    monkeypatch.setattr(instagram_upload.Filling, "_phase", stale)
    publish(one)
    assert only_post(sandbox)["media"][0]["sha256"] == media.sha256


def test_bytes_that_arrived_unnoticed_are_not_sent_again(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox, "facebook"), content("A film", clip(host)), host)
    sandbox.control.add_fault(platform="instagram", operation="video_bytes", kind="accept_then_reset")
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    publish(one)
    assert operations(sandbox).count("video_bytes") == 1
    only_post(sandbox)


def test_preparing_twice_uploads_once(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox, "facebook"), content("A film", clip(host)), host)
    INSTAGRAM.prepare(one)
    INSTAGRAM.prepare(one)
    assert len(host.files.opened) == 1


def test_a_container_that_ran_out_while_it_was_filled_is_made_anew(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox, "facebook"), content("A film", long_clip(host)), host)
    break_after(host, MEGABYTE)
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    sandbox.control.advance(25 * 3600)
    break_after(host, None)
    publish(one)
    assert [row["status"] for row in containers(sandbox)] == ["EXPIRED", "PUBLISHED"]


def test_a_refusal_that_may_be_retried_keeps_the_container(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox, "facebook"), content("A film", clip(host)), host)
    refuse(sandbox, "ServiceUnavailable", retriable=True)
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    publish(one)
    assert len(containers(sandbox)) == 1


def test_one_that_may_not_takes_another_container_twice_at_most(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox, "facebook"), content("A film", clip(host)), host)
    refuse(sandbox, "ProcessingFailedError", retriable=False, times=3)
    for _ in range(2):
        with pytest.raises(NotSent):
            INSTAGRAM.prepare(one)
    with pytest.raises(Refused, match="could not use"):
        INSTAGRAM.prepare(one)
    assert len(containers(sandbox)) == 3


def test_a_file_that_is_no_film_is_refused_in_plain_words(sandbox: Running, host: Host) -> None:
    media = host.files.add(b"no film at all", kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=3000)
    with pytest.raises(Refused) as caught:
        INSTAGRAM.prepare(job(account(sandbox, "facebook"), content("A film", media), host))
    assert caught.value.code == "media_refused"


def test_a_large_video_needs_no_memory(sandbox: Running, host: Host) -> None:
    size = 40 * MEGABYTE
    file, media = Endless(size), make_media(kind=MediaKind.VIDEO, mime="video/mp4", size=size, duration_ms=3000)

    @contextmanager
    def opener(media: VariantMedia) -> Iterator[Any]:
        yield file

    one = Job(account(sandbox, "facebook"), content("A long film", media), MemoryStash(), (), opener, host, host)
    tracemalloc.start()
    with pytest.raises(Refused):  # zeros are no film
        INSTAGRAM.prepare(one)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE
    assert 0 < file.largest <= http.BLOCK
    assert received(sandbox) == [size]


@pytest.mark.parametrize(
    ("login", "kind", "needs_address"),
    [("facebook", "clip", False), ("facebook", "photo", True), ("instagram", "clip", True)],
)
def test_only_what_is_fetched_needs_a_public_address(
    host: Host, settings: Any, login: str, kind: str, needs_address: bool
) -> None:
    settings.INSTAGRAM_ON_SANDBOX, settings.MEDIA_CAN_BE_FETCHED = False, False
    media = clip(host) if kind == "clip" else photo(host)
    found = {problem.code for problem in INSTAGRAM.problems(content("Lamps", media), {"login": login})}
    assert ("media_unreachable" in found) is needs_address
