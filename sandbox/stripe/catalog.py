"""Customers, products, prices and test clocks: what is kept and read without much behaviour of its own."""

from sandbox.calls import Call
from sandbox.stripe import clockwork, subscriptions
from sandbox.stripe.answers import refuse
from sandbox.stripe.forms import is_true, whole
from sandbox.stripe.objects import Object, Objects


def make_customer(objects: Objects, _call: Call, asked: Object) -> Object:
    clock = asked.get("test_clock")
    if clock:
        objects.get("test_helpers.test_clock", clock, param="test_clock")
    body = {
        "email": asked.get("email"),
        "name": asked.get("name"),
        "metadata": asked.get("metadata") or {},
        "address": asked.get("address"),
        "currency": None,
        "test_clock": clock,
        "invoice_settings": {"default_payment_method": None},
        "balance": 0,
    }
    made = objects.make("customer", body)
    objects.tell("customer.created", made)
    return made


def customer(objects: Objects, call: Call, _asked: Object) -> Object:
    found = objects.get("customer", call.path_params["id"])
    return {"id": found["id"], "object": "customer", "deleted": True} if found.get("deleted") else found


def change_customer(objects: Objects, call: Call, asked: Object) -> Object:
    found = objects.get("customer", call.path_params["id"])
    changes: Object = {name: asked[name] for name in ("email", "name") if name in asked}
    if "metadata" in asked:
        changes["metadata"] = {**found["metadata"], **asked["metadata"]}
    if "address" in asked:
        changes["address"] = asked["address"] or None
    objects.change(found, **changes, tell="customer.updated")
    if changes.get("address"):
        subscriptions.located(objects, found["id"])
    return found


def delete_customer(objects: Objects, call: Call, _asked: Object) -> Object:
    """Everything of theirs ends at once."""
    found = objects.get("customer", call.path_params["id"])
    for each in objects.all("subscription", customer=found["id"]):
        if each["status"] not in subscriptions.ENDED:
            subscriptions.end(objects, each)
    objects.change(found, deleted=True)
    objects.tell("customer.deleted", found)
    return {"id": found["id"], "object": "customer", "deleted": True}


def make_product(objects: Objects, _call: Call, asked: Object) -> Object:
    if not asked.get("name"):
        raise refuse(400, "Missing required param: name.", code="parameter_missing", param="name")
    body = {"name": asked["name"], "active": True, "metadata": asked.get("metadata") or {}}
    given = {"id": asked["id"]} if asked.get("id") else {}
    if given and objects.find("product", asked["id"]):
        raise refuse(400, f"Product already exists: {asked['id']}", code="resource_already_exists", param="id")
    return objects.make("product", {**given, **body}, tell="product.created")


def product(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("product", call.path_params["id"])


def make_price(objects: Objects, _call: Call, asked: Object) -> Object:
    key = asked.get("lookup_key")
    objects.get("product", asked.get("product"), param="product")
    for each in objects.all("price") if key else []:
        if each["lookup_key"] != key:
            continue
        if not is_true(asked.get("transfer_lookup_key")):
            raise refuse(400, f"A price with the lookup key `{key}` already exists.", param="lookup_key")
        _changed(objects, each, lookup_key=None)
    recurring = _recurring(objects, asked.get("recurring") or {})
    body = {
        "product": asked["product"],
        "active": True,
        "currency": asked["currency"],
        "unit_amount": whole(asked.get("unit_amount")),
        "lookup_key": key,
        "nickname": asked.get("nickname"),
        "tax_behavior": asked.get("tax_behavior", "unspecified"),
        "metadata": asked.get("metadata") or {},
        "type": "recurring" if recurring else "one_time",
        "billing_scheme": "per_unit",
        "recurring": recurring,
    }
    return objects.make("price", body, tell="price.created")


def _recurring(objects: Objects, asked: Object) -> Object | None:
    if not asked:
        return None
    usage = asked.get("usage_type", "licensed")
    if usage == "metered":
        objects.get("billing.meter", asked.get("meter"), param="recurring[meter]")
    found = {"interval": asked.get("interval", "month"), "interval_count": 1, "usage_type": usage}
    return {**found, "meter": asked.get("meter")}


def price(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("price", call.path_params["id"])


def change_price(objects: Objects, call: Call, asked: Object) -> Object:
    found = objects.get("price", call.path_params["id"])
    changes: Object = {"active": is_true(asked["active"])} if "active" in asked else {}
    if "lookup_key" in asked:
        changes["lookup_key"] = asked["lookup_key"] or None
    if asked.get("tax_behavior", found["tax_behavior"]) != found["tax_behavior"]:
        if found["tax_behavior"] != "unspecified":
            raise refuse(400, "The tax behavior of a price cannot be changed once it is set.", param="tax_behavior")
        changes["tax_behavior"] = asked["tax_behavior"]
    return _changed(objects, found, **changes)


def _changed(objects: Objects, price: Object, **changes: object) -> Object:
    """Also where subscriptions have it: their items show a price as it is now."""
    objects.change(price, **changes, tell="price.updated")
    for each in objects.all("subscription"):
        items = each["items"]["data"]
        if any(item["price"]["id"] == price["id"] for item in items):
            data = [{**item, "price": price} if item["price"]["id"] == price["id"] else item for item in items]
            objects.change(each, items={**each["items"], "data": data})
    return price


def prices(objects: Objects, _call: Call, asked: Object) -> Object:
    keys = asked.get("lookup_keys")
    wanted = keys if isinstance(keys, list) else None
    found = [
        each
        for each in objects.all("price")
        if (wanted is None or each["lookup_key"] in wanted)
        and ("active" not in asked or each["active"] == is_true(asked["active"]))
    ]
    return objects.page(found, asked, "/v1/prices")


def events(objects: Objects, _call: Call, asked: Object) -> Object:
    kinds = asked.get("types")
    since = whole((asked.get("created") or {}).get("gte")) if isinstance(asked.get("created"), dict) else 0
    found = [each for each in objects.all("event") if (not kinds or each["type"] in kinds) and each["created"] >= since]
    return objects.page(found, asked, "/v1/events")


def event(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("event", call.path_params["id"])


def make_clock(objects: Objects, _call: Call, asked: Object) -> Object:
    body = {"frozen_time": whole(asked.get("frozen_time")), "status": "ready", "name": asked.get("name")}
    return objects.make("test_helpers.test_clock", body)


def clock(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("test_helpers.test_clock", call.path_params["id"])


def advance_clock(objects: Objects, call: Call, asked: Object) -> Object:
    found = objects.get("test_helpers.test_clock", call.path_params["id"])
    moment = whole(asked.get("frozen_time"))
    if moment <= found["frozen_time"]:
        raise refuse(400, "The clock can only be advanced to a later time.", param="frozen_time")
    return clockwork.frozen(objects, found, moment)


def portal(objects: Objects, _call: Call, asked: Object) -> Object:
    owner = objects.get("customer", asked.get("customer"), param="customer")
    body = {"customer": owner["id"], "return_url": asked.get("return_url"), "flow": asked.get("flow_data")}
    made = objects.make("billing_portal.session", body, customer=owner["id"])
    return objects.change(made, url=f"{objects.world.base_url}/stripe/portal/{made['id']}")


def payment_methods(objects: Objects, _call: Call, asked: Object) -> Object:
    owner = objects.get("customer", asked.get("customer"), param="customer")
    return objects.page(objects.all("payment_method", customer=owner["id"]), asked, "/v1/payment_methods")
