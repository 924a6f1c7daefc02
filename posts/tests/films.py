"""A film that every platform takes."""

from functools import cache
from io import BytesIO

import av
from PIL import Image


@cache
def film() -> bytes:
    """Upright, four seconds, 24 pictures a second, and at least 75 KB, as LinkedIn wants it."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 540, 960, "yuv420p"
        image = Image.new("RGB", (540, 960), (20, 120, 80))
        for _ in range(4 * 24):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    content = out.getvalue()
    missing = 80_000 - len(content)
    return content if missing <= 0 else content + (missing + 8).to_bytes(4, "big") + b"free" + bytes(missing)
