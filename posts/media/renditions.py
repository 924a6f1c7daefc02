"""Pictures as JPEG, for platforms that take nothing else: made when first asked for, kept beside the original."""

from io import BytesIO

from django.core.files.storage import default_storage

from posts.media import storage
from posts.media.formats import JPEG
from posts.media.pictures import jpeg_of
from social.contract import VariantMedia

# The strictest of the platforms; a JPEG above it is made smaller as well.
MAX_BYTES = 8 * 1024**2


def jpeg_name(name: str) -> str:
    """Where the rendition of a stored picture is, if it was ever asked for."""
    return f"{name}.{JPEG.ext}"


def as_jpeg(media: VariantMedia) -> str:
    """The stored object that is this picture as JPEG. Takes as long as decoding does, the first time. Raises FileNotFoundError."""
    if media.mime == JPEG.mime and media.size <= MAX_BYTES:
        return media.storage_name
    name = jpeg_name(media.storage_name)
    if default_storage.exists(name):
        return name
    with storage.opened(media.storage_name) as original:
        content = jpeg_of(BytesIO(original.read()))
    return storage.save(name, storage.Incoming(BytesIO(content), mime=JPEG.mime))
