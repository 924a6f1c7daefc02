"""Channels, jobs and videos for the tests of YouTube."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import Account, AttemptRef, Job, MediaKind, Part, Proof, Variant, VariantMedia
from social.tests.making import Files, MemoryStash, picture, video

CLIENT = "sandbox-youtube-client"
NORRE, LAMPS, TOMAS = "UCnorrestudio00000000001", "UCalmalamps0000000000002", "UCtomaseriksen0000000003"
PLAYLIST = "PLnorreworkshop001"
YOUTUBE = platforms.get("youtube")
UNIT = 256 * 1024


def channel(sandbox: Running, username: str = "norrestudio", **others: Any) -> Account:
    """A channel with a token that the sandbox really issued."""
    traits = others.pop("traits", {"lacks": [], "long_uploads": "allowed"})
    tokens = sandbox.control.tokens(username, platform="youtube", client_id=CLIENT, **others)
    return Account(tokens["user_id"], username, tokens["access_token"], traits=traits)


def content(text: str = "", *media: VariantMedia, **options: Any) -> Variant:
    """What has to be chosen is chosen, unless it is named here (None: left out)."""
    chosen = {"title": "A lamp", "made_for_kids": "no"} | options
    return Variant((Part(text, media),), {key: value for key, value in chosen.items() if value is not None})


def job(
    who: Account,
    variant: Variant,
    files: Files | None = None,
    *,
    stash: MemoryStash | None = None,
    committed: tuple[Proof, ...] = (),
) -> Job:
    return Job(who, variant, stash or MemoryStash(), committed, files)


def film(files: Files, at_least: int = 0, **fields: Any) -> VariantMedia:
    values = {"width": 64, "height": 48, "duration_ms": 1000, "alt_text": ""} | fields
    return files.add(video(at_least), kind=MediaKind.VIDEO, mime="video/mp4", **values)


def thumbnail(files: Files, **fields: Any) -> VariantMedia:
    return files.add(picture("JPEG"), mime="image/jpeg", **fields)


def publish(one: Job) -> list[Proof]:
    """The whole way; the proofs of all steps."""
    YOUTUBE.prepare(one)
    proofs: list[Proof] = list(one.committed)
    for number in range(len(proofs) + 1, YOUTUBE.commits(one.variant) + 1):
        proofs.append(YOUTUBE.commit(Job(one.account, one.variant, one.stash, tuple(proofs), one.opener), number))
    return proofs


def everything(sandbox: Running) -> list[dict[str, Any]]:
    """Every video on every channel, private ones too."""
    return sandbox.control.posts("youtube", private=1)


def only_video(sandbox: Running) -> Mapping[str, Any]:
    (found,) = everything(sandbox)
    return found


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger(platform="youtube")]


def chunks(sandbox: Running) -> list[int | None]:
    """How many bytes the session had after each chunk, as the witness saw it."""
    rows = sandbox.control.ledger(platform="youtube")
    names = ("upload_chunk", "upload_last")
    return [
        (row["effect"] or {}).get("bytes", (row["effect"] or {}).get("size"))
        for row in rows
        if row["operation"] in names
    ]


def attempt(number: int, started_at: Any, **fields: Any) -> AttemptRef:
    return AttemptRef(f"commit:{number}", started_at, **fields)


@dataclass
class BreakingFiles(Files):
    """Files on a disk that gives up after so many bytes: the connection breaks in the middle of a chunk."""

    after: int | None = None

    @contextmanager
    def __call__(self, media: VariantMedia) -> Iterator[IO[bytes]]:
        self.opened.append(media.uid)
        content = self.contents[media.uid]
        yield BytesIO(content) if self.after is None else _Breaking(content, self)


class _Breaking(BytesIO):
    def __init__(self, content: bytes, files: BreakingFiles) -> None:
        super().__init__(content)
        self.files = files

    def read(self, size: int | None = -1) -> bytes:
        block = super().read(size)
        if self.files.after is not None:
            self.files.after -= len(block)
            if self.files.after < 0:
                raise OSError("the disk gave up")
        return block


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
    monkeypatch.setattr(YOUTUBE, "sleep", taken, raising=False)
    return taken
