"""Signed addresses: one file each, no cookie, no row, and not for ever."""

from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import AsyncClient, Client

from multivio.testing.waiting import run_async
from posts.media.addresses import STEP_SECONDS, address_of, media_url
from posts.models import Media

NAME = "0197aaaa-0000-7000-8000-000000000001/0197aaaa-0000-7000-8000-000000000002.mp4"
PREVIEW = NAME.replace(".mp4", ".preview.webp")
BYTES = bytes(range(256)) * 4096  # 1 MB


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, settings: Any) -> None:
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    default_storage.save(NAME, ContentFile(BYTES))
    default_storage.save(PREVIEW, ContentFile(b"preview"))


def get(address: str, **headers: str) -> Any:
    return Client(headers=headers).get(address)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


class SignatureTests:
    """Without the database fixture, any query fails: an address needs no row, no session and no user."""

    def test_it_opens_the_file(self) -> None:
        answer = get(address_of(NAME))
        assert (answer.status_code, body(answer)) == (200, BYTES)

    def test_original_and_preview_have_addresses_of_their_own(self) -> None:
        media = Media(storage_name=NAME, preview_name=PREVIEW)
        assert body(get(media_url(media))) == BYTES
        assert body(get(media_url(media, preview=True))) == b"preview"

    def test_an_address_of_the_preview_does_not_open_the_original(self) -> None:
        assert get(address_of(PREVIEW).replace(PREVIEW, NAME)).status_code == 404

    @pytest.mark.parametrize("change", ["signature", "expiry", "name", "no signature", "no expiry"])
    def test_a_forged_address_opens_nothing(self, change: str) -> None:
        _, _, seal, name = address_of(NAME).split("/", 3)
        expiry, signature = seal.split("-", 1)
        forged = {
            "signature": f"/media/{expiry}-{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}/{name}",
            "expiry": f"/media/z{expiry[1:]}-{signature}/{name}",
            "name": f"/media/{seal}/{name.replace('02.mp4', '03.mp4')}",
            "no signature": f"/media/{expiry}/{name}",
            "no expiry": f"/media/-{signature}/{name}",
        }[change]
        assert get(forged).status_code == 404

    def test_it_expires(self) -> None:
        with time_machine.travel("2026-11-22 11:59:00Z", tick=False) as clock:
            address = address_of(NAME)
            clock.shift(STEP_SECONDS - 1)
            assert get(address).status_code == 200
            clock.shift(STEP_SECONDS + 1)
            assert get(address).status_code == 410

    def test_it_stays_the_same_for_half_a_day_so_that_browsers_keep_the_file(self) -> None:
        with time_machine.travel("2026-11-22 00:00:01Z", tick=False) as clock:
            first = address_of(NAME)
            clock.shift(STEP_SECONDS - 2)
            assert address_of(NAME) == first
            assert get(first)["Cache-Control"] == f"private, max-age={STEP_SECONDS + 1}"

    def test_a_file_that_is_gone_is_not_found(self) -> None:
        default_storage.delete(NAME)
        assert get(address_of(NAME)).status_code == 404

    @pytest.mark.parametrize("name", ["a/b.html", "a/b.svg", "a/b"])
    def test_only_our_own_kinds_of_file_are_served(self, name: str) -> None:
        default_storage.save(name, ContentFile(b"<script>alert(1)</script>"))
        seal = address_of(name).split("/")[2]
        assert get(f"/media/{seal}/{name}").status_code == 404


class HeaderTests:
    def test_nothing_in_it_can_run(self) -> None:
        answer = get(address_of(NAME))
        assert answer["Content-Type"] == "video/mp4"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"] == "inline"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "Set-Cookie" not in answer

    def test_a_browser_that_has_it_is_told_so(self) -> None:
        etag = get(address_of(NAME))["ETag"]
        assert get(address_of(NAME), if_none_match=etag).status_code == 304

    def test_head_tells_the_size(self) -> None:
        answer = Client().head(address_of(NAME))
        assert (answer.status_code, answer["Content-Length"], answer.content) == (200, str(len(BYTES)), b"")

    def test_it_can_only_be_read(self) -> None:
        assert Client().post(address_of(NAME)).status_code == 405


class RangeTests:
    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [
            ("bytes=0-0", 0, 0),
            ("bytes=100-199", 100, 199),
            ("bytes=1000000-", 1000000, len(BYTES) - 1),
            ("bytes=-100", len(BYTES) - 100, len(BYTES) - 1),
            ("bytes=5-99999999", 5, len(BYTES) - 1),
            ("bytes=-99999999", 0, len(BYTES) - 1),
        ],
    )
    def test_it_sends_the_part_that_was_asked_for(self, asked: str, start: int, end: int) -> None:
        answer = get(address_of(NAME), range=asked)
        assert answer.status_code == 206
        assert answer["Content-Range"] == f"bytes {start}-{end}/{len(BYTES)}"
        assert answer["Content-Length"] == str(end - start + 1)
        assert body(answer) == BYTES[start : end + 1]

    @pytest.mark.parametrize("asked", [f"bytes={len(BYTES)}-", "bytes=99999999-", "bytes=-0"])
    def test_behind_the_end_there_is_nothing(self, asked: str) -> None:
        answer = get(address_of(NAME), range=asked)
        assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(BYTES)}")

    @pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-1", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=٣-٤"])
    def test_what_is_no_single_range_gets_the_whole(self, asked: str) -> None:
        answer = get(address_of(NAME), range=asked)
        assert (answer.status_code, body(answer)) == (200, BYTES)

    def test_a_part_of_another_file_is_not_continued(self) -> None:
        assert get(address_of(NAME), range="bytes=5-9", if_range='"another"').status_code == 200

    def test_a_part_of_the_same_file_is_continued(self) -> None:
        etag = get(address_of(NAME))["ETag"]
        assert get(address_of(NAME), range="bytes=5-9", if_range=etag).status_code == 206


class AsgiTests:
    def test_it_sends_piece_by_piece_never_the_whole_at_once(self) -> None:
        async def pieces() -> list[bytes]:
            answer: Any = await AsyncClient().get(address_of(NAME), headers={"range": "bytes=10-"})
            assert answer.is_async, "Django collects a synchronous stream into one list"
            return [piece async for piece in answer.streaming_content]

        received = run_async(pieces())
        assert b"".join(received) == BYTES[10:]
        assert max(map(len, received)) <= 256 * 1024
