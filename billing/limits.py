"""The one place where a plan's limits are asked. Whoever makes more of something calls `require` in the transaction that makes
it; two at once cannot both take the last one, since they wait for each other on a lock of the paying workspace.

    limits.require(workspace, What.CONNECTIONS)                  before making one
    limits.require(workspace, What.MEMBERS, 0)                   after making some: is what there is now allowed?

Apps above register how their things are counted (`counted`). Without Stripe's keys nothing is limited.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Workspace
from billing import standing as standings
from billing.errors import LimitReached, PaymentNeeded
from billing.plans import MEASURES, What, amount, that_has
from billing.standing import Standing
from multivio import tenancy

# How much of something these workspaces have; of what is monthly, between these moments.
Counter = Callable[[Sequence[int], datetime, datetime], int]
_counters: dict[What, Counter] = {}
LOCK = 0x62696C6C  # "bill", the first half of the advisory lock


def counted(what: What) -> Callable[[Counter], Counter]:
    """Register how something is counted. Called in a context of the system."""

    def register(counter: Counter) -> Counter:
        _counters[what] = counter
        return counter

    return register


def in_force(what: What) -> bool:
    """Whether the product counts this at all. What nobody counts is neither promised nor shown."""
    return MEASURES[what].is_feature or what in _counters


@dataclass(frozen=True)
class Use:
    """Of one limit: how much is used and how much there is; `most` None is no limit."""

    what: What
    used: int
    most: int | None

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(0, self.most - self.used)

    @property
    def is_full(self) -> bool:
        return self.most is not None and self.used >= self.most

    @property
    def is_close(self) -> bool:
        """Four fifths and more: time to say so."""
        return self.most is not None and self.used * 5 >= self.most * 4


def require(workspace: Workspace, what: What, count: int = 1, *, at: datetime | None = None) -> None:
    """Raise LimitReached when `count` more of it are not allowed. In a transaction; the lock is held to its end.

    What is monthly counts in the period that holds `at`, else in today's.
    """
    if not settings.BILLING_ENABLED:
        return
    found = standings.of(workspace, period_of=at)
    most = found.most(what)
    if most is None:
        return
    if MEASURES[what].is_feature:
        raise _refusal(workspace, found, Use(what, 0, 0), 1)
    found = _alone(workspace, found, at)
    most = found.most(what)
    if most is None:
        return
    use = Use(what, _used(found, what), most)
    if use.used + count > most:
        raise _refusal(workspace, found, use, count)


def _alone(workspace: Workspace, found: Standing, at: datetime | None) -> Standing:
    """How things stand once nobody else counts: while we waited another plan may have begun, seats or a cap been changed, or
    another workspace begun to pay."""
    locked = None
    while found.workspace_id != locked:
        locked = found.workspace_id
        lock(locked)
        found = standings.of(workspace, period_of=at)
    return found


def require_paid(workspace: Workspace) -> None:
    """Raise PaymentNeeded while posts wait for a payment. In a transaction: holding and planning cannot cross."""
    if not settings.BILLING_ENABLED:
        return
    hold(workspace)
    found = standings.of(workspace)
    if found.is_held:
        raise PaymentNeeded(f"{found.rule.sentence} {found.rule.step}", extra=_way_out(workspace))


def usage(workspace: Workspace) -> list[Use]:
    """Everything that is counted, for the page and the API."""
    found = standings.of(workspace)
    return [
        Use(what, _used(found, what), found.most(what))
        for what in What
        if in_force(what) and not MEASURES[what].is_feature
    ]


def use_of(workspace: Workspace, what: What, *, found: Standing | None = None) -> Use:
    """Of one limit, to be shown before it bites. Where nothing is limited it counts nothing."""
    found = found or standings.of(workspace)
    most = found.most(what)
    if most is None:
        return Use(what, 0, None)
    # Whoever looks at their own workspace, alone on its bill, sees all that counts: no other role is needed.
    is_own = found.group == (tenancy.current().workspace_id,)
    return Use(what, _counted(found, what) if is_own else _used(found, what), most)


def refusal(workspace: Workspace, use: Use, count: int) -> LimitReached:
    """What `require` raises, for whoever has looked already."""
    return _refusal(workspace, standings.of(workspace), use, count)


def allows(workspace: Workspace, what: What) -> bool:
    """Whether the plan has a feature."""
    return standings.of(workspace).most(what) is None


def history_since(workspace: Workspace, *, found: Standing | None = None) -> datetime | None:
    """How far back the past is shown: numbers of posts, and the trail. None: to the beginning. Nothing older is deleted, and what
    is exported, or needs somebody, is whole."""
    days = (found or standings.of(workspace)).plan.history
    return None if days is None else timezone.now() - timedelta(days=days)


def lock(workspace_id: int) -> None:
    """Wait for whoever counts for this paying workspace at the moment; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, workspace_id % 2**31])


