"""Writes of accounts: workspaces and API keys. Every rule about them is here."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit, refusals
from accounts.models import ApiKey, Member, User, Workspace, validate_zone
from accounts.roles import RIGHTS, Right, Role, role_has
from accounts.signals import growing, workspace_made
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, Invalid, Problem
from multivio.ids import new_uid

log = structlog.get_logger(__name__)
KEY_PREFIX = "mv_"
SHOWN_LETTERS = 10
MOST_KEYS = 25  # usable ones of one person in one workspace
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)


@dataclass(frozen=True)
class Actor:
    """Who does something, in which workspace, with which role: what every service asks its rights of.

    With an API key, its id and its scopes: then only what both the role and the key allow.
    """

    user: User
    workspace: Workspace
    role: str
    is_support: bool = False  # not a member: from the support desk
    key_id: int | None = None
    scopes: frozenset[str] | None = None

    def may(self, right: Right) -> bool:
        return role_has(self.role, right) and self._key_has(right)

    def _key_has(self, right: Right) -> bool:
        return self.scopes is None or right in self.scopes

    def require(self, right: Right) -> None:
        """Raise Forbidden, with a sentence that says who can."""
        if not role_has(self.role, right):
            self.refuse(f"Your role here is {Role(self.role).label.lower()}, which may not {Right(right).label}.")
        if not self._key_has(right):
            self.refuse(f"This API key may not {Right(right).label}.", code="key_lacks_scope")

    def refuse(self, sentence: str, *, code: str = "") -> NoReturn:
        """Raise Forbidden, and leave a note in the trail that it was tried."""
        refusals.remember("access.refused", sentence, user=self.user, workspace=self.workspace)
        raise Forbidden(sentence, code=code)


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
        workspace_made.send(sender=Workspace, workspace=workspace, owner=owner)
        return workspace


def enter(*, user: User, slug: str) -> Actor | None:
    """Put the open transaction into the workspace with this slug; None when the user is not a member (or it is not there)."""
    entering = "select w.*, e.role from mv_enter_workspace(%s) e join accounts_workspace w on w.id = e.id"
    workspace: Any = next(iter(Workspace.objects.raw(entering, [slug])), None)
    if workspace is None:
        return None
    tenancy.identify(user_id=user.pk, workspace_id=workspace.pk, is_told=True)
    return Actor(user=user, workspace=workspace, role=workspace.role)


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
def create_api_key(
    *, actor: Actor, name: str, scopes: Iterable[str] | None = None, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key to the actor's workspace; without `scopes`, with all that the actor may do today.

    The second value is the key itself: shown once, stored only as a hash. Raises Invalid, Conflict, Forbidden.
    """
    _require_a_person(actor)
    asked = {str(scope) for scope in (RIGHTS[Role(actor.role)] if scopes is None else scopes)} | {Right.READ.value}
    refused = [scope for scope in sorted(asked) if scope not in Right.values or not actor.may(Right(scope))]
    if refused:
        raise Invalid.because([_not_yours(scope) for scope in refused])
    if ApiKey.objects.filter(workspace=actor.workspace, user=actor.user).usable().count() >= MOST_KEYS:
        raise Conflict(f"You have {MOST_KEYS} keys here, which is the most. Revoke one that you no longer use.")
    growing.send(sender=ApiKey, workspace=actor.workspace, what="api", count=1)
    row, key = _new_key(actor, name=name, scopes=sorted(asked), expires_at=expires_at)
    audit.record(actor=actor, action="key.made", target=row, workspace=actor.workspace, after=_told(row))
    return row, key


def _require_a_person(actor: Actor) -> None:
    if actor.key_id is not None:
        actor.refuse("An API key cannot make others. Sign in as a person to do that.", code="person_needed")


def _not_yours(scope: str) -> Problem:
    known = scope in Right.values
    what = f"Your role here may not {Right(scope).label}." if known else f"There is no scope “{scope}”."
    return Problem(field="scopes", code="scope_not_yours" if known else "unknown_scope", message=what)


