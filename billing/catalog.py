"""Our plans as products and prices at Stripe. Prices are found by lookup key; ids are nobody's business."""

from django.conf import settings
from django.core.cache import cache

from billing import gateway
from billing.errors import StripeRefused
from billing.plans import FOR_SALE, Interval, Plan

REMEMBERED_SECONDS = 300


def price(plan: Plan, interval: str) -> str:
    """The id of a plan's price. Raises StripeRefused when it is not for sale at Stripe."""
    key = plan.price_key(interval)
    remembered = f"stripe-price:{settings.STRIPE_API_URL}:{key}"
    known = cache.get(remembered)
    if known:
        return str(known)
    found = gateway.prices([key])
    if key not in found and settings.STRIPE_ON_SANDBOX:  # a fresh sandbox knows nothing; nobody has to prepare it
        prepare()
        found = gateway.prices([key])
    if key not in found:
        raise StripeRefused("This plan cannot be bought at the moment. Nothing was charged; please tell us.")
    cache.set(remembered, found[key]["id"], REMEMBERED_SECONDS)
    return str(found[key]["id"])


def prepare() -> list[str]:
    """Make what is missing of products and prices; the lookup keys that were made. Running it again changes nothing."""
    keys = [plan.price_key(interval) for plan in FOR_SALE for interval in plan.prices]
    known, made = gateway.prices(keys), []
    for plan in FOR_SALE:
        gateway.create_product(product_id=f"multivio_{plan.key}", name=f"Multivio {plan.name}")
        for interval, amount in plan.prices.items():
            key = plan.price_key(interval)
            if key in known:
                continue
            gateway.create_price(
                product_id=f"multivio_{plan.key}",
                lookup_key=key,
                amount=amount,
                currency=settings.BILLING_CURRENCY,
                interval=interval,
                name=f"{plan.name}, {Interval(interval).label.lower()}",
            )
            made.append(key)
    return made
