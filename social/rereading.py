"""What an account may do, asked anew where a platform wants that: while somebody writes for it. TikTok does
(https://developers.tiktok.com/doc/content-sharing-guidelines); right before publishing its own file asks once more."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.core.cache import cache
from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor
from multivio import tenancy
from social import platforms, tokens
from social.contract import PlatformError
from social.models import Connection

log = structlog.get_logger(__name__)
FRESH_SECONDS = 60  # what was read so lately is good enough for writing
PAUSE_SECONDS = 5  # between two presses of the button
MOST_SECONDS = 6.0  # for all accounts together: somebody is waiting
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Reading:
    """When an account was asked about last, and why that told nothing, if so."""

    at: datetime
    sentence: str = ""


def is_asked(platform: str) -> bool:
    return platforms.get(platform).rereads


def last(connections: Iterable[Connection]) -> dict[int, Reading]:
    """The last readings, of those that were read in the last day."""
    names = {_name(one): one.pk for one in connections if is_asked(one.platform)}
    found = cache.get_many(names) if names else {}
    return {names[name]: Reading(*value) for name, value in found.items()}


def reread(*, actor: Actor, uids: Iterable[UUID], anew: UUID | None = None) -> None:
    """Ask the platforms of these accounts, where they want to be asked and were not a moment ago; `anew` is asked even then.

    Calls platforms, so no transaction may be open. An account that cannot be asked keeps what was known of it.
    """
    if not actor.may(Right.WRITE_POSTS):
        return
    began = time.monotonic()
    for row in _wanting(actor, uids):
        if time.monotonic() - began > MOST_SECONDS:
            return
        pause = PAUSE_SECONDS if row.uid == anew else FRESH_SECONDS
        if cache.add(f"{_name(row)}:{pause}", True, pause):
            _ask(actor, row)


def _wanting(actor: Actor, uids: Iterable[UUID]) -> list[Connection]:
    slugs = [platform.slug for platform in platforms.enabled() if platform.rereads]
    wanted = list(uids)
    if not slugs or not wanted:
        return []
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        rows = Connection.objects.in_workspace(actor.workspace.pk).live().filter(uid__in=wanted, platform__in=slugs)
        return [row for row in rows if row.is_usable]


def _ask(actor: Actor, row: Connection) -> None:
    try:
        told = platforms.get(row.platform).current_traits(tokens.account_for(row.pk))
    except PlatformError as error:
        log.info("not read again", platform=row.platform, connection=row.pk, code=error.code)
        cache.set(_name(row), (timezone.now(), error.sentence), KEPT_SECONDS)
        return
    _store(actor, row.pk, told)
    cache.set(_name(row), (timezone.now(), ""), KEPT_SECONDS)


def _store(actor: Actor, pk: int, told: Mapping[str, object]) -> None:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        row = Connection.objects.select_for_update().get(pk=pk)
        traits = {**row.traits, **told}
        if traits != row.traits:
            row.traits = traits
            row.save(update_fields=["traits"])


def _name(row: Connection) -> str:
    return f"reread:{row.uid}"