def hold(workspace: Workspace) -> None:
    """Take that lock for a workspace before rows of its own are locked, in a transaction that will count later on."""
    if settings.BILLING_ENABLED:
        lock(_payer(workspace))


def _payer(workspace: Workspace) -> int:
    return standings.of(workspace).workspace_id


def _used(found: Standing, what: What) -> int:
    return used_between(found, what, found.period_start, found.period_end)


def used_between(found: Standing, what: What, start: datetime, end: datetime) -> int:
    """How much of it all of one bill have; of what is monthly, between these moments."""
    with tenancy.system("count against a limit"):
        return _counters[what](found.group, start, end)


def _counted(found: Standing, what: What) -> int:
    return _counters[what](found.group, found.period_start, found.period_end)


def _refusal(workspace: Workspace, found: Standing, use: Use, count: int) -> LimitReached:
    extra = {"what": use.what.value, "limit": use.most, "used": use.used, **_way_out(workspace)}
    if found.workspace_id != workspace.pk:  # nothing can be bought from here
        return LimitReached(f"{_sentence(found, use)} {_who_pays(found)}", extra=extra)
    if use.what == What.MEMBERS and found.sells_seats:
        extra["seats_url"] = f"{settings.BASE_URL}{reverse('seats', args=[workspace.slug])}"
    return LimitReached(f"{_sentence(found, use)} {_way(found, use, count)}".rstrip(), extra=extra)


def _who_pays(found: Standing) -> str:
    with tenancy.system("who pays"):
        name = Workspace.objects.values_list("name", flat=True).get(pk=found.workspace_id)
    return f"{name} pays for this workspace: more is chosen there."


def _sentence(found: Standing, use: Use) -> str:
    measure, plan, most = MEASURES[use.what], found.plan.name, use.most or 0
    if measure.is_feature:
        return f"{measure.many[0].upper()}{measure.many[1:]} is not part of {plan}."
    if use.what == What.X_POSTS and found.paid_x_posts:
        paid = found.paid_x_posts
        return f"{plan} has {most - paid:,} posts to X a month, you pay for up to {paid:,} more, and {_taken(use)}."
    noun = measure.one if most == 1 else measure.many
    return f"{plan} has {amount(use.what, most)} {noun}, and {_taken(use)}."


def _way(found: Standing, use: Use, count: int) -> str:
    """What whoever pays can do about it."""
    bigger = that_has(use.what, use.used + max(count, 1))
    if MEASURES[use.what].is_feature:
        return f"{bigger.name} has it: see Plan and usage." if bigger else ""
    if use.what == What.MEMBERS and found.sells_seats:
        return f"Add a seat under Plan and usage{f', or move to {bigger.name}' if bigger else ''}."
    if use.what == What.X_POSTS and found.paid_x_posts:
        return "Raise the cap under Plan and usage."
    way = f"{bigger.name} has more: see Plan and usage." if bigger else "No plan has more; write to us."
    if use.what == What.X_POSTS and found.subscription is not None and found.subscription.status == "active":
        way += " Or pay for each one beyond it."  # they can be paid for one by one
    return way


def _taken(use: Use) -> str:
    if use.most is not None and use.used == use.most:
        return "all are in use" if use.most > 1 else "it is in use"
    return f"{amount(use.what, use.used)} are in use"


def upgrade_url(workspace: Workspace) -> str:
    """Where a person finds the plans."""
    return f"{settings.BASE_URL}{reverse('plan', args=[workspace.slug])}"


def _way_out(workspace: Workspace) -> dict[str, Any]:
    return {"upgrade_url": upgrade_url(workspace)}
