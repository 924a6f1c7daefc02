"""An app that acts for a creator in the sandbox's TikTok."""

from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import av
import pytest
import requests
from PIL import Image

from sandbox.testing import Control

CLIENT, SECRET = "sandbox-tiktok-client", "sandbox-tiktok-secret"
JSON = "application/json; charset=UTF-8"


class App:
    """Calls with a token."""

    def __init__(self, url: str, tokens: dict[str, Any]) -> None:
        self.url = url
        self.root = f"{url}/tiktok/api"
        self.tokens = tokens
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.session.get(f"{self.root}{path}", params=params, timeout=20)

    def post(self, path: str, body: Any = None, *, kind: str = JSON, **params: Any) -> requests.Response:
        return self.session.post(
            f"{self.root}{path}", json=body or {}, params=params, headers={"Content-Type": kind}, timeout=20
        )

    def init(self, size: int = 1000, chunk: int = 0, count: int = 1, **info: Any) -> requests.Response:
        source = {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": chunk or size,
            "total_chunk_count": count,
        }
        said = {"privacy_level": "PUBLIC_TO_EVERYONE", "title": "A film", **info}
        body = {"post_info": said, "source_info": source}
        return self.post("/v2/post/publish/video/init/", body)

    def photos(self, addresses: list[str], *, cover: int = 0, **info: Any) -> requests.Response:
        body = {
            "media_type": "PHOTO",
            "post_mode": "DIRECT_POST",
            "post_info": {"privacy_level": "PUBLIC_TO_EVERYONE", **info},
            "source_info": {"source": "PULL_FROM_URL", "photo_images": addresses, "photo_cover_index": cover},
        }
        return self.post("/v2/post/publish/content/init/", body)

    def status(self, publish_id: str) -> dict[str, Any]:
        answer = self.post("/v2/post/publish/status/fetch/", {"publish_id": publish_id})
        assert code(answer) == "ok", answer.text
        result: dict[str, Any] = answer.json()["data"]
        return result

    def film(self, content: bytes | None = None, **info: Any) -> str:
        """A whole video in one chunk; its publish_id."""
        content = content or film()
        begun = data(self.init(len(content), **info))
        answer = put(begun["upload_url"], content, 0, len(content))
        assert answer.status_code == 201, answer.text
        return str(begun["publish_id"])


def put(address: str, content: bytes, first: int, total: int, **headers: str) -> requests.Response:
    said = {"Content-Type": "video/mp4", "Content-Range": f"bytes {first}-{first + len(content) - 1}/{total}"}
    return requests.put(address, data=content, headers=said | headers, timeout=20)


def code(answer: requests.Response) -> str:
    """The code of the envelope, which every answer has."""
    told = answer.json()["error"]
    assert told["log_id"]
    return str(told["code"])


def data(answer: requests.Response) -> dict[str, Any]:
    assert code(answer) == "ok", answer.text
    result: dict[str, Any] = answer.json()["data"]
    return result


@cache
def film(width: int = 360, height: int = 640, rate: int = 24, seconds: int = 1) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        image = Image.new("RGB", (width, height), (20, 120, 80))
        for _ in range(rate * seconds):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return out.getvalue()


@pytest.fixture
def maker(control: Control, url: str) -> Callable[..., App]:
    """maker("norrestudio", scopes=[...])."""

    def make(username: str = "norrestudio", **others: Any) -> App:
        return App(url, control.tokens(username, platform="tiktok", client_id=CLIENT, **others))

    return make


@pytest.fixture
def norre(maker: Callable[..., App]) -> App:
    return maker()
