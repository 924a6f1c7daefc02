"""Seats: members more than the plan has. More are paid at once, fewer come off the next invoice."""

from dataclasses import dataclass

from accounts.roles import Right
from accounts.services import Actor
from billing import gateway, limits
from billing.models import Subscription
from billing.plans import FOR_SALE, MOST_SEATS, Plan, What
from billing.services.costing import Cost, change_of, cost, require_settled, seat_item, still
from billing.services.selling import as_stands, living, require_selling, write_down
from multivio.errors import Conflict, Invalid, Problem


@dataclass(frozen=True)
class SeatPreview:
    """What so many seats cost."""

    plan: Plan
    seats: int
    members: int
    cost: Cost


def preview_seats(*, actor: Actor, seats: int) -> SeatPreview:
    """What it costs to have so many seats from now on. Changes nothing. Raises Invalid, and Conflict when it cannot be."""
    row, plan = _with_seats(actor, seats)
    if seats == row.seats:
        raise Conflict("These are the seats you have.", code="same_seats")
    found = cost(actor, row, [seat_item(row, seats)], at_once=seats > row.seats)
    return SeatPreview(plan, seats, seats + (plan.limits[What.MEMBERS] or 0), found)


def change_seats(*, actor: Actor, seats: int, moment: int, nonce: str) -> Subscription:
    """Have so many seats from now on; to ask for those one has changes nothing. Raises CardDeclined, and then nothing has changed.

    `moment` is that of the preview, so that it costs what was shown.
    """
    row, _plan = _with_seats(actor, seats)
    if seats == row.seats:
        return row
    require_settled(actor, row)
    params = change_of(row, [seat_item(row, seats)], at_once=seats > row.seats, moment=still(moment))
    params |= {"payment_behavior": "error_if_incomplete"} if seats > row.seats else {}
    gateway.change_subscription(row.stripe_id, params, key=f"seats:{row.stripe_id}:{row.seats}:{seats}:{nonce}")
    write_down(actor, "plan.seats_asked", {"seats": seats}, {"seats": row.seats})
    return as_stands(actor, row)


def _with_seats(actor: Actor, seats: int) -> tuple[Subscription, Plan]:
    require_selling()
    actor.require(Right.PAY)
    if not 0 <= seats <= MOST_SEATS:
        raise Invalid.because([Problem("seats", "out_of_range", f"Choose a number from 0 to {MOST_SEATS}.")])
    row = living(actor)
    plan = row.sold
    if plan is None or not plan.seats:
        having = " and ".join(each.name for each in FOR_SALE if each.seats)
        raise Conflict(f"Your plan has no seats to buy; {having} have.", code="no_seats")
    if seats < row.seats:
        _refuse_below_use(actor, plan, seats)
    return row, plan


def _refuse_below_use(actor: Actor, plan: Plan, seats: int) -> None:
    used, included = limits.use_of(actor.workspace, What.MEMBERS).used, plan.limits[What.MEMBERS] or 0
    if used > included + seats:
        raise Conflict(
            f"{used} members are in use, invitations among them, and there would be room for {included + seats}."
            " Remove somebody or take an invitation back under Members; then try again.",
            code="seats_in_use",
            extra={"used": used, "limit": included + seats, "least": used - included},
        )
