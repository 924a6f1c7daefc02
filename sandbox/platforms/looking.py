"""What a fetched picture or video is, read from its bytes; what a platform makes of that is its own."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

HEAD = 16


@dataclass(frozen=True)
class Picture:
    """`form` is Pillow's name of the format; empty for bytes that are no picture."""

    form: str
    width: int
    height: int


@dataclass(frozen=True)
class Film:
    seconds: float
    width: int
    height: int
    codec: str
    frame_rate: float


def picture(file: Path) -> Picture:
    try:
        with Image.open(file) as image:
            return Picture(image.format or "", image.width, image.height)
    except (UnidentifiedImageError, OSError, SyntaxError):
        return Picture("", 0, 0)


def film(file: Path) -> Film | None:
    """None for what is no MP4 or MOV with a picture in it. Slow: keep it off the event loop."""
    # PyAV takes 100 ms to import; only videos need it.
    import av  # noqa: PLC0415
    import av.error  # noqa: PLC0415

    with file.open("rb") as opened:
        if opened.read(HEAD)[4:8] != b"ftyp":
            return None
    try:
        with av.open(str(file)) as container:
            if not container.streams.video:
                return None
            stream = container.streams.video[0]
            seconds = float((container.duration or 0) / av.time_base)
            rate = float(stream.average_rate or 0)
            return Film(seconds, int(stream.width), int(stream.height), stream.codec_context.name, rate)
    except (av.error.FFmpegError, ValueError):
        return None
