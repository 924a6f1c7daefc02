"""The sandbox's resumable upload: strict about order, sizes and units, and always ready to say how far it got."""

import contextlib
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.testing import Control, Running
from sandbox.tests.youtube import CLIENT, GOOD, UNIT, Tube, clip, maker, norre, reason

__all__ = ["maker", "norre"]


def test_it_goes_as_the_book_says(norre: Tube, control: Control) -> None:
    film = clip(1_000_000)[:1_000_000]
    session = norre.session_for(1_000_000)
    seen = []
    for first in range(0, 1_000_000, UNIT):
        part = film[first : first + UNIT]
        answer = norre.put(session, part, f"bytes {first}-{first + len(part) - 1}/1000000")
        seen.append((answer.status_code, answer.headers.get("range"), answer.headers.get("location")))
    assert seen[:3] == [
        (308, "bytes=0-262143", None),
        (308, "bytes=0-524287", None),
        (308, "bytes=0-786431", None),
    ]
    assert seen[3][0] == 200
    (video,) = control.posts("youtube", private=1)
    assert video["sha256"] == hashlib.sha256(film).hexdigest()


def test_one_request_may_bring_it_all(norre: Tube) -> None:
    film = clip()
    answer = norre.put(norre.session_for(len(film)), film)
    assert answer.status_code == 200
    assert answer.json()["status"] == answer.json()["status"] | {"uploadStatus": "uploaded", "privacyStatus": "private"}


@pytest.mark.parametrize(
    ("first", "size", "total"),
    [
        (0, 1000, 600_000),  # no whole unit
        (UNIT, UNIT, 600_000),  # a gap
        (0, UNIT, 600_001),  # another total
    ],
)
def test_a_wrong_chunk_changes_nothing(norre: Tube, first: int, size: int, total: int) -> None:
    session = norre.session_for(600_000)
    answer = norre.put(session, bytes(size), f"bytes {first}-{first + size - 1}/{total}")
    assert answer.status_code == 400
    asked = norre.ask(session, 600_000)
    assert (asked.status_code, "range" in asked.headers) == (308, False)


def test_a_range_that_does_not_fit_its_body_is_refused(norre: Tube) -> None:
    session = norre.session_for(600_000)
    assert norre.put(session, bytes(UNIT), f"bytes 0-{UNIT}/600000").status_code == 400
    assert norre.put(session, bytes(UNIT), "bytes nonsense").status_code == 400


def test_a_committed_chunk_may_not_come_again(norre: Tube) -> None:
    session = norre.session_for(600_000)
    said = f"bytes 0-{UNIT - 1}/600000"
    assert norre.put(session, bytes(UNIT), said).status_code == 308
    assert norre.put(session, bytes(UNIT), said).status_code == 400


def test_it_may_take_less_than_was_sent(norre: Tube, control: Control) -> None:
    control.settings(youtube_commit_bytes=100_000)
    session = norre.session_for(600_000)
    answer = norre.put(session, bytes(UNIT), f"bytes 0-{UNIT - 1}/600000")
    assert answer.headers["range"] == "bytes=0-99999"


def test_a_finished_session_says_which_video_it_made(norre: Tube) -> None:
    film = clip()
    session = norre.session_for(len(film))
    made = norre.put(session, film).json()["id"]
    again = norre.ask(session, len(film))
    assert (again.status_code, again.json()["id"]) == (200, made)


def test_a_session_lives_for_a_week_and_survives_a_restart(running: Running, control: Control) -> None:
    def tube() -> Tube:
        return Tube(running.url, running.control.tokens("norrestudio", platform="youtube", client_id=CLIENT))

    session = tube().session_for(600_000)
    tube().put(session, bytes(UNIT), f"bytes 0-{UNIT - 1}/600000")
    running.restart()
    assert tube().ask(session, 600_000).headers["range"] == f"bytes=0-{UNIT - 1}"
    running.control.advance(8 * 86_400)
    assert tube().ask(session, 600_000).status_code == 410


def test_one_that_never_was_is_not_found(norre: Tube) -> None:
    assert (
        norre.ask(f"{norre.api}/upload/youtube/v3/videos?uploadType=resumable&upload_id=nothing", 5).status_code == 404
    )


def test_the_session_of_another_channel_is_not_found(norre: Tube, maker: Callable[..., Tube]) -> None:
    session = norre.session_for(600_000)
    assert maker("almalamps").ask(session, 600_000).status_code == 404


