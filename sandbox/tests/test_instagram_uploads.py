"""Videos that are brought to the sandbox's Instagram: the upload host, its offsets, and what a container says meanwhile."""

import hashlib
import hmac
from typing import Any

import pytest
import requests

from sandbox.testing import Control
from sandbox.tests.instagram import Files, Insta, error, files, film, maker, norre, picture, video

__all__ = ["files", "maker", "norre", "picture", "video"]


class Through(Insta):
    """The same account through its Page: graph.facebook.com and the upload host."""

    def __init__(self, url: str, tokens: dict[str, Any]) -> None:
        super().__init__(url, tokens)
        self.root = f"{url}/instagram/api/facebook/v26.0"
        secret = b"sandbox-facebook-secret"
        self.session.params = {"appsecret_proof": hmac.new(secret, self.token.encode(), hashlib.sha256).hexdigest()}

    def begun(self, **said: Any) -> tuple[str, str]:
        answer = self.make(upload_type="resumable", **({"media_type": "REELS"} | said))
        assert answer.status_code == 200, answer.text
        return answer.json()["id"], answer.json()["uri"]

    def send(self, uri: str, content: bytes = b"", **headers: Any) -> requests.Response:
        told = {"Authorization": f"OAuth {self.token}", **{name: str(value) for name, value in headers.items()}}
        return self.session.post(uri, data=content, headers=told, timeout=20)

    def phase(self, container: str) -> tuple[str, int]:
        told = self.get(f"/{container}", fields="video_status").json()["video_status"]["uploading_phase"]
        return told["status"], told["bytes_transfered"]


@pytest.fixture
def page(control: Control, url: str) -> Through:
    scopes = ("pages_show_list", "pages_read_engagement", "instagram_basic", "instagram_content_publish")
    return Through(
        url,
        control.tokens("norrestudio", platform="facebook", client_id="sandbox-facebook-client", scopes=scopes),
    )


def kind(answer: requests.Response) -> tuple[str, bool]:
    told = answer.json()["debug_info"]
    return told["type"], told["retriable"]


def test_bytes_go_on_at_the_offset_that_is_told(page: Through, control: Control) -> None:
    content = film()
    container, uri = page.begun(caption="Lamps")
    assert uri.endswith(f"/ig-api-upload/v26.0/{container}")
    assert (page.phase(container), page.status(container)) == (("not_started", 0), "IN_PROGRESS")
    assert kind(page.send(uri, content[:1000], offset=0, file_size=len(content))) == ("PartialRequestError", True)
    assert page.phase(container) == ("in_progress", 1000)
    assert kind(page.send(uri, content[500:], offset=500, file_size=len(content))) == ("OffsetInvalidError", True)
    assert page.send(uri, content[1000:], offset=1000, file_size=len(content)).json()["success"] is True
    assert page.phase(container) == ("complete", len(content))
    assert error(page.publish(container)) == (9007, 2207027)
    control.advance(3)
    assert page.publish(container).status_code == 200
    (post,) = control.posts("instagram")
    assert (post["kind"], post["text"], post["media"][0]["size"]) == ("REELS", "Lamps", len(content))


def test_what_is_refused(page: Through, control: Control) -> None:
    container, uri = page.begun()
    assert kind(page.send(uri, b"film", offset=0)) == ("ProcessingFailedError", False)
    assert kind(page.send(uri, b"film", offset=0, file_size=3)) == ("ProcessingFailedError", False)
    assert page.phase(container) == ("not_started", 0)
    assert kind(page.send(f"{uri}1", b"film", offset=0, file_size=4)) == ("NotAuthorizedError", False)
    assert page.send(uri, b"film", offset=0, file_size=4).status_code == 200
    assert kind(page.send(uri, b"film", offset=0, file_size=4)) == ("ProcessingFailedError", False)
    control.advance(3)
    told = page.get(f"/{container}", fields="status_code,status").json()
    assert (told["status_code"], "2207026" in told["status"]) == ("ERROR", True)


def test_a_header_may_name_the_file_instead(page: Through, control: Control, video: str, files: Files) -> None:
    container, uri = page.begun(media_type="STORIES")
    assert page.send(uri, file_url=video).json()["success"] is True
    assert kind(page.send(page.begun()[1], file_url=files.address("/nothing.mp4"))) == ("ProcessingFailedError", False)
    control.advance(3)
    assert page.status(container) == "FINISHED"


def test_only_films_through_facebook_are_brought(norre: Insta, page: Through, video: str) -> None:
    resumable = {"upload_type": "resumable"}
    assert error(norre.make(media_type="REELS", **resumable))[0] == 100
    assert error(page.make(media_type="REELS", video_url=video, **resumable))[0] == 100
    assert error(page.make(media_type="REELS", upload_type="chunked"))[0] == 100
    assert error(page.make(media_type="STORIES"))[0] == 100
    assert error(page.make(**resumable))[0] == 100
    assert page.make(media_type="VIDEO", is_carousel_item="true", **resumable).status_code == 200
