"""Rates of people and their workspaces, and of callers of the API. What is counted, and how: multivio/rates.py."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.services import Actor
from multivio import rates
from multivio.rates import TooMany

if TYPE_CHECKING:  # rest_framework.views loads this module while it is being imported itself
    from rest_framework.views import APIView


def by_person(name: str, actor: Actor) -> None:
    """Use one of the rate for the actor and one for their workspace as a whole. Raises TooMany."""
    rates.require((name, f"user:{actor.user.pk}"), (f"workspace-{name}", f"workspace:{actor.workspace.pk}"))


class CallerRate(BaseThrottle):
    """Counts calls that were let in: by API key, else by user. Each key has a rate of its own."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is not None and actor.key_id is not None:
            subject = f"key:{actor.key_id}"
        elif request.user.is_authenticated:
            subject = f"user:{request.user.pk}"
        else:
            return True  # anonymous: counted by address
        (count,) = rates.take(("api", subject))
        request._request.rate = count  # type: ignore[attr-defined]
        if not count.is_open:
            raise TooMany(count)
        return True
