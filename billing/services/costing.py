"""What a change of a subscription's items costs, as Stripe reckons it: with what comes off and with tax."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.services import Actor
from billing import catalog, gateway, limits, metering
from billing.errors import PaymentNeeded
from billing.models import Subscription
from billing.plans import Plan
from billing.services.selling import own_customer
from multivio import tenancy

Items = list[dict[str, Any]]
FRESH_SECONDS = 3600  # as long as a price that was shown is the one that is charged


@dataclass(frozen=True)
class Cost:
    """`due_now` may be 0; `credit` comes off the next invoices; `next_amount` is one period's, without what was used
    of what is metered. All with their tax in them."""

    due_now: int
    tax_now: int
    credit: int
    next_amount: int
    next_tax: int
    currency: str
    moment: int


def items_of(row: Subscription, plan: Plan, interval: str, seats: int) -> Items:
    """The items as they have to be: the plan's price, and that of its seats with it. What is not named stays as it is, such as
    the metered one."""
    found: Items = [{"id": row.item_id, "price": catalog.price(plan, interval), "quantity": 1}]
    if seats and plan.seats:
        return [*found, seat_item(row, seats) | {"price": catalog.seat_price(plan, interval)}]
    return [*found, {"id": row.seat_item_id, "deleted": True}] if row.seat_item_id else found


def seat_item(row: Subscription, seats: int) -> dict[str, Any]:
    """The item of the seats alone. One that is there keeps its price."""
    if row.seat_item_id:
        return {"id": row.seat_item_id, **({"quantity": seats} if seats else {"deleted": True})}
    plan = row.sold
    return {"quantity": seats, **({"price": catalog.seat_price(plan, row.interval)} if plan else {})}


def change_of(row: Subscription, items: Items, *, at_once: bool, moment: int) -> dict[str, Any]:
    """What is asked of Stripe, which invoices at once or with the next renewal."""
    return {
        "items": items,
        "proration_behavior": "always_invoice" if at_once else "create_prorations",
        **({"proration_date": moment} if row.period_start.timestamp() <= moment < row.period_end.timestamp() else {}),
    }


def cost(actor: Actor, row: Subscription, items: Items, *, at_once: bool) -> Cost:
    """Changes nothing."""
    about, moment = {"customer_id": own_customer(actor), "stripe_id": row.stripe_id}, now()
    found = gateway.preview_change(**about, change=change_of(row, items, at_once=at_once, moment=moment))
    later = found
    if at_once:  # then the first preview has no word of the next period
        later = gateway.preview_change(**about, change={"items": items, "proration_behavior": "none"})
    is_due = at_once and row.status != "trialing"
    with tenancy.system("what is metered"):
        metered = metering.items_of(row.workspace_id)
    periods = [line for line in later["lines"]["data"] if not (_is_proration(line) or _item(line) in metered)]
    # What is invoiced at once uses up what comes back of it.
    moved = sum(_with_tax(line) for line in found["lines"]["data"] if at_once or _is_proration(line))
    return Cost(
        due_now=max(0, int(found["amount_due"])) if is_due else 0,
        tax_now=sum(int(each["amount"]) for each in found.get("total_taxes") or []) if is_due else 0,
        credit=max(0, -moved),
        next_amount=sum(_with_tax(line) for line in periods),
        next_tax=sum(each["amount"] for line in periods for each in line.get("taxes") or []),
        currency=found["currency"],
        moment=moment,
    )


def still(moment: int) -> int:
    """The moment of a price that was shown, if that was not long ago; else 0, and Stripe takes its own."""
    return moment if now() - FRESH_SECONDS <= moment <= now() else 0


def now() -> int:
    return int(timezone.now().timestamp())


def require_settled(actor: Actor, row: Subscription) -> None:
    """Raise PaymentNeeded while something is open: nothing is bought on top of a debt."""
    if row.status in {"past_due", "unpaid", "paused", "incomplete"}:
        way = {"upgrade_url": limits.upgrade_url(actor.workspace)}
        raise PaymentNeeded("Pay the open invoice first; then this can be changed.", extra=way)


def _of_item(line: Mapping[str, Any]) -> Mapping[str, Any]:
    return (line.get("parent") or {}).get("subscription_item_details") or {}


def _is_proration(line: Mapping[str, Any]) -> bool:
    return bool(_of_item(line).get("proration"))


def _item(line: Mapping[str, Any]) -> str:
    return str(_of_item(line).get("subscription_item") or "")


def _with_tax(line: Mapping[str, Any]) -> int:
    """What a line comes to, less what comes off and with the tax on top of it."""
    off = sum(each["amount"] for each in line.get("discount_amounts") or [])
    on_top = sum(each["amount"] for each in line.get("taxes") or [] if each["tax_behavior"] == "exclusive")
    return int(line["amount"] - off + on_top)
