"""An app that acts for a profile in the sandbox's Threads, and a place from which Threads fetches."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any

import av
import pytest
import requests
from PIL import Image

from sandbox.testing import Control
from tests.serving import QuietHandler, Server

CLIENT, SECRET = "sandbox-threads-client", "sandbox-threads-secret"
NORRE = "24501234567890123"
DAY = 86_400


class Threads:
    """Calls with a token in a header."""

    def __init__(self, url: str, control: Control, tokens: dict[str, Any]) -> None:
        self.control = control
        self.bare = f"{url}/threads/api"
        self.root = f"{self.bare}/v1.0"
        self.token: str = tokens["access_token"]
        self.user_id: str = tokens["user_id"]
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, **others: Any) -> requests.Response:
        address = path if "://" in path else f"{self.root}{path}"
        headers = {"Authorization": f"Bearer {self.token}", **(others.pop("headers", None) or {})}
        return self.session.request(method, address, headers=headers, timeout=20, **others)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def make(self, media_type: str = "TEXT", **fields: Any) -> requests.Response:
        return self.call("POST", "/me/threads", data={"media_type": media_type, **fields})

    def made(self, media_type: str = "TEXT", **fields: Any) -> str:
        """A container that must come about; its id."""
        answer = self.make(media_type, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def publish(self, container: str) -> requests.Response:
        return self.call("POST", "/me/threads_publish", data={"creation_id": container})

    def say(self, text: str, **fields: Any) -> str:
        """A thread that must be published; its id."""
        answer = self.publish(self.made(text=text, **fields))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def status(self, container: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.get(f"/{container}", fields="status,error_message").json()
        return answer


def error(answer: requests.Response) -> tuple[int, int]:
    """Code and subcode of a refusal."""
    told = answer.json()["error"]
    assert told["fbtrace_id"]
    return told["code"], told.get("error_subcode", 0)


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (20, 120, 80)).save(out, form)
    return out.getvalue()


def film(rate: int = 24, seconds: int = 1) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        image = Image.new("RGB", (64, 48), (20, 120, 80))
        for _ in range(rate * seconds):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return out.getvalue()


class Files:
    """Serves what was put there; everything else answers 404. `told` is what was posted to it."""

    def __init__(self) -> None:
        self.contents: dict[str, tuple[bytes, str]] = {}
        self.told: list[tuple[bytes, dict[str, str]]] = []
        self._server = Server(self._handler())

    def put(self, content: bytes, mime: str = "image/jpeg") -> str:
        path = f"/{len(self.contents)}"
        self.contents[path] = (content, mime)
        return f"{self.address}{path}"

    @property
    def address(self) -> str:
        return self._server.url

    def close(self) -> None:
        self._server.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        contents, told = self.contents, self.told

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                content, mime = contents.get(self.path, (b"", "text/plain"))
                self.send_response(200 if content else 404)
                self.send_header("Content-Type", mime)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                told.append((content, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(200)
                self.end_headers()

        return Handler


@pytest.fixture
def files() -> Iterator[Files]:
    serving = Files()
    yield serving
    serving.close()


@pytest.fixture
def maker(control: Control, url: str) -> Callable[..., Threads]:
    """maker("norrestudio", scopes=[...])."""

    def make(username: str = "norrestudio", **others: Any) -> Threads:
        return Threads(url, control, control.tokens(username, platform="threads", client_id=CLIENT, **others))

    return make


@pytest.fixture
def norre(maker: Callable[..., Threads]) -> Threads:
    return maker()
