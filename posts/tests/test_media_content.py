"""What a file is, is read from its bytes; what is not a whole picture, GIF or video is refused with one sentence."""

import zipfile
from io import BytesIO

import pytest
from PIL import Image

from multivio.errors import Invalid
from posts.media import containers, gif, pictures
from posts.media.inspect import inspect, prepare
from posts.tests.media_files import located, moving_gif, picture, sound, video
from social.contract import MediaKind

WHOLE = {
    "image/jpeg": picture("JPEG", size=(300, 200)),
    "image/png": picture("PNG", size=(300, 200)),
    "image/webp": picture("WEBP", size=(300, 200)),
    "image/gif": moving_gif(),
    "video/mp4": video("mp4"),
    "video/quicktime": video("mov"),
    "video/webm": video("webm"),
}
VIDEOS = [mime for mime in WHOLE if mime.startswith("video/")]


def is_redder(preview: Image.Image, x: int, y: int) -> bool:
    pixel = preview.convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel[0] > pixel[2]


def refusal(data: bytes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        prepare(BytesIO(data))
    assert refused.value.problems[0].field == "file"
    return refused.value


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("evil.html", "<script>alert(1)</script>")
    return out.getvalue()


class TestFormat:
    @pytest.mark.parametrize("mime", WHOLE)
    def test_it_tells_each_format(self, mime: str) -> None:
        assert inspect(BytesIO(WHOLE[mime])).mime == mime

    @pytest.mark.parametrize(
        "data",
        [
            b"<!doctype html><script>alert(1)</script>",
            b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
            archive(),
            b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/secret\n",
            b"ffconcat version 1.0\nfile /etc/passwd\n",
            picture("TIFF"),
            picture("BMP"),
            video("matroska"),
            b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42isom\0\0\0\0",
            b"MZ" + b"\0" * 100,
            b"x",
        ],
    )
    def test_it_refuses_everything_else(self, data: bytes) -> None:
        assert refusal(data).code == "media_type"

    def test_it_says_what_to_do_with_a_heic_picture(self) -> None:
        assert "save it as JPEG" in refusal(b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + b"\0" * 40).message

    def test_it_refuses_an_empty_file(self) -> None:
        assert refusal(b"").code == "media_empty"

    @pytest.mark.parametrize("form", ["PNG", "WEBP"])
    def test_it_refuses_moving_pictures_that_are_no_gif(self, form: str) -> None:
        frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
        out = BytesIO()
        frames[0].save(out, form, save_all=True, append_images=frames[1:])
        assert "animated" in refusal(out.getvalue()).message

    def test_it_refuses_a_video_without_pictures(self) -> None:
        assert "no video" in refusal(sound()).message


class TestDamage:
    @pytest.mark.parametrize("mime", WHOLE)
    @pytest.mark.parametrize("missing", ["two bytes", "half", "all but the head"])
    def test_it_refuses_what_was_cut_off(self, mime: str, missing: str) -> None:
        data = WHOLE[mime]
        keep = {"two bytes": len(data) - 2, "half": len(data) // 2, "all but the head": 40}[missing]
        assert refusal(data[:keep]).code == "media_truncated"

    def test_it_refuses_a_png_with_a_wrong_checksum(self) -> None:
        data = bytearray(WHOLE["image/png"])
        data[data.index(b"IEND") - 5] ^= 0xFF  # the last byte before a chunk's length is the checksum of the one before
        assert refusal(bytes(data)).code == "media_truncated"

    @pytest.mark.parametrize(
        "head",
        [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBP", b"GIF89a", b"\x1a\x45\xdf\xa3\x42\x82\x84webm"],
    )
    def test_it_refuses_a_right_head_on_nonsense(self, head: bytes) -> None:
        assert refusal(head + b"<script>alert(1)</script>" * 20).code in ("media_truncated", "media_type")


class TestBomb:
    def test_it_refuses_more_pixels_than_can_be_decoded_safely(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pictures, "_decode", lambda *_: pytest.fail("it was decoded"))
        bomb = BytesIO()
        Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
        assert len(bomb.getvalue()) < 100_000
        assert refusal(bomb.getvalue()).code == "media_too_large"

    def test_it_refuses_a_gif_whose_frame_is_a_bomb(self) -> None:
        data = bytearray(moving_gif(frames=1))
        descriptor = data.index(b"\x2c")
        data[descriptor + 5 : descriptor + 9] = b"\xff\xff\xff\xff"
        assert refusal(bytes(data)).code == "media_too_large"

    def test_it_refuses_a_gif_of_too_many_frames(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gif, "MAX_FRAMES", 2)
        assert refusal(moving_gif(frames=3)).code == "media_frames"

    def test_it_refuses_a_picture_of_too_many_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pictures, "MAX_BYTES", 1000)
        assert refusal(WHOLE["image/jpeg"]).code == "media_too_large"

    def test_it_refuses_a_video_whose_index_would_fill_the_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(containers, "MAX_INDEX_BYTES", 100)
        assert refusal(WHOLE["video/mp4"]).code == "media_truncated"


class TestPolyglot:
    @pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp"])
    def test_what_hides_behind_a_picture_is_not_stored(self, mime: str) -> None:
        _, stored = prepare(BytesIO(WHOLE[mime] + archive()))
        assert b"evil.html" not in stored.read()

    def test_a_script_in_a_jpeg_comment_is_not_stored(self) -> None:
        script = b"*/=alert(1)/*"
        data = WHOLE["image/jpeg"]
        _, stored = prepare(BytesIO(data[:2] + b"\xff\xfe" + (len(script) + 2).to_bytes(2, "big") + script + data[2:]))
        assert script not in stored.read()

    @pytest.mark.parametrize("behind", [b"*/=1;alert(1)//", archive()])
    def test_it_refuses_a_gif_with_something_behind_its_end(self, behind: bytes) -> None:
        assert refusal(WHOLE["image/gif"] + behind).code == "media_type"

    def test_it_refuses_a_script_that_begins_like_a_gif(self) -> None:
        assert refusal(b"GIF89a/*" + b"\0" * 5 + b"*/=1;alert(document.domain)//;").code == "media_truncated"

    @pytest.mark.parametrize("mime", VIDEOS)
    def test_it_refuses_a_video_with_something_behind_its_end(self, mime: str) -> None:
        assert refusal(WHOLE[mime] + archive()).code == "media_truncated"


class TestPicture:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_size_is_as_displayed_when_the_camera_was_turned(self, form: str) -> None:
        found = inspect(BytesIO(located(form, orientation=6, size=(40, 30))))
        assert (found.width, found.height) == (30, 40)
        preview = Image.open(BytesIO(found.preview))
        assert preview.size == (30, 40)
        assert is_redder(preview, 15, 2), "turned clockwise, the left side is on top"

    def test_a_gif_that_moves_is_a_gif(self) -> None:
        found = inspect(BytesIO(moving_gif(frames=4, milliseconds=120)))
        assert (found.kind, found.frames, found.duration_ms) == (MediaKind.GIF, 4, 480)

    def test_a_gif_that_does_not_move_is_an_image(self) -> None:
        found = inspect(BytesIO(moving_gif(frames=1)))
        assert (found.kind, found.frames, found.duration_ms, found.mime) == (MediaKind.IMAGE, 1, 0, "image/gif")

    def test_a_jpeg_of_several_pictures_counts_as_its_first(self) -> None:
        out = BytesIO()
        first = Image.new("RGB", (40, 30), "red")
        first.save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))])
        found, stored = prepare(BytesIO(out.getvalue()))
        assert (found.kind, found.mime, found.width) == (MediaKind.IMAGE, "image/jpeg", 40)
        assert Image.open(stored).format == "JPEG"

    @pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
    def test_it_makes_a_preview_of_every_kind_of_png(self, mode: str) -> None:
        out = BytesIO()
        Image.new(mode, (900, 450)).save(out, "PNG")
        assert Image.open(BytesIO(inspect(BytesIO(out.getvalue())).preview)).size == (640, 320)

    def test_it_makes_a_preview_of_a_jpeg_for_print(self) -> None:
        assert Image.open(BytesIO(inspect(BytesIO(picture("JPEG", mode="CMYK"))).preview)).mode == "RGB"


