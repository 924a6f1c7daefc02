"""Versions to choose between: the same task again, told to be different. They share a `choice`, and of them one is taken."""

import uuid
from dataclasses import replace

from accounts.services import Actor
from ai import services
from ai.models import Generation
from ai.orders import Order

ANOTHER = "Take another opening and another angle than the obvious one."


def version(order: Order, number: int) -> Order:
    """The order for this version; the first is as it was asked for."""
    return order if number == 1 else replace(order, wishes={**order.wishes, "variation": ANOTHER})


def perform(*, actor: Actor, order: Order, count: int) -> list[Generation]:
    """As many versions, one after another. Call it outside a transaction. Raises DomainError."""
    choice = uuid.uuid4() if count > 1 else None
    numbers = range(1, count + 1)
    return [services.perform(actor=actor, order=version(order, number), choice=choice) for number in numbers]
