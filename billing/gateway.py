"""The only file that knows Stripe's library. Everything else speaks of plain dicts, and of errors in billing/errors.py.

Calls go over the network, so no transaction may be open around them. Every POST has an idempotency key of the business action,
so that a second try after a timeout does nothing twice.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

import stripe
import structlog
from django.conf import settings

from billing.errors import CardDeclined, Gone, NotForSale, StripeRefused, StripeUnavailable
from multivio.ids import new_uid

log = structlog.get_logger(__name__)
VERSION = "2026-10-28.endive"  # the one of the pinned library; the webhook endpoint has to have the same
TOLERANCE_SECONDS = 300
Data = dict[str, Any]
# With a subscription comes what is shown of it: what comes off, and how the last invoice stands.
WITH = ("discounts.source.coupon", "latest_invoice")
P = ParamSpec("P")
R = TypeVar("R")


class BadSignature(Exception):
    """This was not sent by Stripe, or not now."""


def _client() -> Any:
    return _both_versions().v1


def _both_versions() -> Any:
    return _made(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL, settings.STRIPE_TIMEOUT_SECONDS)


@lru_cache(maxsize=4)
def _made(key: str, url: str, timeout: int) -> stripe.StripeClient:
    """Kept, with its connections: the library has one session for each thread."""
    addresses: Any = {"api": url} if url else None
    http = stripe.RequestsClient(timeout=timeout)
    return stripe.StripeClient(
        key, stripe_version=VERSION, base_addresses=addresses, max_network_retries=2, http_client=http
    )


def _told(call: Callable[P, R]) -> Callable[P, R]:
    """Stripe's errors as ours."""

    @wraps(call)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except stripe.StripeError as error:
            raise _as_ours(error) from error

    return inner


def _as_ours(error: stripe.StripeError) -> Exception:
    log.warning("stripe refused", code=error.code, status=error.http_status, request=error.request_id)
    if isinstance(error, stripe.CardError):
        return CardDeclined("The card was declined, and nothing was changed. Use another card and try again.")
    if error.code == "resource_missing":
        return Gone("Stripe does not know this any more. Reload the page to see how things stand.")
    if error.code == "price_inactive":
        return NotForSale("This is not sold at this price any more. Nothing was charged; try again for the new one.")
    if error.code == "customer_tax_location_invalid":
        return StripeRefused(
            "The tax depends on where you are. Set your country under Card and address, then try again; nothing was changed."
        )
    if isinstance(error, stripe.InvalidRequestError) and "currenc" in str(error.user_message or error):
        return StripeRefused("Your earlier payments were in another currency. Write to us, and we will sort it out.")
    if isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError):
        return StripeRefused("Stripe did not accept this, and nothing was changed. Reload the page and try again.")
    return StripeUnavailable("Stripe cannot be reached right now. Nothing was changed; try again in a minute.")


def _plain(found: Any) -> Data:
    data: Data = found.to_dict(for_json=True)
    return data


def _all(listing: Any) -> Iterator[Data]:
    for each in listing.auto_paging_iter():
        yield _plain(each)


def _key(key: str) -> Any:
    return {"idempotency_key": key[:255]}


# -- reading ------------------------------------------------------------------------------------------------------------


@_told
def customer(customer_id: str) -> Data:
    return _plain(_client().customers.retrieve(customer_id))


@_told
def tax_ids_of(customer_id: str) -> list[str]:
    """Asked for by itself: a customer who was deleted has none to expand."""
    return [each.value for each in _client().customers.tax_ids.list(customer_id).data]


@_told
def subscription(stripe_id: str) -> Data:
    return _plain(_client().subscriptions.retrieve(stripe_id, params={"expand": list(WITH)}))


@_told
def subscriptions_of(customer_id: str) -> list[Data]:
    """All of a customer, ended ones too."""
    params = {"customer": customer_id, "status": "all", "limit": 100, "expand": [f"data.{each}" for each in WITH]}
    return list(_all(_client().subscriptions.list(params=params)))


@_told
def all_subscriptions() -> list[Data]:
    return list(_all(_client().subscriptions.list(params={"status": "all", "limit": 100})))


@_told
def invoice(invoice_id: str) -> Data:
    return _plain(_client().invoices.retrieve(invoice_id))


