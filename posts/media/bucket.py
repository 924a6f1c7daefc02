"""Cloudflare R2, or any S3, as the storage of media: https://developers.cloudflare.com/r2/api/s3/api/."""

from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]
from storages.backends.s3 import S3Storage

CLIENT = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # botocore's default sends checksums in a trailer, which R2 has answered with 501, or as if the keys were wrong.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    connect_timeout=5,
    read_timeout=60,
    retries={"max_attempts": 4, "mode": "standard"},
)


class Bucket(S3Storage):  # type: ignore[misc]
    """django-storages with the options that R2 needs. Objects are private: they are fetched by signed addresses."""

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "client_config": CLIENT,
            "default_acl": None,  # R2 has no ACLs
            "file_overwrite": False,
            "querystring_auth": True,
            "max_memory_size": 16 * 1024**2,  # the default, 0, would hold whole files in memory
            "object_parameters": {"CacheControl": "private, max-age=86400"},
        }
