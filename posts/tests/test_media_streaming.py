"""Pictures at an address of our own that never redirects: what TikTok fetches, also where they lie in a bucket."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import AsyncClient, Client

from multivio.testing.waiting import run_async
from posts.media import serving
from posts.media.addresses import address_of, pull_address, stream_address
from posts.tests.fake_bucket import FakeBucket, bucket
from posts.tests.media_files import picture
from sandbox.testing import Running
from social.contract import Job, MediaKind, VariantMedia
from social.tests.making import MemoryStash, make_media
from social.tests.tiktok_making import TIKTOK, content, creator, naps, only_post
from tests.serving import QuietHandler, Server

__all__ = ["bucket", "naps"]
FOLDER = "0197aaaa-0000-7000-8000-000000000001"
NAME = f"{FOLDER}/0197aaaa-0000-7000-8000-000000000002.jpg"


class Ours(QuietHandler):
    """The product, as it stands behind its own address."""

    def do_GET(self) -> None:
        answer: Any = Client().get(self.path)
        self.send_response(answer.status_code)
        for name, value in answer.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"".join(answer.streaming_content) if answer.streaming else answer.content)


@pytest.fixture
def ours(settings: Any) -> Iterator[str]:
    with Server(Ours) as server:
        settings.MEDIA_PUBLIC_URL = server.url
        yield server.url


@pytest.fixture
def photo(bucket: FakeBucket) -> VariantMedia:
    """A picture in the bucket."""
    data = picture()
    default_storage.save(NAME, ContentFile(data))
    return make_media(kind=MediaKind.IMAGE, mime="image/jpeg", size=len(data), storage_name=NAME)


def path_of(media: VariantMedia) -> str:
    return "/media/" + stream_address(media).partition("/media/")[2]


def test_tiktok_gets_a_photo_that_lies_in_a_bucket(sandbox: Running, ours: str, photo: VariantMedia) -> None:
    sandbox.control.settings(tiktok_verified_prefixes=f"{ours}/")
    one = Job(creator(sandbox), content("In a bucket", photo), MemoryStash(), streamer=stream_address)
    TIKTOK.prepare(one)
    TIKTOK.commit(one, 1)
    (shown,) = only_post(sandbox)["media"]
    assert shown["size"] == photo.size
    assert shown["url"].startswith(f"{ours}/media/own/")


def test_it_answers_with_the_bytes_and_never_redirects(photo: VariantMedia, bucket: FakeBucket) -> None:
    answer: Any = Client().get(path_of(photo))
    assert (answer.status_code, answer["Content-Type"], int(answer["Content-Length"])) == (
        200,
        "image/jpeg",
        photo.size,
    )
    assert b"".join(answer.streaming_content) == bucket.objects[NAME][0]
    head = Client().head(path_of(photo))
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(photo.size), b"")


def test_the_first_piece_leaves_before_the_last_one_came(
    photo: VariantMedia, bucket: FakeBucket, monkeypatch: Any
) -> None:
    monkeypatch.setattr(serving, "CHUNK", 100)
    bucket.second_half.clear()

    async def pieces() -> list[bytes]:
        answer: Any = await AsyncClient().get(path_of(photo))
        assert answer.is_async, "Django collects a synchronous stream into one list"
        found = []
        async for piece in answer.streaming_content:
            bucket.second_half.set()
            found.append(piece)
        return found

    received = run_async(pieces())
    assert b"".join(received) == bucket.objects[NAME][0]
    assert max(map(len, received)) <= 100
    assert "NobodyReadTheFirstHalf" not in bucket.refusals


def test_only_its_own_kind_of_address_opens_it(photo: VariantMedia) -> None:
    seal = address_of(NAME).split("/")[2]
    assert Client().get(f"/media/own/{seal}/{NAME}").status_code == 404
    assert Client().get(path_of(photo).replace("/own/", "/")).status_code == 404
    assert Client().get(path_of(photo).replace("02.jpg", "03.jpg")).status_code == 404
    assert "/media/own/" not in pull_address(photo)


def test_it_expires_after_two_hours_at_most(photo: VariantMedia) -> None:
    with time_machine.travel("2026-11-22 12:00:01Z", tick=False) as clock:
        path = path_of(photo)
        clock.shift(3600)
        assert Client().get(path).status_code == 200
        clock.shift(3600)
        assert Client().get(path).status_code == 410


@pytest.mark.parametrize("ending", ["mp4", "pdf", "html"])
def test_nothing_but_pictures_goes_through(bucket: FakeBucket, ending: str) -> None:
    name = NAME.replace("jpg", ending)
    default_storage.save(name, ContentFile(b"long"))
    assert Client().get(path_of(make_media(storage_name=name))).status_code == 404


def test_nothing_large_goes_through_and_what_is_gone_is_not_found(photo: VariantMedia, monkeypatch: Any) -> None:
    monkeypatch.setattr(serving, "MOST_STREAMED", photo.size - 1)
    assert Client().get(path_of(photo)).status_code == 404
    monkeypatch.setattr(serving, "MOST_STREAMED", photo.size)
    assert Client().get(path_of(photo)).status_code == 200
    default_storage.delete(NAME)
    assert Client().get(path_of(photo)).status_code == 404
