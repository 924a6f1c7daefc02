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

from accounts import audit
from accounts.models import Workspace
from billing import following, gateway, metering
from billing.errors import Gone
from billing.models import BillingAccount, Subscription
from billing.plans import X_POSTS, plan_of_price
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
    "amount",
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
    found += [each for each in map(_still, _others(workspace_id, customer_id, seen)) if each is not None]
    urls = {each["id"]: _open_invoice(each) for each in found}
    return store(workspace_id, found, asked_at=asked_at, invoice_urls=urls)


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
    workspace_id: int, found: Iterable[Data], *, asked_at: datetime, invoice_urls: dict[str, str] | None = None
) -> list[Subscription]:
    """Write what Stripe said, as far as nothing newer is known, and do what follows from it."""
    with tenancy.system("what stripe says"):
        account = account_of(workspace_id)  # locked: one at a time for each customer
        found = list(found)
        rows = [_store_one(account, each, asked_at, (invoice_urls or {}).get(each["id"], "")) for each in found]
        metering.follow(account, found, asked_at)
        following.follow(account)
        return rows


def _store_one(account: BillingAccount, data: Data, asked_at: datetime, invoice_url: str) -> Subscription:
    row = Subscription.objects.filter(stripe_id=data["id"]).first() or Subscription(
        workspace_id=account.workspace_id, stripe_id=data["id"]
    )
    if row.pk and (row.asked_at > asked_at or row.workspace_id != account.workspace_id):
        return row
    before = audit.fields(row, *KEPT) if row.pk else None
    _write(row, data, invoice_url)
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


def _write(row: Subscription, data: Data, invoice_url: str) -> None:
    item = _plan_item(data)
    price = item["price"]
    plan = plan_of_price(price.get("lookup_key") or "")
    was_late, row.status = row.status == "past_due", data["status"]
    row.pause_cause = (((data.get("status_details") or {}).get("paused") or {}).get("subscription") or {}).get(
        "type", ""
    )
    row.item_id, row.price_key = item["id"], (price.get("lookup_key") or "")[:80]
    # A price of nobody's plan gives nothing new, and takes nothing away that was there.
    row.is_unsure = plan is None
    row.plan = plan.key if plan else row.plan
    row.interval = (price.get("recurring") or {}).get("interval", "month")
    row.quantity = item.get("quantity") or 1
    row.currency, row.amount = data["currency"], (price.get("unit_amount") or 0) * row.quantity
    row.period_start, row.period_end = _moment(item["current_period_start"]), _moment(item["current_period_end"])
    row.trial_end, row.ended_at = _maybe(data.get("trial_end")), _maybe(data.get("ended_at"))
    row.cancel_at = _maybe(data.get("cancel_at")) or (row.period_end if data.get("cancel_at_period_end") else None)
    row.started_at = _moment(data["start_date"])
    row.invoice_id, row.invoice_url = data.get("latest_invoice") or "", invoice_url
    if row.status != "past_due":
        row.past_due_since = None
    elif not was_late or row.past_due_since is None:
        row.past_due_since = row.period_start if row.period_start <= database_now() else database_now()


def _plan_item(data: Data) -> Data:
    """Of several items the one of the plan: that of a plan's price, else the first that is not for something beside it."""
    items: list[Data] = data["items"]["data"]
    plans = [each for each in items if plan_of_price(each["price"].get("lookup_key") or "")]
    others = [each for each in items if each["price"].get("lookup_key") != X_POSTS.price_key]
    return (plans or others or items)[0]


def _others(workspace_id: int, customer_id: str, seen: set[str]) -> list[str]:
    """Subscriptions of ours that the list did not name, such as those of a customer who was deleted."""
    with tenancy.system("what stripe says"):
        rows = Subscription.objects.filter(workspace_id=workspace_id).living()
        return [each for each in rows.values_list("stripe_id", flat=True) if each not in seen]


def _still(stripe_id: str) -> Data | None:
    try:
        return gateway.subscription(stripe_id)
    except Gone:  # unknown to Stripe: kept as it is, and reported by the nightly look
        return None


def _open_invoice(data: Data) -> str:
    """Where somebody pays what is open."""
    if data["status"] not in {"past_due", "unpaid", "incomplete", "paused"} or not data.get("latest_invoice"):
        return ""
    try:
        found = gateway.invoice(data["latest_invoice"])
    except Gone:
        return ""
    return str(found.get("hosted_invoice_url") or "") if found["status"] == "open" else ""


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
