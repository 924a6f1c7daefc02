"""Mails of accounts. They are sent by tasks, while no transaction is open."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.invitation_links import secret_of
from accounts.models import Invitation
from accounts.roles import Role
from multivio import tenancy


def invite(pk: int, workspace_id: int) -> bool:
    """Mail an invitation of this workspace, if it is still open; whether it was sent."""
    with tenancy.system("mail an invitation"):
        rows = Invitation.objects.select_related("workspace", "invited_by").filter(workspace=workspace_id)
        invitation: Invitation | None = rows.filter(pk=pk, accepted_at=None, revoked_at=None).first()
        if invitation is None:
            return False
        name = invitation.workspace.name
        inviter = invitation.invited_by
    context = {
        "invitation": invitation,
        "role": Role(invitation.role).label.lower(),
        "inviter": inviter,
        "link": settings.BASE_URL + reverse("invitation", args=[secret_of(invitation)]),
    }
    # A name is what somebody typed; a line break in a subject would be refused by the mail package, not sent.
    subject = " ".join(f"{inviter or 'Somebody'} invites you to {name}".split())
    send_mail(subject, render_to_string("accounts/mail/invitation.txt", context), None, [invitation.email])
    return True
