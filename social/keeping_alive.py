"""Keeps grants alive: renews tokens well before they end, whether the account publishes or not, and writes to people before
an end that only a person can prevent."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import audit, notifications
from accounts.models import User
from accounts.notification_models import Channel, Kind, Mail
from accounts.preferences import wishes
from accounts.roles import Right
from multivio import tenancy
from social import platforms, tokens
from social.contract import Platform, PlatformError
from social.models import Connection, Grant

log = structlog.get_logger(__name__)
AT_ONCE = 200
LONGEST_EARLY = timedelta(days=30)
WARN_DAYS = (14, 7, 1)
# Encrypted fields cannot be searched; whether there is one at all is no secret.
CAN_REFRESH: RawSQL = RawSQL("social_grant.refresh_token <> ''", (), output_field=BooleanField())


def renew_due() -> int:
    """Renew what ends soon; how many were renewed. Each grant has its own moment within the platform's early time, so that
    thousands that were connected in one hour do not come back in one minute."""
    renewed = 0
    for platform in platforms.enabled():
        for connection_id, early in _ending_soon(platform):
            try:
                tokens.account_for(connection_id, early=early)
                renewed += 1
            except PlatformError as error:
                # A dead grant was put down by the call itself; everything else is tried again with the next tick.
                log.info("not renewed", platform=platform.slug, connection=connection_id, code=error.code)
    return renewed


def _ending_soon(platform: Platform) -> Iterator[tuple[int, timedelta]]:
    now = timezone.now()
    with tenancy.system("grants that end soon"):
        rows = list(
            Connection.objects.annotate(can_refresh=CAN_REFRESH)
            .filter(
                can_refresh=True,
                platform=platform.slug,
                disconnected_at=None,
                grant__dead_at=None,
                grant__expires_at__lt=now + min(LONGEST_EARLY, platform.refresh_early),
            )
            .order_by("grant_id", "id")
            .distinct("grant_id")
            .values_list("pk", "grant_id", "grant__expires_at")[:AT_ONCE]
        )
    for pk, grant_id, ends_at in rows:
        early = platform.refresh_early * share_of(grant_id)
        if ends_at is not None and ends_at < now + early:
            yield pk, early


def share_of(grant_id: UUID) -> float:
    """Between a half and all of the early time, always the same for one grant."""
    return 0.5 + hashlib.sha256(grant_id.bytes).digest()[0] / 510


# -- ends that need a person ------------------------------------------------------------------------


@dataclass(frozen=True)
class Ending:
    """A grant that cannot be renewed by itself, and its accounts."""

    grant: Grant
    connections: Sequence[Connection]
    days: int

    @property
    def names(self) -> str:
        return ", ".join(f"@{one.username}" if one.username else one.name for one in self.connections)


def warn_of_ends() -> int:
    """Mails 14, 7 and 1 days before a grant ends that only a person can give again; how many mails. Repeatable: what was
    said is noted on the grant, after it was said."""
    sent = 0
    for ending in _endings():
        people = notifications.managers(ending.grant.workspace, Right.CONNECT)
        _note(ending, people)
        wanted = wishes([user.pk for user in people], Kind.TOKEN)
        for user in people:
            if wanted[user.pk].mail == Mail.NOW:
                send_mail(*_letter(ending), None, [user.email])
                sent += 1
        with tenancy.system("warned"):
            Grant.objects.filter(pk=ending.grant.pk).update(warned_days=ending.days)
            day = timezone.localtime(ending.grant.expires_at, ending.grant.workspace.tz)
            reason = f"Its access ends on {day:%-d %B}. Connect it again before."
            Connection.objects.filter(grant=ending.grant, disconnected_at=None, health=Connection.Health.OK).update(
                health=Connection.Health.EXPIRING, health_reason=reason[:300]
            )
            for one in ending.connections:
                audit.record(
                    actor=None,
                    action="connection.ending",
                    target=one,
                    workspace=ending.grant.workspace,
                    reason=reason,
                )
    return sent


def _endings() -> list[Ending]:
    now = timezone.now()
    with tenancy.system("grants that need a person soon"):
        grants = list(
            Grant.objects.annotate(can_refresh=CAN_REFRESH)
            .filter(
                can_refresh=False,
                dead_at=None,
                expires_at__gt=now,
                expires_at__lt=now + timedelta(days=WARN_DAYS[0]),
                connections__disconnected_at=None,
            )
            .select_related("workspace")
            .distinct()[:AT_ONCE]
        )
        found = []
        for grant in grants:
            left = (grant.expires_at - now).total_seconds() / 86_400 if grant.expires_at else 0
            days = min(day for day in WARN_DAYS if left <= day)
            if grant.warned_days is None or days < grant.warned_days:
                live = list(Connection.objects.filter(grant=grant, disconnected_at=None))
                found.append(Ending(grant, live, days))
        return found


def _note(ending: Ending, people: Iterable[User]) -> None:
    """The same in the product, for those who may connect accounts there; the mail has words of its own."""
    subject, _body = _letter(ending)
    notifications.notify(
        kind=Kind.TOKEN,
        workspace=ending.grant.workspace,
        users=people,
        title=subject,
        body="What is scheduled after that waits until somebody connects it again.",
        url=reverse("connections", args=[ending.grant.workspace.slug]),
        key=f"ending:{ending.grant.pk}:{ending.grant.revision}:{ending.days}",
        without=[Channel.EMAIL],
    )


def _letter(ending: Ending) -> tuple[str, str]:
    name = platforms.get(ending.grant.platform).name
    when = "tomorrow" if ending.days == 1 else f"within {ending.days} days"
    context = {
        "ending": ending,
        "name": name,
        "when": when,
        "address": settings.BASE_URL + reverse("connections", args=[ending.grant.workspace.slug]),
    }
    subject = f"{name}: connect {ending.names} again, access ends {when}"
    return subject[:200], render_to_string("social/mail/ending.txt", context)
