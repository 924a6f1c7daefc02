"""What Stripe tells us: taken in fast and once, worked on in a task."""

from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from billing import access, gateway, meter_sending, sync
from billing.models import BillingAccount, BillingEvent, Subscription
from billing.querysets import MOST_TRIES
from billing.services import credit_buying
from billing.telling import tell_operator, tell_owners
from multivio import tenancy
from multivio.errors import DomainError, Invalid

log = structlog.get_logger(__name__)
Data = dict[str, Any]
# Of other kinds nothing follows; they are kept all the same.
MOVES = (
    "checkout.session.",
    "customer.subscription.",
    "customer.discount.",
    "customer.tax_id.",
    "customer.updated",
    "customer.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.finalization_failed",
    "invoice.voided",
)
FOR_OPERATOR = ("charge.dispute.", "invoice.finalization_failed")
METER_TROUBLE = "v1.billing.meter.error_report_triggered"


class Refused(Invalid):
    """A webhook that is not taken. The sentence is for whoever runs this; nothing was stored."""

    status = 400
    code = "webhook_refused"


def receive(payload: bytes, header: str) -> bool:
    """Take in a webhook's raw body; False when it was here before. Raises Refused."""
    try:
        event = gateway.opened(payload, header)
    except gateway.BadSignature as error:
        raise Refused(f"This was not signed by Stripe: {error}.") from None
    if bool(event.get("livemode")) != gateway.is_live():
        raise Refused(
            "This is of the other mode: test events are not taken with a live key, nor live ones with a test key."
        )
    if event.get("account") or not str(event.get("id", "")).startswith("evt_"):
        raise Refused("This is about another account.")
    return keep(event)


def receive_thin(payload: bytes, header: str) -> bool:
    """The same for thin events, which have a name and nothing else. Raises Refused."""
    try:
        event = gateway.opened_thin(payload, header)
    except gateway.BadSignature as error:
        raise Refused(f"This was not signed by Stripe: {error}.") from None
    if event["livemode"] != gateway.is_live():
        raise Refused("This is of the other mode.")
    moment = parse_datetime(event["created"])
    if moment is None or not event["id"].startswith("evt_"):
        raise Refused("This is not an event.")
    return keep({**event, "created": moment.timestamp(), "data": {"object": {}}})


def keep(event: Data) -> bool:
    """Store an event once, with its work lined up in the same transaction."""
    with tenancy.system("stripe tells"):
        row, is_new = BillingEvent.objects.get_or_create(
            event_id=event["id"][:80],
            defaults={
                "type": str(event["type"])[:80],
                "customer_id": _customer_of(event)[:64],
                "livemode": bool(event.get("livemode")),
                "payload": event,
                "happened_at": datetime.fromtimestamp(int(event["created"]), UTC),
            },
        )
        if is_new:
            transaction.on_commit(lambda: line_up(row.pk))
        return bool(is_new)


def line_up(pk: int) -> None:
    """If nobody takes it from the queue, the tick finds it."""
    from billing.tasks import work_on_event  # noqa: PLC0415 - the task calls back into this module

    try:
        work_on_event.delay(pk)
    except Exception:  # the event is stored; answering an error now would only bring it again, as a duplicate
        log.exception("an event could not be lined up", row=pk)


def work_on(pk: int) -> None:
    """Do what an event is about. Doing it again is harmless. A failure is kept with it, and tried again by the tick; so is what
    the database gave up, such as one of two that waited for each other."""
    with tenancy.system("work on an event"):
        row = BillingEvent.objects.filter(pk=pk).first()
    if row is None:
        return
    try:
        workspace_id = _act(row)
    except (sync.UnknownCustomer, DomainError, OperationalError) as error:
        is_final = isinstance(error, sync.UnknownCustomer)
        _note(row, f"{type(error).__name__}: {error}", is_final=is_final)
        return
    _note(row, "", is_final=True, workspace_id=workspace_id)


def _act(row: BillingEvent) -> int | None:
    if row.type.startswith(FOR_OPERATOR):
        tell_operator(f"Stripe: {row.type}", f"See event {row.event_id} in Stripe's dashboard.")
    if row.type == METER_TROUBLE:
        meter_sending.take_report(gateway.thin_event(row.event_id))
        return None
    about = row.payload["data"]["object"]
    if credit_buying.concerns(row.type, about):
        return credit_buying.heard(row.type, about)
    if not row.customer_id or not row.type.startswith(MOVES):
        return None
    workspace_id = sync.workspace_of(row.customer_id)
    sync.sync_customer(row.customer_id)
    if row.type == "customer.deleted":
        sync.detach(row.customer_id)
    elif row.type == "customer.subscription.trial_will_end":
        _warn_of_trial(workspace_id)
    elif row.type == "invoice.payment_failed":
        _say_it_failed_again(workspace_id, row)
    elif row.type == "invoice.payment_action_required":
        _ask_for_action(workspace_id, row)
    elif row.type == "invoice.finalization_failed":
        _ask_for_address(workspace_id, row)
    return workspace_id


