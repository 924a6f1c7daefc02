"""Writes of connections: connecting an account, reconnecting it, disconnecting it. Every rule about them is here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from allauth.socialaccount.adapter import get_adapter
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts import audit, notifications
from accounts.models import Workspace
from accounts.notification_models import Kind
from accounts.roles import Right
from accounts.services import Actor
from billing import following, limits
from billing.plans import What
from multivio import tenancy
from multivio.errors import NotFound
from social import arranging, platforms, revoking
from social.contract import Profile, Tokens
from social.models import Connection, Grant
from social.platforms import sentences
from social.providers import CONNECT_ONLY, PROCESS, PURPOSE
from social.revoking import Told
from social.signals import connection_lost, connection_restored

log = structlog.get_logger(__name__)
TOLD = (
    "platform",
    "username",
    "name",
    "kind",
    "health",
    "disconnected_at",
)  # what the audit trail keeps of a connection


# -- connecting -------------------------------------------------------------------------------------


def start_connecting(*, actor: Actor, provider_id: str, request: HttpRequest) -> HttpResponse:
    """Send the person to the platform to grant access; the state of the handshake names person and workspace.

    May call the platform (OAuth 1.0a does), so no transaction may be open. Raises Forbidden, NotFound.
    """
    actor.require(Right.CONNECT)
    connecting = CONNECT_ONLY.get(provider_id)
    if connecting is None:
        raise NotFound("There is no such way to connect an account.")
    if not connecting.enabled:
        raise NotFound(sentences.not_offered(connecting.label))
    provider = get_adapter(request).get_provider(request, connecting.id)
    data = {
        "purpose": PURPOSE,
        "user": actor.user.pk,
        "workspace": actor.workspace.pk,
        "slug": actor.workspace.slug,
    }
    answer: HttpResponse = provider.redirect(request, process=PROCESS, data=data)
    return answer


@transaction.atomic
def store_grant(
    *,
    actor: Actor,
    platform: str,
    protocol: str,
    tokens: Tokens,
    profiles: Sequence[Profile],
    token_secret: str = "",
) -> list[Connection]:
    """Keep a fresh grant and open its connections. Whose grant it is, the first profile says (`owner_id`, or it is its own).

    An account that was here before keeps its row, and with it its posts. Scopes that publishing needs and that were not
    given make the connection broken, with a sentence that names them. Raises Forbidden; LimitReached, and then nothing was kept.
    """
    actor.require(Right.CONNECT)
    limits.hold(actor.workspace)  # before any row: whoever lets accounts rest takes the same lock first
    owner = profiles[0].owner_id or profiles[0].remote_id
    grant = _keep_grant(actor, platform, protocol, owner, tokens, token_secret)
    connections = [open_connection(actor, grant, profile) for profile in profiles]
    _forget_superseded(connections)
    return connections


def _keep_grant(
    actor: Actor, platform: str, protocol: str, remote_user_id: str, tokens: Tokens, token_secret: str
) -> Grant:
    fresh = {
        "granted_by": actor.user,
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "token_secret": token_secret,
        "scopes": list(tokens.scopes),
        "expires_at": tokens.expires_at,
        "refreshed_at": None,
        "refresh_failures": 0,
        "warned_days": None,
        "dead_at": None,
        "dead_reason": "",
    }
    # The row is locked from here on: a refresh that is under way elsewhere ends first, and then finds another revision.
    grant, is_new = Grant.objects.select_for_update().get_or_create(
        workspace=actor.workspace,
        platform=platform,
        protocol=protocol,
        remote_user_id=remote_user_id,
        defaults=fresh,
    )
    if not is_new:
        for name, value in fresh.items():
            setattr(grant, name, value)
        grant.revision += 1
        grant.save()
    return grant


def _missing_scopes(grant: Grant) -> list[str]:
    """OAuth 1.0a has no scopes: what the application may do is a setting of the application."""
    if grant.protocol == Grant.Protocol.OAUTH1:
        return []
    return platforms.get(grant.platform).missing_scopes(grant.scopes)


def open_connection(actor: Actor, grant: Grant, profile: Profile) -> Connection:
    """The connection for one account of a grant, new or brought up to date. Inside the workspace's context, under the lock
    of the grant."""
    name, missing = platforms.get(grant.platform).name, _missing_scopes(grant)
    connection: Connection
    connection, is_new = Connection.objects.select_for_update().get_or_create(
        workspace=actor.workspace,
        platform=grant.platform,
        remote_id=profile.remote_id,
        defaults={"grant": grant, "connected_by": actor.user},
    )
    was_usable = not is_new and connection.is_usable
    takes_a_place = is_new or connection.disconnected_at is not None
    before = None if is_new else audit.fields(connection, *TOLD)
    connection.grant = grant
    connection.kind = profile.kind
    connection.username = profile.username
    connection.name = profile.name[:200]
    connection.avatar_url = profile.avatar_url[:600]
    connection.traits = dict(profile.traits)
    connection.access_token = profile.access_token
    connection.connected_by = actor.user
    connection.connected_at = timezone.now()
    if takes_a_place:
        connection.resting_at, connection.resting_reason = None, ""
    connection.disconnected_at = None
    connection.health = Connection.Health.BROKEN if missing else Connection.Health.OK
    connection.health_reason = sentences.lacks_scopes(name, missing)[:300] if missing else ""
    connection.is_primary = connection.is_primary or not arranging.has_primary(connection)
    connection.save()
    if takes_a_place:
        limits.require(actor.workspace, What.CONNECTIONS, 0)
    audit.record(
        actor=actor,
        action="connection.connected" if is_new else "connection.reconnected",
        target=connection,
        workspace=actor.workspace,
        before=before,
        after={**audit.fields(connection, *TOLD), "scopes": grant.scopes}
        if is_new
        else audit.fields(connection, *TOLD),
    )
    if connection.is_usable and not is_new and not was_usable:
        connection_restored.send(Connection, connection=connection)
    return connection


def _forget_superseded(connections: Iterable[Connection]) -> None:
    """A grant that no connection uses any more (the account came back by the other protocol) keeps no tokens."""
    for connection in connections:
        left = Grant.objects.filter(workspace_id=connection.workspace_id, platform=connection.platform)
        left.filter(connections__isnull=True).delete()


# -- disconnecting ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Disconnected:
    """`held` is how many scheduled posts now wait; `told` whether the platform knows."""

    connection: Connection
    held: int
    told: Told


def disconnect(*, actor: Actor, connection: Connection) -> Disconnected:
    """End our access to an account. Its posts and their history stay. Doing it twice is harmless.

    First our own tokens go, then the platform is told, with no transaction open. Raises Forbidden.
    """
    actor.require(Right.CONNECT)
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        connection = Connection.objects.select_for_update().get(pk=connection.pk)
        if connection.disconnected_at is not None:
            return Disconnected(connection, held=0, told=Told.DONE)
        held, owed = _take_down(actor, connection)
    following.look_again(actor.workspace)  # its place is free: another account may go on
    return Disconnected(connection, held=held, told=revoking.settle(owed, actor=actor) if owed else Told.DONE)


def _take_down(actor: Actor, connection: Connection) -> tuple[int, UUID | None]:
    reason = sentences.disconnected_by(str(actor.user))
    connection.disconnected_at = timezone.now()
    connection.health_reason = reason[:300]
    connection.access_token = ""
    connection.save(update_fields=["disconnected_at", "health_reason", "access_token"])
    arranging.pass_on_primary(connection)
    held = _lost(connection, reason)
    audit.record(
        actor=actor,
        action="connection.disconnected",
        target=connection,
        workspace=actor.workspace,
        after={"posts_held": held},
    )
    grant = Grant.objects.select_for_update().get(pk=connection.grant_id)
    if grant.is_dead or grant.connections.filter(disconnected_at=None).exists():
        return held, None
    owed = revoking.owe(grant)
    grant.access_token = grant.refresh_token = grant.token_secret = ""
    grant.dead_at, grant.dead_reason = timezone.now(), reason[:300]
    grant.revision += 1
    grant.save()
    return held, owed


def forget_workspace(workspace: Workspace) -> None:
    """Delete a workspace's connections and grants with their tokens; the platforms are told afterwards. Nothing may hang on
    them any more."""
    for grant in Grant.objects.filter(workspace=workspace):
        revoking.owe(grant)
    Connection.objects.filter(workspace=workspace).delete()
    Grant.objects.filter(workspace=workspace).delete()


# -- health -----------------------------------------------------------------------------------------


def mark_lost(grant: Grant, reason: str) -> None:
    """The grant is dead: its connections are broken until somebody reconnects. Inside a context and under its lock."""
    grant.dead_at, grant.dead_reason = timezone.now(), reason[:300]
    grant.save(update_fields=["dead_at", "dead_reason"])
    for connection in Connection.objects.filter(grant=grant, disconnected_at=None):
        connection.health = Connection.Health.BROKEN
        connection.health_reason = reason[:300]
        connection.save(update_fields=["health", "health_reason"])
        _lost(connection, reason)
        audit.record(actor=None, action="connection.lost", target=connection, workspace=grant.workspace, reason=reason)
        notifications.notify(
            kind=Kind.TOKEN,
            workspace=grant.workspace,
            users=notifications.managers(grant.workspace, Right.CONNECT),
            title=f"Connect {connection} again",
            body=reason,
            url=reverse("connections", args=[grant.workspace.slug]),
            key=f"lost:{connection.uid}:{grant.revision}",
        )


def _lost(connection: Connection, reason: str) -> int:
    """Tell whoever listens; how many scheduled posts they held for it."""
    answers = connection_lost.send(Connection, connection=connection, reason=reason)
    held: list[Any] = [answer for _, answer in answers]
    return sum(number for number in held if isinstance(number, int))
