"""Signed addresses of stored files: whoever has one may fetch that one file until it expires, without cookie or row.

Browsers and platforms fetch from these. The path is `/media/<expiry>-<signature>/<workspace uid>/<media uid>.<ext>`;
the signature covers the rest of the path, so an address of a preview does not open the original.
"""

import time

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.http import base36_to_int, int_to_base36

from posts.media import renditions, storage
from posts.media.formats import MIME_BY_EXT
from posts.models import Media
from social.contract import VariantMedia

# An address stays the same for half a day, so that browsers find the file in their cache; it lives up to a whole one.
STEP_SECONDS = 12 * 3600
STREAM_STEP_SECONDS = 3600  # a platform fetches at once


class Expired(Exception):
    """The signature is ours, its time is over."""


def media_url(media: Media, preview: bool = False) -> str:
    """Path of the file, or of its preview, that anybody may fetch for the next 12 to 24 hours."""
    return address_of(media.preview_name if preview and media.preview_name else media.storage_name)


def address_of(name: str) -> str:
    """The signed path of a stored object."""
    expiry = int_to_base36((int(time.time()) // STEP_SECONDS + 2) * STEP_SECONDS)
    return reverse("media:file", args=[f"{expiry}-{_signer().signature(f'{expiry}:{name}')}", name])


def pull_address(media: VariantMedia) -> str:
    """The whole address from which a platform fetches the file: the bucket's own, where there is one and nothing else is
    set, so that no platform has to follow a redirect."""
    return _whole(media.storage_name)


def jpeg_pull_address(media: VariantMedia) -> str:
    """The same for a picture as JPEG, which is made now if there is none yet."""
    return _whole(renditions.as_jpeg(media))


def stream_address(media: VariantMedia) -> str:
    """The whole address of a picture on our own domain that answers with the bytes themselves, also where they lie in a bucket."""
    expiry = int_to_base36((int(time.time()) // STREAM_STEP_SECONDS + 2) * STREAM_STEP_SECONDS)
    seal = f"{expiry}-{_streaming().signature(f'{expiry}:{media.storage_name}')}"
    address = reverse("media:stream", args=[seal, media.storage_name])
    return f"{settings.MEDIA_PUBLIC_URL or settings.BASE_URL}{address}"


def _whole(name: str) -> str:
    if storage.in_bucket() and not settings.MEDIA_PUBLIC_URL:
        return storage.bucket_address(name, MIME_BY_EXT[name.rpartition(".")[2]], seconds=2 * STEP_SECONDS)
    return f"{settings.MEDIA_PUBLIC_URL or settings.BASE_URL}{address_of(name)}"


def seconds_left(seal: str, name: str, *, is_streamed: bool = False) -> int:
    """How long the address is still good for. Raises BadSignature for a forged one, Expired for an old one."""
    expiry, _, signature = seal.partition("-")
    (_streaming() if is_streamed else _signer()).unsign(f"{expiry}:{name}:{signature}")
    left = base36_to_int(expiry) - int(time.time())
    if left <= 0:
        raise Expired
    return left


def _signer() -> Signer:
    return Signer(salt="posts.media")


def _streaming() -> Signer:
    """Of another kind, so that no address of a browser makes us carry what a bucket could."""
    return Signer(salt="posts.media.stream")


__all__ = [
    "BadSignature",
    "Expired",
    "address_of",
    "jpeg_pull_address",
    "media_url",
    "pull_address",
    "seconds_left",
    "stream_address",
]
