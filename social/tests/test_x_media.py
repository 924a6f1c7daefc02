"""Uploads to X: pictures at once, videos in chunks that go on where they stopped, alt text, and what X refuses."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import Job, MediaKind, NeedsReauth, NotSent, RateLimited, Refused, VariantMedia
from social.platforms.x_media import chunk_size
from social.tests.making import Files, MemoryStash, account, job, moving_gif, picture, variant, video

X = platforms.get("x")
MEGABYTE = 1024**2


@pytest.fixture(autouse=True)
def naps(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting for X to process a video moves the sandbox's clock instead of ours."""
    taken: list[float] = []

    def nap(seconds: float) -> None:
        taken.append(seconds)
        sandbox.control.advance(seconds)

    monkeypatch.setattr(X, "sleep", nap, raising=False)
    return taken


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger() if row["operation"].startswith("media")]


def publish(one: Job) -> None:
    X.prepare(one)
    X.commit(one, 1)


def test_four_pictures_with_alt_texts(sandbox: Running) -> None:
    files = Files()
    forms = (("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("PNG", "image/png"))
    media = tuple(
        files.add(picture(form), mime=mime, alt_text=f"Lamp {number}") for number, (form, mime) in enumerate(forms)
    )
    publish(job(account(sandbox), variant("Four", media=media), files=files))
    (post,) = sandbox.control.posts()
    assert [one["alt_text"] for one in post["media"]] == ["Lamp 0", "Lamp 1", "Lamp 2", "Lamp 3"]
    assert [one["sha256"] for one in post["media"]] == [one.sha256 for one in media]


def test_a_picture_needs_no_text(sandbox: Running) -> None:
    files = Files()
    publish(job(account(sandbox), variant("", media=(files.add(picture()),)), files=files))
    assert len(sandbox.control.posts()[0]["media"]) == 1


def test_a_picture_without_alt_text_costs_no_extra_call(sandbox: Running) -> None:
    files = Files()
    X.prepare(job(account(sandbox), variant("", media=(files.add(picture(), alt_text=""),)), files=files))
    assert operations(sandbox) == ["media_upload"]


def test_preparing_twice_uploads_once(sandbox: Running) -> None:
    files = Files()
    one = job(account(sandbox), variant("", media=(files.add(picture()),)), files=files)
    X.prepare(one)
    X.prepare(one)
    assert operations(sandbox) == ["media_upload", "media_metadata"]


def test_a_gif_is_processed_before_it_is_published(sandbox: Running, naps: list[float]) -> None:
    files = Files()
    gif = files.add(moving_gif(), kind=MediaKind.GIF, mime="image/gif", width=20, height=16, frames=3)
    publish(job(account(sandbox), variant("It moves", media=(gif,)), files=files))
    assert sandbox.control.posts()[0]["media"][0]["media_type"] == "image/gif"
    assert naps


def test_a_video_is_sent_in_chunks_and_arrives_whole(sandbox: Running, settings: Any) -> None:
    settings.X_MEDIA_CHUNK_BYTES = MEGABYTE
    files = Files()
    clip = files.add(video(3 * MEGABYTE + 10), kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=1000)
    publish(job(account(sandbox), variant("A film", media=(clip,)), files=files))
    assert operations(sandbox).count("media_append") == 4
    assert sandbox.control.posts()[0]["media"][0]["sha256"] == clip.sha256


class TrippingStash(MemoryStash):
    """Arms a fault as soon as two segments are through."""

    def __init__(self, sandbox: Running) -> None:
        super().__init__()
        self.sandbox = sandbox

    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None:
        super().put(name, value, lives_seconds=lives_seconds)
        if value.get("next") == 2 and not self.sandbox.control.faults():
            self.sandbox.control.add_fault(operation="media_append", kind="reset")


def test_a_failed_segment_is_sent_again_and_none_before_it(sandbox: Running, settings: Any) -> None:
    settings.X_MEDIA_CHUNK_BYTES = MEGABYTE
    files = Files()
    clip = files.add(video(4 * MEGABYTE - 100), kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=1000)
    one = Job(account(sandbox), variant("A film", media=(clip,)), TrippingStash(sandbox), (), files)
    with pytest.raises(NotSent):
        X.prepare(one)
    publish(one)
    effects = [row["effect"] for row in sandbox.control.ledger() if row["operation"] == "media_append"]
    assert [effect and effect["segment_index"] for effect in effects] == [0, 1, None, 2, 3]
    assert operations(sandbox).count("media_initialize") == 1
    assert sandbox.control.posts()[0]["media"][0]["sha256"] == clip.sha256


def test_a_restart_while_x_processes_asks_only_for_the_status(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files()
    clip = files.add(video(), kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=1000)
    one = job(account(sandbox), variant("A film", media=(clip,)), files=files)

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(X, "sleep", interrupted, raising=False)
        with pytest.raises(KeyboardInterrupt):
            X.prepare(one)
    sandbox.control.clear_ledger()
    X.prepare(one)
    assert set(operations(sandbox)) == {"media_status", "media_metadata"}


def test_an_upload_that_x_forgot_is_made_anew(sandbox: Running) -> None:
    files = Files()
    content = variant("", media=(files.add(picture()),))
    one = job(account(sandbox), content, files=files)
    X.prepare(one)
    sandbox.control.advance(86_401)
    later = Job(account(sandbox), content, one.stash, (), files)
    with pytest.raises(Refused):
        X.commit(later, 1)
    publish(later)
    assert len(sandbox.control.posts()) == 1


def test_an_upload_that_is_about_to_expire_is_not_used(sandbox: Running) -> None:
    files = Files()
    one = job(account(sandbox), variant("", media=(files.add(picture()),)), files=files)
    X.prepare(one)
    ((_, ends),) = one.stash.values.values()  # type: ignore[attr-defined]
    assert 86_400 - 700 < ends - time.time() < 86_400 - 500


def test_committing_without_the_upload_prepares_again(sandbox: Running) -> None:
    files = Files()
    with pytest.raises(NotSent) as caught:
        X.commit(job(account(sandbox), variant("", media=(files.add(picture()),)), files=files), 1)
    assert caught.value.code == "upload_expired"
    assert sandbox.control.posts() == []


def test_half_an_upload_that_x_forgot_is_begun_again(sandbox: Running) -> None:
    files = Files()
    clip = files.add(video(), kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=1000)
    one = job(account(sandbox), variant("", media=(clip,)), files=files)
    sandbox.control.add_fault(operation="media_append", kind="reset")
    with pytest.raises(NotSent):
        X.prepare(one)
    sandbox.control.advance(86_401)
    one = Job(account(sandbox), one.variant, one.stash, (), one.opener)
    publish(one)
    assert operations(sandbox).count("media_initialize") == 2


def test_a_video_that_x_cannot_process_is_refused_with_its_reason(sandbox: Running) -> None:
    sandbox.control.settings(video_fails=True)
    files = Files()
    clip = files.add(video(), kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=1000)
    one = job(account(sandbox), variant("", media=(clip,)), files=files)
    with pytest.raises(Refused, match="Internal error while processing the media") as caught:
        X.prepare(one)
    assert caught.value.code == "media_refused"
    sandbox.control.settings(video_fails=False)
    publish(one)
    assert len(sandbox.control.posts()) == 1


def test_a_file_that_is_no_picture_is_refused(sandbox: Running) -> None:
    files = Files()
    with pytest.raises(Refused) as caught:
        X.prepare(job(account(sandbox), variant("", media=(files.add(b"nothing like a picture"),)), files=files))
    assert caught.value.code == "media_refused"


def test_an_endless_processing_is_left_for_later(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=90_000.0)
    files = Files()
    clip = files.add(video(), kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=1000)
    with pytest.raises(NotSent) as caught:
        X.prepare(job(account(sandbox), variant("", media=(clip,)), files=files))
    assert caught.value.code == "still_processing"


def test_a_video_longer_than_the_account_may_is_refused_when_it_is_posted(sandbox: Running) -> None:
    sandbox.control.settings(video_limit_seconds_free=0.5)
    files = Files()
    clip = files.add(video(), kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=1000)
    one = job(account(sandbox), variant("", media=(clip,)), files=files)
    X.prepare(one)
    with pytest.raises(Refused) as caught:
        X.commit(one, 1)
    assert caught.value.code == "video_too_long"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reject_5xx", NotSent),
        ("reset", NotSent),
        ("html_502", NotSent),
        ("accept_then_reset", NotSent),
        ("garbage_200", NotSent),
        ("missing_id", NotSent),
        ("rate_limit", RateLimited),
        ("unauthorized", NeedsReauth),
    ],
)
def test_trouble_while_uploading_loses_nothing(sandbox: Running, kind: str, error: type[Exception]) -> None:
    files = Files()
    one = job(account(sandbox), variant("", media=(files.add(picture()),)), files=files)
    sandbox.control.add_fault(operation="media_upload", kind=kind)
    with pytest.raises(error):
        X.prepare(one)
    publish(one)
    assert len(sandbox.control.posts()) == 1


def test_a_missing_media_scope_asks_to_reconnect(sandbox: Running) -> None:
    files = Files()
    who = account(sandbox, scopes=["tweet.read", "tweet.write", "users.read"])
    with pytest.raises(NeedsReauth):
        X.prepare(job(who, variant("", media=(files.add(picture()),)), files=files))


def test_alt_text_can_change_between_two_tries(sandbox: Running) -> None:
    files = Files()
    media = files.add(picture(), alt_text="Before")
    one = job(account(sandbox), variant("", media=(media,)), files=files)
    X.prepare(one)
    later = Job(one.account, variant("", media=(_with_alt(media, "After"),)), one.stash, (), files)
    publish(later)
    assert sandbox.control.posts()[0]["media"][0]["alt_text"] == "After"
    assert operations(sandbox).count("media_upload") == 1


def test_alt_text_can_be_taken_away_between_two_tries(sandbox: Running) -> None:
    files = Files()
    media = files.add(picture(), alt_text="Before")
    one = job(account(sandbox), variant("", media=(media,)), files=files)
    X.prepare(one)
    publish(Job(one.account, variant("", media=(_with_alt(media, ""),)), one.stash, (), files))
    assert not sandbox.control.posts()[0]["media"][0]["alt_text"]


@pytest.mark.parametrize(
    ("total", "chunk"),
    [
        (10, 4 * MEGABYTE),
        (3000 * MEGABYTE, 4 * MEGABYTE),
        (4500 * MEGABYTE, -(-4500 * MEGABYTE // 1000)),
        (5000 * MEGABYTE, 5 * MEGABYTE),
    ],
)
def test_a_thousand_segments_always_suffice(total: int, chunk: int) -> None:
    assert chunk_size(total) == chunk
    assert -(-total // chunk) <= 1000


def _with_alt(media: VariantMedia, text: str) -> VariantMedia:
    return replace(media, alt_text=text)
