"""Housekeeping of the ground."""

from celery import shared_task
from django.core.management import call_command

from multivio import idempotency


@shared_task
def clear_sessions() -> None:
    """Delete sessions that ended."""
    call_command("clearsessions")


@shared_task
def purge_idempotency_keys() -> None:
    """Delete the answers that are no longer kept."""
    idempotency.purge()