def _new_key(actor: Actor, *, name: str, scopes: list[str], **fields: Any) -> tuple[ApiKey, str]:
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        workspace=actor.workspace,
        user=actor.user,
        name=name,
        prefix=key[:SHOWN_LETTERS],
        digest=digest(key),
        scopes=scopes,
        **fields,
    )
    return row, key


def _told(row: ApiKey) -> dict[str, Any]:
    """What the audit trail says of a key."""
    return audit.fields(row, "name", "prefix", "scopes", "expires_at")


@transaction.atomic
def rotate_api_key(*, actor: Actor, key: ApiKey, overlap: timedelta = OVERLAP) -> tuple[ApiKey, str]:
    """A successor with the same name, scopes and lifetime. The old key goes on working for `overlap`.

    Its maker may do this, and the key itself. Raises Conflict, Forbidden, Invalid.
    """
    old: ApiKey = ApiKey.objects.select_for_update().get(pk=key.pk, workspace=actor.workspace)
    if old.user_id != actor.user.pk or actor.key_id not in {None, old.pk}:
        actor.refuse("Only who made a key, or the key itself, can rotate it. You can revoke it and make your own.")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        found = Problem("overlap_hours", "out_of_range", f"The overlap is at most {LONGEST_OVERLAP.days} days.")
        raise Invalid.because([found])
    if old.state != "active" or old.replaced_by.exists():
        raise Conflict("This key is revoked, expired or already rotated. Make a new one.")
    now = timezone.now()
    lasts = old.expires_at - old.created_at if old.expires_at else None
    new, secret = _new_key(
        actor, name=old.name, scopes=old.scopes, expires_at=now + lasts if lasts else None, replaces=old
    )
    old.expires_at = min(old.expires_at or now + overlap, now + overlap)
    old.revoked_at = None if overlap else now
    old.save(update_fields=["expires_at", "revoked_at"])
    told = {"prefix": new.prefix, "old_key_ends": old.expires_at}
    audit.record(actor=actor, action="key.rotated", target=old, workspace=actor.workspace, after=told)
    return new, secret


@transaction.atomic
def revoke_api_key(*, actor: Actor, key: ApiKey) -> None:
    """End a key at once. Doing it twice is harmless. Others' keys are for support and who manages the workspace: Forbidden."""
    is_own = key.user_id == actor.user.pk and actor.key_id in {None, key.pk}
    if not is_own and not actor.is_support and key.workspace_id == actor.workspace.pk:
        actor.require(Right.MANAGE)
    rows = ApiKey.objects.filter(pk=key.pk, workspace=actor.workspace, revoked_at=None)
    if rows.update(revoked_at=timezone.now()):
        audit.record(actor=actor, action="key.revoked", target=key, workspace=actor.workspace, before=_told(key))


def note_dead_key(key: str) -> None:
    """A key that no longer works was used: the trail of its workspace says so. A string that never was a key leaves nothing."""
    with tenancy.system("a key that no longer works"):
        row = ApiKey.objects.select_related("workspace").filter(digest=digest(key)).first()
    if row is not None:
        reason = "It was revoked." if row.revoked_at else "It has expired, or its maker is no longer here."
        refusals.remember("key.refused", reason, target=row, workspace=row.workspace, of_reads=True)


def actor_for_key(key: str) -> tuple[Actor, int] | None:
    """Who an API key acts as, with its id; puts the open transaction into the key's workspace. None: not a valid key."""
    with connection.cursor() as cursor:
        cursor.execute("select id, user_id, workspace_id, role, scopes from mv_api_key(%s)", [digest(key)])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, user_id, workspace_id, role, scopes = row
    tenancy.identify(user_id=user_id, workspace_id=workspace_id)
    member = Member.objects.select_related("user", "workspace").get(user_id=user_id, workspace_id=workspace_id)
    growing.send(sender=ApiKey, workspace=member.workspace, what="api", count=0)
    allowed = frozenset(json.loads(scopes) if isinstance(scopes, str) else scopes)
    return Actor(member.user, member.workspace, role, key_id=key_id, scopes=allowed), key_id
