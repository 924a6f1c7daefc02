"""Stripe's endpoints, by what they are about."""

from sandbox.calls import Call, Operation
from sandbox.stripe import (
    catalog,
    changing,
    checkout,
    clockwork,
    coupons,
    invoices,
    meters,
    payments,
    subscriptions,
    tax,
)
from sandbox.stripe.answers import refuse
from sandbox.stripe.door import operation
from sandbox.stripe.forms import is_true
from sandbox.stripe.objects import Object, Objects


def _session(objects: Objects, call: Call, _asked: Object) -> Object:
    found = objects.get("checkout.session", call.path_params["id"])
    checkout.standing(objects, found)
    return found


def _sessions(objects: Objects, _call: Call, asked: Object) -> Object:
    found = objects.all("checkout.session", customer=asked.get("customer"))
    wanted = asked.get("status")
    shown = [each for each in found if wanted in (None, checkout.standing(objects, each))]
    return objects.page(shown, asked, "/v1/checkout/sessions")


def _expire(objects: Objects, call: Call, _asked: Object) -> Object:
    return checkout.expire(objects, objects.get("checkout.session", call.path_params["id"]))


def _subscriptions(objects: Objects, _call: Call, asked: Object) -> Object:
    wanted = asked.get("status")
    found = [
        each
        for each in objects.all("subscription", customer=asked.get("customer"))
        if wanted == "all" or (each["status"] == wanted if wanted else each["status"] not in subscriptions.ENDED)
    ]
    return objects.page(found, asked, "/v1/subscriptions")


