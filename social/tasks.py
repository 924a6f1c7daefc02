"""Celery doors of connections. Ticks: getting one twice, or none for a while, changes nothing."""

from celery import shared_task

from social import keeping_alive, revoking


@shared_task(expires=240)
def renew_tokens() -> None:
    """Renew tokens before they end."""
    keeping_alive.renew_due()


@shared_task(expires=3600)
def warn_of_ends() -> None:
    """Write to people before an end that only they can prevent."""
    keeping_alive.warn_of_ends()


@shared_task(expires=60)
def return_access() -> None:
    """Tell platforms of grants that are ours no more."""
    revoking.settle_due()
