"""Profiles, jobs and videos for the tests of Threads."""

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
from social.tests.hosting import Host
from social.tests.making import MemoryStash, picture

CLIENT = "sandbox-threads-client"
NORRE = "24501234567890123"
THREADS = platforms.get("threads")


def profile(sandbox: Running, username: str = "norrestudio", **others: Any) -> Account:
    """A profile with a token that the sandbox really issued."""
    tokens = sandbox.control.tokens(username, platform="threads", client_id=CLIENT, **others)
    return Account(tokens["user_id"], username, tokens["access_token"])


def content(*texts: str, media: tuple[VariantMedia, ...] = (), **options: Any) -> Variant:
    """One part for each text; `media` goes to the first."""
    return Variant(tuple(Part(text, media if number == 0 else ()) for number, text in enumerate(texts)), options)


def job(
    who: Account,
    variant: Variant,
    host: Host | None = None,
    *,
    stash: MemoryStash | None = None,
    committed: tuple[Proof, ...] = (),
) -> Job:
    return Job(who, variant, stash or MemoryStash(), committed, addresser=host)


def photo(host: Host, form: str = "JPEG", **fields: Any) -> VariantMedia:
    return host.files.add(picture(form), mime=f"image/{form.lower()}", **fields)


def clip(host: Host, content: bytes | None = None, **fields: Any) -> VariantMedia:
    values = {"width": 64, "height": 48, "duration_ms": 1000, "alt_text": ""} | fields
    return host.files.add(content or film(), kind=MediaKind.VIDEO, mime="video/mp4", **values)


@cache
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


def publish(one: Job) -> list[Proof]:
    """The whole way; the proofs of all parts."""
    THREADS.prepare(one)
    proofs = list(one.committed)
    for number in range(len(proofs) + 1, THREADS.commits(one.variant) + 1):
        proofs.append(THREADS.commit(after(one, *proofs), number))
    return proofs


def after(one: Job, *proofs: Proof) -> Job:
    """The same job, when these parts are public."""
    return Job(one.account, one.variant, one.stash, tuple(proofs), addresser=one.addresser)


def posts(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.control.posts("threads")


def only_post(sandbox: Running) -> Mapping[str, Any]:
    (post,) = posts(sandbox)
    return post


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger(platform="threads")]


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
    monkeypatch.setattr(THREADS, "sleep", taken, raising=False)
    return taken
