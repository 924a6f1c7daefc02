"""Values and files for the tests of platforms: jobs, a stash in memory, pictures and videos made on the spot."""

import hashlib
import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Any

import av
from PIL import Image

from sandbox.testing import Running
from social.contract import Account, Job, MediaKind, Part, Proof, Variant, VariantMedia

_numbers = itertools.count(1)


@dataclass
class MemoryStash:
    """What the engine keeps in the database, with the same rule: what has outlived its time is not there."""

    values: dict[str, tuple[Mapping[str, Any], float]] = field(default_factory=dict)

    def get(self, name: str) -> Mapping[str, Any] | None:
        value, ends = self.values.get(name, ({}, 0.0))
        return value if ends > time.time() else None

    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None:
        self.values[name] = (dict(value), time.time() + lives_seconds)


@dataclass
class Files:
    """The bytes behind media; counts how often each was opened."""

    contents: dict[str, bytes] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)

    @contextmanager
    def __call__(self, media: VariantMedia) -> Iterator[IO[bytes]]:
        self.opened.append(media.uid)
        yield BytesIO(self.contents[media.uid])

    def add(
        self, content: bytes, *, kind: MediaKind = MediaKind.IMAGE, mime: str = "image/png", **fields: Any
    ) -> VariantMedia:
        uid = f"media-{next(_numbers)}"
        self.contents[uid] = content
        return make_media(
            kind=kind, mime=mime, uid=uid, size=len(content), sha256=hashlib.sha256(content).hexdigest(), **fields
        )


def make_media(**fields: Any) -> VariantMedia:
    defaults: dict[str, Any] = {
        "uid": f"media-{next(_numbers)}",
        "kind": MediaKind.IMAGE,
        "mime": "image/png",
        "size": 1000,
        "width": 64,
        "height": 48,
        "sha256": "0" * 64,
        "alt_text": "A lamp",
    }
    return VariantMedia(**{**defaults, **fields})


def account(sandbox: Running, username: str = "norrestudio", **others: Any) -> Account:
    """The account with tokens that the sandbox really issued."""
    tokens = sandbox.control.tokens(username, **others)
    return Account(tokens["user_id"], username, tokens["access_token"])


def signing_account(sandbox: Running, username: str = "norrestudio") -> Account:
    """The same with OAuth 1.0a."""
    tokens = sandbox.control.tokens(username)
    return Account(tokens["user_id"], username, tokens["oauth1"]["token"], tokens["oauth1"]["secret"])


def variant(*texts: str, media: tuple[VariantMedia, ...] = ()) -> Variant:
    """One part for each text; `media` goes to the first."""
    return Variant(tuple(Part(text, media if number == 0 else ()) for number, text in enumerate(texts)))


def job(who: Account, content: Variant, *, files: Files | None = None, committed: tuple[Proof, ...] = ()) -> Job:
    return Job(account=who, variant=content, stash=MemoryStash(), committed=committed, opener=files)


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture that no other has the bytes of."""
    number = next(_numbers)
    out = BytesIO()
    Image.new("RGB", size, (number % 256, number // 256 % 256, 90)).save(out, form)
    return out.getvalue()


def moving_gif(frames: int = 3) -> bytes:
    images = [Image.new("P", (20, 16), number) for number in range(frames)]
    for number, image in enumerate(images):
        image.putpalette([number * 40, 10, 10] * 256)
    out = BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], duration=100, loop=0)
    return out.getvalue()


def video(at_least: int = 0) -> bytes:
    """A second of video; padded, as players allow, to `at_least` bytes."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        image = Image.new("RGB", (64, 48), (20, 120, 80))
        for _ in range(12):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    content = out.getvalue()
    missing = at_least - len(content)
    return content if missing <= 0 else content + (missing + 8).to_bytes(4, "big") + b"free" + bytes(missing)