def test_a_token_that_ends_leaves_the_session_alive(norre: Tube, maker: Callable[..., Tube], control: Control) -> None:
    session = norre.session_for(600_000)
    control.advance(3600)
    assert reason(norre.ask(session, 600_000)) == (401, "authError")
    assert maker().ask(session, 600_000).status_code == 308


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"snippet": {"title": ""}}, (400, "invalidTitle")),
        ({"snippet": {"title": "x" * 101}}, (400, "invalidTitle")),
        ({"snippet": {"title": "<b>"}}, (400, "invalidTitle")),
        ({"snippet": {"title": "A", "description": "ø" * 2501}}, (400, "invalidDescription")),
        ({"snippet": {"title": "A", "tags": ["x" * 501]}}, (400, "invalidTags")),
        ({"snippet": {"title": "A", "categoryId": "18"}}, (400, "invalidCategoryId")),
        ({"status": {"privacyStatus": "friends"}}, (400, "invalidVideoMetadata")),
        ({"status": {"privacyStatus": "public", "publishAt": "2099-01-01T00:00:00Z"}}, (400, "invalidPublishAt")),
        ({"status": {"privacyStatus": "private", "publishAt": "2001-01-01T00:00:00Z"}}, (400, "invalidPublishAt")),
        ({"status": {"license": "mine"}}, (403, "forbiddenLicenseSetting")),
        ({"status": {"privacy": "public"}}, (400, "badRequest")),
        ({"snippet": {"title": 5}}, (400, "badRequest")),
    ],
)
def test_words_are_checked_before_anything_exists(
    norre: Tube, control: Control, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert reason(norre.start(1000, {**GOOD, **body})) == expected
    assert control.call("GET", "youtube/sessions")["sessions"] == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"part": "snippet"}, (400, "unexpectedPart")),
        ({"part": "snippet,status,nonsense"}, (400, "unknownPart")),
        ({"part": ""}, (400, "missingRequiredParameter")),
        ({"uploadType": "media"}, (400, "badRequest")),
    ],
)
def test_every_section_must_be_named(norre: Tube, params: dict[str, str], expected: tuple[int, str]) -> None:
    assert reason(norre.start(1000, **params)) == expected


def test_the_size_may_stay_open(norre: Tube) -> None:
    film = clip()
    session = norre.start().headers["location"]
    answer = norre.put(session, film, f"bytes 0-{len(film) - 1}/{len(film)}")
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["accept_then_reset", "accept_then_5xx"])
def test_a_chunk_may_be_taken_without_an_answer(norre: Tube, control: Control, kind: str) -> None:
    session = norre.session_for(600_000)
    control.add_fault(platform="youtube", operation="upload_chunk", kind=kind)
    with contextlib.suppress(OSError):
        assert norre.put(session, bytes(UNIT), f"bytes 0-{UNIT - 1}/600000").status_code == 503
    assert norre.ask(session, 600_000).headers["range"] == f"bytes=0-{UNIT - 1}"


# -- quota -------------------------------------------------------------------------------------------


def test_uploads_have_a_bucket_of_their_own_until_midnight_in_california(norre: Tube, control: Control) -> None:
    control.settings(youtube_uploads_per_day=2)
    norre.start(1000)
    norre.start(1000, {"snippet": {"title": ""}})  # refused ones count too
    full = norre.start(1000)
    assert reason(full) == (429, "rateLimitExceeded")
    assert "Video Uploads per day" in full.json()["error"]["message"]
    assert norre.get("/channels", part="id", mine="true").status_code == 200
    control.advance(86_400)
    tokens = control.tokens("norrestudio", platform="youtube", client_id=CLIENT)
    assert Tube(norre.url, tokens).start(1000).status_code == 200


def test_every_other_call_has_its_price(norre: Tube, control: Control) -> None:
    video_id = norre.uploaded()
    norre.get("/videos", part="status", id=video_id)
    norre.update({"id": video_id, **GOOD})
    norre.get("/videos:batchGetStats", part="statistics", id=video_id)
    used = control.call("GET", "youtube/quota")["used"]
    assert used == {"uploads": 1, "units": 51, "stats": 1}
    control.settings(youtube_units_per_day=60)
    assert reason(norre.update({"id": video_id, **GOOD})) == (403, "quotaExceeded")


def test_all_channels_share_one_projects_quota(norre: Tube, maker: Callable[..., Tube], control: Control) -> None:
    control.settings(youtube_uploads_per_day=1)
    norre.start(1000)
    assert maker("almalamps").start(1000).status_code == 429
