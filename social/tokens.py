"""The token of the moment for an account. The one place where a grant is refreshed.

X and others rotate: a refresh gives a new refresh token and kills the old one. Two refreshes at once would lose the
account, so the grant's row is locked for the length of the call (at most five seconds; the only network call that is
made inside a context), and whoever waited for the lock finds another revision and uses what the first one brought.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import F
from django.utils import timezone

from multivio import tenancy
from multivio.crypto import UnreadableSecret, unseal
from social import platforms
from social.contract import Account, NeedsReauth, NotSent, PlatformError
from social.models import Connection, Grant
from social.platforms import sentences
from social.services import mark_lost

log = structlog.get_logger(__name__)

EARLY = timedelta(minutes=5)
NOW = timedelta()
# A storm of 401s must not become a storm of refreshes: what was refreshed a moment ago is as good as it gets.
FORCED_PAUSE = timedelta(seconds=30)
LOCK_SECONDS = 8


def account_for(connection_id: int, *, force_refresh: bool = False, early: timedelta = EARLY) -> Account:
    """The account behind a connection with a token that is good for the next minutes.

    Refreshes when the token ends within `early`, or when asked to since the platform no longer takes it. What is
    returned has been committed, so no transaction may be open. Raises NeedsReauth when somebody has to reconnect; NotSent,
    RateLimited or AppBlocked when the refresh did not work this time.
    """
    was_open = database.connection is not None
    try:
        return _account_for(connection_id, forced=force_refresh, early=early)
    except UnreadableSecret as error:
        raise NotSent(
            sentences.UNREADABLE, code="unreadable_secret", detail=str(error), next_step=sentences.ASK_OPERATOR
        ) from error
    except OperationalError as error:
        # The database did not answer, or its pool is exhausted: nothing was sent, and later it may be better.
        raise NotSent(
            sentences.DATABASE_BUSY, code="database", detail=type(error).__name__, next_step=sentences.NOTHING_TO_DO
        ) from error
    finally:
        if not was_open:
            # An engine has many threads that live long; each would keep a connection of the pool for itself.
            database.close()


# For SQL that loads many publications at once: `social_connection c join social_grant g on g.id = c.grant_id`.
AT_HAND = """
  g.id as grant_id, g.access_token as sealed_token, g.token_secret as sealed_secret, g.refresh_token <> '' as can_refresh,
  g.expires_at, g.dead_at, c.disconnected_at, c.remote_id, c.username, c.traits,
  c.access_token as sealed_own, c.uid as connection_uid
"""


def account_at_hand(row: Mapping[str, Any]) -> Account | None:
    """The account out of the columns of AT_HAND, without a query; None when account_for() has to look after it first.

    A question to the database for every publication would cost more than all the rest of publishing it.
    """
    if row["dead_at"] is not None or row["disconnected_at"] is not None:
        return None
    if row["expires_at"] is not None and row["expires_at"] < timezone.now() + (EARLY if row["can_refresh"] else NOW):
        return None
    try:
        token = _unsealed(row, "sealed_own", OWN_TOKEN, "connection_uid") or _unsealed(
            row, "sealed_token", TOKEN, "grant_id"
        )
        secret = _unsealed(row, "sealed_secret", SECRET, "grant_id")
    except UnreadableSecret:
        return None
    return Account(row["remote_id"], row["username"], token, secret, dict(row["traits"]))


TOKEN, SECRET = (f"{Grant._meta.db_table}.{field}" for field in ("access_token", "token_secret"))
OWN_TOKEN = f"{Connection._meta.db_table}.access_token"


def _unsealed(row: Mapping[str, Any], name: str, place: str, key: str) -> str:
    return unseal(row[name], f"{place}:{row[key]}") if row[name] else ""


def _account_for(connection_id: int, *, forced: bool, early: timedelta) -> Account:
    with tenancy.system("publish"):
        row = _read(connection_id)
        if not _wants_refresh(row.grant, forced=forced, early=early):
            return _account(row)
    try:
        return _refreshed(row)
    except NeedsReauth as error:
        return _bury(row, error)
    except PlatformError as error:
        return _make_do(row, error, forced=forced)


def _read(connection_id: int) -> Connection:
    row: Connection | None = Connection.objects.select_related("grant").filter(pk=connection_id).first()
    if row is None or row.disconnected_at is not None:
        name = platforms.get(row.platform).name if row else "The account"
        raise NeedsReauth(sentences.is_disconnected(name), code="disconnected", next_step=sentences.RECONNECT)
    if row.grant.is_dead:
        raise _dead(row)
    return row


def _dead(row: Connection) -> NeedsReauth:
    sentence = row.grant.dead_reason or sentences.ended(platforms.get(row.platform).name)
    return NeedsReauth(sentence, code="needs_reauth", next_step=sentences.RECONNECT)


def _wants_refresh(grant: Grant, *, forced: bool, early: timedelta) -> bool:
    if not grant.refresh_token:
        return False
    if forced:
        return grant.refreshed_at is None or grant.refreshed_at < timezone.now() - FORCED_PAUSE
    return grant.expires_at is not None and grant.expires_at < timezone.now() + early


def _account(row: Connection) -> Account:
    grant = row.grant
    if grant.expires_at is not None and not grant.refresh_token and grant.expires_at <= timezone.now():
        raise _dead(row)
    token = row.access_token or grant.access_token
    return Account(row.remote_id, row.username, token, grant.token_secret, dict(row.traits))


def _refreshed(seen: Connection) -> Account:
    """Lock, look again, refresh, store; committed when this returns."""
    with transaction.atomic(durable=True), tenancy.system("refresh"):
        grant = _locked(seen)
        if grant.revision == seen.grant.revision:
            tokens = platforms.get(grant.platform).refresh(grant.refresh_token)
            grant.access_token = tokens.access_token
            grant.refresh_token = "" if tokens.is_last else tokens.refresh_token or grant.refresh_token
            grant.expires_at = tokens.expires_at
            grant.scopes = list(tokens.scopes) or grant.scopes
            grant.refreshed_at, grant.refresh_failures = timezone.now(), 0
            grant.revision += 1
            grant.save()
        return _account(_read(seen.pk))


def _locked(seen: Connection) -> Grant:
    with database.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
    return Grant.objects.select_for_update().get(pk=seen.grant_id)


def _bury(seen: Connection, error: NeedsReauth) -> Account:
    """The platform says that the refresh token is dead. Unless another won meanwhile, the account is lost."""
    with transaction.atomic(durable=True), tenancy.system("refresh"):
        grant = _locked(seen)
        if grant.revision != seen.grant.revision:
            return _account(_read(seen.pk))
        if not grant.is_dead:
            mark_lost(grant, error.sentence)
            log.warning("grant is dead", grant=str(grant.pk), platform=grant.platform)
    raise error


def _make_do(seen: Connection, error: PlatformError, *, forced: bool) -> Account:
    """A refresh that failed for now never disconnects anybody. A token that is still good is used meanwhile."""
    with transaction.atomic(durable=True), tenancy.system("refresh"):
        Grant.objects.filter(pk=seen.grant_id).update(refresh_failures=F("refresh_failures") + 1)
    log.info("refresh failed for now", grant=str(seen.grant_id), code=error.code)
    ends_at = seen.grant.expires_at
    if not forced and ends_at is not None and ends_at > timezone.now() + timedelta(seconds=30):
        return _account(seen)
    raise error
