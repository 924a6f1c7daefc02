"""What a workspace has: which plan, by whom it is paid, what that allows today, and since when the period runs."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from accounts.models import Workspace
from billing.access import Access, Rule
from billing.meter_models import PayPerPost
from billing.models import BillingAccount, Comp, Payer, Subscription
from billing.plans import FREE, PLANS, UNLIMITED, Plan, What
from multivio import tenancy

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
    paid_x_posts: int = 0  # beyond the plan, in a month

    @property
    def access(self) -> Access:
        return self.rule.access

    @property
    def sells_seats(self) -> bool:
        return bool(self.comp is None and self.subscription and not self.subscription.is_over and self.plan.seats)

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

    Reads past the workspace's own context, since another one may pay for it.
    """
    moment = timezone.now()
    if not settings.BILLING_ENABLED:
        start, end = _month(period_of or moment)
        return Standing(workspace.pk, (workspace.pk,), UNLIMITED, Rule(Access.FULL), start, end)
    with tenancy.system("what a workspace has"):
        payer = Payer.objects.filter(workspace_id=workspace.pk).values_list("paid_by_id", flat=True).first()
        return of_payer(payer or workspace.pk, moment, period_of)


def of_payer(workspace_id: int, moment: datetime, period_of: datetime | None = None) -> Standing:
    """The standing of a workspace that pays for itself, in a context of the system."""
    group = (workspace_id, *Payer.objects.filter(paid_by_id=workspace_id).values_list("workspace_id", flat=True))
    found = list(Subscription.objects.of(workspace_id))
    comp: Comp | None = Comp.objects.filter(workspace_id=workspace_id).current(moment).order_by("-starts_at").first()
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
    return Standing(workspace_id, group, plan, rule, start, end, shown, comp, _paid_x_posts(shown))


def _paid_x_posts(subscription: Subscription | None) -> int:
    """Only a subscription that runs can carry them."""
    if subscription is None or subscription.status not in {"active", "past_due"}:
        return 0
    rows = PayPerPost.objects.filter(workspace_id=subscription.workspace_id, until=None)
    return int(rows.values_list("cap", flat=True).first() or 0)


def _weight(subscription: Subscription, moment: datetime) -> tuple[int, int, bool, datetime]:
    """Of several the one that allows most."""
    plan = subscription.sold
    access = _ORDER[subscription.rule(moment).access]
    return access, plan.rank if plan else 0, not subscription.is_over, subscription.started_at


def _quota_period(subscription: Subscription | None, moment: datetime) -> tuple[datetime, datetime]:
    """The month in which monthly quotas are counted: from the day on which the subscription renews, else the calendar's."""
    if subscription is None or moment < subscription.period_start:
        return _month(moment)
    start, number = subscription.period_start, 0
    while (after := _months_after(start, number + 1)) <= moment:
        number += 1
    return _months_after(start, number), after


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
