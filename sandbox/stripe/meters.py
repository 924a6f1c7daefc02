"""Meters: what was used is told event by event, counted for each customer, and billed by a metered price.

https://docs.stripe.com/api/billing/meter, https://docs.stripe.com/api/billing/meter-event
"""

from datetime import UTC, datetime
from typing import Any

from sandbox.calls import Call
from sandbox.stripe import invoices, periods
from sandbox.stripe.answers import refuse
from sandbox.stripe.forms import whole
from sandbox.stripe.objects import Object, Objects, new_id

DAY = 86400
REMEMBERED = DAY  # how long an identifier is not taken twice
OLDEST, AHEAD = 35 * DAY, 300


def make(objects: Objects, _call: Call, asked: Object) -> Object:
    name = asked.get("event_name")
    if not name or not asked.get("display_name"):
        raise refuse(400, "Missing required param: event_name.", code="parameter_missing", param="event_name")
    if any(each["event_name"] == name and each["status"] == "active" for each in objects.all("billing.meter")):
        message = f"An active meter with the event name `{name}` already exists."
        raise refuse(400, message, code="resource_already_exists", param="event_name")
    body = {
        "display_name": asked["display_name"],
        "event_name": name,
        "status": "active",
        "default_aggregation": asked.get("default_aggregation") or {"formula": "sum"},
        "customer_mapping": asked.get("customer_mapping")
        or {"type": "by_id", "event_payload_key": "stripe_customer_id"},
        "value_settings": asked.get("value_settings") or {"event_payload_key": "value"},
        "event_time_window": None,
    }
    return objects.make("billing.meter", body, tell="billing.meter.created")


def found(objects: Objects, call: Call, _asked: Object) -> Object:
    return objects.get("billing.meter", call.path_params["id"])


def listed(objects: Objects, _call: Call, asked: Object) -> Object:
    rows = [each for each in objects.all("billing.meter") if asked.get("status") in (None, each["status"])]
    return objects.page(rows, asked, "/v1/billing/meters")


def take(objects: Objects, _call: Call, asked: Object) -> Object:
    """POST /v1/billing/meter_events. What is wrong with the customer or the value is told later, by a thin event."""
    now = objects.now()
    moment = whole(asked.get("timestamp"), now)
    name = str(asked.get("event_name") or "")
    meter = next((each for each in objects.all("billing.meter") if each["event_name"] == name), None)
    if meter is None or meter["status"] != "active":
        raise refuse(400, f"No active meter found for event name {name}.", code="no_meter", param="event_name")
    if moment < now - OLDEST:
        message = "The timestamp must be within the past 35 calendar days."
        raise refuse(400, message, code="timestamp_too_far_in_past", param="timestamp")
    if moment > now + AHEAD:
        message = "The timestamp must be no more than 5 minutes in the future."
        raise refuse(400, message, code="timestamp_in_future", param="timestamp")
    identifier = str(asked.get("identifier") or new_id("billing.meter_event"))
    known = [each for each in objects.all("billing.meter_event") if each["identifier"] == identifier]
    if any(each["_taken"] > now - REMEMBERED for each in known):
        message = f"An event already exists with identifier {identifier}."
        raise refuse(400, message, code="resource_already_exists", param="identifier")
    payload = asked.get("payload") or {}
    wrong = _wrong(objects, meter, payload)
    customer = None if wrong else payload[meter["customer_mapping"]["event_payload_key"]]
    body = {
        "event_name": name, "payload": payload, "identifier": identifier, "timestamp": moment,
        "_taken": now, "_meter": meter["id"], "_customer": customer, "_wrong": wrong,
    }  # fmt: skip
    made = objects.make("billing.meter_event", body, customer=customer)
    if wrong:
        _report(objects, meter, made)
    return made


def _wrong(objects: Objects, meter: Object, payload: Object) -> str:
    customer = objects.find("customer", payload.get(meter["customer_mapping"]["event_payload_key"]))
    if customer is None or customer.get("deleted"):
        return "meter_event_customer_not_found"
    value = str(payload.get(meter["value_settings"]["event_payload_key"], ""))
    return "" if value.isascii() and value.isdigit() else "meter_event_invalid_value"


