"""What the pages of plans and payment show: numbers with their words, and what a smaller plan would stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.text import capfirst

from billing.limits import Use, in_force
from billing.models import Subscription
from billing.plans import MEASURES, Interval, Plan, What, amount, that_has

# What becomes of a feature that a smaller plan does not have.
ENDS = {
    What.API: "API keys are refused until a plan has them again.",
    What.APPROVAL: "Approval stays as it is set, and cannot be switched on anew.",
}
SIGNS = {"eur": "€", "usd": "$", "gbp": "£"}


def money(value: int, currency: str) -> str:
    """An amount in the smallest unit, as people read it: €29, €40.20."""
    sign = SIGNS.get(currency, f"{currency.upper()} ")
    whole, rest = divmod(abs(value), 100)
    return f"{'−' if value < 0 else ''}{sign}{whole:,}{f'.{rest:02d}' if rest else ''}"


@dataclass(frozen=True)
class Meter:
    """A limit as a bar. `note` says what to do when it is full or close."""

    label: str
    used: str
    most: str
    value: int
    maximum: int
    is_full: bool
    is_close: bool
    note: str


def meter(use: Use) -> Meter:
    bigger = that_has(use.what, use.used + 1) if use.is_full else None
    note = ""
    if use.is_full:
        note = f"Full. {bigger.name} has {_most(use.what, bigger.limits[use.what])}." if bigger else "Full."
    elif use.is_close:
        note = f"{amount(use.what, use.left or 0)} left."
    return Meter(
        label=MEASURES[use.what].label,
        used=amount(use.what, use.used),
        most=_most(use.what, use.most),
        value=min(use.used, use.most) if use.most is not None else use.used,
        maximum=use.most or 1,
        is_full=use.is_full,
        is_close=use.is_close,
        note=note,
    )


def _most(what: What, most: int | None) -> str:
    return "no limit" if most is None else amount(what, most)


def promises(plan: Plan) -> list[str]:
    """What a plan has, as a list of short lines."""
    lines = []
    for what, most in plan.limits.items():
        measure = MEASURES[what]
        if not in_force(what):
            continue
        if measure.is_feature:
            lines += [capfirst(measure.many)] if most is None else []
        elif most is None:
            lines.append(f"{measure.label} without limit")
        else:
            lines.append(f"{amount(what, most)} {measure.one if most == 1 else measure.many}")
    return [*lines, "All of the history" if plan.history is None else f"{past(plan.history)} of history"]


def past(days: int) -> str:
    """What a plan shows of the past: 30 days, 1 year."""
    if days % 365:
        return f"{days} days"
    return "1 year" if days == 365 else f"{days // 365} years"


def last(days: int) -> str:
    """The same in a sentence: the last 30 days, the last year."""
    return f"the last {past(days)}".replace("last 1 year", "last year")


def stops(plan: Plan, uses: Sequence[Use], *, today: Plan, seats: int = 0) -> list[str]:
    """What would be more than a plan has with these seats: it stays, and nothing can be added to it."""
    lines = []
    for use in uses:
        most = plan.limits[use.what]
        if most is not None and use.what == What.MEMBERS and plan.seats:
            most += seats
        if most is not None and use.used > most and not MEASURES[use.what].monthly:
            lines.append(
                f"{MEASURES[use.what].label}: {amount(use.what, use.used)} in use, {amount(use.what, most)} in the plan."
            )
    for what, measure in MEASURES.items():
        if measure.is_feature and today.limits[what] is None and plan.limits[what] == 0:
            lines.append(ENDS[what])
    if plan.history is not None and (today.history is None or today.history > plan.history):
        lines.append(f"Numbers and the audit trail: you see {last(plan.history)}; what is older is kept.")
    return lines


@dataclass(frozen=True)
class Offer:
    """A plan as it is sold."""

    plan: Plan
    price: str
    per: str
    promises: list[str]
    is_current: bool = False
    stops: list[str] | None = None


def per(interval: str) -> str:
    return "a year" if interval == Interval.YEAR else "a month"


def seat_line(plan: Plan, interval: str, currency: str) -> str:
    """What one member more costs, as a line of what the plan has."""
    return f"More members at {money(plan.seats[interval], currency)} {per(interval)} each" if plan.seats else ""


def off(row: Subscription, now: datetime) -> list[str]:
    """What comes off the price: 20 % off until 31 March 2027."""
    lines = []
    for each in row.discounts:
        ends_at = datetime.fromtimestamp(each["ends_at"], UTC) if each["ends_at"] else None
        if ends_at is not None and ends_at <= now:
            continue
        amount = f"{each['percent']:g} %" if each["percent"] else money(each["amount"] or 0, row.currency)
        until = f" until {ends_at.astimezone(now.tzinfo):%-d %B %Y}" if ends_at else ""
        name = f" ({each['name']})" if each["name"] else ""
        lines.append(f"{amount} off{until}{name}")
    return lines


@dataclass(frozen=True)
class Bill:
    """An invoice in a list."""

    at: datetime
    text: str
    amount: str
    discount: str
    tax: str
    status: str
    url: str
    pdf: str


def bill(invoice: dict[str, Any]) -> Bill:
    lines = [line.get("description") or "" for line in (invoice.get("lines") or {}).get("data", [])]
    status = {"paid": "Paid", "open": "Open", "void": "Void", "uncollectible": "Given up"}
    return Bill(
        at=datetime.fromtimestamp(invoice["created"], UTC),
        text=" · ".join(line for line in lines if line) or invoice.get("number") or "",
        amount=money(invoice["total"], invoice["currency"]),
        discount=_sum(invoice, "total_discount_amounts"),
        tax=_sum(invoice, "total_taxes"),
        status=status.get(invoice["status"], invoice["status"]),
        url=invoice.get("hosted_invoice_url") or "",
        pdf=invoice.get("invoice_pdf") or "",
    )


def _sum(invoice: dict[str, Any], name: str) -> str:
    """Of taxes or discounts; empty where there are none."""
    whole = sum(each["amount"] for each in invoice.get(name) or [])
    return money(whole, invoice["currency"]) if whole else ""
