"""Writes of accounts: workspaces and API keys. Every rule about them is here."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from accounts.models import ApiKey, Member, User, Workspace, validate_zone
from accounts.roles import Right, Role, role_has
from multivio import tenancy
from multivio.errors import Forbidden
from multivio.ids import new_uid

log = structlog.get_logger(__name__)
KEY_PREFIX = "mv_"
SHOWN_LETTERS = 10


@dataclass(frozen=True)
class Actor:
    """Who does something, in which workspace, with which role: what every service asks its rights of."""

    user: User
    workspace: Workspace
    role: str
    is_support: bool = False  # not a member: from the support desk

    def may(self, right: Right) -> bool:
        return role_has(self.role, right)

    def require(self, right: Right) -> None:
        """Raise Forbidden, with a sentence that says who can."""
        if not self.may(right):
            raise Forbidden(f"Your role here is {Role(self.role).label.lower()}, which may not {Right(right).label}.")


def digest(key: str) -> str:
    """What is stored of an API key. The key has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(key.encode()).hexdigest()


def _free_slug(name: str) -> str:
    return f"{slugify(name)[:48] or 'workspace'}-{secrets.token_hex(3)}"


@transaction.atomic
def create_workspace(*, owner: User, name: str, zone: str = "UTC", slug: str = "") -> Workspace:
    """A new workspace with `owner` as its owner. Raises ValidationError for an unknown time zone."""
    validate_zone(zone)
    with tenancy.tenant(user_id=owner.pk), connection.cursor() as cursor:
        cursor.execute(
            "select mv_create_workspace(%s, %s, %s, %s)", [new_uid(), name[:80], slug or _free_slug(name), zone]
        )
        (workspace_id,) = cursor.fetchone()
        workspace: Workspace = Workspace.objects.get(pk=workspace_id)
        actor = Actor(user=owner, workspace=workspace, role=Role.OWNER)
        after = audit.fields(workspace, "name", "zone")
        audit.record(actor=actor, action="workspace.created", target=workspace, workspace=workspace, after=after)
        return workspace


def enter(*, user: User, slug: str) -> Actor | None:
    """Put the open transaction into the workspace with this slug; None when the user is not a member (or it is not there)."""
    with connection.cursor() as cursor:
        cursor.execute("select id, role from mv_enter_workspace(%s)", [slug])
        row = cursor.fetchone()
    if row is None:
        return None
    tenancy.identify(user_id=user.pk, workspace_id=row[0], is_told=True)
    return Actor(user=user, workspace=Workspace.objects.get(pk=row[0]), role=row[1])


def actor_in(*, user: User, workspace_id: int) -> Actor | None:
    """The user as a member of the workspace, inside a context that already names both."""
    member = Member.objects.select_related("workspace").filter(user=user, workspace_id=workspace_id).first()
    return Actor(user=user, workspace=member.workspace, role=member.role) if member else None


def support_actor(*, staff: Any, workspace: Workspace) -> Actor:
    """A member of the support desk acting in a workspace that is not theirs, with an editor's rights.

    Only for the admin, which runs as the system: every use is logged, and what is done carries the name of the person.
    Raises Forbidden for anybody who is not active staff.
    """
    if not (isinstance(staff, User) and staff.is_staff and staff.is_active):
        raise Forbidden("Only support staff may act in a workspace of others.")
    log.info("support enters a workspace", staff=staff.pk, workspace=workspace.pk)
    return Actor(user=staff, workspace=workspace, role=Role.EDITOR, is_support=True)


@transaction.atomic
def create_api_key(*, actor: Actor, name: str, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """A new key to the actor's workspace. The second value is the key itself: shown once, stored only as a hash."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        workspace=actor.workspace,
        user=actor.user,
        name=name,
        prefix=key[:SHOWN_LETTERS],
        digest=digest(key),
        expires_at=expires_at,
    )
    after = audit.fields(row, "name", "prefix", "expires_at")
    audit.record(actor=actor, action="key.made", target=row, workspace=actor.workspace, after=after)
    return row, key


@transaction.atomic
def revoke_api_key(*, actor: Actor, key: ApiKey) -> None:
    """End a key at once. Doing it twice is harmless."""
    rows = ApiKey.objects.filter(pk=key.pk, workspace=actor.workspace, revoked_at=None)
    if rows.update(revoked_at=timezone.now()):
        audit.record(actor=actor, action="key.revoked", target=key, workspace=actor.workspace)


def actor_for_key(key: str) -> tuple[Actor, int] | None:
    """Who an API key acts as, with its id; puts the open transaction into the key's workspace. None: not a valid key."""
    with connection.cursor() as cursor:
        cursor.execute("select id, user_id, workspace_id, role from mv_api_key(%s)", [digest(key)])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, user_id, workspace_id, role = row
    tenancy.identify(user_id=user_id, workspace_id=workspace_id)
    member = Member.objects.select_related("user", "workspace").get(user_id=user_id, workspace_id=workspace_id)
    return Actor(user=member.user, workspace=member.workspace, role=role), key_id