def _report(objects: Objects, meter: Object, event: Object) -> None:
    """The thin event that says so; the whole of it is fetched from /v2/core/events."""
    at = datetime.fromtimestamp(objects.now(), UTC).isoformat().replace("+00:00", "Z")
    sample = {"error_message": f"{event['_wrong']}.", "request": {"identifier": event["identifier"]}}
    kinds = [{"code": event["_wrong"], "error_count": 1, "sample_errors": [sample]}]
    body: dict[str, Any] = {
        "object": "v2.core.event",
        "type": "v1.billing.meter.error_report_triggered",
        "created": at,
        "context": None,
        "reason": None,
        "related_object": {
            "id": meter["id"],
            "type": "billing.meter",
            "url": f"/v1/billing/meters/{meter['id']}",
        },
        "_data": {
            "developer_message_summary": "There is 1 invalid event",
            "reason": {"error_count": 1, "error_types": kinds},
            "validation_start": at,
            "validation_end": at,
        },
    }
    objects.world.services["stripe"].webhooks.post_thin(objects.make("v2.core.event", body))  # type: ignore[attr-defined]


def thin(objects: Objects, call: Call, _asked: Object) -> Object:
    event = objects.get("v2.core.event", call.path_params["id"])
    return {**event, "data": event["_data"]}


def _sum(objects: Objects, meter: str, customer: str, start: int, end: int) -> int:
    key = objects.get("billing.meter", meter)["value_settings"]["event_payload_key"]
    return sum(
        int(each["payload"][key])
        for each in objects.all("billing.meter_event", customer=customer)
        if each["_meter"] == meter and start <= each["timestamp"] < end
    )


def summaries(objects: Objects, call: Call, asked: Object) -> Object:
    meter = objects.get("billing.meter", call.path_params["id"])
    customer = objects.get("customer", asked.get("customer"), param="customer")["id"]
    start, end = whole(asked.get("start_time")), whole(asked.get("end_time"))
    if start % 60 or end % 60 or start >= end:
        raise refuse(400, "start_time and end_time must be aligned with minute boundaries.", param="start_time")
    value = _sum(objects, meter["id"], customer, start, end)
    body = {
        "id": new_id("billing.meter_event_summary"), "object": "billing.meter_event_summary", "livemode": False,
        "aggregated_value": value, "meter": meter["id"], "start_time": start, "end_time": end,
    }  # fmt: skip
    return objects.page([body] if value else [], asked, f"/v1/billing/meters/{meter['id']}/event_summaries")


# -- what is billed -----------------------------------------------------------------------------------------------------


def is_metered(price: Object) -> bool:
    return (price["recurring"] or {}).get("usage_type") == "metered"


def period(like: Object, price: Object, now: int) -> Object:
    """Of a metered item that is new beside `like`: from now to the end of a period of its own interval."""
    end = like["current_period_end"]
    if price["recurring"]["interval"] != like["price"]["recurring"]["interval"]:
        end = like["current_period_start"]
        while end <= now:
            end = periods.after(end, price["recurring"]["interval"])
    return {"current_period_start": now, "current_period_end": end}


def lines(objects: Objects, subscription: Object, item: Object, end: int) -> list[Object]:
    """What was used of an item since its period began."""
    price, start = item["price"], item["current_period_start"]
    used = _sum(objects, price["recurring"]["meter"], subscription["customer"], start, end)
    if not used:
        return []
    words = f"{used} × {price.get('nickname') or price['lookup_key']}"
    counted = {**item, "quantity": used}
    return [invoices.line(counted, used * price["unit_amount"], subscription, (start, end), words=words)]


def usage_lines(objects: Objects, subscription: Object, until: int) -> list[Object]:
    """What was used of every metered item whose period has ended by then."""
    items = [each for each in subscription["items"]["data"] if is_metered(each["price"])]
    ended = [each for each in items if each["current_period_end"] <= until]
    return [line for each in ended for line in lines(objects, subscription, each, each["current_period_end"])]


def used_lines(objects: Objects, subscription: Object, until: int) -> list[Object]:
    """The same of all of them, though their period has not ended."""
    items = [each for each in subscription["items"]["data"] if is_metered(each["price"])]
    return [
        line for each in items for line in lines(objects, subscription, each, min(until, each["current_period_end"]))
    ]


def rolled(item: Object, until: int) -> Object:
    """A metered item in its next period, if the one before has ended by then."""
    if not is_metered(item["price"]) or item["current_period_end"] > until:
        return item
    start = item["current_period_end"]
    end = periods.after(start, item["price"]["recurring"]["interval"])
    return {**item, "current_period_start": start, "current_period_end": end}


def next_end(subscription: Object) -> int | None:
    """When the first period of what is metered ends."""
    items = subscription["items"]["data"]
    return min((int(each["current_period_end"]) for each in items if is_metered(each["price"])), default=None)
