"""All that is sold as products and prices at Stripe, and the meter of posts to X.

Prices are found by lookup key; ids are nobody's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from billing import gateway
from billing.errors import StripeRefused
from billing.plans import FOR_SALE, PACKS, X_POSTS, Interval, Plan

REMEMBERED_SECONDS = 300


@dataclass(frozen=True)
class Sold:
    """A price as it has to be at Stripe. Without an interval it is paid once; with an event, for each one that is told."""

    key: str
    product: str
    product_name: str
    name: str
    interval: str
    amount: int
    event: str = ""


def everything() -> Iterator[Sold]:
    """Plans and their seats, packs of credits, and what is paid one by one."""
    for plan in FOR_SALE:
        for interval, amount in plan.prices.items():
            name = f"{plan.name}, {Interval(interval).label.lower()}"
            yield Sold(
                plan.price_key(interval), f"multivio_{plan.key}", f"Multivio {plan.name}", name, interval, amount
            )
        for interval, amount in plan.seats.items():
            product, name = f"multivio_seat_{plan.key}", f"Seat in {plan.name}, {Interval(interval).label.lower()}"
            yield Sold(plan.seat_key(interval), product, f"Multivio {plan.name} seat", name, interval, amount)
    for pack in PACKS:
        if pack.is_sold:
            yield Sold(pack.price_key, f"multivio_{pack.key}", pack.name, pack.name, "", pack.price)
    metered = X_POSTS
    yield Sold(
        metered.price_key, metered.product, metered.name, metered.name, Interval.MONTH, metered.price, metered.event
    )


def price(plan: Plan, interval: str) -> str:
    """The id of a plan's price. Raises StripeRefused when it is not for sale at Stripe."""
    return price_of(plan.price_key(interval))


def seat_price(plan: Plan, interval: str) -> str:
    """The same of one seat."""
    return price_of(plan.seat_key(interval))


def forget() -> None:
    """What was remembered of prices is no longer so."""
    cache.delete_many([_remembered(each.key) for each in everything()])


def _remembered(key: str) -> str:
    return f"stripe-price:{settings.STRIPE_API_URL}:{key}"


def price_of(key: str) -> str:
    """The id of a price. Raises StripeRefused when it is not for sale at Stripe."""
    known = cache.get(_remembered(key))
    if known:
        return str(known)
    found = gateway.prices([key])
    if key not in found and settings.STRIPE_ON_SANDBOX:  # a fresh sandbox knows nothing; nobody has to prepare it
        prepare()
        found = gateway.prices([key])
    if key not in found:
        raise StripeRefused("This cannot be bought at the moment. Nothing was charged; please tell us.")
    cache.set(_remembered(key), found[key]["id"], REMEMBERED_SECONDS)
    return str(found[key]["id"])


def prepare() -> list[str]:
    """Make what is missing of products and prices; the lookup keys that were made. Running it again changes nothing."""
    wanted = list(everything())
    known = gateway.prices([each.key for each in wanted])
    missing = [each for each in wanted if each.key not in known]
    for product, name in sorted({(each.product, each.product_name) for each in missing}):
        gateway.create_product(product_id=product, name=name)
    for each in missing:
        gateway.create_price(
            product_id=each.product,
            lookup_key=each.key,
            amount=each.amount,
            currency=settings.BILLING_CURRENCY,
            interval=each.interval,
            name=each.name,
            meter=_meter(each) if each.event else "",
        )
    return [each.key for each in missing]


def _meter(sold: Sold) -> str:
    return gateway.meter(sold.event) or gateway.create_meter(event_name=sold.event, name=sold.name)
