"""Who pays for a workspace, what they subscribed to as Stripe last told us, and everything Stripe ever told us.

The app role reads these rows and writes none of them: plans are granted by what Stripe says, or by support with a reason.
"""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.utils import timezone

from accounts.models import Workspace
from billing.access import Access, Rule, Situation, rule_of, situation_of
from billing.plans import PLANS, Interval, Plan, What
from billing.querysets import OVER, CompQuerySet, EventQuerySet, SubscriptionQuerySet
from multivio.ids import new_uid

PLAN_CHOICES = [(plan.key, plan.name) for plan in PLANS.values()]


class BillingAccount(models.Model):
    """A workspace as a customer of Stripe's."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="billing")
    customer_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    trial_used_at = models.DateTimeField(null=True, blank=True)
    # Since when its scheduled posts wait for a payment.
    held_at = models.DateTimeField(null=True, blank=True)
    # Of the AI credits beyond the plan, how many are used: billing/packs.py.
    credits_used = models.PositiveIntegerField(default=0, db_default=0)
    told_access = models.CharField(max_length=8, choices=Access.choices, default=Access.NONE)
    # How many customers of this workspace were deleted at Stripe; a new one is not asked for by an old key.
    lost_customers = models.PositiveSmallIntegerField(default=0, db_default=0)
    # As Stripe said when it was asked: the VAT ID, and the country by which tax is told.
    tax_id = models.CharField(max_length=40, blank=True, default="", db_default="")
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    asked_at = models.DateTimeField(null=True, blank=True)

    # Which connections an owner wants to stay where a plan has no room for all, and when they said so. See billing/places.py.
    staying: Any = models.JSONField(default=list, blank=True, db_default=Value([], models.JSONField()))
    chosen_at = models.DateTimeField(null=True, blank=True)
    # Nobody has chosen: from when on those rest for which there is no room. The owners know.
    rests_from = models.DateTimeField(null=True, blank=True)
    resting_since = models.DateTimeField(null=True, blank=True)  # since when some rest; empty while none does
    told_ending_at = models.DateTimeField(null=True, blank=True)  # the end of a plan that the owners were told of
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.workspace} as a customer"


class Payer(models.Model):
    """A workspace whose plan another one pays for: an agency's clients."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="payer")
    paid_by = models.ForeignKey(Workspace, models.CASCADE, related_name="pays_for")
    since = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.workspace} is paid by {self.paid_by}"


class Subscription(models.Model):
    """A subscription as it was when we last asked Stripe. Only billing/sync.py writes it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="subscriptions")
    stripe_id = models.CharField(max_length=64, unique=True)
    item_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=32)
    pause_cause = models.CharField(max_length=64, blank=True)
    price_key = models.CharField(max_length=80, blank=True)
    # The plan of that price; where the price is none of ours, the plan that was there before, and `is_unsure`.
    plan = models.CharField(max_length=16, choices=PLAN_CHOICES, blank=True)
    is_unsure = models.BooleanField(default=False)
    interval = models.CharField(max_length=5, choices=Interval.choices, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    # Members more than the plan has, an item of their own.
    seats = models.PositiveIntegerField(default=0, db_default=0)
    seat_item_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    # What comes off, each {"percent", "amount", "name", "ends_at"}; the times are seconds as Stripe has them, or null.
    discounts: Any = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    currency = models.CharField(max_length=3)
    amount = models.PositiveIntegerField(default=0, help_text="of one period with its seats, in the smallest unit")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    trial_end = models.DateTimeField(null=True, blank=True)
    cancel_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    invoice_id = models.CharField(max_length=64, blank=True)  # support finds it by this
    invoice_url = models.CharField(max_length=600, blank=True)
    # The last invoice could not be made, mostly because nobody can tell where the customer is.
    invoice_stuck = models.BooleanField(default=False, db_default=False)
    started_at = models.DateTimeField()
    asked_at = models.DateTimeField(help_text="when the question was sent to which this is the answer")

    objects: ClassVar[models.Manager["Subscription"]] = SubscriptionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-started_at"], name="subscription_recent")]

    def __str__(self) -> str:
        return f"{self.get_plan_display() or self.price_key} ({self.status})"

    def situation(self, now: datetime | None = None) -> Situation:
        if self.is_unsure and self.status in {"active", "trialing"}:
            return Situation.UNSURE
        moment = now or timezone.now()
        return situation_of(self.status, cause=self.pause_cause, past_due_since=self.past_due_since, now=moment)

    def rule(self, now: datetime | None = None) -> Rule:
        return rule_of(self.situation(now))

    @property
    def sold(self) -> Plan | None:
        return PLANS.get(self.plan)

    def most(self, plan: Plan, what: What) -> int | None:
        """How much `plan` allows with what was bought besides."""
        most = plan.limits[what]
        return most + self.seats if most is not None and what == What.MEMBERS and plan.seats else most

    @property
    def is_over(self) -> bool:
        return self.status in OVER


class Comp(models.Model):
    """A plan that support gave away: to whom, why, and until when."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="comps")
    plan = models.CharField(max_length=16, choices=PLAN_CHOICES)
    reason = models.CharField(max_length=300)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Comp"]] = CompQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_plan_display()} for {self.workspace}"


class BillingEvent(models.Model):
    """Something Stripe told us. Kept as it came; what it means is asked of Stripe when it is worked on."""

    event_id = models.CharField(max_length=80, unique=True)
    type = models.CharField(max_length=80)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="+")
    customer_id = models.CharField(max_length=64, blank=True)
    livemode = models.BooleanField()
    payload = models.JSONField()
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    processed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[models.Manager["BillingEvent"]] = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(processed_at=None), name="billing_events_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


from billing import credit_models, meter_models  # noqa: E402, F401 - for Django to find them
