"""What time does to subscriptions: trials end, periods renew, payments are tried again, what was never paid expires."""

from sandbox.stripe import changing, coupons, invoices, meters, payments, periods, subscriptions
from sandbox.stripe.objects import Object, Objects

DAY = 86400
FIRST_PAYMENT_HOURS = 23
MOST_STEPS = 60  # of one subscription at once: five years of months


def tick(objects: Objects) -> None:
    """Bring every subscription up to its own now, and payments that take their time."""
    payments.tick(objects)
    for found in objects.all("subscription"):
        for _ in range(MOST_STEPS):
            if not _step(objects, objects.get("subscription", found["id"])):
                break


def _step(objects: Objects, subscription: Object) -> bool:
    """The next thing that time has brought; False when there is none."""
    now, status = objects.now(subscription["customer"]), subscription["status"]
    if status in subscriptions.ENDED or status == "paused":
        return False
    if _end_discounts(objects, subscription, now):
        return True
    return _go_on(objects, subscription, now)


def _go_on(objects: Objects, subscription: Object, now: int) -> bool:
    status = subscription["status"]
    if status == "incomplete":
        return _expire(objects, subscription, now)
    if status == "trialing":
        return _trial(objects, subscription, now)
    if status == "past_due" and _try_again(objects, subscription, now):
        return True
    return _period(objects, subscription, now)


def _period(objects: Objects, subscription: Object, now: int) -> bool:
    if _between(objects, subscription, now):
        return True
    if subscriptions.period_end(subscription) > now:
        return False
    if subscription["cancel_at_period_end"]:
        bill_the_rest(objects, subscription, subscriptions.period_end(subscription))
        subscriptions.end(objects, subscription)
        return True
    if subscription["status"] == "unpaid":
        return False
    _renew(objects, subscription)
    return True


def _end_discounts(objects: Objects, subscription: Object, now: int) -> bool:
    """Before the renewal to which they do not apply any more."""
    until = min(now, subscriptions.period_end(subscription))
    found = [objects.get("discount", each) for each in subscription["discounts"]]
    over = {each["id"] for each in found if each["end"] is not None and each["end"] <= until}
    if over:
        coupons.drop(objects, subscription, over)
    return bool(over)


def _expire(objects: Objects, subscription: Object, now: int) -> bool:
    if now < subscription["created"] + FIRST_PAYMENT_HOURS * 3600:
        return False
    subscriptions.end(objects, subscription, status="incomplete_expired")
    return True


def _trial(objects: Objects, subscription: Object, now: int) -> bool:
    ends = subscription["trial_end"]
    if not subscription["_told_of_trial"] and now >= ends - 3 * DAY:
        objects.change(subscription, _told_of_trial=True)
        objects.tell("customer.subscription.trial_will_end", subscription, customer=subscription["customer"])
        return True
    if now < ends:
        return False
    if subscription["cancel_at_period_end"]:
        subscriptions.end(objects, subscription)
        return True
    owner = objects.get("customer", subscription["customer"])
    otherwise = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if owner["invoice_settings"]["default_payment_method"] is None and otherwise != "create_invoice":
        return _without_card(objects, subscription, otherwise)
    _renew(objects, subscription)
    return True


def _without_card(objects: Objects, subscription: Object, otherwise: str) -> bool:
    if otherwise == "cancel":
        subscriptions.end(objects, subscription)
        return True
    cause = {"paused": {"subscription": {"type": "trial_end_without_payment_method"}}}
    objects.change(subscription, status="paused", status_details=cause)
    objects.tell("customer.subscription.paused", subscription, customer=subscription["customer"])
    return True


def _renew(objects: Objects, subscription: Object) -> None:
    """Every item whose period is over goes into its next one."""
    before, start = subscription["items"]["data"], subscriptions.period_end(subscription)
    due = [each for each in changing.licensed(before) if each["current_period_end"] == start]
    lines = [changing.renewal(subscription, each) for each in due]
    items = [_next(each) if each in due else meters.rolled(each, start) for each in before]
    owed = [*meters.usage_lines(objects, subscription, start), *subscription["_owed"]]
    changes = {"items": {**subscription["items"], "data": items}, "_owed": []}
    objects.change(subscription, **changes, tell="customer.subscription.updated")
    _collect(objects, subscription, [*lines, *owed], start)


def _next(item: Object) -> Object:
    start = item["current_period_end"]
    finish = periods.after(start, item["price"]["recurring"]["interval"])
    return {**item, "current_period_start": start, "current_period_end": finish}


def _between(objects: Objects, subscription: Object, now: int) -> bool:
    """The months of a metered item within a plan that is paid by the year: an invoice for each in which it was used."""
    until = meters.next_end(subscription)
    if until is None or until > now or until >= subscriptions.period_end(subscription):
        return False
    lines = meters.usage_lines(objects, subscription, until)
    items = [meters.rolled(each, until) for each in subscription["items"]["data"]]
    changes = {"items": {**subscription["items"], "data": items}}
    objects.change(subscription, **changes, tell="customer.subscription.updated")
    if lines:
        _collect(objects, subscription, lines, until)
    return True


def _collect(objects: Objects, subscription: Object, lines: list[Object], at: int) -> None:
    invoice = subscriptions.bill(objects, subscription, lines, "subscription_cycle", at=at)
    subscriptions.settle(objects, subscription, invoices.pay(objects, invoice))


def bill_the_rest(objects: Objects, subscription: Object, until: int) -> None:
    """What was used until the end is billed with it."""
    if lines := [*meters.used_lines(objects, subscription, until), *subscription["_owed"]]:
        invoices.pay(objects, subscriptions.bill(objects, subscription, lines, "subscription_cycle", at=until))


def _try_again(objects: Objects, subscription: Object, now: int) -> bool:
    """A retry whose day has come; after the last one what the account's settings say."""
    for invoice in invoices.unpaid_of(objects, subscription):
        again = invoice["next_payment_attempt"]
        if again is not None and again <= now:
            subscriptions.settle(objects, subscription, invoices.pay(objects, invoice))
            return True
        if again is None and invoice["attempt_count"] > len(invoices.RETRY_DAYS):
            return _give_up(objects, subscription)
    return False


def _give_up(objects: Objects, subscription: Object) -> bool:
    wanted = objects.world.settings["stripe_after_retries"]
    if wanted == "canceled":
        subscriptions.end(objects, subscription)
    elif wanted == "unpaid":
        objects.change(subscription, status="unpaid", tell="customer.subscription.updated")
    elif wanted == "paused":
        cause = {"paused": {"subscription": {"type": "payment_failure"}}}
        objects.change(subscription, status="paused", status_details=cause)
        objects.tell("customer.subscription.paused", subscription, customer=subscription["customer"])
    else:
        return False
    return True


def frozen(objects: Objects, clock: Object, moment: int) -> Object:
    """Advance a test clock and everything of its customers."""
    objects.change(clock, frozen_time=moment, status="ready", tell="test_helpers.test_clock.ready")
    tick(objects)
    return clock
