"""What a picture is, by Pillow: size, frames, orientation, and a small rendition of it."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import IO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from multivio.errors import Invalid
from posts.media.formats import GIF, HEAD_BYTES, JPEG, Format, refused, sniff, truncated
from posts.media.gif import GifFrames, read_frames

MAX_BYTES = 50 * 1024**2
MAX_PIXELS = 50_000_000
PREVIEW_PIXELS = 640
JPEG_PIXELS = (1440, 2560)  # more is scaled down by whoever takes only JPEG
_ORIENTATION = 0x0112
_ON_THEIR_SIDE = frozenset({5, 6, 7, 8})
# A decoded picture may take 200 MB, so a burst of uploads decodes two at a time.
_decoding = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Picture:
    """`width` and `height` as displayed, in pixels; `orientation` is EXIF's, 1 to 8; `preview` a small WEBP."""

    width: int
    height: int
    frames: int
    duration_ms: int
    orientation: int
    preview: bytes


def read_picture(file: IO[bytes], found: Format, size: int) -> Picture:
    """Raises Invalid for a file that is too large, cut off, or animated in a way that no platform takes."""
    with _damage_is_invalid():
        moving = read_frames(file) if found is GIF and size <= MAX_BYTES else GifFrames(1, 0)
        _check(file, found, size)
        with _decoding:
            return _decode(file, found, moving)


def orientation_of(file: IO[bytes], found: Format, size: int) -> int:
    """EXIF's 1 to 8, after the checks that need no decoding. Raises Invalid as read_picture() does."""
    with _damage_is_invalid():
        _check(file, found, size)
        return _orientation(_open(file, found))


@contextmanager
def _damage_is_invalid() -> Iterator[None]:
    try:
        yield
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        # Pillow's readers raise any of these for a damaged file, depending on where it is damaged.
        raise truncated() from error


def _open(file: IO[bytes], found: Format) -> Image.Image:
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is the stricter one
        return Image.open(file, formats=(found.name,))


def _check(file: IO[bytes], found: Format, size: int) -> None:
    """What the header says, and the checksums; nothing is decoded yet."""
    if size > MAX_BYTES:
        raise refused("media_too_large", f"A picture or GIF may be at most {MAX_BYTES // 1024**2} MB.")
    image = _open(file, found)
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()
    # A JPEG of several pictures (a phone's gain map, say) counts as its first; the others are dropped on storing.
    if found not in (GIF, JPEG) and getattr(image, "is_animated", False):
        raise refused("media_type", f"An animated {found.name} can't be posted: save it as a GIF or a video.")
    image.verify()


def _decode(file: IO[bytes], found: Format, moving: GifFrames) -> Picture:
    """Decode once: only this proves that the data are all there. JPEGs are decoded at the size of the preview."""
    image = _open(file, found)
    orientation = _orientation(image)
    width, height = image.size
    if orientation in _ON_THEIR_SIDE:
        width, height = height, width
    image.draft("RGB", (PREVIEW_PIXELS, PREVIEW_PIXELS))
    image.load()
    return Picture(width, height, moving.count, moving.duration_ms, orientation, preview_of(image))


def _orientation(image: Image.Image) -> int:
    value = image.getexif().get(_ORIENTATION, 1)
    return value if value in range(1, 9) else 1


def preview_of(image: Image.Image) -> bytes:
    """A WEBP of at most 640 pixels a side, upright, with nothing but the colour profile."""
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    small = image.convert("RGBA" if has_alpha else "RGB")
    small.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
    ImageOps.exif_transpose(small, in_place=True)
    out = BytesIO()
    small.save(out, "WEBP", quality=80, method=4, exif=b"", icc_profile=profile)
    return out.getvalue()


def jpeg_of(file: IO[bytes], pixels: tuple[int, int] = JPEG_PIXELS) -> bytes:
    """The same picture as a JPEG that every platform takes: upright, on white, in sRGB, of at most `pixels`."""
    with _decoding, Image.open(file) as image:
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail(pixels)
        flat = _on_white(_in_srgb(upright))
        out = BytesIO()
        flat.save(out, "JPEG", quality=90, optimize=True, exif=b"", icc_profile=None)
        return out.getvalue()


def cropped(file: IO[bytes], ratio: Fraction) -> bytes:
    """The middle of a picture, of this ratio of width to height, as a JPEG. Raises Invalid for what is no picture."""
    size = file.seek(0, 2)
    file.seek(0)
    found = sniff(file.read(HEAD_BYTES))
    with _damage_is_invalid():
        _check(file, found, size)
        with _decoding, _open(file, found) as image:
            width = min(image.width, int(image.height * ratio))
            height = min(image.height, int(image.width / ratio))
            middle = ImageOps.fit(_on_white(_in_srgb(image)), (width, height))
            out = BytesIO()
            middle.save(out, "JPEG", quality=92, optimize=True, exif=b"", icc_profile=None)
            return out.getvalue()


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return image  # a profile that cannot be read says nothing
    return converted or image


def _on_white(image: Image.Image) -> Image.Image:
    """JPEG knows no transparency."""
    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, "white")
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def _too_many_pixels() -> Invalid:
    return refused("media_too_large", f"A picture may have at most {MAX_PIXELS // 1_000_000} megapixels.")