def _warn_of_trial(workspace_id: int) -> None:
    with tenancy.system("a trial ends"):
        account = BillingAccount.objects.select_related("workspace").get(workspace_id=workspace_id)
        row = Subscription.objects.of(workspace_id).filter(status="trialing").first()
        if row is None or row.trial_end is None:
            return
        tell_owners(
            account.workspace,
            f"The trial of {account.workspace.name} ends on {row.trial_end:%d %B}",
            f"{row.get_plan_display()} is charged then. Cancel before, and nothing is.",
            key=f"trial:{row.stripe_id}:{row.trial_end:%Y-%m-%d}",
        )


def _say_it_failed_again(workspace_id: int, row: BillingEvent) -> None:
    """The first failure is a step of the plan, which is told as such; of each further one the owners hear here, with what comes."""
    invoice = gateway.invoice(row.payload["data"]["object"]["id"])
    tries, again = int(invoice.get("attempt_count") or 0), invoice.get("next_payment_attempt")
    if invoice["status"] != "open" or tries < 2:
        return
    with tenancy.system("a payment failed again"):
        account = BillingAccount.objects.select_related("workspace").get(workspace_id=workspace_id)
        workspace = account.workspace
        day = f"{datetime.fromtimestamp(again, workspace.tz):%-d %B}" if again else ""
        what_comes = f"It is tried again on {day}." if day else "It is not tried again by itself."
        tell_owners(
            workspace,
            f"A payment for {workspace.name} failed again",
            f"That was try {tries}. {what_comes} Pay the open invoice or use another card under Plan and usage.",
            key=f"failed:{invoice['id']}:{tries}",
        )


def _ask_for_action(workspace_id: int, row: BillingEvent) -> None:
    invoice = gateway.invoice(row.payload["data"]["object"]["id"])
    if invoice["status"] != "open":
        return
    with tenancy.system("a payment needs a person"):
        account = BillingAccount.objects.select_related("workspace").get(workspace_id=workspace_id)
        tell_owners(
            account.workspace,
            f"Your bank asks about the payment for {account.workspace.name}",
            "Confirm it on the page of the open invoice, under Plan and usage.",
            key=f"3ds:{invoice['id']}:{invoice.get('attempt_count')}",
        )


def _ask_for_address(workspace_id: int, row: BillingEvent) -> None:
    invoice = gateway.invoice(row.payload["data"]["object"]["id"])
    if invoice["status"] != "draft":
        return
    with tenancy.system("an invoice needs a person"):
        account = BillingAccount.objects.select_related("workspace").get(workspace_id=workspace_id)
        tell_owners(
            account.workspace,
            f"The next invoice for {account.workspace.name} could not be made",
            f"{access.STUCK.sentence} {access.STUCK.step}",
            key=f"stuck:{invoice['id']}",
        )


def _note(row: BillingEvent, error: str, *, is_final: bool, workspace_id: int | None = None) -> None:
    with tenancy.system("work on an event"):
        tries = row.tries + 1
        BillingEvent.objects.filter(pk=row.pk).update(
            tries=tries,
            error=error[:300],
            processed_at=timezone.now() if is_final else None,
            workspace_id=workspace_id,
        )
    if error and (is_final or tries == MOST_TRIES):
        tell_operator("An event of Stripe's could not be used", f"{row.type} {row.event_id}: {error}")


def _customer_of(event: Data) -> str:
    what = event["data"].get("object")
    if not isinstance(what, dict):
        return ""
    found = what.get("id") if what.get("object") == "customer" else what.get("customer")
    return found if isinstance(found, str) else ""


def work_on_waiting(limit: int = 200) -> int:
    """What the queue lost or what failed before; how many."""
    with tenancy.system("events that wait"):
        ids = list(BillingEvent.objects.waiting().values_list("pk", flat=True)[:limit])
    for pk in ids:
        try:
            work_on(pk)
        except OperationalError:  # it could not even be noted; the others go on
            log.exception("an event could not be worked on", row=pk)
    return len(ids)
