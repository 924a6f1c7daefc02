"""Videos, reels and stories in the sandbox: uploads by the real protocols, and processing that takes its time."""

import socket
import time
from functools import cache
from io import BytesIO
from typing import Any

import av
import pytest
import requests
from PIL import Image

from sandbox.testing import Control
from sandbox.tests.facebook import CLIENT, NORRE, Graph, error, maja, maker, page

__all__ = ["maja", "maker", "page"]


@cache
def film(seconds: int = 3, width: int = 540, height: int = 960) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=4, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        image = Image.new("RGB", (width, height), (90, 40, 80))
        for _ in range(4 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return out.getvalue()


def session(page: Graph, length: int, **changes: Any) -> requests.Response:
    params = {"file_name": "a.mp4", "file_length": length, "file_type": "video/mp4"} | changes
    return page.post(f"/{CLIENT}/uploads", params=params)


def send(page: Graph, where: str, content: bytes, offset: int = 0) -> requests.Response:
    return page.call("POST", f"/{where}", scheme="OAuth", headers={"file_offset": str(offset)}, data=content)


def begin(page: Graph, edge: str = "video_reels") -> tuple[str, str]:
    answer = page.post(f"/{NORRE}/{edge}", json={"upload_phase": "start"}).json()
    return answer["video_id"], answer["upload_url"]


def fill(page: Graph, url: str, content: bytes, offset: int = 0, size: int | None = None) -> requests.Response:
    headers = {"offset": str(offset), "file_size": str(size or len(content))}
    return page.session.post(url, headers={"Authorization": f"OAuth {page.token}", **headers}, data=content, timeout=20)


def finish(page: Graph, video_id: str, edge: str = "video_reels", **others: Any) -> requests.Response:
    body = {"upload_phase": "finish", "video_id": video_id, "video_state": "PUBLISHED", **others}
    return page.post(f"/{NORRE}/{edge}", json=body)


def status(page: Graph, video_id: str) -> dict[str, Any]:
    return dict(page.get(f"/{video_id}", fields="status").json()["status"])


class TestResumableUpload:
    def test_a_file_becomes_a_handle_and_a_video(self, page: Graph, control: Control) -> None:
        content = film()
        where = session(page, len(content)).json()["id"]
        assert where.startswith("upload:")
        handle = send(page, where, content).json()["h"]
        body = {"fbuploader_video_file_chunk": handle, "description": "A film", "title": "Lamps"}
        video_id = page.post(f"/{NORRE}/videos", json=body).json()["id"]
        assert status(page, video_id)["video_status"] == "processing"
        control.advance(3)
        shown = page.get(f"/{video_id}", fields="status,post_id,permalink_url,published").json()
        assert shown["status"]["publishing_phase"]["publish_status"] == "published"
        assert shown["permalink_url"].startswith("/norrestudio/videos/")
        assert (shown["published"], control.posts("facebook")[0]["number"]) == (True, int(shown["post_id"]))

    def test_it_goes_on_at_the_offset_that_it_tells(self, page: Graph) -> None:
        content = film()
        where = session(page, len(content)).json()["id"]
        assert send(page, where, content[:1000]).json()["file_offset"] == 1000
        assert page.call("GET", f"/{where}", scheme="OAuth").json()["file_offset"] == 1000
        assert error(send(page, where, content[500:], 500))[0] == 100
        assert "h" in send(page, where, content[1000:], 1000).json()

    def test_half_of_a_broken_request_is_kept(self, page: Graph, url: str) -> None:
        content = film() * 4
        where = session(page, len(content)).json()["id"]
        host, port = url.removeprefix("http://").split(":")
        path, _, query = where.partition("?")
        with socket.create_connection((host, int(port))) as raw:
            head = (
                f"POST /facebook/api/v26.0/{path}?{query}&appsecret_proof={page.proof} HTTP/1.1\r\nHost: {host}\r\n"
                f"Authorization: OAuth {page.token}\r\nfile_offset: 0\r\nContent-Length: {len(content)}\r\n\r\n"
            )
            raw.sendall(head.encode() + content[:2000])
        for _ in range(100):
            offset = page.call("GET", f"/{where}", scheme="OAuth").json()["file_offset"]
            if offset:
                break
            time.sleep(0.02)
        assert offset == 2000

    def test_what_is_refused(self, page: Graph, maja: Graph) -> None:
        assert error(session(page, 0))[0] == 100
        assert error(session(page, 10, file_type="video/x-msvideo"))[0] == 100
        assert error(page.post("/999/uploads", params={"file_length": 1, "file_type": "video/mp4"})) == (100, 33)
        where = session(page, 10).json()["id"]
        assert error(page.call("POST", f"/{where}", data=b"x")) == (104, 0)
        assert error(send(maja, where, b"x")) == (100, 33)
        assert error(page.post(f"/{NORRE}/videos", json={"fbuploader_video_file_chunk": "2:nothing"})) == (100, 1363030)

    def test_a_handle_lives_for_a_day(self, page: Graph, control: Control) -> None:
        content = film()
        handle = send(page, session(page, len(content)).json()["id"], content).json()["h"]
        control.advance(86_401)
        body = {"fbuploader_video_file_chunk": handle}
        assert error(page.post(f"/{NORRE}/videos", json=body)) == (100, 1363030)


class TestReels:
    def test_three_phases(self, page: Graph, control: Control) -> None:
        video_id, url = begin(page)
        assert fill(page, url, film()).json() == {"success": True}
        assert status(page, video_id)["video_status"] == "upload_complete"
        assert control.posts("facebook") == []
        assert finish(page, video_id, description="Turn it on").json() == {"success": True}
        assert status(page, video_id)["publishing_phase"]["status"] == "not_started"
        control.advance(3)
        assert status(page, video_id)["publishing_phase"]["status"] == "complete"
        (post,) = control.posts("facebook")
        assert (post["kind"], post["text"]) == ("reel", "Turn it on")
        assert page.get(f"/{NORRE}/video_reels").json()["data"][0]["id"] == video_id

    def test_the_post_is_named_late(self, page: Graph, control: Control) -> None:
        control.settings(facebook_post_id_delay_seconds=60.0)
        video_id, url = begin(page)
        fill(page, url, film())
        finish(page, video_id)
        control.advance(3)
        assert "post_id" not in page.get(f"/{video_id}", fields="post_id,published").json()
        control.advance(60)
        assert page.get(f"/{video_id}", fields="post_id").json()["post_id"]

    def test_the_upload_host_has_errors_of_its_own(self, page: Graph) -> None:
        video_id, url = begin(page)
        content = film()
        told = fill(page, url, content[:1000], size=len(content)).json()["debug_info"]
        assert (told["type"], told["retriable"]) == ("PartialRequestError", True)
        assert status(page, video_id)["uploading_phase"]["bytes_transfered"] == 1000
        told = fill(page, url, content, size=len(content)).json()["debug_info"]
        assert (told["type"], told["retriable"]) == ("OffsetInvalidError", True)
        assert fill(page, url, content[1000:], 1000, len(content)).json() == {"success": True}

    def test_an_unfinished_upload_cannot_be_published(self, page: Graph, control: Control) -> None:
        video_id, _ = begin(page)
        assert error(finish(page, video_id)) == (6000, 1363030)
        assert control.posts("facebook") == []

    def test_a_session_ends_after_a_day(self, page: Graph, control: Control) -> None:
        video_id, url = begin(page)
        fill(page, url, film())
        control.advance(86_401)
        assert status(page, video_id)["video_status"] == "expired"
        assert error(finish(page, video_id)) == (6000, 1363047)

    def test_finishing_twice_publishes_once(self, page: Graph, control: Control) -> None:
        video_id, url = begin(page)
        fill(page, url, film())
        for _ in range(2):
            assert finish(page, video_id).json()["success"] is True
        control.advance(3)
        assert len(control.posts("facebook")) == 1

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (film(2), "lasts"),
            (film(3, 960, 540), "at least 540x960"),
            (film(3, 960, 960), "9:16"),
            (b"no video at all", "not a video"),
        ],
    )
    def test_processing_refuses_what_is_no_reel(
        self, page: Graph, control: Control, content: bytes, words: str
    ) -> None:
        video_id, url = begin(page)
        fill(page, url, content)
        assert finish(page, video_id).json() == {"success": True}
        control.advance(3)
        found = status(page, video_id)
        assert found["video_status"] == "error"
        assert words in found["processing_phase"]["errors"][0]["message"]
        assert control.posts("facebook") == []

    def test_thirty_a_day(self, page: Graph, control: Control) -> None:
        control.settings(duplicate_filter=False, video_processing_seconds=0.0)
        for number in range(31):
            video_id, url = begin(page)
            fill(page, url, film())
            answer = finish(page, video_id, description=f"Number {number}")
        assert error(answer)[0] == 32
        control.advance(86_400)
        video_id, url = begin(page)
        fill(page, url, film())
        assert finish(page, video_id).json() == {"success": True}


class TestStories:
    def test_a_story_with_a_video(self, page: Graph, control: Control) -> None:
        video_id, url = begin(page, "video_stories")
        fill(page, url, film())
        answer = finish(page, video_id, "video_stories").json()
        control.advance(3)
        (row,) = page.get(f"/{NORRE}/stories").json()["data"]
        assert (row["media_id"], row["post_id"], row["media_type"]) == (video_id, answer["post_id"], "video")

    def test_a_session_of_a_reel_is_not_one_of_a_story(self, page: Graph) -> None:
        video_id, url = begin(page)
        fill(page, url, film())
        assert error(finish(page, video_id, "video_stories")) == (100, 33)
