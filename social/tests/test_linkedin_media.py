"""Uploads to LinkedIn: in what order and where, what happens when they break off, and how much memory they take."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from json import dumps, loads
from typing import IO, Any

import pytest

from sandbox.testing import Running
from social.contract import Account, Job, MediaKind, NeedsReauth, NotSent, Refused, VariantMedia
from social.platforms import linkedin_api
from social.platforms.linkedin_api import ORGANISATION
from social.tests.linkedin_making import (
    LINKEDIN,
    Naps,
    content,
    document,
    film,
    job,
    member,
    naps,
    only_post,
    operations,
    page,
    photo,
    publish,
)
from social.tests.making import Files, MemoryStash, make_media
from tests.serving import QuietHandler, Server

__all__ = ["naps"]
PARTS = {"linkedin_part_bytes": 20_000}


def fault(sandbox: Running, operation: str, kind: str = "reject_5xx", times: int = 1, **params: Any) -> None:
    sandbox.control.add_fault(platform="linkedin", operation=operation, kind=kind, times=times, params=params)


# -- going on where it broke off ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reject_5xx", "reset", "accept_then_reset"])
def test_a_film_goes_on_with_the_part_that_broke_off(sandbox: Running, kind: str) -> None:
    sandbox.control.settings(**PARTS)
    files = Files()
    one = job(page(sandbox), content("A film", film(files)), files)
    original = film_parts(sandbox, one, files, kind)
    publish(one)
    assert operations(sandbox).count("video_start") == 1
    assert operations(sandbox).count("part") == original + 1
    assert only_post(sandbox)["media"][0]["sha256"] == one.variant.parts[0].media[0].sha256


def film_parts(sandbox: Running, one: Job, files: Files, kind: str) -> int:
    """Break the upload off at its third part; how many parts a whole one has."""
    media = one.variant.parts[0].media[0]
    stash = one.stash
    assert isinstance(stash, MemoryStash)

    class Breaking(MemoryStash):
        def put(self, name: str, value: Any, *, lives_seconds: int) -> None:
            super().put(name, value, lives_seconds=lives_seconds)
            if len(value.get("etags", ())) == 2:
                fault(sandbox, "part", kind)

    breaking = Breaking(stash.values)
    with pytest.raises(NotSent):
        LINKEDIN.prepare(Job(one.account, one.variant, breaking, (), files))
    sandbox.control.clear_faults()
    return -(-media.size // 20_000)


def test_a_film_whose_addresses_ran_out_is_begun_anew(sandbox: Running) -> None:
    sandbox.control.settings(**PARTS)
    files = Files()
    one = job(page(sandbox), content("A film", film(files)), files)
    film_parts(sandbox, one, files, "reset")
    sandbox.control.advance(25 * 3600)
    publish(one)
    assert operations(sandbox).count("video_start") == 2
    assert only_post(sandbox)["media"][0]["sha256"] == one.variant.parts[0].media[0].sha256


def test_an_end_that_was_heard_is_not_asked_for_twice(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("A film", film(files)), files)
    fault(sandbox, "video_finish", "accept_then_reset")
    with pytest.raises(NotSent):
        LINKEDIN.prepare(one)
    publish(one)
    assert operations(sandbox).count("part") == 1
    assert operations(sandbox).count("video_start") == 1


@pytest.mark.parametrize("operation", ["image_start", "bytes", "image_status"])
def test_a_picture_is_brought_again_after_trouble(sandbox: Running, operation: str) -> None:
    files = Files()
    one = job(page(sandbox), content("A lamp", photo(files)), files)
    fault(sandbox, operation)
    with pytest.raises(NotSent):
        LINKEDIN.prepare(one)
    publish(one)
    assert len(only_post(sandbox)["media"]) == 1


def test_what_is_there_already_is_not_brought_again(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Lamps", photo(files), photo(files)), files)
    LINKEDIN.prepare(one)
    calls = len(operations(sandbox))
    LINKEDIN.prepare(one)
    assert len(files.opened) == 2
    assert len(operations(sandbox)) == calls  # nothing is asked either


def test_an_upload_belongs_to_the_account_that_posts_it(sandbox: Running) -> None:
    files, stash = Files(), MemoryStash()
    media = photo(files)
    publish(job(page(sandbox), content("Here", media), files, stash=stash))
    publish(job(page(sandbox, "alma-lamps"), content("There", media), files, stash=stash))
    assert len({one["owner"] for one in sandbox.control.call("GET", "linkedin/assets")["assets"]}) == 2


def test_what_has_expired_meanwhile_is_not_sent(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Lamp", photo(files)), files)
    with pytest.raises(NotSent) as caught:
        LINKEDIN.commit(one, 1)
    assert caught.value.code == "upload_expired"


# -- processing --------------------------------------------------------------------------------------


def test_it_waits_until_a_film_can_be_used(sandbox: Running, naps: Naps) -> None:
    sandbox.control.settings(video_processing_seconds=12.0)
    files = Files()
    publish(job(member(sandbox), content("A film", film(files)), files))
    assert naps.taken == [2.0, 3.0, 5.0, 10.0]


def test_a_film_that_takes_too_long_is_left_to_a_later_try(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=4000.0)
    files = Files()
    one = job(page(sandbox), content("A film", film(files)), files)
    with pytest.raises(NotSent) as caught:
        LINKEDIN.prepare(one)
    assert caught.value.code == "not_ready"
    assert operations(sandbox).count("video_status") < 25  # each look is one of the member's 150 calls a day
    sandbox.control.advance(4000)
    publish(one)
    assert operations(sandbox).count("video_start") == 1


@pytest.mark.parametrize("make", [photo, film, document])
def test_what_cannot_be_processed_is_brought_once_more_and_then_refused(sandbox: Running, make: Any) -> None:
    sandbox.control.settings(video_fails=True, linkedin_asset_fails=True)
    files = Files()
    one = job(page(sandbox), content("Broken", make(files), title="Broken"), files)
    with pytest.raises(NotSent) as first:
        LINKEDIN.prepare(one)
    assert first.value.code == "asset_failed"
    with pytest.raises(Refused) as second:
        LINKEDIN.prepare(one)
    assert second.value.code == "media_refused"
    assert len(files.opened) == 2
    sandbox.control.settings(video_fails=False, linkedin_asset_fails=False)
    publish(one)


def test_a_member_learns_of_a_broken_picture_when_it_is_posted(sandbox: Running) -> None:
    sandbox.control.settings(linkedin_asset_fails=True)
    files = Files()
    one = job(member(sandbox), content("Broken", photo(files)), files)
    LINKEDIN.prepare(one)
    with pytest.raises(NotSent) as caught:
        LINKEDIN.commit(one, 1)
    assert caught.value.code == "asset_failed"
    sandbox.control.settings(linkedin_asset_fails=False)
    publish(one)
    assert len(files.opened) == 2


def test_a_picture_that_needs_longer_is_posted_later(sandbox: Running) -> None:
    sandbox.control.settings(linkedin_asset_seconds=60.0)
    files = Files()
    one = job(member(sandbox), content("Slow", photo(files)), files)
    LINKEDIN.prepare(one)
    with pytest.raises(NotSent) as caught:
        LINKEDIN.commit(one, 1)
    assert caught.value.code == "not_ready"
    sandbox.control.advance(60)
    publish(one)
    assert len(files.opened) == 1


# -- tokens and addresses ----------------------------------------------------------------------------


def test_a_token_that_ended_while_uploading_is_told_as_that(sandbox: Running) -> None:
    files = Files()
    fault(sandbox, "bytes", "unauthorized")
    with pytest.raises(NeedsReauth):
        LINKEDIN.prepare(job(page(sandbox), content("Lamp", photo(files)), files))


# -- a small LinkedIn of our own: what is sent where, and how ---------------------------------------


class Sink(QuietHandler):
    """Takes whatever comes and keeps only how much it was."""

    protocol_version = "HTTP/1.1"
    server: "SinkServer"

    def do_POST(self) -> None:
        body = loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = body.get("initializeUploadRequest")
        self._answer(dumps({"value": self.server.told(asked)} if asked else {}).encode())

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        self.server.parts.append(left)
        self.server.tokens.append(self.headers.get("Authorization"))
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self._answer(b"", etag=f'"part-{len(self.server.parts)}"')

    def do_GET(self) -> None:
        self._answer(b'{"status": "AVAILABLE"}')

    def _answer(self, body: bytes, etag: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)


class SinkServer(Server):
    """`host` is the one that it names for uploads; `wrong` spoils what it says of one part."""

    def __init__(self) -> None:
        super().__init__(Sink)
        self.parts: list[int] = []
        self.tokens: list[str | None] = []
        self.host = f"127.0.0.1:{self.server_port}"
        self.wrong: dict[str, int] = {}

    def told(self, asked: dict[str, Any]) -> dict[str, Any]:
        address = f"http://{self.host}/upload"
        if "fileSizeBytes" not in asked:
            return {"image": "urn:li:image:A", "uploadUrl": address}
        size, part = asked["fileSizeBytes"], 4 * 1024**2
        instructions = [
            {"uploadUrl": address, "firstByte": first, "lastByte": min(first + part, size) - 1}
            for first in range(0, size, part)
        ]
        instructions[-1] |= self.wrong
        return {"video": "urn:li:video:A", "uploadToken": "", "uploadInstructions": instructions}


@pytest.fixture
def sink(settings: Any) -> Iterator[SinkServer]:
    with SinkServer() as server:
        settings.LINKEDIN_API_URL = settings.LINKEDIN_WEB_URL = server.url
        yield server


WHO = Account(f"{ORGANISATION}1", "norre-studio", "token-of-maja")


class Endless(BytesIO):
    """A file of any length without any bytes behind it; remembers the largest piece that was asked for."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self.at, self.largest, self.given = size, 0, 0, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset
        return offset

    def read(self, size: int | None = -1) -> bytes:
        asked = self.size - self.at if size is None or size < 0 else min(size, self.size - self.at)
        self.largest = max(self.largest, asked)
        self.at, self.given = self.at + asked, self.given + asked
        return bytes(asked)


