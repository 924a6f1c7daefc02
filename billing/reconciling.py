"""The daily look: everything at Stripe against everything here. What differs is repaired by asking again, and reported."""

from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from billing import catalog, events, gateway, meter_sending, sync
from billing.models import BillingEvent, Subscription
from billing.services import credit_buying
from billing.telling import tell_operator
from multivio import tenancy

log = structlog.get_logger(__name__)
LOOK_BACK = timedelta(days=30)  # Stripe keeps events that long


@dataclass
class Report:
    """What was found: sentences for whoever runs this."""

    subscriptions: int = 0
    missed_events: int = 0
    drift: list[str] = field(default_factory=list)


def reconcile() -> Report:
    """Ask Stripe for everything. Raises what the gateway raises; then the next look does it."""
    report = Report()
    _events(report)
    found = gateway.all_subscriptions()
    report.subscriptions = len(found)
    for customer in sorted({each["customer"] for each in found}):
        _customer(customer, [each for each in found if each["customer"] == customer], report)
    _unknown_to_stripe({each["id"] for each in found}, report)
    report.drift += credit_buying.missed(int((timezone.now() - LOOK_BACK).timestamp()))
    report.drift += meter_sending.compare()
    _prices(report)
    if report.drift:
        tell_operator("Stripe and Multivio differed", "\n".join(report.drift))
        log.warning("billing drifted", drift=report.drift)
    return report


def _events(report: Report) -> None:
    """Those that never arrived, from the oldest on."""
    found = gateway.events_since(int((timezone.now() - LOOK_BACK).timestamp()))
    with tenancy.system("events that never came"):
        known = set(
            BillingEvent.objects.filter(event_id__in=[e["id"] for e in found]).values_list("event_id", flat=True)
        )
    for event in reversed(found):
        if event["id"] not in known:
            report.missed_events += int(events.keep(event))


def _customer(customer: str, said: list[dict[str, object]], report: Report) -> None:
    try:
        workspace_id = sync.workspace_of(customer)
    except sync.UnknownCustomer:
        report.drift.append(f"{customer} pays at Stripe, and nobody here is that customer.")
        return
    with tenancy.system("look for drift"):
        rows = Subscription.objects.filter(workspace_id=workspace_id)
        before = {row.stripe_id: (row.status, row.plan, row.seats, row.cancel_at) for row in rows}
    for row in sync.sync_customer(customer):
        if before.get(row.stripe_id) != (row.status, row.plan, row.seats, row.cancel_at):
            report.drift.append(f"{row.stripe_id} was {_word(before.get(row.stripe_id))} here and is {row.status} now.")


def _word(before: tuple[str, str, int, object] | None) -> str:
    return before[0] if before else "unknown"


def _unknown_to_stripe(known: set[str], report: Report) -> None:
    with tenancy.system("look for drift"):
        rows = Subscription.objects.living().exclude(stripe_id__in=known)
        lost = list(rows.values_list("stripe_id", flat=True))
    report.drift += [f"{each} is alive here, and Stripe does not know it." for each in lost]


def _prices(report: Report) -> None:
    """A price that was removed or changed at Stripe cannot be sold as the page says."""
    wanted = {each.key: each.amount for each in catalog.everything()}
    found = gateway.prices(list(wanted))
    for key, amount in wanted.items():
        if key not in found:
            report.drift.append(f"There is no active price {key} at Stripe: run `manage.py prepare_stripe`.")
        elif (found[key]["unit_amount"], found[key]["currency"]) != (amount, settings.BILLING_CURRENCY):
            report.drift.append(f"The price {key} at Stripe is not what the page of prices says.")
