"""An app that acts for a channel in the sandbox's YouTube."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import av
import pytest
import requests
from PIL import Image

from sandbox.testing import Control

CLIENT, SECRET = "sandbox-youtube-client", "sandbox-youtube-secret"
CALLBACK = "http://localhost:8000/accounts/x/callback"
NORRE = "UCnorrestudio00000000001"
AUTH = "https://www.googleapis.com/auth/"
UNIT = 256 * 1024
GOOD = {"snippet": {"title": "A lamp", "categoryId": "22"}, "status": {"privacyStatus": "private"}}


class Tube:
    """Calls with a bearer token."""

    def __init__(self, url: str, tokens: dict[str, Any]) -> None:
        self.url = url
        self.api = f"{url}/youtube/api"
        self.tokens = tokens
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def call(self, method: str, path: str, **others: Any) -> requests.Response:
        address = path if "://" in path else f"{self.api}{path}"
        return self.session.request(method, address, timeout=20, allow_redirects=False, **others)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", f"/youtube/v3{path}", params=params)

    def start(self, size: int | None = None, body: Any = GOOD, **params: str) -> requests.Response:
        headers = {"X-Upload-Content-Type": "video/mp4"} | ({"X-Upload-Content-Length": str(size)} if size else {})
        asked = {"uploadType": "resumable", "part": "snippet,status", **params}
        return self.call("POST", "/upload/youtube/v3/videos", params=asked, headers=headers, json=body)

    def session_for(self, size: int, body: Any = GOOD, **params: str) -> str:
        answer = self.start(size, body, **params)
        assert answer.status_code == 200, answer.text
        return answer.headers["location"]

    def put(self, session: str, content: bytes, said: str = "") -> requests.Response:
        return self.call("PUT", session, data=content, headers={"Content-Range": said} if said else {})

    def ask(self, session: str, total: int) -> requests.Response:
        return self.put(session, b"", f"bytes */{total}")

    def uploaded(self, content: bytes | None = None, body: Any = GOOD) -> str:
        """The id of a new video."""
        film = content or clip()
        answer = self.put(self.session_for(len(film), body), film)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def update(self, body: dict[str, Any], part: str = "snippet,status") -> requests.Response:
        return self.call("PUT", "/youtube/v3/videos", params={"part": part}, json=body)

    def status(self, video_id: str) -> dict[str, Any]:
        (found,) = self.get("/videos", part="status,processingDetails", id=video_id).json()["items"]
        return dict(found["status"])


def reason(answer: requests.Response) -> tuple[int, str]:
    """Status and reason of a refusal in Google's form."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert error["message"]
    return answer.status_code, error["errors"][0]["reason"]


def clip(at_least: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A second of video, padded as players allow."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        image = Image.new("RGB", (width, height), (20, 120, 80))
        for _ in range(12):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    content = out.getvalue()
    missing = at_least - len(content)
    return content if missing <= 0 else content + (missing + 8).to_bytes(4, "big") + b"free" + bytes(missing)


@pytest.fixture
def maker(control: Control, url: str) -> Callable[..., Tube]:
    """maker("norrestudio", scopes=[...])."""

    def make(username: str = "norrestudio", **others: Any) -> Tube:
        return Tube(url, control.tokens(username, platform="youtube", client_id=CLIENT, **others))

    return make


@pytest.fixture
def norre(maker: Callable[..., Tube]) -> Tube:
    """A verified channel."""
    return maker()