def test_a_gigabyte_of_film_is_never_in_memory(sink: SinkServer) -> None:
    size = 1024**3
    file = Endless(size)

    @contextmanager
    def opener(media: VariantMedia) -> Iterator[IO[bytes]]:
        yield file

    media = make_media(kind=MediaKind.VIDEO, mime="video/mp4", size=size)
    one = Job(WHO, content("A long film", media), MemoryStash(), (), opener)
    tracemalloc.start()
    LINKEDIN.prepare(one)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (sum(sink.parts), len(sink.parts), file.given) == (size, 256, size)
    assert file.largest <= 64 * 1024
    assert peak < 16 * 1024**2


def test_parts_of_films_carry_no_token_and_pictures_do(sink: SinkServer) -> None:
    files = Files()
    LINKEDIN.prepare(job(WHO, content("", film(files)), files))
    LINKEDIN.prepare(job(WHO, content("", photo(files)), files))
    assert sink.tokens == [None, "Bearer token-of-maja"]


@pytest.mark.parametrize("make", [photo, film])
def test_a_token_never_follows_an_address_that_is_not_linkedins(sink: SinkServer, make: Any) -> None:
    sink.host = "localhost:9"
    files = Files()
    with pytest.raises(NotSent) as caught:
        LINKEDIN.prepare(job(WHO, content("", make(files)), files))
    assert caught.value.code == "strange_address"
    assert sink.parts == []


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("https://www.linkedin.com/dms-uploads/x", True),
        ("https://api.linkedin.com/x", True),
        ("https://linkedin.com.example.org/x", False),
        ("https://notlinkedin.com/x", False),
        ("http://www.linkedin.com/x", False),
        ("https://[", False),
    ],
)
def test_which_addresses_are_linkedins(settings: Any, address: str, is_ours: bool) -> None:
    settings.LINKEDIN_ON_SANDBOX = False
    settings.LINKEDIN_API_URL, settings.LINKEDIN_WEB_URL = "https://api.linkedin.com", "https://www.linkedin.com"
    assert linkedin_api.is_ours(address) is is_ours


@pytest.mark.parametrize("wrong", [{"firstByte": 4 * 1024**2 + 1}, {"firstByte": 0}, {"lastByte": 4_300_000}])
def test_instructions_that_are_not_the_whole_film_are_not_followed(sink: SinkServer, wrong: dict[str, int]) -> None:
    sink.wrong = wrong
    files = Files()
    with pytest.raises(NotSent):
        LINKEDIN.prepare(job(WHO, content("", film(files, at_least=4_400_000)), files))
    assert sink.parts == []
