"""Media as the API and the composer's script see them."""

from typing import Any

from rest_framework import serializers

from multivio.api import StrictSerializer
from posts.media.addresses import media_url
from posts.media.services import ALT_TEXT_LIMIT
from posts.models import Media


class MediaOut(serializers.ModelSerializer[Media]):
    """A media item. `url` and `preview_url` are signed and expire: fetch the item again for fresh ones."""

    url = serializers.SerializerMethodField(help_text="Path of the file, good for at least 12 hours.")
    preview_url = serializers.SerializerMethodField(help_text="Path of a WEBP of at most 640 pixels a side.")

    class Meta:
        model = Media
        fields = [
            "uid",
            "kind",
            "mime",
            "filename",
            "size",
            "width",
            "height",
            "duration_ms",
            "frames",
            "alt_text",
            "made_by_ai",
            "url",
            "preview_url",
            "created_at",
        ]
        read_only_fields = fields

    def get_url(self, media: Media) -> str:
        return media_url(media)

    def get_preview_url(self, media: Media) -> str:
        return media_url(media, preview=True)


class AltTextIn(StrictSerializer):
    """What may be changed of a media item."""

    alt_text = serializers.CharField(allow_blank=True, max_length=ALT_TEXT_LIMIT)


class UploadIn(StrictSerializer):
    """`multipart/form-data` with one file."""

    file = serializers.FileField(
        help_text="JPEG, PNG, WEBP, GIF, MP4, MOV, WEBM or PDF. The bytes decide, not the name."
    )
    alt_text = serializers.CharField(allow_blank=True, max_length=ALT_TEXT_LIMIT, default="")

    @classmethod
    def read(cls, data: Any, files: Any) -> dict[str, Any]:
        """The checked fields of a form. Raises ValidationError for a missing, second or unknown field."""
        if len(files.getlist("file")) > 1:
            raise serializers.ValidationError(
                {"file": serializers.ErrorDetail("Send one file at a time.", code="several")}
            )
        fields = {name: value for name, value in [*data.items(), *files.items()] if name != "csrfmiddlewaretoken"}
        form = cls(data=fields)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)
