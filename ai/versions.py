"""Versions to choose between: the same task again, told to be different. They share a `choice`, and of them one is taken."""

import uuid
from dataclasses import replace

from accounts.services import Actor
from ai import services
from ai.models import Generation
from ai.orders import Order
from multivio.errors import DomainError

ANOTHER = "Take another opening and another angle than the obvious one."


def version(order: Order, number: int) -> Order:
    """The order for this version; the first is as it was asked for."""
    return order if number == 1 else replace(order, wishes={**order.wishes, "variation": ANOTHER})


def perform(*, actor: Actor, order: Order, count: int) -> list[Generation]:
    """As many versions, one after another. What is there is paid, so it is given even where the next one fails. Call it outside a
    transaction. Raises DomainError where there is none."""
    choice = uuid.uuid4() if count > 1 else None
    rows: list[Generation] = []
    for number in range(1, count + 1):
        try:
            asked = version(replace(order, is_counted=order.is_counted and number == 1), number)
            rows.append(services.perform(actor=actor, order=asked, choice=choice))
        except DomainError:
            if not rows:
                raise
            break
    return rows
