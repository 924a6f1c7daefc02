"""Giving access back: platforms are told of grants that are ours no more.

What has to be told is written down in the transaction in which our own tokens go, so that neither a platform that is away
nor a process that dies makes us forget it, and no deletion waits for it.
"""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from django.utils import timezone

from accounts import audit
from accounts.models import Workspace
from accounts.services import Actor
from multivio import tenancy
from social import platforms
from social.contract import NeedsReauth, PlatformError, Tokens
from social.models import Grant, Revocation
from social.platforms import sentences

log = structlog.get_logger(__name__)
FIRST_PAUSE = timedelta(minutes=10)  # then twice as long each time
MOST_TRIES = 8
AT_ONCE = 100
NOT_REVOCABLE = "not_revocable"  # the code of platforms that have no call for it


class Told(StrEnum):
    """How it stands with the platform."""

    DONE = "done"  # it knows, or has nothing to know
    LATER = "later"  # it did not hear it; the next try comes by itself
    NEVER = "never"  # only the person can take it back there


def owe(grant: Grant) -> UUID | None:
    """Write down that the platform has to be told, before the tokens go. None: they are dead, so there is nothing to tell."""
    if grant.is_dead or not grant.access_token:
        return None
    with tenancy.system("a grant to give back"):
        row = Revocation.objects.create(
            workspace_id=grant.workspace_id,
            platform=grant.platform,
            remote_user_id=grant.remote_user_id,
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            token_secret=grant.token_secret,
        )
    return row.pk


def forget(*, platform_slugs: list[str], remote_user_id: str) -> None:
    """The person wants their data gone, and took the access back there themselves. Inside a system context."""
    Revocation.objects.filter(platform__in=platform_slugs, remote_user_id=remote_user_id).delete()


def is_granted(*, platform: str, remote_user_id: str) -> bool:
    """Whether any workspace holds a living grant of this person. No other context may be open."""
    with tenancy.system("is the account connected elsewhere"):
        slugs = (platform, *platforms.get(platform).ends_with)
        same = Grant.objects.filter(platform__in=slugs, remote_user_id=remote_user_id)
        return bool(same.filter(dead_at=None).exists())


def settle_due() -> int:
    """Tell what is due; how many are settled for good."""
    with tenancy.system("grants to give back"):
        rows = Revocation.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
        due = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    return sum(settle(pk) != Told.LATER for pk in due)


def settle(pk: UUID, *, actor: Actor | None = None) -> Told:
    """Tell the platform, unless another workspace holds a grant of the same person: some end all of them at once.

    Calls the network: keep no transaction open.
    """
    row = _claim(pk)
    if row is None:
        return Told.LATER
    if is_granted(platform=row.platform, remote_user_id=row.remote_user_id):
        _delete(row)
        return Told.DONE
    told, sentence = _tell(row)
    if told == Told.LATER and row.tries >= MOST_TRIES:
        told = Told.NEVER
    if told != Told.LATER:
        _write_down(row, told, sentence, actor)
    return told


def _claim(pk: UUID) -> Revocation | None:
    """Of two that would tell the same, one; whoever dies meanwhile leaves it to the next try."""
    with tenancy.system("claim a grant to give back"):
        rows = Revocation.objects.select_for_update(skip_locked=True).filter(pk=pk, due_at__lte=timezone.now())
        row: Revocation | None = rows.first()
        if row is not None:
            row.due_at = timezone.now() + FIRST_PAUSE * 2**row.tries
            row.tries += 1
            row.save(update_fields=["due_at", "tries"])
    return row


def _tell(row: Revocation) -> tuple[Told, str]:
    tokens = Tokens(row.access_token, row.refresh_token)
    try:
        platforms.get(row.platform).revoke(tokens, token_secret=row.token_secret)
    except NeedsReauth:  # it was taken back there before
        return Told.DONE, ""
    except PlatformError as error:
        log.info("grant not given back", platform=row.platform, code=error.code, tries=row.tries)
        return (Told.NEVER if error.code == NOT_REVOCABLE else Told.LATER), error.sentence
    except Exception:  # a mistake of ours: others do not wait for it, and it ends with the tries like everything else
        log.exception("giving a grant back failed", platform=row.platform, tries=row.tries)
        return Told.LATER, sentences.not_revoked(row.get_platform_display())
    return Told.DONE, ""


def _write_down(row: Revocation, told: Told, sentence: str, actor: Actor | None) -> None:
    with tenancy.system("a grant was given back"):
        audit.record(
            actor=actor,
            action="connection.access_returned" if told == Told.DONE else "connection.access_not_returned",
            target=None,
            workspace=Workspace(pk=row.workspace_id),  # it may be gone; its trail is not
            after={"platform": row.get_platform_display()},
            reason=sentence,
        )
        row.delete()


def _delete(row: Revocation) -> None:
    with tenancy.system("a grant that others still use"):
        row.delete()