def _subscription(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("subscription", call.path_params["id"])


def _update(objects: Objects, call: Call, asked: Object) -> Object:
    return subscriptions.update(objects, objects.get("subscription", call.path_params["id"]), asked)


def _cancel(objects: Objects, call: Call, asked: Object) -> Object:
    found = objects.get("subscription", call.path_params["id"])
    if found["status"] in subscriptions.ENDED:
        raise refuse(404, f"No such subscription: '{found['id']}'", code="resource_missing", param="id")
    ended = subscriptions.end(objects, found)
    if is_true(asked.get("invoice_now")):
        clockwork.bill_the_rest(objects, ended, objects.now(ended["customer"]))
    return ended


def _resume(objects: Objects, call: Call, _asked: Object) -> Object:
    found = objects.get("subscription", call.path_params["id"])
    if found["status"] != "paused":
        raise refuse(400, "This subscription is not paused.")
    objects.change(found, status="active", status_details=None)
    objects.tell("customer.subscription.resumed", found, customer=found["customer"])
    subscriptions.pay_open(objects, found)
    return found


def _invoices(objects: Objects, _call: Call, asked: Object) -> Object:
    found = [
        each
        for each in objects.all("invoice", customer=asked.get("customer"))
        if asked.get("subscription") in (None, invoices.subscription_of(each))
        and asked.get("status") in (None, each["status"])
    ]
    return objects.page(found, asked, "/v1/invoices")


def _invoice(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("invoice", call.path_params["id"])


def _finalize(objects: Objects, call: Call, _asked: Object) -> Object:
    found = objects.get("invoice", call.path_params["id"])
    if found["status"] != "draft":
        raise refuse(400, "This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    return invoices.reckon(objects, found)


OPERATIONS: tuple[Operation, ...] = (
    operation("customer_create", "POST", "/v1/customers", catalog.make_customer),
    operation("customer_get", "GET", "/v1/customers/{id}", catalog.customer),
    operation("customer_update", "POST", "/v1/customers/{id}", catalog.change_customer),
    operation("customer_delete", "DELETE", "/v1/customers/{id}", catalog.delete_customer),
    operation("tax_id_create", "POST", "/v1/customers/{id}/tax_ids", tax.make_id),
    operation("tax_id_list", "GET", "/v1/customers/{id}/tax_ids", tax.ids),
    operation("coupon_create", "POST", "/v1/coupons", coupons.make_coupon),
    operation("coupon_list", "GET", "/v1/coupons", coupons.coupons),
    operation("coupon_get", "GET", "/v1/coupons/{id}", coupons.coupon),
    operation("coupon_delete", "DELETE", "/v1/coupons/{id}", coupons.delete_coupon),
    operation("promotion_code_create", "POST", "/v1/promotion_codes", coupons.make_code),
    operation("promotion_code_list", "GET", "/v1/promotion_codes", coupons.codes),
    operation("promotion_code_get", "GET", "/v1/promotion_codes/{id}", coupons.code),
    operation("promotion_code_update", "POST", "/v1/promotion_codes/{id}", coupons.change_code),
    operation("product_create", "POST", "/v1/products", catalog.make_product),
    operation("product_get", "GET", "/v1/products/{id}", catalog.product),
    operation("price_create", "POST", "/v1/prices", catalog.make_price),
    operation("price_list", "GET", "/v1/prices", catalog.prices),
    operation("price_get", "GET", "/v1/prices/{id}", catalog.price),
    operation("price_update", "POST", "/v1/prices/{id}", catalog.change_price),
    operation("checkout_create", "POST", "/v1/checkout/sessions", lambda o, _c, a: checkout.create(o, a)),
    operation("checkout_list", "GET", "/v1/checkout/sessions", _sessions),
    operation("checkout_get", "GET", "/v1/checkout/sessions/{id}", _session),
    operation("checkout_expire", "POST", "/v1/checkout/sessions/{id}/expire", _expire),
    operation("portal_create", "POST", "/v1/billing_portal/sessions", catalog.portal),
    operation("subscription_list", "GET", "/v1/subscriptions", _subscriptions),
    operation("subscription_get", "GET", "/v1/subscriptions/{id}", _subscription),
    operation("subscription_update", "POST", "/v1/subscriptions/{id}", _update),
    operation("subscription_cancel", "DELETE", "/v1/subscriptions/{id}", _cancel),
    operation("subscription_resume", "POST", "/v1/subscriptions/{id}/resume", _resume),
    operation("invoice_preview", "POST", "/v1/invoices/create_preview", lambda o, _c, a: changing.preview(o, a)),
    operation("invoice_list", "GET", "/v1/invoices", _invoices),
    operation("invoice_get", "GET", "/v1/invoices/{id}", _invoice),
    operation("invoice_finalize", "POST", "/v1/invoices/{id}/finalize", _finalize),
    operation("event_list", "GET", "/v1/events", catalog.events),
    operation("event_get", "GET", "/v1/events/{id}", catalog.event),
    operation("payment_method_list", "GET", "/v1/payment_methods", catalog.payment_methods),
    operation("clock_create", "POST", "/v1/test_helpers/test_clocks", catalog.make_clock),
    operation("clock_get", "GET", "/v1/test_helpers/test_clocks/{id}", catalog.clock),
    operation("clock_advance", "POST", "/v1/test_helpers/test_clocks/{id}/advance", catalog.advance_clock),
    operation("payment_intent_get", "GET", "/v1/payment_intents/{id}", payments.intent),
    operation("charge_get", "GET", "/v1/charges/{id}", payments.charge),
    operation("refund_create", "POST", "/v1/refunds", lambda o, _c, a: payments.refund(o, a)),
    operation("dispute_list", "GET", "/v1/disputes", payments.disputes),
    operation("meter_create", "POST", "/v1/billing/meters", meters.make),
    operation("meter_list", "GET", "/v1/billing/meters", meters.listed),
    operation("meter_get", "GET", "/v1/billing/meters/{id}", meters.found),
    operation("meter_summaries", "GET", "/v1/billing/meters/{id}/event_summaries", meters.summaries),
    operation("meter_event_create", "POST", "/v1/billing/meter_events", meters.take),
    operation("thin_event_get", "GET", "/v2/core/events/{id}", meters.thin),
)
