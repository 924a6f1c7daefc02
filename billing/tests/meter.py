"""Paying for posts to X in tests: switched on, published, and looked at on both sides."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.audit_models import AuditEntry
from billing import metering
from billing.meter_models import MeteredPost, PayPerPost
from billing.metering import Posted
from billing.plans import TEAM, What
from billing.services import pay_per_post
from billing.tests.shop import Shop, nonce
from multivio import tenancy

INCLUDED = TEAM.limits[What.X_POSTS] or 0


def switch(shop: Shop, cap: int) -> PayPerPost | None:
    return pay_per_post.switch(actor=shop.owner, cap=cap, nonce=nonce())


def on(shop: Shop, cap: int = 5) -> PayPerPost:
    """A plan, and paying for up to so many posts beyond it."""
    shop.buy("team")
    row = switch(shop, cap)
    assert row is not None
    with tenancy.system("test"):  # since a little while, so that what is posted now is within
        PayPerPost.objects.filter(pk=row.pk).update(since=timezone.now() - timedelta(minutes=5))
    return row


def post(shop: Shop, parts: int = 1, *, earlier: int = INCLUDED, at: datetime | None = None) -> Posted:
    """Publish a thread on X, after `earlier` parts in the month before it was on."""
    moment = at or timezone.now()
    posted = Posted(uuid.uuid4(), parts, timezone.now(), moment)
    count(shop, [posted], earlier=earlier)
    return posted


def count(shop: Shop, posted: list[Posted], *, earlier: int = INCLUDED) -> int:
    with tenancy.system("test"):
        return sum(metering.count(window, posted, lambda *_: earlier) for window in metering.windows())


def states(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        rows = MeteredPost.objects.of(shop.workspace.pk).order_by("posted_at", "part")
        return [str(each) for each in rows.values_list("state", flat=True)]


def change(**fields: Any) -> None:
    with tenancy.system("test"):
        MeteredPost.objects.update(**fields)


def counted_by_stripe(shop: Shop) -> int:
    return len(shop.sandbox.control.call("GET", "stripe/meter_events")["events"])


def items(shop: Shop) -> list[str]:
    return [each["price"]["lookup_key"] for each in shop.at_stripe()[-1]["items"]["data"]]


def trail(shop: Shop) -> list[str]:
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(workspace=shop.workspace, action__startswith="plan.pay").order_by("id")
        return list(rows.values_list("action", flat=True))
