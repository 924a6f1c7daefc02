"""Carries out the deletion of public posts on their platform. Asked for in posts/services/deleting.py.

The database holds what is to be done; a task or the tick does it, and none of it is lost with a process. Deleting is
idempotent, so a part may be deleted twice where nobody remembers the first time. No transaction is open during a call, and
the account's lane is left alone: publishing does not wait for this, nor this for publishing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db.models import Q
from django.db.models.functions import Now

from accounts import audit
from multivio import tenancy
from posts import states
from posts.deletion_models import Deletion
from posts.metrics_models import MetricsWatch
from posts.models import Attempt, PlatformGate, Publication
from social import platforms, tokens
from social.contract import Account, AppBlocked, NeedsReauth, Platform, PlatformError, RateLimited, Unknown
from social.platforms import sentences

log = structlog.get_logger(__name__)
State = Deletion.State
TURN = timedelta(minutes=5)  # so long nobody else takes up what somebody is at
MOST = 200
LONGEST_WAIT = timedelta(days=1)
DELETABLE = frozenset({states.State.PUBLISHED, states.State.FAILED})
TO_DO = Q(state__in=[State.ASKED, State.WAITING], due_at__lte=Now())


@dataclass(frozen=True)
class Work:
    """One deletion that we are at: the remote ids that are left, in the order in which they go."""

    pk: int
    connection_id: int
    platform: Platform
    left: Sequence[str]


def public_ids(publication: Publication) -> list[str]:
    """What of a publication is public, by the platform's ids, in the order in which it is to go: a second copy first, then the
    parts of a thread from the last to the first. What hangs on a post, as a first comment does, goes with it."""
    parts = {
        int(attempt.step.removeprefix("commit:")): attempt.remote_id
        for attempt in publication.attempts.all()  # those of a page are at hand
        if attempt.status == Attempt.Status.OK and not attempt.disproved and attempt.remote_id
    }
    if not platforms.get(publication.platform).deletes_parts():
        parts = {number: remote_id for number, remote_id in parts.items() if number == 1}
    if publication.remote_id:
        parts.setdefault(1, publication.remote_id)
    copy = publication.duplicate_remote_id
    first = [copy] if copy and copy != "unknown" else []
    return list(dict.fromkeys([*first, *(parts[number] for number in sorted(parts, reverse=True))]))


def is_done(deletion: Deletion, ids: list[str]) -> bool:
    """A proof that came late makes more of it public than was deleted."""
    return deletion.state == State.DONE and set(ids) <= set(deletion.deleted)


def reason_against(publication: Publication, ids: list[str]) -> str:
    """Why it cannot be deleted from here, in plain words; empty when it can."""
    platform = platforms.get(publication.platform)
    if publication.state not in DELETABLE:
        if publication.state == states.State.NEEDS_HUMAN:
            return f"First decide whether it is on {platform.name} at all."
        label = publication.get_state_display().lower()
        return f"This is {label}. Only what is published, or stopped part-way, can be deleted there."
    if not publication.committed:
        return f"Nothing of it is public on {platform.name}, so there is nothing to delete."
    why_not = platform.why_not_deleted(publication.connection.traits, publication.options)
    if why_not:
        return why_not
    if not ids:
        return sentences.number_never_told(platform.name)
    if not publication.connection.is_usable:
        return f"Reconnect the account first: without it {platform.name} takes nothing from us."
    return ""


def due() -> list[int]:
    """Those that somebody should be at by now."""
    with tenancy.system("deletions that are due"):
        return list(Deletion.objects.filter(TO_DO).order_by("due_at").values_list("pk", flat=True)[:MOST])


def carry_out(deletion: int) -> None:
    """Delete what is left of one publication; whatever comes of it is written down. No transaction may be open."""
    work = _take(deletion)
    if work is None:
        return
    try:
        account = tokens.account_for(work.connection_id)
        for remote_id in work.left:
            account = _delete(work, account, remote_id)
            _note(work, remote_id)
    except PlatformError as error:
        _stopped(work, error)
    except Exception as error:  # a bug in an adapter: the call may have left
        log.exception("deleting failed unexpectedly", deletion=work.pk)
        name = work.platform.name
        _stopped(
            work,
            Unknown(sentences.perhaps_deleted(name), code="bug", detail=repr(error), next_step=sentences.ASK_AGAIN),
        )
    else:
        _done(work)


def _take(deletion: int) -> Work | None:
    """Have it for a while; None when there is nothing to do, somebody is at it, or the platform is closed."""
    with tenancy.system("take up a deletion"):
        row = (
            Deletion.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("publication")
            .filter(TO_DO, pk=deletion)
            .first()
        )
        if row is None:
            return None
        gate = PlatformGate.objects.filter(platform=row.publication.platform, closed_until__gt=Now()).first()
        if gate is not None:
            _wait(row.pk, gate.closed_until, sentence=gate.reason)
            return None
        Deletion.objects.filter(pk=row.pk).update(state=State.ASKED, due_at=Now() + TURN)
        left = [one for one in public_ids(row.publication) if one not in row.deleted]
        return Work(row.pk, row.publication.connection_id, platforms.get(row.publication.platform), left)


def _delete(work: Work, account: Account, remote_id: str) -> Account:
    """The account that worked: the first time that the platform does not know the token, a new one is tried."""
    try:
        work.platform.delete(account, remote_id)
    except NeedsReauth as error:
        if error.code != "unauthorized":
            raise
        account = tokens.account_for(work.connection_id, force_refresh=True)
        work.platform.delete(account, remote_id)
    return account


def _note(work: Work, remote_id: str) -> None:
    with tenancy.system("a part is deleted"):
        row = Deletion.objects.select_for_update().filter(pk=work.pk).first()
        if row is not None and remote_id not in row.deleted:
            Deletion.objects.filter(pk=work.pk).update(deleted=[*row.deleted, remote_id], due_at=Now() + TURN)


def _stopped(work: Work, error: PlatformError) -> None:
    log.info("not deleted", deletion=work.pk, platform=work.platform.slug, code=error.code)
    with tenancy.system("a deletion stopped"):
        if isinstance(error, (RateLimited, AppBlocked)):
            _wait(work.pk, error.until, **_told(error))
            return
        state = State.UNKNOWN if isinstance(error, Unknown) else State.FAILED
        Deletion.objects.filter(pk=work.pk).update(state=state, due_at=None, **_as_fields(**_told(error)))
        _into_the_trail(work, f"publication.deletion_{state.value}", reason=error.sentence)


def _told(error: PlatformError) -> dict[str, str]:
    return {"sentence": error.sentence, "code": error.code, "next_step": error.next_step, "detail": error.detail}


def _wait(deletion: int, until: datetime | None, **told: str) -> None:
    now = datetime.now(UTC)
    due_at = min(max(until or now, now + timedelta(seconds=1)), now + LONGEST_WAIT)
    Deletion.objects.filter(pk=deletion).update(state=State.WAITING, due_at=due_at, **_as_fields(**told))


def _as_fields(*, sentence: str = "", code: str = "", next_step: str = "", detail: str = "") -> dict[str, Any]:
    return {
        "error_code": code[:60],
        "error_sentence": sentence[:500],
        "error_next_step": next_step[:300],
        "error_detail": detail[:2000],
    }


def _done(work: Work) -> None:
    with tenancy.system("deleted on the platform"):
        Deletion.objects.filter(pk=work.pk).update(state=State.DONE, finished_at=Now(), due_at=None, **_as_fields())
        MetricsWatch.objects.filter(publication__deletion=work.pk).update(due_at=None, asked_at=None)
        _into_the_trail(work, "publication.deleted_there")


def _into_the_trail(work: Work, action: str, *, reason: str = "") -> None:
    row = Deletion.objects.select_related("publication__connection", "workspace", "asked_by").get(pk=work.pk)
    audit.record(
        actor=None,
        user=row.asked_by,
        action=action,
        target=row.publication,
        workspace=row.workspace,
        after={"account": str(row.publication.connection), "deleted": row.deleted},
        reason=reason,
    )
