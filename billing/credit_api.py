"""`/api/v1/billing/credits`: what of AI credits is sold and was bought, and the way to buy more."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import actor_of
from accounts.models import Workspace
from billing import packs
from billing.calling_api import AsksStripe, PageOut, nonce, sent
from billing.credit_models import CreditPack
from billing.plans import PACKS
from billing.services import credit_buying
from multivio.api import StrictSerializer
from multivio.idempotency import IdempotentMixin


class PackOut(serializers.Serializer[CreditPack]):
    """Credits that were bought, or given by support (`amount` 0). `taken_back`: by a refund, or by support."""

    id = serializers.UUIDField(source="uid")
    credits = serializers.IntegerField()
    taken_back = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="In the smallest unit of the currency.")
    currency = serializers.CharField(allow_blank=True)
    granted_at = serializers.DateTimeField()


class SoldPackOut(serializers.Serializer[Any]):
    """A pack on sale; `price` in the smallest unit of the currency."""

    key = serializers.CharField()
    credits = serializers.IntegerField()
    price = serializers.IntegerField()
    currency = serializers.CharField()


class CreditsOut(serializers.Serializer[Any]):
    """AI credits beyond the month's: used after those, and without an end. They are of whoever pays for the workspace."""

    left = serializers.IntegerField()
    packs = PackOut(
        many=True, help_text="The workspace's own, newest first; not those of another one that pays for it."
    )


class CreditShopOut(CreditsOut):
    on_sale = SoldPackOut(many=True)


class WantedPack(StrictSerializer):
    pack = serializers.ChoiceField(choices=[pack.key for pack in PACKS if pack.is_sold])


def credits_of(workspace: Workspace) -> dict[str, Any]:
    return {"left": packs.left(workspace), "packs": packs.of(workspace)}


class CreditsView(IdempotentMixin, AsksStripe):
    @extend_schema(
        operation_id="billing_credits", summary="AI credits to buy, and bought ones", responses=CreditShopOut
    )
    def get(self, request: Request) -> Response:
        """Nothing is on sale where nothing is sold."""
        on_sale = [
            {"key": each.key, "credits": each.credits, "price": each.price, "currency": settings.BILLING_CURRENCY}
            for each in PACKS
            if each.is_sold and settings.BILLING_ENABLED
        ]
        return Response(CreditShopOut({**credits_of(actor_of(request).workspace), "on_sale": on_sale}).data)

    @extend_schema(
        operation_id="billing_buy_credits", summary="Begin to buy credits", request=WantedPack, responses={201: PageOut}
    )
    def post(self, request: Request) -> Response:
        """The page of Stripe's on which they are paid. They are had once Stripe says that they are paid; each call with another
        Idempotency-Key is another purchase."""
        wanted = sent(WantedPack, request)
        url = credit_buying.start(actor=actor_of(request), pack=wanted["pack"], nonce=nonce(request))
        return Response(PageOut({"url": url}).data, status=201)
