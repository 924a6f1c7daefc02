"""The guards of plans and payment, in the same form as those of publishing."""

from proof.mutations.guards import Guard

SEATS = "billing/tests/test_seats.py"
TAX = "billing/tests/test_tax.py"
WEBHOOKS = "billing/tests/test_webhooks.py"
CHECKOUT = "billing/tests/test_checkout_trouble.py"

GUARDS = (
    Guard(
        "an older answer of Stripe's is not stored",
        "billing/sync.py",
        "row.pk and (row.asked_at > asked_at or row.workspace_id",
        "row.pk and (row.workspace_id",
        (WEBHOOKS,),
    ),
    Guard(
        "an older answer brings no old tax id back",
        "billing/sync.py",
        " or (account.asked_at and account.asked_at > asked_at)",
        "",
        (TAX,),
    ),
    Guard(
        "each item is read by its price",
        "billing/sync.py",
        "return next(known, None) or next(others, items[0])",
        "return items[0]",
        (SEATS,),
    ),
    Guard(
        "the first period to end is the one shown",
        "billing/sync.py",
        'row.period_end = _moment(min(each["current_period_end"] for each in items))',
        'row.period_end = _moment(item["current_period_end"])',
        (SEATS,),
    ),
    Guard(
        "a customer who is there is not forgotten",
        "billing/sync.py",
        '    if known and not known.get("deleted"):\n        return False\n',
        "",
        (CHECKOUT,),
    ),
    Guard(
        "a deleted customer is not asked for again",
        "billing/services/checkout.py",
        ":{account.lost_customers}",
        "",
        (CHECKOUT,),
    ),
    Guard(
        "an archived price is not remembered",
        "billing/services/checkout.py",
        "        catalog.forget()\n",
        "",
        (CHECKOUT,),
    ),
    Guard(
        "only who may pay buys seats",
        "billing/services/seats.py",
        "    actor.require(Right.PAY)\n",
        "",
        (SEATS,),
    ),
    Guard(
        "seats that are in use stay",
        "billing/services/seats.py",
        "    if used > included + seats:\n",
        "    if used > included + seats + 500:\n",
        (SEATS,),
    ),
    Guard(
        "more seats are had once they are paid",
        "billing/services/seats.py",
        '    params |= {"payment_behavior": "error_if_incomplete"} if seats > row.seats else {}\n',
        "",
        (SEATS,),
    ),
    Guard(
        "nothing is bought on top of a debt",
        "billing/services/seats.py",
        "    require_settled(actor, row)\n",
        "",
        (SEATS,),
    ),
    Guard(
        "seats go along with the plan",
        "billing/services/costing.py",
        '{"price": catalog.seat_price(plan, interval)}]',
        "{}]",
        (SEATS,),
    ),
    Guard(
        "what is charged is what was shown",
        "billing/services/costing.py",
        "    return moment if now() - FRESH_SECONDS <= moment <= now() else 0\n",
        "    return 0\n",
        (SEATS,),
    ),
    Guard(
        "a gift is what it says",
        "billing/standing.py",
        "self.subscription if not self.comp else None",
        "self.subscription",
        (SEATS,),
    ),
    Guard(
        "only who may pay hears of the address",
        "billing/context.py",
        "invoice_stuck and may_pay",
        "invoice_stuck",
        (TAX,),
    ),
)
