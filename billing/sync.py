"""Bringing our copy of a subscription up to what Stripe says now. The only writer of subscriptions.

Whatever starts it (a webhook, the way back from checkout, support, the nightly look), it asks Stripe for the current object
and never believes a snapshot. Each answer carries the moment in which it was asked for; an older one does not overwrite a
newer one, so that order and repetition do not matter.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import F

from accounts import audit
from accounts.models import Workspace
from billing import following, gateway, metering
from billing.errors import Gone
from billing.models import BillingAccount, Subscription
from billing.plans import is_seat, plan_of_price
from billing.standing import account_of
from multivio import tenancy

log = structlog.get_logger(__name__)
Data = dict[str, Any]
KEPT = (
    "status",
    "plan",
    "is_unsure",
    "interval",
    "quantity",
    "seats",
    "amount",
    "discounts",
    "period_end",
    "cancel_at",
    "ended_at",
    "pause_cause",
)


class UnknownCustomer(Exception):
    """Nobody here is this customer. What was said about it is kept, and granted to nobody."""


def sync_customer(customer_id: str) -> list[Subscription]:
    """Everything of one customer. Raises UnknownCustomer, and what the gateway raises."""
    asked_at = database_now()
    workspace_id = workspace_of(customer_id)
    try:
        found = gateway.subscriptions_of(customer_id)
    except Gone:
        found = []
    seen = {each["id"] for each in found}
    found += [each for each in map(_still, _others(workspace_id, seen)) if each is not None]
    return store(workspace_id, found, asked_at=asked_at, customer=_customer(customer_id))


def _customer(customer_id: str) -> Data:
    """What Stripe knows of them; nothing of one who is gone."""
    try:
        found = gateway.customer(customer_id)
        return found if found.get("deleted") else {**found, "tax_ids": gateway.tax_ids_of(customer_id)}
    except Gone:
        return {}


def detach(customer_id: str) -> bool:
    """Of a customer that Stripe says is gone we keep the history; the next checkout makes a new one. False: they are there."""
    known = _customer(customer_id)
    if known and not known.get("deleted"):
        return False
    with tenancy.system("a customer is gone"):
        found = BillingAccount.objects.filter(customer_id=customer_id)
        found.update(customer_id=None, lost_customers=F("lost_customers") + 1)
    return True


def workspace_of(customer_id: str) -> int:
    """Whose customer this is: by our own row; else by what we wrote into it, if that workspace has no other customer."""
    with tenancy.system("whose customer"):
        account = BillingAccount.objects.filter(customer_id=customer_id).first()
    if account is not None:
        return int(account.workspace_id)
    try:
        uid = (gateway.customer(customer_id).get("metadata") or {}).get("workspace_id", "")
    except Gone:
        uid = ""
    with tenancy.system("whose customer"):
        workspace = Workspace.objects.filter(uid=uid).first() if _is_uuid(uid) else None
        if workspace is None:
            raise UnknownCustomer(customer_id)
        own = account_of(workspace.pk)
        if own.customer_id not in (None, customer_id):
            raise UnknownCustomer(customer_id)
        BillingAccount.objects.filter(pk=own.pk).update(customer_id=customer_id)
        return int(workspace.pk)


def store(
    workspace_id: int, found: Iterable[Data], *, asked_at: datetime, customer: Data | None = None
) -> list[Subscription]:
    """Write what Stripe said, as far as nothing newer is known, and do what follows from it."""
    with tenancy.system("what stripe says"):
        account = account_of(workspace_id)  # locked: one at a time for each customer
        found = list(found)
        _store_customer(account, customer or {}, asked_at)
        rows = [_store_one(account, each, asked_at) for each in found]
        metering.follow(account, found, asked_at)
        following.follow(account)
        return rows


def _store_customer(account: BillingAccount, customer: Data, asked_at: datetime) -> None:
    """By what their tax is told."""
    if customer.get("id") != account.customer_id or (account.asked_at and account.asked_at > asked_at):
        return
    account.tax_id, account.asked_at = ", ".join(customer.get("tax_ids") or [])[:40], asked_at
    account.country = ((customer.get("address") or {}).get("country") or "")[:2]
    account.save(update_fields=["tax_id", "country", "asked_at"])


def _store_one(account: BillingAccount, data: Data, asked_at: datetime) -> Subscription:
    row = Subscription.objects.filter(stripe_id=data["id"]).first() or Subscription(
        workspace_id=account.workspace_id, stripe_id=data["id"]
    )
    if row.pk and (row.asked_at > asked_at or row.workspace_id != account.workspace_id):
        return row
    before = audit.fields(row, *KEPT) if row.pk else None
    _write(row, data)
    row.asked_at = asked_at
    row.save()
    after = audit.fields(row, *KEPT)
    if row.trial_end and account.trial_used_at is None:
        account.trial_used_at = row.started_at
        account.save(update_fields=["trial_used_at"])
    if before != after:
        action = "plan.subscribed" if before is None else "plan.changed"
        audit.record(actor=None, action=action, target=row, workspace=account.workspace, before=before, after=after)
        log.info(
            "a subscription changed", workspace=account.workspace_id, subscription=row.stripe_id, status=row.status
        )
    return row


def _write(row: Subscription, data: Data) -> None:
    item = _plan_item(row, data)
    price = item["price"]
    plan = plan_of_price(_price_key(item))
    was_late, row.status = row.status == "past_due", data["status"]
    row.pause_cause = (((data.get("status_details") or {}).get("paused") or {}).get("subscription") or {}).get(
        "type", ""
    )
    row.item_id, row.price_key = item["id"], _price_key(item)[:80]
    # A price of nobody's plan gives nothing new, and takes nothing away that was there.
    row.is_unsure = plan is None
    row.plan = plan.key if plan else row.plan
    row.interval = (price.get("recurring") or {}).get("interval", "month")
    row.quantity = item.get("quantity") or 1
    items = _licensed(data)
    seats = [each for each in items if _is_seat(row, each)]
    row.seats = sum(each.get("quantity") or 0 for each in seats)
    row.seat_item_id = seats[0]["id"] if seats else ""
    row.currency, row.amount = data["currency"], sum(_amount(each) for each in items)
    row.discounts = [each for each in map(_discount, data.get("discounts") or []) if each]
    row.period_start = _moment(item["current_period_start"])
    row.period_end = _moment(min(each["current_period_end"] for each in items))
    row.trial_end, row.ended_at = _maybe(data.get("trial_end")), _maybe(data.get("ended_at"))
    row.cancel_at = _maybe(data.get("cancel_at")) or (row.period_end if data.get("cancel_at_period_end") else None)
    row.started_at = _moment(data["start_date"])
    row.invoice_id = _invoice(data).get("id") or row.invoice_id
    row.invoice_url, row.invoice_stuck = _open_invoice(data), _is_stuck(data)
    if row.status != "past_due":
        row.past_due_since = None
    elif not was_late or row.past_due_since is None:
        row.past_due_since = row.period_start if row.period_start <= database_now() else database_now()


def _licensed(data: Data) -> list[Data]:
    """What is paid beforehand. What is metered has a period of its own, and costs what was used."""
    items: list[Data] = data["items"]["data"]
    found = [each for each in items if (each["price"].get("recurring") or {}).get("usage_type") != "metered"]
    return found or items


def _plan_item(row: Subscription, data: Data) -> Data:
    """The item that is the plan: the one with a price of ours; else the first that is no seat."""
    items = _licensed(data)
    known = (each for each in items if plan_of_price(_price_key(each)))
    others = (each for each in items if not _is_seat(row, each))
    return next(known, None) or next(others, items[0])


def _is_seat(row: Subscription, item: Data) -> bool:
    """By its price. What is known as the seats stays that when their price is replaced, which takes the lookup key from it."""
    key = _price_key(item)
    return is_seat(key) or (not plan_of_price(key) and item["id"] == row.seat_item_id)


def _price_key(item: Data) -> str:
    return str(item["price"].get("lookup_key") or "")


def _amount(item: Data) -> int:
    """Of one period."""
    return (item["price"].get("unit_amount") or 0) * (item.get("quantity") or 0)


def _discount(data: Data | str) -> Data | None:
    """What is shown of one; an id alone says nothing."""
    coupon = (data.get("source") or {}).get("coupon") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(coupon, dict):
        return None
    return {
        "percent": coupon.get("percent_off"),
        "amount": coupon.get("amount_off"),
        "name": coupon.get("name") or "",
        "ends_at": data.get("end"),
    }


def _others(workspace_id: int, seen: set[str]) -> list[str]:
    """Subscriptions of ours that the list did not name, such as those of a customer who was deleted."""
    with tenancy.system("what stripe says"):
        rows = Subscription.objects.filter(workspace_id=workspace_id).living()
        return [each for each in rows.values_list("stripe_id", flat=True) if each not in seen]


def _still(stripe_id: str) -> Data | None:
    try:
        return gateway.subscription(stripe_id)
    except Gone:  # unknown to Stripe: kept as it is, and reported by the nightly look
        return None


def _invoice(data: Data) -> Data:
    found = data.get("latest_invoice")
    return found if isinstance(found, dict) else {}


def _open_invoice(data: Data) -> str:
    """Where somebody pays what is open."""
    found, is_owed = _invoice(data), data["status"] in {"past_due", "unpaid", "incomplete", "paused"}
    return str(found.get("hosted_invoice_url") or "") if is_owed and found.get("status") == "open" else ""


def _is_stuck(data: Data) -> bool:
    found = _invoice(data)
    return found.get("status") == "draft" and bool(found.get("last_finalization_error"))


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: int | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
