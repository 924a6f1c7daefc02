"""What templates need to know about posts."""

from datetime import datetime

from django import template

from posts.media.addresses import media_url
from posts.models import Media, Post
from posts.reading.naming import handle as handle_of
from social import platforms
from social.models import Connection

register = template.Library()


@register.filter
def src(media: Media) -> str:
    """The address of the file itself."""
    return media_url(media)


@register.filter
def preview_src(media: Media) -> str:
    """The address of its small picture."""
    return media_url(media, preview=True)


@register.filter
def handle(connection: Connection) -> str:
    return handle_of(connection)


@register.filter
def profile_url(connection: Connection) -> str:
    """Where the account's posts can be looked at."""
    return platforms.get(connection.platform).account_url(username=connection.username, kind=connection.kind)


@register.filter
def headline(post: Post) -> str:
    """The first line, or what there is instead of one."""
    return post.headline or "A post without words"


@register.filter
def until(at: datetime, now: datetime) -> str:
    """How far away: "in 33 minutes", "in 3 hours"."""
    minutes = round((at - now).total_seconds() / 60)
    if minutes < 1:
        return "in a moment"
    if minutes < 90:
        return f"in {minutes} minute{'' if minutes == 1 else 's'}"
    hours = round(minutes / 60)
    return f"in {hours} hours"
