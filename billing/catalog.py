"""Our plans, packs of credits and the meter of posts to X as products and prices at Stripe.

Prices are found by lookup key; ids are nobody's business.
"""

from django.conf import settings
from django.core.cache import cache

from billing import gateway
from billing.errors import StripeRefused
from billing.plans import FOR_SALE, PACKS, X_POSTS, Interval, Plan

REMEMBERED_SECONDS = 300


def price(plan: Plan, interval: str) -> str:
    """The id of a plan's price. Raises StripeRefused when it is not for sale at Stripe."""
    return price_of(plan.price_key(interval))


def price_of(key: str) -> str:
    """The id of a price. Raises StripeRefused when it is not for sale at Stripe."""
    remembered = f"stripe-price:{settings.STRIPE_API_URL}:{key}"
    known = cache.get(remembered)
    if known:
        return str(known)
    found = gateway.prices([key])
    if key not in found and settings.STRIPE_ON_SANDBOX:  # a fresh sandbox knows nothing; nobody has to prepare it
        prepare()
        found = gateway.prices([key])
    if key not in found:
        raise StripeRefused("This cannot be bought at the moment. Nothing was charged; please tell us.")
    cache.set(remembered, found[key]["id"], REMEMBERED_SECONDS)
    return str(found[key]["id"])


def prepare() -> list[str]:
    """Make what is missing of products and prices; the lookup keys that were made. Running it again changes nothing."""
    known, made = gateway.prices(list(wanted())), []
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
    return [*made, *_prepare_packs(set(known)), *_prepare_meter(set(known))]


def wanted() -> dict[str, int]:
    """Every price that we sell at, by its lookup key."""
    plans = {plan.price_key(interval): amount for plan in FOR_SALE for interval, amount in plan.prices.items()}
    return {**plans, **{pack.price_key: pack.price for pack in PACKS if pack.is_sold}, X_POSTS.price_key: X_POSTS.price}


def _prepare_packs(known: set[str]) -> list[str]:
    missing = [pack for pack in PACKS if pack.is_sold and pack.price_key not in known]
    for pack in missing:
        gateway.create_product(product_id=f"multivio_{pack.key}", name=pack.name)
        gateway.create_price(
            product_id=f"multivio_{pack.key}",
            lookup_key=pack.price_key,
            amount=pack.price,
            currency=settings.BILLING_CURRENCY,
            name=pack.name,
        )
    return [pack.price_key for pack in missing]


def _prepare_meter(known: set[str]) -> list[str]:
    if X_POSTS.price_key in known:
        return []
    meter = gateway.meter(X_POSTS.event) or gateway.create_meter(event_name=X_POSTS.event, name=X_POSTS.name)
    gateway.create_product(product_id="multivio_x_posts", name=X_POSTS.name)
    gateway.create_price(
        product_id="multivio_x_posts",
        lookup_key=X_POSTS.price_key,
        amount=X_POSTS.price,
        currency=settings.BILLING_CURRENCY,
        name=X_POSTS.name,
        interval=Interval.MONTH,
        meter=meter,
    )
    return [X_POSTS.price_key]
