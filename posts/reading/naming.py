"""Small things that several pages read the same way."""

from django.db.models import Prefetch

from posts.models import PostMedia
from social.models import Connection


def attached_media(path: str = "attached") -> "Prefetch[str]":
    """The pictures of posts, in order, in one query."""
    return Prefetch(path, queryset=PostMedia.objects.select_related("media").order_by("part", "position"))


def handle(connection: Connection) -> str:
    """How people call an account."""
    return connection.handle