@_told
def invoices_of(customer_id: str, limit: int = 24) -> list[Data]:
    """Newest first."""
    found = _client().invoices.list(params={"customer": customer_id, "limit": limit})
    return [_plain(each) for each in found.data]


@_told
def checkout_session(session_id: str) -> Data:
    return _plain(_client().checkout.sessions.retrieve(session_id))


@_told
def paid_checkouts_since(moment: int) -> list[Data]:
    """What somebody bought once, newest first."""
    params = {"created": {"gte": moment}, "status": "complete", "limit": 100}
    return [each for each in _all(_client().checkout.sessions.list(params=params)) if each["mode"] == "payment"]


@_told
def payment(payment_id: str) -> Data:
    """With its charge, which knows what was given back."""
    params = {"expand": ["latest_charge"]}
    return _plain(_client().payment_intents.retrieve(payment_id, params=params))


@_told
def disputes_of(payment_id: str) -> list[Data]:
    return list(_all(_client().disputes.list(params={"payment_intent": payment_id, "limit": 100})))


@_told
def meter(event_name: str) -> str | None:
    """The id of the meter that counts these events."""
    found = _all(_client().billing.meters.list(params={"status": "active", "limit": 100}))
    return next((str(each["id"]) for each in found if each["event_name"] == event_name), None)


@_told
def metered(meter_id: str, customer_id: str, start: int, end: int) -> int:
    """How much of it Stripe has counted; both moments are whole minutes."""
    params = {"customer": customer_id, "start_time": start, "end_time": end, "limit": 100}
    found = _client().billing.meters.event_summaries.list(meter_id, params=params)
    return sum(int(float(each["aggregated_value"])) for each in _all(found))


@_told
def thin_event(event_id: str) -> Data:
    """The whole of an event of which the webhook had the name only."""
    return _plain(_both_versions().v2.core.events.retrieve(event_id))


@_told
def events_since(moment: int) -> list[Data]:
    return list(_all(_client().events.list(params={"created": {"gte": moment}, "limit": 100})))


@_told
def prices(lookup_keys: list[str]) -> dict[str, Data]:
    """Active prices by their lookup key. Stripe takes ten keys at a time."""
    found: dict[str, Data] = {}
    for start in range(0, len(lookup_keys), 10):
        params = {"lookup_keys": lookup_keys[start : start + 10], "active": True, "limit": 100}
        found |= {each["lookup_key"]: each for each in _all(_client().prices.list(params=params))}
    return found


# -- writing ------------------------------------------------------------------------------------------------------------


@_told
def create_customer(*, email: str, name: str, metadata: Mapping[str, str], key: str) -> str:
    params = {"email": email, "name": name, "metadata": dict(metadata)}
    return str(_client().customers.create(params=params, options=_key(key)).id)


@_told
def create_checkout(params: Data, *, key: str) -> Data:
    return _plain(_client().checkout.sessions.create(params=params, options=_key(key)))


@_told
def expire_open_checkouts(customer_id: str, *, but: str) -> None:
    """So that nobody pays twice in two tabs. The one that the same button (`but`, its nonce) opened before stays, and so does
    what is bought once: two of those are two."""
    client = _client()
    for each in client.checkout.sessions.list(params={"customer": customer_id, "status": "open"}).data:
        if each.mode != "subscription" or (_plain(each).get("metadata") or {}).get("nonce") == but:
            continue
        try:
            client.checkout.sessions.expire(each.id)
        except stripe.InvalidRequestError:  # paid or expired meanwhile
            continue


@_told
def create_portal(*, customer_id: str, return_url: str) -> str:
    params: Data = {"customer": customer_id, "return_url": return_url}
    return str(_client().billing_portal.sessions.create(params=params).url)


@_told
def preview_change(*, customer_id: str, stripe_id: str, change: Data) -> Data:
    params = {"customer": customer_id, "subscription": stripe_id, "subscription_details": change}
    return _plain(_client().invoices.create_preview(params=params))


@_told
def change_subscription(stripe_id: str, params: Data, *, key: str) -> Data:
    return _plain(_client().subscriptions.update(stripe_id, params=params, options=_key(key)))


@_told
def resume_paused(stripe_id: str, *, key: str) -> Data:
    params = {"billing_cycle_anchor": "unchanged"}
    return _plain(_client().subscriptions.resume(stripe_id, params=params, options=_key(key)))


