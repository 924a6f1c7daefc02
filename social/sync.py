"""Accounts that a grant has come to open since it was given: new Pages, without another handshake."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.roles import Right
from accounts.services import Actor
from billing import limits
from multivio import tenancy
from multivio.errors import Conflict, NotFound
from social import platforms, services
from social.contract import PlatformError, Profile, Tokens
from social.models import Connection, Grant
from social.platforms import sentences


@dataclass(frozen=True)
class _Seen:
    """A grant, and what the platform says that it opens."""

    grant_id: UUID
    profiles: Sequence[Profile]


def look_for_more(*, actor: Actor, platform: str) -> list[Connection]:
    """Open the accounts that the workspace's grants have come to open; those that were here are brought up to date, and what
    somebody disconnected stays so. Answers with the new ones.

    Calls the platform, so no transaction may be open. Raises Forbidden; NotFound where one handshake is one account, or
    nothing is connected; Conflict with the platform's reason when it could not be asked.
    """
    actor.require(Right.CONNECT)
    if platform not in {one.slug for one in platforms.enabled() if one.opens_several}:
        raise NotFound(sentences.nothing_more_there())
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        grants = list(_live(actor, platform))
    if not grants:
        raise NotFound(sentences.nothing_more_there())
    seen = [_asked(platform, grant) for grant in grants]
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        limits.hold(actor.workspace)
        return [connection for one in seen for connection in _opened(actor, platform, one)]


def _live(actor: Actor, platform: str) -> list[Grant]:
    found = Grant.objects.filter(workspace=actor.workspace, platform=platform, dead_at=None)
    return list(found.filter(connections__disconnected_at=None).distinct())


def _asked(platform: str, grant: Grant) -> _Seen:
    tokens = Tokens(grant.access_token, grant.refresh_token, grant.expires_at, tuple(grant.scopes))
    try:
        return _Seen(grant.pk, platforms.get(platform).profiles(tokens, token_secret=grant.token_secret))
    except PlatformError as error:
        raise Conflict(error.sentence, code=error.code) from None


def _opened(actor: Actor, platform: str, seen: _Seen) -> list[Connection]:
    """Empty for a grant that ended while the platform was asked."""
    grant = Grant.objects.select_for_update().filter(pk=seen.grant_id, dead_at=None).first()
    if grant is None:
        return []
    here = {row.remote_id: row for row in Connection.objects.filter(workspace=actor.workspace, platform=platform)}
    added = []
    for profile in seen.profiles:
        row = here.get(profile.remote_id)
        if row is not None and (row.disconnected_at is not None or row.grant_id != grant.pk):
            continue
        connection = services.open_connection(actor, grant, profile)
        if row is None:
            added.append(connection)
    return added