class TestVideo:
    @pytest.mark.parametrize("mime", VIDEOS)
    def test_it_reads_size_length_and_codec(self, mime: str) -> None:
        found = inspect(BytesIO(WHOLE[mime]))
        assert (found.kind, found.width, found.height, found.frames) == (MediaKind.VIDEO, 64, 48, 1)
        assert found.duration_ms == pytest.approx(1000, abs=100)
        assert found.codecs == ("vp8",) if mime == "video/webm" else ("h264",)
        assert Image.open(BytesIO(found.preview)).size == (64, 48)

    def test_size_is_as_displayed_when_the_phone_was_upright(self) -> None:
        found = inspect(BytesIO(video(turned=90)))
        assert (found.width, found.height) == (48, 64)
        preview = Image.open(BytesIO(found.preview))
        assert preview.size == (48, 64)
        assert is_redder(preview, 24, 4), "turned clockwise, the left side is on top"

    def test_it_counts_the_length_of_a_recording_that_does_not_say(self) -> None:
        out = Unseekable()
        assert inspect(BytesIO(video("webm", to=out))).duration_ms == pytest.approx(1000, abs=100)


class Unseekable(BytesIO):
    """A browser records so: what was written cannot be gone back to, so the length is never filled in."""

    def seekable(self) -> bool:
        return False
