"""What operations of the API share that ask Stripe."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.authentication import actor_of
from accounts.roles import Right
from billing import services
from multivio.api import OutsideTransaction, StrictSerializer
from multivio.ids import new_uid


class AsksStripe(OutsideTransaction):
    """What these answer is asked of Stripe, so no transaction is open while they do."""


class PageOut(serializers.Serializer[Any]):
    """A page of Stripe's, for the browser of somebody who may pay."""

    url = serializers.URLField()


def sent(kind: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """Who may not pay hears that first, whatever they sent."""
    services.require_selling()
    actor_of(request).require(Right.PAY)
    found = kind(data=request.data)
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)


def nonce(request: Request) -> str:
    """The caller's own key for a second try, else one of ours."""
    return request.headers.get("Idempotency-Key", "")[:60] or new_uid().hex
