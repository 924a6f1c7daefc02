"""What uploaded bytes really are, whatever their declared type says."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

MEGABYTE = 1024 * 1024
MAX_IMAGE = 5 * MEGABYTE
MAX_GIF = 15 * MEGABYTE
MAX_VIDEO = {"free": 8 * 1024 * MEGABYTE, "premium": 16 * 1024 * MEGABYTE}
MAX_SEGMENT = 5 * MEGABYTE
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
VIDEO_TYPES = frozenset({"video/mp4", "video/quicktime"})
TS_PACKET = 188


@dataclass(frozen=True)
class Probe:
    """`problem` says why the platform would refuse the file; None where it would take it."""

    media_type: str | None
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def detect(head: bytes) -> str | None:
    """The media type by magic bytes; at least the first 189 bytes of the file are wanted."""
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:1] == b"G" and head[TS_PACKET : TS_PACKET + 1] == b"G":
        return "video/mp2t"
    prefixes = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
        b"BM": "image/bmp",
        b"II*\x00": "image/tiff",
        b"MM\x00*": "image/tiff",
        b"\x1a\x45\xdf\xa3": "video/webm",
    }
    return next((kind for prefix, kind in prefixes.items() if head.startswith(prefix)), None)


def kind_of(category: str) -> str:
    """image, gif, video or other, from X's media categories."""
    return next((kind for kind in ("image", "gif", "video") if kind in category), "other")


def probe(path: Path, category: str, declared: str | None) -> Probe:
    """Look into the file as X's processing does."""
    with path.open("rb") as file:
        found = detect(file.read(TS_PACKET + 1))
    kind = kind_of(category)
    if kind == "other":
        return Probe(declared)
    fits = {"image": found in IMAGE_TYPES, "gif": found == "image/gif", "video": found in VIDEO_TYPES}[kind]
    if not fits or not _same_type(found, declared):
        return Probe(found, problem="file is currently unsupported")
    return _video(path, found) if kind == "video" else _image(path, found, is_animation=kind == "gif")


def _same_type(found: str | None, declared: str | None) -> bool:
    if declared is None or found == declared:
        return True
    return {found, declared} in ({"image/jpeg", "image/pjpeg"}, set(VIDEO_TYPES))


def _image(path: Path, found: str | None, *, is_animation: bool) -> Probe:
    try:
        with Image.open(path) as image:
            width, height, frames = image.width, image.height, int(getattr(image, "n_frames", 1))
    except (UnidentifiedImageError, OSError, SyntaxError):
        return Probe(found, problem="file is currently unsupported")
    problem = None
    if is_animation and (width > 1280 or height > 1080 or frames > 350 or width * height * frames > 300_000_000):
        problem = "GIF exceeds 1280x1080, 350 frames or 300 million pixels"
    return Probe(found, width, height, problem=problem)


def _video(path: Path, found: str | None) -> Probe:
    # PyAV takes 100 ms to import; only videos need it.
    import av  # noqa: PLC0415
    import av.error  # noqa: PLC0415

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return Probe(found, problem="file has no video track")
            stream = container.streams.video[0]
            seconds = float((container.duration or 0) / av.time_base)
            rate = stream.average_rate or Fraction(0)
            codecs = stream.codec_context.name, *(track.codec_context.name for track in container.streams.audio)
            width, height = int(stream.width), int(stream.height)
    except (av.error.FFmpegError, ValueError):
        return Probe(found, problem="file is currently unsupported")
    return Probe(found, width, height, int(seconds * 1000), _video_problem(width, height, seconds, rate, codecs))


def _video_problem(width: int, height: int, seconds: float, rate: Fraction, codecs: tuple[str, ...]) -> str | None:
    if codecs[0] != "h264" or any(codec != "aac" for codec in codecs[1:]):
        return f"Unsupported codec: {', '.join(codecs)}"
    if min(width, height) < 32 or not 1 / 3 <= width / height <= 3:
        return "Invalid dimensions or aspect ratio"
    if seconds < 0.5:
        return "Video is shorter than 0.5 seconds"
    return "Frame rate is above 60" if rate > 60 else None
