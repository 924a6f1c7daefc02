"""Pictures are stored without place and camera, and without losing a pixel."""

import hashlib
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from posts.media.inspect import prepare
from posts.tests.media_files import located, picture

FORMS = ["JPEG", "PNG", "WEBP"]


def stored(data: bytes) -> bytes:
    return prepare(BytesIO(data))[1].read()


@pytest.mark.parametrize("form", FORMS)
class TestStripping:
    def test_place_and_camera_are_removed(self, form: str) -> None:
        before = located(form)
        assert Image.open(BytesIO(before)).getexif().get_ifd(0x8825), "the picture does tell where it was taken"
        after = stored(before)
        assert b"Secret Camera" not in after
        assert dict(Image.open(BytesIO(after)).getexif()) == {}

    def test_orientation_is_the_only_tag_left(self, form: str) -> None:
        after = stored(located(form, orientation=6))
        assert dict(Image.open(BytesIO(after)).getexif()) == {0x0112: 6}

    @pytest.mark.parametrize("orientation", [1, 6])
    def test_not_a_pixel_changes(self, form: str, orientation: int) -> None:
        before = located(form, orientation=orientation, size=(333, 251))
        assert Image.open(BytesIO(stored(before))).tobytes() == Image.open(BytesIO(before)).tobytes()

    def test_the_digest_is_of_what_is_stored(self, form: str) -> None:

        found, content = prepare(BytesIO(located(form)))
        content.seek(0)
        data = content.read()
        assert (found.sha256, found.size) == (hashlib.sha256(data).hexdigest(), len(data))

    def test_the_colour_profile_stays(self, form: str) -> None:
        profile = b"\0\0\0\x18" + b"profile" * 40
        after = Image.open(BytesIO(stored(picture(form, icc_profile=profile))))
        assert after.info["icc_profile"] == profile

    def test_notes_of_editors_are_removed(self, form: str) -> None:
        if form == "PNG":
            notes = PngInfo()
            notes.add_text("Author", "Jane Secret")
            notes.add_itxt("XML:com.adobe.xmp", "<x>Jane Secret</x>")
            before = picture("PNG", pnginfo=notes)
        else:
            before = picture(form, xmp=b"<x>Jane Secret</x>")
        assert b"Jane Secret" in before
        assert b"Jane Secret" not in stored(before)

    def test_stripping_twice_changes_nothing_more(self, form: str) -> None:
        once = stored(located(form, orientation=8))
        assert stored(once) == once


def test_a_progressive_jpeg_keeps_all_its_scans() -> None:
    before = picture("JPEG", progressive=True, size=(400, 300))
    assert stored(before) == before


def test_a_jpeg_for_print_keeps_its_colours() -> None:
    before = picture("JPEG", mode="CMYK", size=(60, 40))
    assert Image.open(BytesIO(stored(before))).tobytes() == Image.open(BytesIO(before)).tobytes()
