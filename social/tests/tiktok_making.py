"""Accounts, jobs and upright videos for the tests of TikTok."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from io import BytesIO
from typing import Any

import av
import pytest
from PIL import Image

from sandbox.testing import Running
from social import platforms
from social.contract import Account, Job, MediaKind, Part, Proof, Variant, VariantMedia
from social.tests.making import Files, MemoryStash, picture
from tests.serving import QuietHandler, Server

CLIENT = "sandbox-tiktok-client"
TIKTOK = platforms.get("tiktok")
ONLY_ME, EVERYONE = "SELF_ONLY", "PUBLIC_TO_EVERYONE"


def creator(sandbox: Running, username: str = "norrestudio", **others: Any) -> Account:
    """An account with a token that the sandbox really issued."""
    tokens = sandbox.control.tokens(username, platform="tiktok", client_id=CLIENT, **others)
    return Account(tokens["open_id"], username, tokens["access_token"])


def content(text: str = "", *media: VariantMedia, **options: Any) -> Variant:
    """For everybody, unless an audience is given; None leaves it out."""
    chosen = {"privacy_level": EVERYONE, **options}
    return Variant((Part(text, media),), {key: value for key, value in chosen.items() if value is not None})


def job(who: Account, variant: Variant, files: Files | None = None, *, stash: MemoryStash | None = None) -> Job:
    address = partial(_address, files) if isinstance(files, ServedFiles) else None
    return Job(who, variant, stash or MemoryStash(), (), files, streamer=address)


def clip(files: Files, content: bytes | None = None, **fields: Any) -> VariantMedia:
    values = {"width": 360, "height": 640, "duration_ms": 3000, "alt_text": ""} | fields
    return files.add(content or upright_video(), kind=MediaKind.VIDEO, mime="video/mp4", **values)


def photo(files: Files, form: str = "JPEG", **fields: Any) -> VariantMedia:
    return files.add(picture(form), mime=f"image/{form.lower()}", **fields)


@cache
def upright_video(seconds: int = 3, width: int = 360, height: int = 640, rate: int = 24) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        image = Image.new("RGB", (width, height), (20, 120, 80))
        for _ in range(rate * seconds):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return out.getvalue()


def padded(content: bytes, at_least: int) -> bytes:
    """The same video with empty space at its end, as players allow."""
    missing = at_least - len(content)
    return content + (missing + 8).to_bytes(4, "big") + b"free" + bytes(missing)


def publish(one: Job) -> Proof:
    TIKTOK.prepare(one)
    return TIKTOK.commit(one, 1)


def only_post(sandbox: Running) -> Mapping[str, Any]:
    (post,) = sandbox.control.posts("tiktok")
    return post


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger(platform="tiktok")]


# -- photos, where TikTok fetches them -----------------------------------------------------------------


@dataclass
class ServedFiles(Files):
    """Files that stand at addresses of this machine."""

    base: str = ""
    fetched: list[str] = field(default_factory=list)


def _address(files: ServedFiles, media: VariantMedia) -> str:
    return f"{files.base}/{media.uid}"


@pytest.fixture
def served() -> Iterator[ServedFiles]:
    files = ServedFiles()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            body = files.contents.get(name)
            files.fetched.append(name)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

    with Server(Handler) as server:
        files.base = server.url
        yield files


@dataclass
class Naps:
    """Waiting moves the sandbox's clock instead of ours."""

    sandbox: Running
    taken: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.sandbox.control.advance(seconds)


@pytest.fixture(autouse=True)
def naps(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Naps:
    taken = Naps(sandbox)
    monkeypatch.setattr(TIKTOK, "sleep", taken, raising=False)
    return taken
