"""What a video is, by PyAV: displayed size, length, codecs, first frame. Only the beginning is ever decoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Any

import av

from posts.media.containers import walk_boxes, walk_elements
from posts.media.formats import WEBM, Format, refused, truncated
from posts.media.pictures import PREVIEW_PIXELS, preview_of

MAX_SIDE = 8192
_VIDEO_CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "prores", "mjpeg")
_SOUND_CODECS = ("aac", "mp3", "mp3float", "opus", "vorbis", "ac3", "eac3", "pcm_s16le", "pcm_s16be", "pcm_s24le")
# FFmpeg may use these decoders alone: a file cannot choose an obscure one.
_DECODERS = (*_VIDEO_CODECS, "libvpx", "libvpx-vp9", "libdav1d", *_SOUND_CODECS, "libopus")
_PACKETS_TO_FIRST_FRAME = 300
_OPTIONS = {
    "protocol_whitelist": "none",  # nothing but the file it is given: no network, no other file
    "codec_whitelist": ",".join(_DECODERS),
    "probesize": str(5 * 1024**2),
    "analyzeduration": "5000000",
}


@dataclass(frozen=True)
class Video:
    """`width` and `height` as displayed, in pixels; `preview` a WEBP of the first frame, at most 640 pixels."""

    width: int
    height: int
    duration_ms: int
    codecs: tuple[str, ...]
    preview: bytes


def read_video(file: IO[bytes], found: Format, size: int) -> Video:
    """Raises Invalid for a file that is cut off, holds no video, or whose video cannot be decoded."""
    if found is WEBM:
        walk_elements(file, size)
    else:
        walk_boxes(file, size)
    with _container(file, found) as container:
        if not container.streams.video:
            raise refused("media_type", "This file has sound but no video.")
        stream = container.streams.video[0]
        codecs = tuple(_codec(each) for each in container.streams if each.type in ("video", "audio"))
        if _codec(stream) not in _VIDEO_CODECS:
            raise refused("media_codec", f"Videos coded as {_codec(stream)} can't be posted: save it as H.264.")
        width, height = _in_square_pixels(stream)
        frame = _first_frame(container, stream)
        preview = _preview(frame, width, height)
        if round(frame.rotation) % 180:  # phones store portrait lying on its side
            width, height = height, width
        return Video(width, height, _duration_ms(container, stream), codecs, preview)


@contextmanager
def _container(file: IO[bytes], found: Format) -> Iterator[Any]:
    file.seek(0)
    try:
        reader = "matroska" if found is WEBM else "mov"
        with av.open(file, format=reader, options=_OPTIONS, metadata_errors="ignore") as container:
            yield container
    except av.FFmpegError as error:
        raise truncated() from error


def _codec(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name) if stream.codec_context else "something unknown"


def _first_frame(container: Any, stream: Any) -> Any:
    stream.codec_context.thread_count = 1
    for number, packet in enumerate(container.demux(stream)):
        for frame in packet.decode():
            return frame
        if number >= _PACKETS_TO_FIRST_FRAME:
            break
    raise truncated()


def _in_square_pixels(stream: Any) -> tuple[int, int]:
    """Width and height before rotation; a stored pixel need not be square."""
    width = round(stream.width * (stream.sample_aspect_ratio or Fraction(1)))
    if not 0 < max(width, stream.width) <= MAX_SIDE or not 0 < stream.height <= MAX_SIDE:
        raise refused("media_too_large", f"A video may be at most {MAX_SIDE} pixels wide and high.")
    return max(width, 1), stream.height


def _preview(frame: Any, width: int, height: int) -> bytes:
    shrink = min(1.0, PREVIEW_PIXELS / max(width, height))
    small = frame.to_image(width=max(round(width * shrink), 1), height=max(round(height * shrink), 1))
    return preview_of(small.rotate(round(frame.rotation), expand=True))


def _duration_ms(container: Any, stream: Any) -> int:
    """From the header; a recording of a browser has none there, so its packets are counted (read, not decoded)."""
    if container.duration:
        return int(container.duration * 1000 // av.time_base)
    if stream.duration:
        return int(stream.duration * stream.time_base * 1000)
    end = max(((p.pts or 0) + (p.duration or 0) for p in container.demux(stream) if p.pts is not None), default=0)
    return int(end * stream.time_base * 1000)
