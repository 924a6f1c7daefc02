"""Posts to X that are paid one by one: which are, counted once each. Ours is the truth; what Stripe is told is a copy.

The rule. Each part of a publication on X counts in the month of the plan that holds its time, as the limit has it. While an
owner has said so (`PayPerPost`), the parts that are published beyond those in the plan are paid for, up to the cap of the
month; nothing is ever charged beyond the cap, nor for what was published while nobody had said so.

Publications lie above billing: posts/metered.py says what was published, in a tick, past the engine.
"""

import sys
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from billing import limits, standing, telling
from billing.meter_models import MeteredPost, PayPerPost, identifier_of
from billing.models import BillingAccount
from billing.plans import X_POSTS, What
from billing.querysets import OVER

# A window that has ended is looked at a little longer: what was published in it may be written down a moment later.
LINGERS = timedelta(days=1)
State = MeteredPost.State
# How many parts of these workspaces count between two moments and were published before a third.
CountedBefore = Callable[[Sequence[int], datetime, datetime, datetime], int]


@dataclass(frozen=True)
class Posted:
    """A publication on X: its parts, when it was planned for, and when it was published."""

    publication: uuid.UUID
    parts: int
    due_at: datetime
    posted_at: datetime


@dataclass(frozen=True)
class Window:
    """In which publications of these workspaces may have to be paid for."""

    pk: int
    group: tuple[int, ...]
    since: datetime
    until: datetime | None


def windows(workspace_id: int | None = None) -> list[Window]:
    """Of everybody, or of one that pays; none where nothing is sold. In a context of the system."""
    if not settings.BILLING_ENABLED:
        return []
    now = timezone.now()
    rows = PayPerPost.objects.filter(Q(until=None) | Q(until__gt=now - LINGERS)).order_by("pk")
    return [
        Window(row.pk, standing.of_payer(row.workspace_id, now).group, row.since, row.until)
        for row in (rows.filter(workspace_id=workspace_id) if workspace_id else rows)
    ]


def count(window: Window, posted: Iterable[Posted], before: CountedBefore) -> int:
    """Write down what was published, each part once; how many were new. In a context of the system."""
    row = PayPerPost.objects.get(pk=window.pk)
    limits.lock(row.workspace_id)
    made = 0
    for each in sorted(posted, key=lambda one: one.posted_at):
        if MeteredPost.objects.filter(publication=each.publication).exists():
            continue  # somebody else's tick was quicker
        found = standing.of_payer(row.workspace_id, timezone.now(), each.due_at)
        free, paid = _room(row, found, before)
        states = [State.INCLUDED] * min(free, each.parts)
        states += [State.WAITING] * min(paid, each.parts - len(states))
        states += [State.INCLUDED] * (
            each.parts - len(states)
        )  # beyond the cap: on us, the limit should have refused it
        MeteredPost.objects.bulk_create(
            MeteredPost(
                workspace_id=row.workspace_id,
                publication=each.publication,
                part=number,
                identifier=identifier_of(each.publication, number),
                posted_at=each.posted_at,
                period_start=found.period_start,
                state=state,
            )
            for number, state in enumerate(states, start=1)
        )
        made += each.parts
    return made


def _room(row: PayPerPost, found: standing.Standing, before: CountedBefore) -> tuple[int, int]:
    """How many more parts are in the plan, and how many more may be charged, in the month of this standing."""
    month = MeteredPost.objects.of(row.workspace_id).within(found.period_start, found.period_end)
    included = found.plan.limits[What.X_POSTS]
    if included is None:
        return sys.maxsize, 0
    counted = month.filter(posted_at__gte=row.since).count()
    earlier = before(found.group, found.period_start, found.period_end, row.since)
    return max(0, included - earlier - counted), max(0, row.cap - month.charged().count())


# -- while it is on ------------------------------------------------------------------------------------------------------


def current(workspace_id: int) -> PayPerPost | None:
    """In a context of the system."""
    found: PayPerPost | None = PayPerPost.objects.filter(workspace_id=workspace_id, until=None).first()
    return found


def items_of(workspace_id: int) -> set[str]:
    """The metered items that it ever had, as Stripe names them. In a context of the system."""
    return set(PayPerPost.objects.filter(workspace_id=workspace_id).values_list("item_id", flat=True))


def item_in(data: dict[str, Any], known: Collection[str] = ()) -> str:
    """The metered item of a subscription, as Stripe has it; empty: there is none.

    When a price is replaced its lookup key moves to the new one, and an item keeps the old: what is remembered as the item, or
    is metered and of the product, is it too.
    """
    items = data["items"]["data"]
    return next((str(each["id"]) for each in items if each["id"] in known or _is_ours(each["price"])), "")


def _is_ours(price: dict[str, Any]) -> bool:
    is_metered = (price.get("recurring") or {}).get("usage_type") == "metered"
    return price.get("lookup_key") == X_POSTS.price_key or (is_metered and price.get("product") == X_POSTS.product)


def follow(account: BillingAccount, found: Iterable[dict[str, Any]], asked_at: datetime) -> None:
    """Stripe does not charge for them any more, since the plan ended or somebody took the item off there: then nobody may use
    them either. In a context of the system, with the account locked."""
    row = current(account.workspace_id)
    if row is None or row.since >= asked_at:
        return
    alive = [each for each in found if each["status"] not in OVER]
    if any(item["id"] == row.item_id for each in alive for item in each["items"]["data"]):
        return
    limits.lock(account.workspace_id)
    PayPerPost.objects.filter(pk=row.pk, until=None).update(until=timezone.now())
    workspace = account.workspace
    audit.record(
        actor=None, action="plan.pay_per_post_ended", target=workspace, workspace=workspace, before={"cap": row.cap}
    )
    telling.tell_owners(
        workspace,
        f"Posts to X beyond the plan are not paid for any more in {workspace.name}",
        "The plan ended, or this was taken off at Stripe. Posts in the plan go out as before.",
        key=f"pay-per-post:{row.pk}",
    )


@dataclass(frozen=True)
class Tally:
    """Of this month: parts that were counted, how many of them are in the plan, are to be paid, and were told to Stripe."""

    counted: int
    charged: int
    sent: int
    amount: int


def tally(found: standing.Standing) -> Tally:
    """In a context of the system."""
    month = MeteredPost.objects.of(found.workspace_id).within(found.period_start, found.period_end)
    states = list(month.values_list("state", flat=True))
    charged = sum(each in {State.WAITING, State.SENT, State.UNSURE} for each in states)
    return Tally(len(states), charged, states.count(State.SENT), charged * X_POSTS.price)
