"""What posts does when a connection can be used again: posts it held for that reason go on, if they are still recent."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone

from posts.models import Publication
from posts.states import State
from social.models import Connection
from social.signals import connection_restored

HELD_FOR_IT = ("reconnect", "disconnected", "needs_reauth", "unauthorized")


@receiver(connection_restored)
def release_held(sender: Any, connection: Connection, **_kwargs: Any) -> None:
    """Back to the queue what was held because this connection was broken. Older ones stay held: a person decides."""
    oldest = timezone.now() - timedelta(seconds=settings.PUBLISH_MISSED_WINDOW_SECONDS)
    held = Publication.objects.filter(connection=connection, state=State.HELD, error_code__in=HELD_FOR_IT)
    held.filter(due_at__gte=oldest).update(
        state=State.SCHEDULED, error_code="", error_sentence="", error_next_step=""
    )
    held.filter(due_at__lt=oldest).update(
        error_code="missed_window",
        error_sentence="Its time passed while the account was not connected, so it waits for you.",
        error_next_step="Publish it now, choose another time, or cancel it.",
    )
