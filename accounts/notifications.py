"""Telling people something: in the product at once, by mail, digest and push as each of them prefers.

Writing it down is part of the write that caused it; sending happens afterwards, by ticks (accounts/delivering.py).
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Member, User, Workspace
from accounts.notification_models import Channel, Delivery, Device, Mail, Notification
from accounts.preferences import Wish, wishes
from accounts.roles import Right, role_has
from multivio import tenancy

GATHER = timedelta(seconds=30)  # what happens together goes into one mail


@transaction.atomic
def notify(
    *,
    kind: str,
    workspace: Workspace | None,
    users: Iterable[User],
    title: str,
    body: str,
    url: str,
    key: str = "",
    without: Collection[Channel] = (),
) -> int:
    """Tell these people; how many are told for the first time. `url` is a path of the product.

    With a `key` nobody is told the same thing twice. `without` leaves channels out that somebody else takes care of.
    """
    people = {user.pk: user for user in users if user.is_active}
    wanted = wishes(people, kind)
    with tenancy.system("notify"):
        told = _told_already(people, key)
        rows = [
            Notification(
                workspace=workspace,
                user=user,
                kind=kind,
                title=title[:200],
                body=body,
                url=url[:600],
                key=key[:120],
                in_app=wanted[pk].in_app,
            )
            for pk, user in people.items()
            if pk not in told
        ]
        # Another process may be telling the same: the constraint lets one of them through.
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        stored = {row.uid: row for row in Notification.objects.filter(uid__in=[row.uid for row in rows])}
        _send_later([(row, people[row.user_id], wanted[row.user_id]) for row in stored.values()], workspace, without)
    return len(stored)


def managers(workspace: Workspace, right: Right = Right.MANAGE) -> list[User]:
    """The members whose role has a right, for those who tell them something."""
    with tenancy.system("whom to tell"):
        rows = Member.objects.filter(workspace=workspace, user__is_active=True).select_related("user").order_by("id")
        return [row.user for row in rows if role_has(row.role, right)]


def _told_already(people: Collection[int], key: str) -> set[int]:
    if not key:
        return set()
    return set(Notification.objects.filter(user_id__in=people, key=key[:120]).values_list("user_id", flat=True))


def _send_later(
    rows: Iterable[tuple[Notification, User, Wish]], workspace: Workspace | None, without: Collection[Channel]
) -> None:
    found = list(rows)
    with_device: set[int] = set()
    if settings.PUSH_ENABLED:
        users = [user.pk for _, user, _ in found]
        with_device = set(Device.objects.filter(user_id__in=users).values_list("user_id", flat=True))
    Delivery.objects.bulk_create(
        Delivery(notification=row, channel=channel, due_at=due_at)
        for row, user, wish in found
        for channel, due_at in _ways(user, wish, workspace, has_device=user.pk in with_device)
        if channel not in without
    )


def _ways(
    user: User, wish: Wish, workspace: Workspace | None, *, has_device: bool
) -> Iterable[tuple[Channel, datetime]]:
    now = timezone.now()
    if wish.mail == Mail.NOW:
        yield Channel.EMAIL, now + GATHER
    elif wish.mail == Mail.DIGEST:
        yield Channel.DIGEST, next_digest(user, workspace, now)
    if wish.push and has_device:
        yield Channel.PUSH, now


def next_digest(user: User, workspace: Workspace | None, now: datetime) -> datetime:
    """The next morning where the person lives, as far as that is known: else where the workspace does."""
    zone = ZoneInfo(user.zone) if user.zone else workspace.tz if workspace else None
    local = now.astimezone(zone) if zone else now
    morning = local.replace(hour=settings.DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)
