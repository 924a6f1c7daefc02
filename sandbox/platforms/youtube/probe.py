"""What YouTube's processing finds in an uploaded file."""

from dataclasses import dataclass
from pathlib import Path

CODECS = frozenset(
    {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video", "prores", "wmv2", "flv1", "h263"}
)
LONGEST_SECONDS = 12 * 3600
LONGEST_UNVERIFIED_SECONDS = 15 * 60


@dataclass(frozen=True)
class Found:
    """`failure` is a failureReason, `rejection` a rejectionReason; None where all is well."""

    width: int = 0
    height: int = 0
    duration_ms: int = 0
    failure: str | None = None
    rejection: str | None = None


def look(path: Path, *, is_verified: bool) -> Found:
    # PyAV takes 100 ms to import; only videos need it.
    import av  # noqa: PLC0415
    import av.error  # noqa: PLC0415

    if path.stat().st_size == 0:
        return Found(failure="emptyFile")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return Found(failure="invalidFile")
            stream = container.streams.video[0]
            seconds = float((container.duration or 0) / av.time_base)
            width, height, codec = int(stream.width), int(stream.height), stream.codec_context.name
    except (av.error.FFmpegError, ValueError):
        return Found(failure="invalidFile")
    longest = LONGEST_SECONDS if is_verified else LONGEST_UNVERIFIED_SECONDS
    return Found(
        width,
        height,
        int(seconds * 1000),
        failure=None if codec in CODECS else "codec",
        rejection="length" if seconds > longest + 1 else None,
    )
