"""An app that acts for an account of the sandbox's Instagram, and a host that media are fetched from."""

from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from typing import Any

import av
import pytest
import requests
from PIL import Image

from sandbox.testing import Control
from tests.serving import QuietHandler, Server

CLIENT, SECRET = "sandbox-instagram-client", "sandbox-instagram-secret"
NORRE, ALMA = "17841400000000001", "17841400000000002"


class Insta:
    """Calls to graph.instagram.com with a token in a header."""

    def __init__(self, url: str, tokens: dict[str, Any]) -> None:
        self.root = f"{url}/instagram/api/v26.0"
        self.token: str = tokens["access_token"]
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, **others: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.session.request(method, f"{self.root}{path}", headers=headers, timeout=20, **others)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def make(self, **said: Any) -> requests.Response:
        return self.call("POST", f"/{NORRE}/media", data=said)

    def made(self, **said: Any) -> str:
        """A container that must come about; its id."""
        answer = self.make(**said)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def publish(self, container: str) -> requests.Response:
        return self.call("POST", f"/{NORRE}/media_publish", data={"creation_id": container})

    def published(self, **said: Any) -> str:
        answer = self.publish(self.made(**said))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def status(self, container: str) -> str:
        return str(self.get(f"/{container}", fields="status_code").json()["status_code"])


def error(answer: requests.Response) -> tuple[int, int]:
    told = answer.json()["error"]
    assert told["fbtrace_id"]
    return told["code"], told.get("error_subcode", 0)


class Files:
    """What is served, by path: kind and bytes; `moved` are paths that redirect."""

    def __init__(self) -> None:
        self.content: dict[str, tuple[str, bytes]] = {}
        self.moved: set[str] = set()
        self.seen: list[tuple[str, str]] = []
        files = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                files.seen.append((self.command, self.path))
                kind, content = files.content.get(self.path, ("text/plain", b""))
                status = 302 if self.path in files.moved else 200 if content else 404
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = Server(Handler)

    def __call__(self, path: str, content: bytes, kind: str) -> str:
        self.content[path] = (kind, content)
        return self.address(path)

    def address(self, path: str) -> str:
        return f"{self.server.url}{path}"


def jpeg(size: tuple[int, int] = (400, 400), form: str = "JPEG") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (30, 90, 60)).save(out, form)
    return out.getvalue()


@cache
def film(seconds: int = 3) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=4, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 108, 192, "yuv420p"
        image = Image.new("RGB", (108, 192), (20, 120, 80))
        for _ in range(4 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return out.getvalue()


@pytest.fixture
def files() -> Iterator[Files]:
    serving = Files()
    yield serving
    serving.server.close()


@pytest.fixture
def picture(files: Files) -> str:
    return files("/picture.jpg", jpeg(), "image/jpeg")


@pytest.fixture
def video(files: Files) -> str:
    return files("/film.mp4", film(), "video/mp4")


@pytest.fixture
def maker(control: Control, url: str) -> Callable[..., Insta]:
    def make(username: str = "norrestudio", **others: Any) -> Insta:
        return Insta(url, control.tokens(username, platform="instagram", client_id=CLIENT, **others))

    return make


@pytest.fixture
def norre(maker: Callable[..., Insta]) -> Insta:
    return maker()
