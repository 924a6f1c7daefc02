"""Pages, jobs and upright videos for the tests of Facebook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import av
import pytest
from PIL import Image

from sandbox.testing import Running
from social import platforms
from social.contract import Account, Job, MediaKind, Part, Proof, Variant, VariantMedia
from social.tests.making import Files, MemoryStash, picture

CLIENT = "sandbox-facebook-client"
NORRE = "104820391450001"
FACEBOOK = platforms.get("facebook")


def page(sandbox: Running, username: str = "norrestudio", **others: Any) -> Account:
    """A Page with a token that the sandbox really issued."""
    tokens = sandbox.control.tokens(username, platform="facebook", client_id=CLIENT, **others)
    return Account(tokens["user_id"], username, tokens["access_token"])


def content(text: str = "", *media: VariantMedia, **options: Any) -> Variant:
    return Variant((Part(text, media),), options)


def job(
    who: Account,
    variant: Variant,
    files: Files | None = None,
    *,
    stash: MemoryStash | None = None,
    committed: tuple[Proof, ...] = (),
) -> Job:
    return Job(who, variant, stash or MemoryStash(), committed, files)


def photo(files: Files, **fields: Any) -> VariantMedia:
    return files.add(picture("JPEG"), mime="image/jpeg", **fields)


def clip(files: Files, content: bytes | None = None, **fields: Any) -> VariantMedia:
    """An upright video, good for a reel."""
    values = {"width": 540, "height": 960, "duration_ms": 3000, "alt_text": ""} | fields
    return files.add(content or upright_video(), kind=MediaKind.VIDEO, mime="video/mp4", **values)


@cache
def upright_video(seconds: int = 3, width: int = 540, height: int = 960) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=4, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        image = Image.new("RGB", (width, height), (20, 120, 80))
        for _ in range(4 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return out.getvalue()


def padded(content: bytes, at_least: int) -> bytes:
    """The same video with empty space at its end, as players allow."""
    missing = at_least - len(content)
    return content + (missing + 8).to_bytes(4, "big") + b"free" + bytes(missing)


def publish(one: Job) -> list[Proof]:
    """The whole way; the proofs of all steps."""
    FACEBOOK.prepare(one)
    proofs: list[Proof] = []
    for number in range(1, FACEBOOK.commits(one.variant) + 1):
        proofs.append(FACEBOOK.commit(Job(one.account, one.variant, one.stash, tuple(proofs), one.opener), number))
    return proofs


def only_post(sandbox: Running) -> Mapping[str, Any]:
    (post,) = sandbox.control.posts("facebook")
    return post


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger(platform="facebook")]


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
    monkeypatch.setattr(FACEBOOK, "sleep", taken, raising=False)
    return taken
