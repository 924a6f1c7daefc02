"""Documents in the library: read from their bytes, kept apart from what a browser would run, and shown as a tile."""

import json
import zlib
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from multivio.errors import Invalid
from posts.media import pdf as reading
from posts.media.addresses import address_of
from posts.media.inspect import Inspected, inspect, prepare
from posts.media.storage import disposition_of
from posts.models import Media
from posts.tests.factories import Cast
from posts.tests.media_files import pdf
from posts.tests.pages import browser
from social import platforms
from social.contract import MediaKind


def read(data: bytes) -> Inspected:
    return prepare(BytesIO(data))[0]


def refusal(data: bytes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        prepare(BytesIO(data))
    return refused.value


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("pages", [1, 3, 412])
def test_it_counts_the_pages(packed: bool, pages: int) -> None:
    found = read(pdf(pages=pages, packed=packed))
    assert (found.kind, found.mime, found.frames) == (MediaKind.DOCUMENT, "application/pdf", pages)
    assert (found.width, found.height) == (595, 842)


def test_it_counts_them_in_a_document_of_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 4096)
    monkeypatch.setattr(reading, "OVERLAP", 512)
    data = pdf(pages=90)
    # Without a page tree that can be read, the pages themselves are counted, each once.
    assert read(data.replace(b"/Count 90", b"/Kount 90")).frames == 90
    assert read(data).frames == 90


def test_the_tile_shows_a_sheet_in_the_shape_of_the_page() -> None:
    tall, wide = (Image.open(BytesIO(read(pdf(size=size)).preview)) for size in ((595, 842), (1280, 720)))
    assert (tall.format, max(tall.size)) == ("WEBP", 640)
    assert tall.height > tall.width
    assert wide.width > wide.height


def test_it_is_stored_as_it_came() -> None:
    data = pdf()
    _, file = prepare(BytesIO(data))
    file.seek(0)
    assert file.read() == data


def test_it_refuses_what_is_protected() -> None:
    assert refusal(pdf(protected=True)).code == "media_protected"


@pytest.mark.parametrize("keep", [40, 200, -12])
def test_it_refuses_what_was_cut_off(keep: int) -> None:
    assert refusal(pdf()[:keep]).code == "media_truncated"


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n" + b" " * 100,
        b"%PDF-1.7\n<script>alert(1)</script>\nstartxref\n999999\n%%EOF",
        b"%PDF-1.7\nstartxref\n-5\n%%EOF",
    ],
)
def test_it_refuses_a_right_head_on_nonsense(data: bytes) -> None:
    assert refusal(data).code == "media_truncated"


def test_it_refuses_one_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    assert refusal(pdf()).code == "media_too_large"


def test_a_stream_that_would_fill_the_memory_is_opened_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    real = reading._note

    def note(seen: reading._Seen, data: bytes, *, at: int | None) -> None:
        opened.append(len(data))
        real(seen, data, at=at)

    monkeypatch.setattr(reading, "_note", note)
    bomb = zlib.compress(bytes(60 * 1024**2), 9)
    head = (
        b"%PDF-1.7\n" + b"9 0 obj\n<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + bomb + b"\nendstream\nendobj\n"
    )
    data = head + b"startxref\n9\n%%EOF\n"
    assert inspect(BytesIO(data)).frames == 1
    assert max(opened) <= reading.MOST_FROM_A_STREAM


def test_a_stream_that_cannot_be_read_is_no_reason_to_refuse() -> None:
    data = pdf(packed=True).replace(b"stream\nx", b"stream\ny", 1)
    assert read(data).frames >= 1


# -- in the library ----------------------------------------------------------------------------------


def test_it_is_kept_and_not_opened() -> None:
    name = default_storage.save("a/report.pdf", ContentFile(pdf()))
    answer = Client().get(address_of(name))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    default_storage.delete(name)


def test_a_bucket_is_told_the_same() -> None:
    assert disposition_of("application/pdf") == "attachment"
    assert disposition_of("image/png") == "inline"


def test_it_can_be_uploaded_in_the_composer_and_has_a_tile(cast: Cast) -> None:
    upload = SimpleUploadedFile("report.exe", pdf(pages=4), content_type="image/png")
    answer = browser(cast.alice).post(f"/w/{cast.workspace.slug}/media/upload", {"file": upload})
    assert answer.status_code == 201, answer.content
    told = json.loads(answer.content)
    assert (told["kind"], told["mime"], told["frames"]) == ("document", "application/pdf", 4)
    assert Client().get(told["preview_url"])["Content-Type"] == "image/webp"
    assert Media.objects.model.Kind.DOCUMENT.label == "Document"


@pytest.mark.parametrize(("slug", "is_taken"), [("linkedin", True), ("x", False), ("facebook", False)])
def test_only_platforms_that_show_documents_take_them(slug: str, is_taken: bool) -> None:
    kinds = {rule.kind for rule in platforms.get(slug).capabilities.media}
    assert (MediaKind.DOCUMENT in kinds) is is_taken
