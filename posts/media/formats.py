"""The kinds of file that are taken, told by their first bytes alone. File names and declared types are never asked."""

from dataclasses import dataclass

from multivio.errors import Invalid, Problem
from social.contract import MediaKind

HEAD_BYTES = 64
# Brands of the ISO media family that hold a video. HEIC, AVIF and audio files share the box layout but not these.
MP4_BRANDS = frozenset(b"isom iso2 iso3 iso4 iso5 iso6 iso8 iso9 mp41 mp42 avc1 MSNV dash msdh M4V  M4VP XAVC".split())
ACCEPTED = "Multivio takes JPEG, PNG, WEBP and GIF pictures, MP4, MOV and WEBM videos, and PDF documents."


@dataclass(frozen=True)
class Format:
    """A file format: `ext` is what stored files are named by, `mime` what they are served as."""

    name: str
    mime: str
    ext: str
    kind: MediaKind


JPEG = Format("JPEG", "image/jpeg", "jpg", MediaKind.IMAGE)
PNG = Format("PNG", "image/png", "png", MediaKind.IMAGE)
WEBP = Format("WEBP", "image/webp", "webp", MediaKind.IMAGE)
GIF = Format("GIF", "image/gif", "gif", MediaKind.GIF)
MP4 = Format("MP4", "video/mp4", "mp4", MediaKind.VIDEO)
MOV = Format("MOV", "video/quicktime", "mov", MediaKind.VIDEO)
WEBM = Format("WEBM", "video/webm", "webm", MediaKind.VIDEO)
PDF = Format("PDF", "application/pdf", "pdf", MediaKind.DOCUMENT)
MIME_BY_EXT = {found.ext: found.mime for found in (JPEG, PNG, WEBP, GIF, MP4, MOV, WEBM, PDF)}


def refused(code: str, sentence: str) -> Invalid:
    """The error for a file that is not taken: one sentence, pointing at the field `file`."""
    return Invalid.because([Problem(field="file", code=code, message=sentence)])


def truncated() -> Invalid:
    return refused("media_truncated", "The file is damaged or was cut off: it ends before it should.")


def sniff(head: bytes) -> Format:
    """The format that the first HEAD_BYTES of a file announce. Raises Invalid for everything that is not taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head:
        return WEBM
    if head.startswith(b"%PDF-"):
        return PDF
    raise refused("media_type", f"This is not a picture or video that can be posted. {ACCEPTED}")


def _by_brand(brand: bytes) -> Format:
    if brand == b"qt  ":
        return MOV
    if brand.rstrip() in MP4_BRANDS:
        return MP4
    if brand in (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"):
        raise refused("media_type", f"HEIC and AVIF pictures can't be posted: save it as JPEG. {ACCEPTED}")
    raise refused("media_type", f"This is not a video that can be posted. {ACCEPTED}")
