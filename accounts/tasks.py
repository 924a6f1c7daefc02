"""Celery doors of accounts: fetch by id, call a service. Most are ticks: getting one twice, or none for a while, changes
nothing."""

from smtplib import SMTPException

from celery import shared_task

from accounts import delivering, letters, sealing, verifying, workspaces
from accounts.signin import firebase_checking


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


# carries_context is TenantTask's, of which the package's types know nothing.
@shared_task(  # type: ignore[call-overload, untyped-decorator]
    carries_context=False, autoretry_for=(OSError, SMTPException), retry_backoff=10, max_retries=6
)
def send_invitation(invitation: int, workspace: int) -> None:
    """The mail with the link. Sent twice it is the same link."""
    letters.invite(invitation, workspace)


@shared_task
def delete_closed_workspaces() -> None:
    """Delete for good what an owner deleted and nobody kept."""
    workspaces.delete_due()


@shared_task(expires=600, carries_context=False)  # type: ignore[call-overload, untyped-decorator]
def check_firebase() -> None:
    """Sign out whom Firebase closed, deleted or signed out there."""
    firebase_checking.check_due()
