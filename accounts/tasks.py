"""Celery doors of accounts. Ticks: getting one twice, or none for a while, changes nothing."""

from celery import shared_task

from accounts import delivering, sealing, verifying


@shared_task(expires=60)
def seal_audit() -> None:
    """Chain what was appended to the audit trail since."""
    sealing.seal()


@shared_task
def purge_audit() -> None:
    """Let entries of the audit trail go that are older than the retention."""
    sealing.purge()


@shared_task(expires=60)
def deliver_notifications() -> None:
    """Send what is due by mail, digest and push."""
    delivering.deliver()


@shared_task
def purge_notifications() -> None:
    """Forget what people were told long ago."""
    delivering.purge()


@shared_task
def verify_audit() -> None:
    """Look whether anybody changed the audit trail, and tell the operator."""
    verifying.tell_operator()