@_told
def cancel_now(stripe_id: str) -> None:
    """End at once, without giving back; what was used and not billed yet is billed with it. Twice is harmless."""
    try:
        _client().subscriptions.cancel(stripe_id, params={"invoice_now": True})
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise


@_told
def create_product(*, product_id: str, name: str) -> None:
    client = _client()
    try:
        client.products.retrieve(product_id)
    except stripe.InvalidRequestError:
        client.products.create(params={"id": product_id, "name": name}, options=_key(f"product:{product_id}"))


@_told
def create_price(
    *,
    product_id: str,
    lookup_key: str,
    amount: int,
    currency: str,
    name: str,
    interval: str = "",
    meter: str = "",
) -> Data:
    """With tax in it or on top of it, as BILLING_PRICES_INCLUDE_TAX says. Without an interval it is paid once; with a meter, for
    what was used."""
    usage = {"usage_type": "metered", "meter": meter} if meter else {}
    params: Data = {
        "transfer_lookup_key": True,  # an archived price may still hold it
        "tax_behavior": "inclusive" if settings.BILLING_PRICES_INCLUDE_TAX else "exclusive",
        "product": product_id,
        "lookup_key": lookup_key,
        "unit_amount": amount,
        "currency": currency,
        "nickname": name,
        **({"recurring": {"interval": interval, **usage}} if interval else {}),
    }
    # Asked for only when there is none, so a second run finds it; an old key would bring an archived one back.
    return _plain(_client().prices.create(params=params, options=_key(f"price:{lookup_key}:{new_uid().hex}")))


@_told
def create_meter(*, event_name: str, name: str) -> str:
    params: Data = {
        "event_name": event_name,
        "display_name": name,
        "default_aggregation": {"formula": "sum"},
        "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
        "value_settings": {"event_payload_key": "value"},
    }
    return str(_client().billing.meters.create(params=params, options=_key(f"meter:{event_name}")).id)


@_told
def tell_meter(*, event_name: str, customer_id: str, identifier: str, at: int, key: str) -> None:
    """One of it was used. The same identifier is counted once, for a day at least; that it was counted before is no error."""
    params: Data = {
        "event_name": event_name,
        "payload": {"stripe_customer_id": customer_id, "value": "1"},
        "identifier": identifier,
        "timestamp": at,
    }
    try:
        _client().billing.meter_events.create(params=params, options=_key(key))
    except stripe.InvalidRequestError as error:
        if "already exists with identifier" not in str(error.user_message or error):
            raise


# -- webhooks -----------------------------------------------------------------------------------------------------------


def opened(payload: bytes, header: str) -> Data:
    """The event in a webhook's raw body. Raises BadSignature when it is forged, old, of the future, or no event."""
    _require_now(header)
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(payload, header, secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        return _event(payload)
    raise BadSignature("no secret fits")


def opened_thin(payload: bytes, header: str) -> Data:
    """The notification in the raw body of a webhook for thin events. Raises BadSignature."""
    _require_now(header)
    for secret in settings.STRIPE_THIN_WEBHOOK_SECRETS:
        try:
            found = _both_versions().parse_event_notification(payload, header, secret, TOLERANCE_SECONDS)
        except stripe.SignatureVerificationError:
            continue
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadSignature("not a thin event") from None
        return {"id": found.id, "type": found.type, "created": str(found.created), "livemode": found.livemode}
    raise BadSignature("no secret fits")


def _require_now(header: str) -> None:
    """The library refuses old timestamps only; one of the future would be good for as long as it lies ahead."""
    stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) < 13):
        raise BadSignature("no timestamp")
    if abs(int(stamps[0]) - time.time()) > TOLERANCE_SECONDS:
        raise BadSignature("not of now")


def _event(payload: bytes) -> Data:
    try:
        data = json.loads(payload)
    except ValueError:
        raise BadSignature("not JSON") from None
    if not isinstance(data, dict) or data.get("object") != "event" or not isinstance(data.get("data"), dict):
        raise BadSignature("not an event")
    return data


def is_live() -> bool:
    """Whether our key moves real money."""
    return str(settings.STRIPE_SECRET_KEY).startswith(("sk_live_", "rk_live_"))
