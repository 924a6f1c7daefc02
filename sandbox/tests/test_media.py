import base64
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image

from sandbox.testing import Control
from sandbox.tests.conftest import Caller

UPLOAD = "/2/media/upload"


def image(kind: str = "PNG", size: tuple[int, int] = (40, 30), frames: int = 1) -> bytes:
    target = BytesIO()
    pictures = [Image.new("RGB", size, (20 * index % 255, 80, 120)) for index in range(frames)]
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(target, kind, **more)
    return target.getvalue()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of H.264."""
    path: Path = tmp_path_factory.mktemp("video") / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(20):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 64), "teal"))  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def at_once(caller: Caller, content: bytes, category: str = "tweet_image") -> requests.Response:
    return caller.post(UPLOAD, data={"media_category": category}, files={"media": ("blob", content)})


def begin(caller: Caller, total: int, media_type: str = "video/mp4", category: str = "tweet_video") -> str:
    body = {"media_type": media_type, "total_bytes": total, "media_category": category}
    answer = caller.post(f"{UPLOAD}/initialize", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["id"])


def append(caller: Caller, media_id: str, index: Any, content: bytes) -> requests.Response:
    data = {"segment_index": str(index)}
    return caller.post(f"{UPLOAD}/{media_id}/append", data=data, files={"media": ("blob", content)})


def finalize(caller: Caller, media_id: str) -> requests.Response:
    return caller.post(f"{UPLOAD}/{media_id}/finalize")


def chunked(caller: Caller, content: bytes, **kind: str) -> requests.Response:
    media_id = begin(caller, len(content), **kind)
    for index, start in enumerate(range(0, len(content), 1000)):
        append(caller, media_id, index, content[start : start + 1000])
    return finalize(caller, media_id)


def status(caller: Caller, media_id: str) -> dict[str, Any]:
    answer = caller.get(UPLOAD, command="STATUS", media_id=media_id)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


class TestOneShot:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
    def test_an_image_is_ready_at_once(self, norre: Caller, kind: str) -> None:
        content = image(kind)
        data = at_once(norre, content).json()["data"]
        assert data["media_key"] == f"3_{data['id']}"
        assert data["size"] == len(content)
        assert data["image"] == {"w": 40, "h": 30, "image_type": f"image/{kind.lower()}"}
        assert data["expires_after_secs"] == 86400
        assert "processing_info" not in status(norre, data["id"])

    def test_json_with_base64_works_as_well(self, norre: Caller) -> None:
        body = {"media": base64.b64encode(image()).decode(), "media_category": "tweet_image"}
        assert norre.post(UPLOAD, json=body).status_code == 200

    @pytest.mark.parametrize("content", [b"not a picture at all", b"\x89PNG\r\n\x1a\nbroken", b"BM" + b"0" * 300])
    def test_it_looks_at_the_bytes(self, norre: Caller, content: bytes) -> None:
        answer = at_once(norre, content)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"] == "media type unrecognized."

    def test_it_wants_the_category_and_a_file(self, norre: Caller) -> None:
        assert norre.post(UPLOAD, files={"media": ("a", image())}).status_code == 400
        assert norre.post(UPLOAD, data={"media_category": "tweet_image"}, files={"other": ""}).status_code == 400
        assert at_once(norre, image(), "banner").status_code == 400
        assert at_once(norre, image(), "tweet_video").status_code == 400

    def test_it_refuses_more_than_5_megabytes(self, norre: Caller) -> None:
        assert at_once(norre, image() + b"0" * (5 * 1024 * 1024)).status_code == 413


class TestChunks:
    def test_a_video_becomes_ready_by_steps(self, norre: Caller, control: Control, video: bytes) -> None:
        control.settings(video_processing_seconds=80)
        data = chunked(norre, video).json()["data"]
        assert data["media_key"] == f"13_{data['id']}"
        assert data["processing_info"] == {"state": "pending", "check_after_secs": 5, "progress_percent": 0}
        control.advance(40)
        info = status(norre, data["id"])["processing_info"]
        assert info["state"] == "in_progress"
        assert 40 <= info["progress_percent"] <= 70
        assert norre.say("early", media={"media_ids": [data["id"]]}).status_code == 400
        control.advance(41)
        assert status(norre, data["id"])["processing_info"] == {"state": "succeeded", "progress_percent": 100}
        norre.said("ready", media={"media_ids": [data["id"]]})
        stored = control.posts()[0]["media"][0]
        assert requests.get(stored["url"], timeout=10).content == video

    def test_segments_may_come_in_any_order_and_twice(self, norre: Caller, video: bytes) -> None:
        media_id = begin(norre, len(video))
        half = len(video) // 2
        assert append(norre, media_id, 1, video[half:]).status_code == 200
        assert append(norre, media_id, 0, b"wrong at first").status_code == 200
        answer = append(norre, media_id, 0, video[:half])
        assert set(answer.json()["data"]) == {"expires_at"}
        assert finalize(norre, media_id).status_code == 200

    def test_it_takes_a_part_as_base64(self, norre: Caller) -> None:
        content = image()
        media_id = begin(norre, len(content), "image/png", "tweet_image")
        body = {"media": base64.b64encode(content).decode(), "segment_index": 0}
        assert norre.post(f"{UPLOAD}/{media_id}/append", json=body).status_code == 200
        assert "processing_info" not in finalize(norre, media_id).json()["data"]

    @pytest.mark.parametrize("indexes", [[0, 2], [1], [0], []])
    def test_gaps_and_missing_bytes_fail_at_the_end(self, norre: Caller, indexes: list[int]) -> None:
        media_id = begin(norre, 2000)
        for index in indexes:
            append(norre, media_id, index, b"x" * 1000)
        answer = finalize(norre, media_id)
        assert answer.status_code == 400
        assert "Segments do not add up" in answer.json()["errors"][0]["message"]

    def test_a_part_above_5_megabytes_is_too_large(self, norre: Caller) -> None:
        media_id = begin(norre, 9_000_000)
        assert append(norre, media_id, 0, os.urandom(5 * 1024 * 1024 + 1)).status_code == 413
        assert append(norre, media_id, 0, os.urandom(5 * 1024 * 1024)).status_code == 200

    def test_a_large_part_sent_as_a_plain_field_is_too_large(self, norre: Caller) -> None:
        media_id = begin(norre, 9_000_000)
        form = {"segment_index": (None, "0"), "media": (None, "x" * 2_000_000)}
        assert norre.post(f"{UPLOAD}/{media_id}/append", files=form).status_code == 413

    @pytest.mark.parametrize("index", [1000, -1, "first", ""])
    def test_the_segment_index_has_bounds(self, norre: Caller, index: Any) -> None:
        assert append(norre, begin(norre, 100), index, b"x").status_code == 400

    @pytest.mark.parametrize(
        "body",
        [
            {"media_type": "video/mp4", "media_category": "tweet_video"},
            {"media_type": "video/avi", "total_bytes": 5, "media_category": "tweet_video"},
            {"media_type": "image/png", "total_bytes": 5, "media_category": "tweet_video"},
            {"media_type": "image/png", "total_bytes": 5 * 1024 * 1024 + 1, "media_category": "tweet_image"},
            {"media_type": "image/png", "total_bytes": 0, "media_category": "tweet_image"},
            {"media_type": "image/png", "total_bytes": 5, "media_category": "tweet_image", "command": "INIT"},
        ],
    )
    def test_initialize_refuses_what_cannot_become_media(self, norre: Caller, body: dict[str, Any]) -> None:
        assert norre.post(f"{UPLOAD}/initialize", json=body).status_code == 400

    def test_a_file_that_is_no_video_fails_in_processing(self, norre: Caller, control: Control) -> None:
        data = chunked(norre, b"\0\0\0\x18ftypmp42" + b"junk" * 300).json()["data"]
        control.advance(3)
        info = status(norre, data["id"])["processing_info"]
        assert info["state"] == "failed"
        assert info["error"]["name"] == "InvalidMedia"
        assert norre.say("never", media={"media_ids": [data["id"]]}).status_code == 400

    def test_processing_can_be_made_to_fail(self, norre: Caller, control: Control, video: bytes) -> None:
        control.settings(video_fails=True, video_processing_seconds=0)
        data = chunked(norre, video).json()["data"]
        assert data["processing_info"]["state"] == "failed"

    def test_an_animation_is_processed_and_judged(self, norre: Caller, control: Control) -> None:
        control.settings(video_processing_seconds=0)
        for frames, state in ((3, "succeeded"), (351, "failed")):
            content = image("GIF", (16, 16), frames)
            data = chunked(norre, content, media_type="image/gif", category="tweet_gif").json()["data"]
            assert data["processing_info"]["state"] == state


class TestAttaching:
    def test_up_to_four_photos_or_one_moving_picture(self, norre: Caller, control: Control, video: bytes) -> None:
        control.settings(video_processing_seconds=0)
        photos = [at_once(norre, image()).json()["data"]["id"] for _ in range(4)]
        moving = chunked(norre, video).json()["data"]["id"]
        norre.said("", media={"media_ids": photos})
        norre.said("", media={"media_ids": [moving]})
        refused = norre.say("mixed", media={"media_ids": [photos[0], moving]})
        assert refused.status_code == 400
        assert norre.say("same", media={"media_ids": [photos[0], photos[0]]}).status_code == 400

    def test_media_of_others_unknown_or_expired_are_invalid(
        self, norre: Caller, tomas: Caller, control: Control
    ) -> None:
        own, foreign = (at_once(who, image()).json()["data"]["id"] for who in (norre, tomas))
        for media_id in (foreign, "1"):
            answer = norre.say("mine?", media={"media_ids": [media_id]})
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["message"] == "Your media IDs are invalid."
        control.advance(86401)
        later = Caller(control.url, control.tokens("norrestudio"))
        assert later.say("late", media={"media_ids": [own]}).status_code == 400

    def test_people_can_be_tagged_in_photos(self, norre: Caller, tomas: Caller) -> None:
        media = {"media_ids": [at_once(norre, image()).json()["data"]["id"]]}
        norre.said("with Tomas", media={**media, "tagged_user_ids": [tomas.user_id]})
        assert norre.say("with nobody", media={**media, "tagged_user_ids": ["99"]}).status_code == 400

    def test_a_video_too_long_for_the_account_is_refused_when_posting(
        self, norre: Caller, tomas: Caller, control: Control, video: bytes
    ) -> None:
        control.settings(video_processing_seconds=0, video_limit_seconds_free=1)
        refused = norre.say("long", media={"media_ids": [chunked(norre, video).json()["data"]["id"]]})
        assert refused.status_code == 403
        assert "not allowed to post a video longer than" in refused.json()["detail"]
        tomas.said("long", media={"media_ids": [chunked(tomas, video).json()["data"]["id"]]})

    def test_alt_text_is_kept_and_shown(self, norre: Caller, control: Control, url: str) -> None:
        media_id = at_once(norre, image()).json()["data"]["id"]
        body = {"id": media_id, "metadata": {"alt_text": {"text": 'A "teal" lamp'}}}
        assert norre.post("/2/media/metadata", json=body).json()["data"]["id"] == media_id
        norre.said("Look", media={"media_ids": [media_id]})
        fields = {"expansions": "attachments.media_keys", "media.fields": "alt_text,url,width"}
        page = norre.timeline(**fields, **{"tweet.fields": "attachments,entities"})
        assert page["data"][0]["attachments"]["media_keys"] == [f"3_{media_id}"]
        assert page["includes"]["media"][0]["alt_text"] == 'A "teal" lamp'
        last = page["data"][0]["entities"]["urls"][-1]
        assert page["data"][0]["text"] == f"Look {last['url']}"
        assert last["media_key"] == f"3_{media_id}"
        assert 'alt="A &#34;teal&#34; lamp"' in requests.get(f"{url}/x", timeout=10).text

    def test_alt_text_has_at_most_1000_characters(self, norre: Caller) -> None:
        media_id = at_once(norre, image()).json()["data"]["id"]
        body = {"id": media_id, "metadata": {"alt_text": {"text": "x" * 1001}}}
        assert norre.post("/2/media/metadata", json=body).status_code == 400

    def test_media_of_others_cannot_be_read_or_changed(self, norre: Caller, tomas: Caller) -> None:
        media_id = at_once(norre, image()).json()["data"]["id"]
        assert tomas.get(UPLOAD, command="STATUS", media_id=media_id).status_code == 404
        assert append(tomas, media_id, 0, b"x").status_code == 404
