"""Celery doors of accounts: fetch by id, call a service."""

from smtplib import SMTPException

from celery import shared_task

from accounts import letters, workspaces


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
