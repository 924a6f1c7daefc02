"""Pictures as JPEG for platforms that take nothing else: made once, served like any file, gone with the original."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image, ImageCms

from posts.media import pictures, renditions
from posts.media.addresses import jpeg_pull_address, pull_address
from posts.media.inspect import inspect
from posts.tests.media_files import located, picture
from sandbox.testing import Running
from social.contract import Job, Part, Variant, VariantMedia
from social.tests.instagram_making import account, only_post, publish
from social.tests.making import MemoryStash, make_media
from tests.serving import QuietHandler, Server

FOLDER = "0197aaaa-0000-7000-8000-000000000001"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    return tmp_path


def stored(content: bytes, ext: str, mime: str, **fields: Any) -> VariantMedia:
    name = default_storage.save(f"{FOLDER}/picture.{ext}", ContentFile(content))
    return make_media(mime=mime, size=len(content), storage_name=name, **fields)


def fetched(media: VariantMedia) -> tuple[str, bytes]:
    """What a platform gets at the address."""
    answer: Any = Client().get(urlsplit(jpeg_pull_address(media)).path)
    assert answer.status_code == 200
    return answer["Content-Type"], b"".join(answer.streaming_content)


@pytest.mark.parametrize(("form", "ext"), [("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")])
def test_any_picture_is_served_as_jpeg(form: str, ext: str) -> None:
    mode = "P" if form == "GIF" else "RGB"
    kind, content = fetched(stored(picture(form, size=(300, 200), mode=mode), ext, f"image/{ext}"))
    with Image.open(BytesIO(content)) as image:
        assert (kind, image.format, image.mode, image.size) == ("image/jpeg", "JPEG", "RGB", (300, 200))


def test_a_jpeg_is_handed_out_as_it_is() -> None:
    media = stored(picture("JPEG"), "jpg", "image/jpeg")
    assert jpeg_pull_address(media) == pull_address(media)


def test_a_jpeg_that_is_too_large_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    content = picture("JPEG", size=(3000, 2000))
    monkeypatch.setattr(renditions, "MAX_BYTES", len(content) - 1)
    _, made = fetched(stored(content, "jpg", "image/jpeg"))
    with Image.open(BytesIO(made)) as image:
        assert image.size == (1440, 960)


def test_it_is_made_once(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    media = stored(picture("PNG"), "png", "image/png")
    first = jpeg_pull_address(media)
    monkeypatch.setattr(renditions, "jpeg_of", lambda _file: pytest.fail("made again"))
    assert jpeg_pull_address(media) == first
    assert len(list((folder / FOLDER).iterdir())) == 2


def test_what_is_transparent_becomes_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 20), (200, 0, 0, 0)).save(out, "PNG")
    _, content = fetched(stored(out.getvalue(), "png", "image/png"))
    with Image.open(BytesIO(content)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_lies_on_its_side_is_turned(form: str) -> None:
    original = located(form, orientation=6, size=(40, 30))
    _, content = fetched(stored(original, form.lower(), f"image/{form.lower()}"))
    shown = inspect(BytesIO(original))
    with Image.open(BytesIO(content)) as image:
        assert image.size == (shown.width, shown.height)
        assert image.getexif().get(0x0112, 1) == 1


def test_colours_are_brought_to_srgb() -> None:
    """In a profile that calls red what others call blue, a red picture is blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"____", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"____", b"bXYZ", 1)
    out = BytesIO()
    Image.new("RGB", (20, 20), (220, 10, 10)).save(out, "PNG", icc_profile=swapped)
    _, content = fetched(stored(out.getvalue(), "png", "image/png"))
    with Image.open(BytesIO(content)) as image:
        pixel = image.getpixel((5, 5))
        assert isinstance(pixel, tuple)
        assert pixel[2] > pixel[0]
        assert image.info.get("icc_profile") is None


def test_a_profile_nobody_can_read_spoils_nothing() -> None:
    out = BytesIO()
    Image.new("RGB", (20, 20), (10, 200, 30)).save(out, "PNG", icc_profile=b"no profile")
    assert fetched(stored(out.getvalue(), "png", "image/png"))[0] == "image/jpeg"


def test_an_address_of_the_rendition_does_not_open_the_original() -> None:
    media = stored(picture("PNG"), "png", "image/png")
    path = urlsplit(jpeg_pull_address(media)).path
    assert Client().get(path.removesuffix(".jpg")).status_code == 404


def test_a_file_that_is_gone_is_no_rendition() -> None:
    with pytest.raises(FileNotFoundError):
        renditions.as_jpeg(make_media(mime="image/png", storage_name=f"{FOLDER}/gone.png"))


def test_what_is_larger_than_any_platform_shows_is_scaled() -> None:
    content = pictures.jpeg_of(BytesIO(picture("PNG", size=(2000, 6000))))
    with Image.open(BytesIO(content)) as image:
        assert image.height == 2560


class Web(QuietHandler):
    """The product's own answer to whoever fetches."""

    def do_GET(self) -> None:
        answer: Any = Client(headers={"host": "localhost:8000"}).get(self.path)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer["Content-Type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def web(settings: Any) -> Iterator[None]:
    with Server(Web) as server:
        settings.MEDIA_PUBLIC_URL = server.url
        yield


@pytest.mark.usefixtures("web")
def test_instagram_fetches_a_png_of_the_library_as_jpeg(sandbox: Running) -> None:
    media = stored(picture("PNG", size=(400, 400)), "png", "image/png", width=400, height=400)
    variant = Variant((Part("From the library", (media,)),))
    one = Job(account(sandbox), variant, MemoryStash(), addresser=pull_address, renderer=jpeg_pull_address)
    publish(one)
    (shown,) = only_post(sandbox)["media"]
    assert shown["media_type"] == "image/jpeg"
