"""Celery doors of accounts: fetch by id, call a service. They run in the context of whoever asked for them."""

from smtplib import SMTPException

from celery import shared_task

from accounts import letters, workspaces


@shared_task(autoretry_for=(OSError, SMTPException), retry_backoff=10, max_retries=6)
def send_invitation(invitation: int) -> None:
    """The mail with the link. Sent twice it is the same link."""
    letters.invite(invitation)


@shared_task
def delete_closed_workspaces() -> None:
    """Delete for good what an owner deleted and nobody kept."""
    workspaces.delete_due()
