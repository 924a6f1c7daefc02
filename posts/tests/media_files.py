"""Pictures and videos made on the spot, for the tests of media."""

import struct
import zlib
from io import BytesIO
from typing import Any

import av
from PIL import Image


def picture(form: str = "JPEG", *, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    out = BytesIO()
    image.convert(mode).save(out, form, **options)
    return out.getvalue()


def located(form: str = "JPEG", *, orientation: int = 1, size: tuple[int, int] = (40, 30)) -> bytes:
    """A picture that tells where it was taken, by which camera, and which way is up."""
    exif = Image.Exif()
    exif[0x0110] = "Secret Camera 5"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (55.0, 40.0, 33.5)})
    return picture(form, size=size, exif=exif)


def moving_gif(*, frames: int = 3, milliseconds: int = 100) -> bytes:
    images = [Image.new("P", (20, 16), number) for number in range(frames)]
    for number, image in enumerate(images):
        image.putpalette([number * 40, 10, 10] * 256)
    out = BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], duration=milliseconds, loop=0)
    return out.getvalue()


def video(
    form: str = "mp4", *, seconds: int = 1, size: tuple[int, int] = (64, 48), turned: int = 0, to: BytesIO | None = None
) -> bytes:
    """A tiny video, its left half red and its right half blue. `turned`: degrees clockwise that a player has to turn it."""
    out = to or BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream("libvpx" if form == "webm" else "libx264", rate=12)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        image = Image.new("RGB", size, (200, 30, 30))
        image.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
        frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
        for number in range(12 * seconds):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return _turn(out.getvalue(), size) if turned == 90 else out.getvalue()


def sound() -> bytes:
    """An MP4 without pictures."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000, layout="stereo")
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        frame.sample_rate = 48000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def _turn(data: bytes, size: tuple[int, int]) -> bytes:
    """Write the matrix that phones write for portrait videos into the track header."""
    matrix = data.index(b"tkhd") + 4 + 4 + 20 + 16
    turned = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, size[1] << 16, 0, 0x40000000)
    return data[:matrix] + turned + data[matrix + 36 :]


def pdf(*, pages: int = 3, size: tuple[int, int] = (595, 842), packed: bool = False, protected: bool = False) -> bytes:
    """A document of empty pages. `packed` keeps the page tree in a compressed stream, as most programs do today."""
    kids = " ".join(f"{number + 3} 0 R" for number in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Resources << /Font << >> >> /Type /Pages /Kids [{kids}] /Count {pages} >>",
        *(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] >>" for _ in range(pages)),
    ]
    out = BytesIO(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    out.seek(0, 2)
    if packed:
        content = zlib.compress(" ".join(objects).encode())
        head = f"9 0 obj\n<< /Type /ObjStm /N {len(objects)} /First 20 /Filter /FlateDecode /Length {len(content)} >>\nstream\n"
        out.write(head.encode() + content + b"\nendstream\nendobj\n")
    else:
        for number, words in enumerate(objects, start=1):
            out.write(f"{number} 0 obj\n{words}\nendobj\n".encode())
    at = out.tell()
    secret = " /Encrypt 99 0 R" if protected else ""
    out.write(f"xref\n0 1\ntrailer\n<< /Root 1 0 R{secret} >>\nstartxref\n{at}\n%%EOF\n".encode())
    return out.getvalue()
