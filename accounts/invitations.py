"""Writes of invitations: invite by mail, send again, withdraw, and accept."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit, refusals
from accounts.invitation_links import digest_of, secret_of
from accounts.members import require_role
from accounts.models import Invitation, Member, User
from accounts.notification_models import Kind
from accounts.notifications import notify
from accounts.roles import Right, Role, grantable_by
from accounts.services import Actor, enter
from accounts.signals import growing
from accounts.tasks import send_invitation
from multivio import tenancy
from multivio.errors import Conflict, Invalid, Problem

log = structlog.get_logger(__name__)
MOST_OPEN = 200  # of one workspace: more is a mistake, or somebody who uses us to send mail
SESSION_KEY = "invitation"  # the link's secret, kept while somebody signs up by it
SHORTEST_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class Opened:
    """What a link says to whoever holds it. `state` is open, used, withdrawn or expired."""

    state: str
    workspace: str
    slug: str
    email: str
    role: str
    invited_by: str
    expires_at: datetime


@transaction.atomic
def invite(*, actor: Actor, email: str, role: str) -> Invitation:
    """Ask somebody to join, by mail. Raises Invalid, Conflict, Forbidden; whether the address has an account is not said."""
    actor.require(Right.MEMBERS)
    _require_grantable(actor, role)
    address = _address(email)
    if actor.workspace.closing_at is not None:
        raise Conflict("This workspace is about to be deleted. Keep it first.")
    if Member.objects.filter(workspace=actor.workspace, user__email__iexact=address).exists():
        raise Invalid.because([Problem("email", "already_member", f"{address} is a member already.")])
    waiting = Invitation.objects.open_in(actor.workspace.pk)
    if waiting.filter(email__iexact=address).exists():
        raise Invalid.because([Problem("email", "already_invited", f"{address} is invited already. Send it again.")])
    if waiting.count() >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} invitations are open. Withdraw some first.")
    growing.send(sender=Invitation, workspace=actor.workspace, what="members", count=1)
    invitation = Invitation(workspace=actor.workspace, email=address, role=role, invited_by=actor.user)
    _renew(invitation)
    invitation.save()
    log.info(
        "somebody was invited", workspace=actor.workspace.pk, by=actor.user.pk, invitation=invitation.pk, role=role
    )
    return invitation


@transaction.atomic
def send_again(*, actor: Actor, invitation: Invitation) -> Invitation:
    """A new link, and new days; the link before ends. Whoever sends it vouches for it from now on."""
    actor.require(Right.MEMBERS)
    locked = _locked(actor, invitation)
    _require_grantable(actor, locked.role)
    if locked.sent_at and locked.sent_at > timezone.now() - SHORTEST_PAUSE:
        raise Conflict("It was sent less than a minute ago.", code="just_sent")
    locked.round += 1
    locked.invited_by = actor.user
    _renew(locked)
    locked.save()
    growing.send(sender=Invitation, workspace=actor.workspace, what="members", count=0)
    _write_down(actor, "invitation.sent_again", locked)
    return locked


@transaction.atomic
def withdraw(*, actor: Actor, invitation: Invitation) -> None:
    """End an invitation: its link opens nothing any more."""
    actor.require(Right.MEMBERS)
    locked = _locked(actor, invitation)
    locked.revoked_at = timezone.now()
    locked.save(update_fields=["revoked_at"])
    _write_down(actor, "invitation.withdrawn", locked)


def look_at(secret: str) -> Opened | None:
    """What the invitation with this link is about; None: there is none. No context is needed, only the secret."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select state, workspace, slug, email, role, invited_by, expires_at from mv_invitation(%s)",
            [digest_of(secret)],
        )
        row = cursor.fetchone()
    return Opened(*row) if row else None


REFUSALS = {
    "unknown": "This link is not valid. Ask for a new invitation.",
    "used": "This invitation was accepted before. Sign in with the account that accepted it.",
    "withdrawn": "This invitation was withdrawn. Ask for a new one.",
    "expired": "This invitation has expired. Ask for a new one.",
    "other_address": "This invitation is for another e-mail address. Sign in with that address, or add it to your account.",
}


@transaction.atomic
def accept(*, user: User, secret: str) -> str:
    """Join by a link; the slug of the workspace. Raises Conflict with the reason, and then nothing has changed."""
    with tenancy.tenant(user_id=user.pk):
        with connection.cursor() as cursor:
            cursor.execute("select outcome, slug from mv_accept_invitation(%s)", [digest_of(secret)])
            outcome, slug = cursor.fetchone()
        if outcome != "joined":
            _note_refusal(user, secret, outcome)
            raise Conflict(REFUSALS[outcome], code=f"invitation_{outcome}")
        _welcome(user, str(slug), digest_of(secret))
    return str(slug)


def _note_refusal(user: User, secret: str, outcome: str) -> None:
    with tenancy.system("an invitation that was refused"):
        found = Invitation.objects.select_related("workspace").filter(digest=digest_of(secret)).first()
    if found is not None:
        refusals.remember("invitation.refused", REFUSALS[outcome], user=user, target=found, workspace=found.workspace)


def _welcome(user: User, slug: str, digest: str) -> None:
    """Write down who joined, and tell whoever invited them."""
    actor = enter(user=user, slug=slug)
    assert actor is not None  # noqa: S101 - just joined
    growing.send(sender=Member, workspace=actor.workspace, what="members", count=0)
    invitation = Invitation.objects.select_related("invited_by").get(digest=digest)
    _write_down(actor, "invitation.accepted", invitation)
    if invitation.invited_by is not None:
        notify(
            kind=Kind.INVITATION,
            workspace=actor.workspace,
            users=[invitation.invited_by],
            title=f"{user} joined {actor.workspace.name}",
            body=f"They accepted your invitation and are {Role(actor.role).label.lower()} now.",
            url=reverse("members", args=[slug]),
            key=f"joined:{invitation.uid}",
        )


def is_for(opened: Opened, user: User) -> bool:
    """Whether the signed-in person has the address that the invitation was sent to."""
    if hmac.compare_digest(opened.email.lower().encode(), user.email.lower().encode()):
        return True
    return bool(user.emailaddress_set.filter(email__iexact=opened.email, verified=True).exists())  # type: ignore[attr-defined]


def _write_down(actor: Actor, action: str, invitation: Invitation) -> None:
    told = {"email": invitation.email, "role": invitation.role}
    audit.record(actor=actor, action=action, target=invitation, workspace=actor.workspace, after=told)
    log.info(action, workspace=actor.workspace.pk, by=actor.user.pk, invitation=invitation.pk, role=invitation.role)


def _require_grantable(actor: Actor, role: str) -> None:
    if require_role(role) not in grantable_by(actor.role):
        actor.refuse(f"Your role here may not make somebody {require_role(role).label.lower()}.", code="owners_only")


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid.because([Problem("email", "bad_email", "This is not an e-mail address.")]) from None
    return address


def _renew(invitation: Invitation) -> None:
    """A link of its own for this sending, and the mail once the row is stored."""
    invitation.digest = digest_of(secret_of(invitation))
    invitation.expires_at = timezone.now() + timedelta(days=settings.INVITATION_DAYS)
    invitation.sent_at = timezone.now()
    transaction.on_commit(lambda: send_invitation.delay(invitation.pk, invitation.workspace_id))


def _locked(actor: Actor, invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).filter(workspace=actor.workspace, pk=invitation.pk)
    locked: Invitation | None = rows.first()
    if locked is None or locked.accepted_at is not None or locked.revoked_at is not None:
        raise Conflict("This invitation is no longer open.", code="not_open")
    return locked
