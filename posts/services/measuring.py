"""Asking for the numbers of a publication before their time. posts/metrics.py reads them."""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor
from multivio import rates
from multivio.errors import Conflict
from posts import metrics
from posts.metrics_models import MetricsWatch
from posts.models import PlatformGate, Publication


@transaction.atomic
def refresh_numbers(*, actor: Actor, publication: Publication) -> MetricsWatch:
    """Have them read now. It costs calls of a limited or billed kind, so a viewer may not, and nobody twice in five minutes.
    Raises Forbidden, Conflict, TooMany."""
    actor.require(Right.WRITE_POSTS)
    why_not = metrics.reason_against(publication)
    if why_not:
        raise Conflict(why_not, code="no_numbers")
    gate = PlatformGate.objects.filter(platform=publication.platform, closed_until__gt=Now()).first()
    if gate is not None:
        raise Conflict(gate.reason or "The platform takes no calls just now. Try again later.", code="platform_closed")
    rates.require(("numbers", f"publication:{publication.pk}"))
    published_at = publication.finished_at or timezone.now()
    watch, _ = MetricsWatch.objects.get_or_create(
        publication=publication,
        defaults={
            "workspace_id": publication.workspace_id,
            "published_at": published_at,
            "due_at": metrics.next_due(published_at, datetime.now(UTC)),
        },
    )
    MetricsWatch.objects.filter(pk=watch.pk).update(due_at=Now(), asked_at=Now())
    transaction.on_commit(lambda: _begin(publication.connection_id), robust=True)
    watch.refresh_from_db()
    return watch


def _begin(connection: int) -> None:
    """Without waiting for the tick, which takes it up all the same when the broker is away."""
    from posts.tasks import read_numbers_of  # noqa: PLC0415 - tasks import services

    read_numbers_of.delay(connection)
