"""What people do with what they are told: read it, and choose the devices that it reaches."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import origin
from accounts.models import User
from accounts.notification_models import Device, Notification
from multivio import tenancy
from multivio.errors import Forbidden, Invalid, NotFound, Problem

MOST_DEVICES = 20


@transaction.atomic
def mark_read(*, rows: "QuerySet[Notification]") -> int:
    """These are read; how many were not before."""
    return rows.filter(read_at=None).update(read_at=timezone.now())


def own(
    user: User, *, workspace_id: int | None = None, uids: Collection[UUID] | None = None
) -> "QuerySet[Notification]":
    """A person's notifications: of one workspace and of their account, or all of them; some of these, or all."""
    rows: QuerySet[Notification] = Notification.objects.shown_to(user.pk, workspace_id)
    return rows if uids is None else rows.filter(uid__in=uids)


@transaction.atomic
def add_device(*, user: User, token: str, system: str, name: str = "") -> Device:
    """Push to this device from now on. A token that was somebody else's is theirs no more: they signed in there."""
    refuse_key()
    if not token.strip() or len(token) > 512:
        raise Invalid.because([Problem("token", "bad_token", "This is not a device token.")])
    with tenancy.system("a device changes hands"):
        known = Device.objects.filter(token=token).exists()
        if not known and Device.objects.filter(user=user).count() >= MOST_DEVICES:
            raise Invalid.because([Problem("token", "too_many", f"At most {MOST_DEVICES} devices; remove one first.")])
        values = {"user": user, "system": system, "name": name[:80], "last_seen_at": timezone.now()}
        device, _is_new = Device.objects.update_or_create(token=token, defaults=values)
    return device


@transaction.atomic
def remove_device(*, user: User, uid: UUID) -> None:
    """Push to it no more. Raises NotFound."""
    refuse_key()
    deleted, _by_model = Device.objects.filter(user=user, uid=uid).delete()
    if not deleted:
        raise NotFound("There is no such device.")


def refuse_key() -> None:
    """An API key belongs to one workspace, and what concerns its maker's whole account is not for it. Raises Forbidden."""
    if origin.current().api_key_id is not None:
        raise Forbidden("An API key may not do this: it concerns your account, not one workspace. Sign in instead.")
