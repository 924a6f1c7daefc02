"""Whoever may pay hears of plan and payment, and whoever runs this of what only they can put right."""

from django.conf import settings
from django.core.mail import mail_admins
from django.db import transaction
from django.urls import reverse

from accounts.models import Workspace
from accounts.notification_models import Kind
from accounts.notifications import managers, notify
from accounts.roles import Right


def tell_owners(workspace: Workspace, title: str, body: str, *, key: str = "", url: str = "") -> None:
    """In the product and by mail, with the page to go to."""
    notify(
        kind=Kind.BILLING,
        workspace=workspace,
        users=managers(workspace, Right.PAY),
        title=title,
        body=body,
        url=url or reverse("plan", args=[workspace.slug]),
        key=key,
    )


def tell_operator(subject: str, text: str) -> None:
    if settings.ADMINS:
        transaction.on_commit(lambda: mail_admins(subject, text, fail_silently=True))
