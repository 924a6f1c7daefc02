"""How connections are: access, permissions, limits, the last success, the next end, and the posts that hang on it.

What is read here is what the database knows; no platform is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from social import hanging, platforms
from social.findings import Finding
from social.hanging import Hanging
from social.keeping_alive import CAN_REFRESH
from social.models import Connection, Grant
from social.platforms import sentences


@dataclass(frozen=True)
class Health:
    """Of one connection. `ends_at`: when its access ends unless a person connects it again; None: it renews itself, does
    not end, or has ended. `renews_at`: until when it is renewed by itself."""

    connection: Connection
    ends_at: datetime | None
    renews_at: datetime | None
    missing_scopes: tuple[str, ...]
    hanging: Hanging
    findings: tuple[Finding, ...]


def of(connections: Sequence[Connection]) -> dict[int, Health]:
    """By the connections' ids, in three queries however many they are."""
    grants = {
        grant.pk: grant
        for grant in Grant.objects.filter(pk__in={one.grant_id for one in connections})
        .annotate(can_refresh=CAN_REFRESH)
        .defer("access_token", "refresh_token", "token_secret")
    }
    ends = {one.pk: end for one in connections if (end := _end(grants[one.grant_id])) is not None}
    hangs = hanging.on(connections, ends=ends)
    return {one.pk: _health(one, grants[one.grant_id], ends, hangs[one.pk]) for one in connections}


def _end(grant: Grant) -> datetime | None:
    if grant.is_dead or grant.can_refresh:  # type: ignore[attr-defined]
        return None
    return grant.expires_at


def _health(connection: Connection, grant: Grant, ends: Mapping[int, datetime], hangs: Hanging) -> Health:
    missing = tuple(str(scope) for scope in connection.traits.get("lacks", ()))
    can_refresh: bool = grant.can_refresh  # type: ignore[attr-defined]
    return Health(
        connection=connection,
        ends_at=ends.get(connection.pk),
        renews_at=grant.expires_at if can_refresh and not grant.is_dead else None,
        missing_scopes=missing,
        hanging=hangs,
        findings=tuple(_findings(connection, grant, ends.get(connection.pk), hangs, missing)),
    )


def _findings(
    connection: Connection, grant: Grant, end: datetime | None, hangs: Hanging, missing: Sequence[str]
) -> Iterator[Finding]:
    name = platforms.get(connection.platform).name
    yield _access(connection, grant, end, hangs, name)
    if grant.refresh_failures and not grant.is_dead:
        yield Finding("warn", sentences.renewal_fails(name, grant.refresh_failures), sentences.NOTHING_TO_DO)
    if missing:
        yield Finding("warn", sentences.lacks_optional(name, missing), sentences.RECONNECT)
    elif grant.scopes and not grant.is_dead:
        yield Finding("ok", sentences.has_scopes(name))
    if connection.rests:
        yield Finding("warn", connection.resting_reason, sentences.RESTS)
    if connection.paused_at:
        yield Finding("warn", sentences.ACCOUNT_PAUSED)
    if hangs.blocked_until:
        when = f"{timezone.localtime(hangs.blocked_until):%H:%M on %-d %B}"
        yield Finding("warn", sentences.limited_until(name, when), sentences.NOTHING_TO_DO)
    reading = _reading_ends(connection)
    if reading:
        yield Finding("ok", sentences.reading_ends(name, f"{timezone.localtime(reading):%-d %B}"))
    last = connection.last_published_at
    yield Finding("ok", sentences.last_published(f"{timezone.localtime(last):%-d %B, %H:%M}" if last else ""))


def _access(connection: Connection, grant: Grant, end: datetime | None, hangs: Hanging, name: str) -> Finding:
    if connection.disconnected_at or connection.health == Connection.Health.BROKEN:
        return Finding("bad", connection.health_reason or sentences.ended(name), sentences.RECONNECT)
    if end is None:
        renews = grant.expires_at if grant.can_refresh else None  # type: ignore[attr-defined]
        return Finding("ok", sentences.renews_itself(name) if renews else sentences.does_not_end(name))
    when = f"{timezone.localtime(end):%A, %-d %B}"
    if connection.health == Connection.Health.OK and not hangs.after_the_end:
        return Finding("ok", sentences.ends_on(name, when))
    return Finding(
        "warn", f"{sentences.ends_on(name, when)} {sentences.at_risk(hangs.after_the_end)}".strip(), sentences.RECONNECT
    )


def _reading_ends(connection: Connection) -> datetime | None:
    told = connection.traits.get("data_access_ends_at")
    return parse_datetime(told) if isinstance(told, str) else None
