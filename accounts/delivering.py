"""Sends notifications by mail, digest and push. Ticks: what could not be sent is tried again, more and more rarely.

No transaction is open while somebody outside is asked; a mail that is sent twice is better than one that is not sent.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import push
from accounts.models import User
from accounts.notification_models import Channel, Delivery, Device, Notification
from multivio import tenancy

log = structlog.get_logger(__name__)
AT_ONCE = 500
SHOWN = 20
MOST_TRIES = 6
HELD = timedelta(minutes=10)  # nobody else's for that long; also when whoever was sending it died
MAIL_ERRORS = (OSError,)  # smtplib's and a socket's alike


def deliver() -> int:
    """Send what is due by every channel; how many messages left."""
    return _mails(Channel.EMAIL) + _mails(Channel.DIGEST) + _pushes()


# -- mail -----------------------------------------------------------------------------------------


def _mails(channel: Channel) -> int:
    """One mail a person and workspace about everything that is due for them."""
    rows = _take(channel)
    sent = 0
    for _whose, group in groupby(rows, key=lambda row: (row.notification.user_id, row.notification.workspace_id or 0)):
        some = list(group)
        try:
            send_mail(*_letter(channel, some), None, [some[0].notification.user.email])
        except MAIL_ERRORS as error:
            _later(some, type(error).__name__)
            continue
        _sent(some)
        sent += 1
    return sent


def _letter(channel: Channel, rows: Sequence[Delivery]) -> tuple[str, str]:
    notifications = [row.notification for row in rows]
    first = notifications[0]
    where = first.workspace.name if first.workspace else "your account"
    if channel == Channel.DIGEST:
        subject = f"{where}: {len(rows)} thing{'s' if len(rows) > 1 else ''} since yesterday"
    elif len(rows) == 1:
        subject = first.title
    else:
        subject = f"{len(rows)} news from {where}"
    context = {
        "notifications": notifications[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "where": where,
        "base": settings.BASE_URL,
        "choose": settings.BASE_URL + reverse("notification_preferences"),
    }
    return " ".join(subject.split())[:200], render_to_string("accounts/mail/notifications.txt", context)


# -- push -----------------------------------------------------------------------------------------


def _pushes() -> int:
    if not settings.PUSH_ENABLED:
        return 0
    sent = 0
    for row in _take(Channel.PUSH):
        devices = _devices(row.notification.user)
        try:
            gone = push.send(row.notification, [device.token for device in devices])
        except push.PushFailed as error:
            _later([row], str(error))
            continue
        _forget_devices(gone)
        _sent([row])
        sent += len(devices) - len(gone)
    return sent


def _devices(user: User) -> list[Device]:
    with tenancy.system("devices to push to"):
        return list(Device.objects.filter(user=user))


def _forget_devices(tokens: Iterable[str]) -> None:
    """The app is not there any more."""
    with tenancy.system("devices that are gone"):
        Device.objects.filter(token__in=list(tokens)).delete()


# -- rows -----------------------------------------------------------------------------------------


def _take(channel: Channel) -> list[Delivery]:
    """What is due, for a while nobody else's. What was read meanwhile in the product needs no mail any more."""
    with tenancy.system("deliver notifications"):
        due = Delivery.objects.due(channel).filter(tries__lt=MOST_TRIES)
        rows = list(
            due.select_for_update(of=("self",), skip_locked=True).select_related(
                "notification__user", "notification__workspace"
            )[:AT_ONCE]
        )
        wanted = [row for row in rows if row.notification.read_at is None and row.notification.user.is_active]
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            due_at=timezone.now() + HELD, tries=F("tries") + 1
        )
        Delivery.objects.filter(pk__in={row.pk for row in rows} - {row.pk for row in wanted}).delete()
    return sorted(wanted, key=lambda row: (row.notification.user_id, row.notification.workspace_id or 0, row.pk))


def _sent(rows: Iterable[Delivery]) -> None:
    with tenancy.system("notifications delivered"):
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(sent_at=timezone.now(), error="")


def _later(rows: Sequence[Delivery], error: str) -> None:
    """Ten minutes after the first try, then twice as long each time."""
    wait = HELD * 2 ** rows[0].tries
    log.warning("a notification could not be sent", channel=rows[0].channel, error=error, again_in=str(wait))
    with tenancy.system("notifications not delivered"):
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=timezone.now() + wait, error=error[:200])


def purge() -> int:
    """Forget what people were told so long ago that nobody looks for it; how many rows."""
    old = timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS)
    with tenancy.system("forget old notifications"):
        count, _by_model = Notification.objects.filter(created_at__lt=old).delete()
    return count
