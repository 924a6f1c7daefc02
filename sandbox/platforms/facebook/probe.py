"""What Facebook's processing says of an uploaded video (https://developers.facebook.com/docs/video-api/guides/reels-publishing)."""

from pathlib import Path

REEL_SECONDS = (3, 90)
STORY_SECONDS = (3, 60)
FEED_SECONDS = (0, 20 * 60)
SMALLEST = (540, 960)
CODECS = frozenset({"h264", "hevc", "vp9", "av1"})


def problem(path: Path, kind: str) -> str | None:
    """Why it will not be published; None when it will. `kind` is video, reel or story."""
    # PyAV takes 100 ms to import; only videos need it.
    import av  # noqa: PLC0415
    import av.error  # noqa: PLC0415

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return "The file has no video track."
            stream = container.streams.video[0]
            seconds = float((container.duration or 0) / av.time_base)
            width, height, codec = int(stream.width), int(stream.height), stream.codec_context.name
    except (av.error.FFmpegError, ValueError):
        return "The file is not a video that Facebook can read."
    if codec not in CODECS:
        return f"The video codec {codec} is not supported."
    return _of_kind(kind, seconds, width, height)


def _of_kind(kind: str, seconds: float, width: int, height: int) -> str | None:
    shortest, longest = {"reel": REEL_SECONDS, "story": STORY_SECONDS}.get(kind, FEED_SECONDS)
    # Containers round the length of their last frame.
    if not shortest - 0.1 <= seconds <= longest + 0.5:
        return f"The video lasts {seconds:.1f} seconds; {shortest} to {longest} are allowed."
    if kind == "video":
        return None
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return f"The video has {width}x{height} pixels; at least {SMALLEST[0]}x{SMALLEST[1]} are needed."
    if abs(width / height - 9 / 16) > 0.02:
        return "The video is not 9:16."
    return None
