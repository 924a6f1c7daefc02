"""What TikTok's checks say of a file (https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide)."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image, UnidentifiedImageError

CODECS = frozenset({"h264", "hevc", "vp8", "vp9"})
SIDES = (360, 4096)
RATES = (23, 60)
PHOTO_TYPES = {"JPEG": "image/jpeg", "WEBP": "image/webp"}
PHOTO_BYTES = 20_000_000
PHOTO_SIDES = (1080, 1920)  # the shorter and the longer one


@dataclass(frozen=True)
class Probe:
    """`problem` is the fail_reason; None where the file will do."""

    width: int = 0
    height: int = 0
    duration_ms: int = 0
    media_type: str = ""
    problem: str | None = None


def video(path: Path) -> Probe:
    # PyAV takes 100 ms to import; only videos need it.
    import av  # noqa: PLC0415
    import av.error  # noqa: PLC0415

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return Probe(problem="file_format_check_failed")
            stream = container.streams.video[0]
            milliseconds = int((container.duration or 0) / av.time_base * 1000)
            width, height, codec = int(stream.width), int(stream.height), stream.codec_context.name
            rate = stream.average_rate or Fraction(0)
    except (av.error.FFmpegError, ValueError):
        return Probe(problem="file_format_check_failed")
    problem = None
    if codec not in CODECS:
        problem = "file_format_check_failed"
    elif not SIDES[0] <= min(width, height) <= max(width, height) <= SIDES[1]:
        problem = "picture_size_check_failed"
    elif not RATES[0] <= rate <= RATES[1]:
        problem = "frame_rate_check_failed"
    return Probe(width, height, milliseconds, "video/mp4", problem)


def photo(path: Path) -> Probe:
    try:
        with Image.open(path) as image:
            width, height, form = image.width, image.height, image.format or ""
    except (UnidentifiedImageError, OSError, SyntaxError):
        return Probe(problem="file_format_check_failed")
    if form not in PHOTO_TYPES or path.stat().st_size > PHOTO_BYTES:
        return Probe(width, height, problem="file_format_check_failed")
    is_small = min(width, height) <= PHOTO_SIDES[0] and max(width, height) <= PHOTO_SIDES[1]
    return Probe(width, height, 0, PHOTO_TYPES[form], None if is_small else "picture_size_check_failed")
