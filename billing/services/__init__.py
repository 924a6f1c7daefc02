"""Writes of billing that people ask for: subscribe, change, cancel, resume, buy credits, pay for posts to X one by one, and plans
that support gives away.

All but the gifts call Stripe, so no transaction may be open. What Stripe answers is stored by the same way as what it tells by
webhook (billing/sync.py).
"""

from billing.services.buying import come_back, invoices, open_portal, start_checkout
from billing.services.changing import Preview, cancel, change_plan, preview_change, resume, would_end_at
from billing.services.costing import Cost
from billing.services.giving import give_plan, take_back_plan
from billing.services.seats import SeatPreview, change_seats, preview_seats
from billing.services.selling import history, refresh, refresh_by_id, require_selling

__all__ = [
    "Cost",
    "Preview",
    "SeatPreview",
    "cancel",
    "change_plan",
    "change_seats",
    "come_back",
    "give_plan",
    "history",
    "invoices",
    "open_portal",
    "preview_change",
    "preview_seats",
    "refresh",
    "refresh_by_id",
    "require_selling",
    "resume",
    "start_checkout",
    "take_back_plan",
    "would_end_at",
]
