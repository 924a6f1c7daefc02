"""AI credits beyond the plan."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Workspace
from multivio.ids import new_uid


class CreditPack(models.Model):
    """Credits that were bought once, or given by support. They are of the workspace that pays, for everybody on its bill, and
    do not end with the month. How many of all of them are used is a number of the account (billing/packs.py has the rule)."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="credit_packs")
    credits = models.PositiveIntegerField()
    # Of what was bought: Stripe's checkout and payment, each of which makes one pack only.
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    payment_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    price_key = models.CharField(max_length=80, blank=True)
    amount = models.PositiveIntegerField(default=0, help_text="that was paid, in the smallest unit")
    currency = models.CharField(max_length=3, blank=True)
    # So many are not paid for any more, by a refund or a dispute; so many of those could be taken back, since nobody had used them.
    unpaid = models.PositiveIntegerField(default=0)
    taken_back = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="when Stripe was asked how the payment stands")

    class Meta:
        indexes = [models.Index(fields=["workspace", "-granted_at"], name="credit_packs_recent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_back__lte=F("unpaid"), unpaid__lte=F("credits")), name="no_more_back_than_there_was"
            ),
            models.CheckConstraint(
                condition=Q(session_id__isnull=False) | ~Q(reason=""), name="credits_are_bought_or_given_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credits:,} AI credits"

    @property
    def is_gift(self) -> bool:
        return self.session_id is None
