"""What a subscription's state means for the workspace: a table, and nothing else decides it.

The states are Stripe's (https://docs.stripe.com/billing/subscriptions/overview), split where what they allow differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models


class Access(models.TextChoices):
    """What somebody may do. Held: everything can be read, and what is scheduled waits."""

    FULL = "full", "Everything in the plan"
    WARNED = "warned", "Everything in the plan, for now"
    HELD = "held", "Posts wait until it is paid"
    NONE = "none", "The free plan"


class Situation(models.TextChoices):
    """A subscription's status, with what we have to know besides."""

    TRIALING = "trialing", "On trial"
    ACTIVE = "active", "Active"
    PAST_DUE = "past_due", "Payment failed"
    PAST_DUE_LATE = "past_due_late", "Payment failed, grace is over"
    UNPAID = "unpaid", "Unpaid"
    PAUSED_TRIAL = "paused_trial", "Paused, the trial ended without a card"
    PAUSED_ASKED = "paused_asked", "Paused on request"
    PAUSED_PAYMENT = "paused_payment", "Paused after failed payments"
    CANCELED = "canceled", "Ended"
    INCOMPLETE = "incomplete", "First payment open"
    INCOMPLETE_EXPIRED = "incomplete_expired", "Never paid"
    UNSURE = "unsure", "Not understood"


@dataclass(frozen=True)
class Rule:
    """`title`: what the owners are told when it begins, with `{workspace}` in it."""

    access: Access
    sentence: str = ""
    step: str = ""
    title: str = ""


TABLE: Mapping[Situation, Rule] = {
    Situation.TRIALING: Rule(Access.FULL),
    Situation.ACTIVE: Rule(Access.FULL),
    Situation.PAST_DUE: Rule(
        Access.WARNED,
        "The last payment failed. Everything goes on for some days while it is tried again.",
        "Pay the open invoice or use another card.",
        "A payment for {workspace} failed",
    ),
    Situation.PAST_DUE_LATE: Rule(
        Access.HELD,
        "The plan has not been paid for, so scheduled posts wait. Nothing is lost.",
        "Pay the open invoice or use another card: the posts go back in line at once.",
        "Posts of {workspace} wait for a payment",
    ),
    Situation.UNPAID: Rule(
        Access.HELD,
        "The plan has not been paid for, so scheduled posts wait. Nothing is lost.",
        "Pay the open invoice or use another card: the posts go back in line at once.",
        "Posts of {workspace} wait for a payment",
    ),
    Situation.PAUSED_TRIAL: Rule(
        Access.HELD,
        "The trial has ended and there is no card, so scheduled posts wait.",
        "Add a card to go on.",
        "The trial of {workspace} has ended: its posts wait",
    ),
    Situation.PAUSED_ASKED: Rule(
        Access.HELD,
        "The subscription is paused, so scheduled posts wait.",
        "Resume the subscription to go on.",
        "The plan of {workspace} is paused: its posts wait",
    ),
    Situation.PAUSED_PAYMENT: Rule(
        Access.HELD,
        "The subscription was paused because payments failed, so scheduled posts wait.",
        "Use another card, then resume the subscription.",
        "Posts of {workspace} wait for a payment",
    ),
    Situation.CANCELED: Rule(Access.NONE),
    Situation.INCOMPLETE: Rule(
        Access.NONE, "The first payment has not gone through yet.", "Finish the payment, or choose the plan again."
    ),
    Situation.INCOMPLETE_EXPIRED: Rule(Access.NONE),
    # A state that we do not know grants nothing new and takes nothing away: the operator is told, and the page says so.
    Situation.UNSURE: Rule(
        Access.WARNED,
        "Stripe says something about this subscription that we do not understand yet. We are looking into it.",
        "You need not do anything.",
        "We are unsure about the plan of {workspace}",
    ),
}
# No state of a subscription, but something its owner has to do.
STUCK = Rule(
    Access.WARNED,
    "The next invoice could not be made, since your billing address is incomplete.",
    "Set it under Card and address. Everything goes on meanwhile.",
)
_PAUSED = {
    "trial_end_without_payment_method": Situation.PAUSED_TRIAL,
    "payment_failure": Situation.PAUSED_PAYMENT,
}
_PLAIN = {each.value: each for each in Situation if "_late" not in each and each != Situation.UNSURE}


def situation_of(status: str, *, cause: str = "", past_due_since: datetime | None = None, now: datetime) -> Situation:
    """Which row of the table a subscription is in at a moment."""
    if status == "past_due":
        late = past_due_since is not None and now >= past_due_since + timedelta(days=settings.BILLING_GRACE_DAYS)
        return Situation.PAST_DUE_LATE if late else Situation.PAST_DUE
    if status == "paused":
        return _PAUSED.get(cause, Situation.PAUSED_ASKED)
    return _PLAIN.get(status, Situation.UNSURE)


def rule_of(situation: Situation) -> Rule:
    return TABLE[situation]
