"""What a workspace has: which plan, by whom it is paid, what that allows today, and since when the period runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from accounts.models import Workspace
from billing.access import Access, Rule
from billing.models import BillingAccount, Comp, Subscription
from billing.plans import FREE, PLANS, UNLIMITED, Plan, What
from multivio import tenancy

NEAR = timedelta(days=30)  # nobody has to think of the end of a gift before
_ORDER = {Access.FULL: 3, Access.WARNED: 2, Access.HELD: 1, Access.NONE: 0}


@dataclass(frozen=True)
class Standing:
    """`workspace_id` is the one that pays; `group` are all that it pays for, itself included."""

    workspace_id: int
    group: tuple[int, ...]
    plan: Plan
    rule: Rule
    period_start: datetime
    period_end: datetime
    subscription: Subscription | None = None
    comp: Comp | None = None
    account: BillingAccount | None = None
    paid_x_posts: int = 0  # beyond the plan, in a month

    @property
    def access(self) -> Access:
        return self.rule.access

    @property
    def sells_seats(self) -> bool:
        return bool(self.comp is None and self.subscription and not self.subscription.is_over and self.plan.seats)

    @property
    def rests_from(self) -> datetime | None:
        """From when on connections rest unless an owner chooses, where that is still to come."""
        return self.account.rests_from if self.account else None

    @property
    def is_held(self) -> bool:
        return self.access == Access.HELD

    def most(self, what: What) -> int | None:
        """How much of it is allowed; None: as much as one likes."""
        bought = self.subscription if not self.comp else None
        most = bought.most(self.plan, what) if bought else self.plan.limits[what]
        return most + self.paid_x_posts if what == What.X_POSTS and most is not None else most


def of(workspace: Workspace, *, period_of: datetime | None = None) -> Standing:
    """As of now, with the period of monthly quotas that holds `period_of`, else today's.

    Another workspace may pay for it: whoever is in the workspace is told that one's plan too.
    """
    moment = timezone.now()
    if not settings.BILLING_ENABLED:
        start, end = _month(period_of or moment)
        return Standing(workspace.pk, (workspace.pk,), UNLIMITED, Rule(Access.FULL), start, end)
    asking = tenancy.current()
    rows = _read("mv_standing(%s)", [moment]) if asking.workspace_id == workspace.pk and not asking.system else []
    if not rows:  # somebody who is not in it, such as whoever accepts an invitation, or a task
        with tenancy.system("what a workspace has"):
            rows = _read(PAYERS, [workspace.pk, workspace.pk, moment])
    return _standing(rows, moment, period_of)


def of_payer(workspace_id: int, moment: datetime, period_of: datetime | None = None) -> Standing:
    """The standing of a workspace that pays for itself, in a context of the system."""
    return _standing(_read("mv_standing_of(%s, %s)", [workspace_id, moment]), moment, period_of)


@dataclass(frozen=True)
class _Row:
    payer: int
    paid_for: list[int]
    cap: int | None
    account: BillingAccount | None
    subscription: Subscription | None
    comp: Comp | None


PAYERS = "mv_standing_of(coalesce((select paid_by_id from billing_payer where workspace_id = %s), %s), %s)"
_PARTS: tuple[tuple[str, type[models.Model]], ...] = (
    ("account", BillingAccount), ("subscription", Subscription), ("comp", Comp),
)  # fmt: skip


def _read(source: str, values: list[Any]) -> list[_Row]:
    """One question: it is asked by every page, and by whatever a plan limits."""
    fields = {name: model._meta.concrete_fields for name, model in _PARTS}
    columns = ", ".join(f"(s.{name}).{field.column}" for name, own in fields.items() for field in own)
    with connection.cursor() as cursor:
        cursor.execute(f"select s.payer, s.paid_for, s.cap, {columns} from {source} s", values)  # noqa: S608 - names of ours
        found = cursor.fetchall()
    return [_Row(*row[:3], *_models(row[3:], fields)) for row in found]


def _models(values: Sequence[Any], fields: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    left = iter(values)
    for name, model in _PARTS:
        own = [_converted(next(left), field) for field in fields[name]]
        yield None if own[0] is None else model.from_db(connection.alias, [f.attname for f in fields[name]], own)


def _converted(value: Any, field: Any) -> Any:
    return field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value


def _standing(rows: Sequence[_Row], moment: datetime, period_of: datetime | None) -> Standing:
    first = rows[0]
    group = (first.payer, *first.paid_for)
    if not settings.BILLING_ENABLED:
        return Standing(first.payer, group, UNLIMITED, Rule(Access.FULL), *_month(moment), account=first.account)
    found = [row.subscription for row in rows if row.subscription is not None]
    comp = first.comp
    best = max(found, key=lambda each: _weight(each, moment), default=None)
    rule = best.rule(moment) if best else Rule(Access.NONE)
    plan = (best.sold or FREE) if best and rule.access != Access.NONE else FREE
    if comp is not None and (PLANS[comp.plan].rank >= plan.rank or rule.access == Access.HELD):
        plan, rule = PLANS[comp.plan], Rule(Access.FULL)
    else:
        comp = None
    # An ended subscription says nothing about today, except on the page of history.
    shown = best if best and (not best.is_over or rule.access != Access.NONE) else None
    start, end = _quota_period(shown, period_of or moment)
    # Only a subscription that runs can carry what is paid one by one.
    paid = (first.cap or 0) if shown is not None and shown.status in {"active", "past_due"} else 0
    return Standing(first.payer, group, plan, rule, start, end, shown, comp, first.account, paid)


@dataclass(frozen=True)
class Coming:
    """What holds when the plan of now has ended."""

    at: datetime
    plan: Plan


def coming(found: Standing) -> Coming | None:
    """The next plan, where the end of the one of now is known, and that of a gift is near."""
    row, comp = found.subscription, found.comp
    if comp is not None:
        if comp.ends_at > timezone.now() + NEAR:
            return None
        if row is None or row.rule().access not in {Access.FULL, Access.WARNED}:
            return Coming(comp.ends_at, FREE)
        outlasts = row.cancel_at is None or row.cancel_at > comp.ends_at
        return Coming(comp.ends_at, (row.sold or FREE) if outlasts else FREE)
    if row is None or row.is_over or row.cancel_at is None:
        return None
    return Coming(row.cancel_at, FREE)


def _weight(subscription: Subscription, moment: datetime) -> tuple[int, int, bool, datetime]:
    """Of several the one that allows most."""
    plan = subscription.sold
    access = _ORDER[subscription.rule(moment).access]
    return access, plan.rank if plan else 0, not subscription.is_over, subscription.started_at


def _quota_period(subscription: Subscription | None, moment: datetime) -> tuple[datetime, datetime]:
    """The month in which monthly quotas are counted: from the day on which the subscription renews, also in the months before the
    period that runs; the calendar's before the subscription began, and without one."""
    if subscription is None or moment < subscription.started_at:
        return _month(moment)
    start, number = _anchor(subscription), _months_between(_anchor(subscription), moment)
    while moment < _months_after(start, number):
        number -= 1
    return max(_months_after(start, number), subscription.started_at), _months_after(start, number + 1)


def _anchor(subscription: Subscription) -> datetime:
    """From where months are counted: a month that began on the 31st and has 30 days leaves the next one its 31st."""
    start, begun = subscription.period_start, subscription.started_at
    return begun if _months_after(begun, _months_between(begun, start)) == start else start


def _months_between(start: datetime, end: datetime) -> int:
    """By the calendar, whatever the day."""
    return (end.year - start.year) * 12 + end.month - start.month


def _month(moment: datetime) -> tuple[datetime, datetime]:
    start = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, _months_after(start, 1)


def _months_after(start: datetime, number: int) -> datetime:
    month = start.month - 1 + number
    year, month = start.year + month // 12, month % 12 + 1
    for day in (start.day, 30, 29, 28):
        try:
            return start.replace(year=year, month=month, day=day)
        except ValueError:  # the 31st of a shorter month
            continue
    raise AssertionError("every month has 28 days")


def account_of(workspace_id: int) -> BillingAccount:
    """The workspace's row as a customer, made when it is first needed, and locked. In a context of the system."""
    BillingAccount.objects.get_or_create(workspace_id=workspace_id)
    found: BillingAccount = BillingAccount.objects.select_for_update().get(workspace_id=workspace_id)
    return found
