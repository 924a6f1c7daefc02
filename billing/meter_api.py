"""`/api/v1/billing/x-posts`: posts to X that are paid one by one, beyond the plan."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import actor_of
from accounts.models import Workspace
from billing.calling_api import AsksStripe, nonce, sent
from billing.plans import X_POSTS
from billing.services import pay_per_post
from multivio.api import StrictSerializer
from multivio.idempotency import IdempotentMixin


class PayPerPostOut(serializers.Serializer[Any]):
    """Of this month: parts that were `counted` since it is on, how many of those are to be paid (`charged`) and were `sent` to
    Stripe, and the `amount` of them. Money is in the smallest unit of the currency; `included` null is no limit."""

    is_on = serializers.BooleanField()
    cap = serializers.IntegerField(help_text="Posts a month beyond the plan.")
    since = serializers.DateTimeField(allow_null=True)
    included = serializers.IntegerField(allow_null=True, help_text="Posts a month in the plan.")
    price = serializers.IntegerField(help_text="Of one.")
    currency = serializers.CharField()
    counted = serializers.IntegerField()
    charged = serializers.IntegerField()
    sent = serializers.IntegerField()
    amount = serializers.IntegerField()


class CapIn(StrictSerializer):
    cap = serializers.IntegerField(min_value=0, max_value=X_POSTS.most, help_text="0 switches it off.")


def _shown(workspace: Workspace) -> dict[str, Any]:
    return {**pay_per_post.figures(workspace), "currency": settings.BILLING_CURRENCY}


class XPostsView(IdempotentMixin, AsksStripe):
    @extend_schema(
        operation_id="billing_x_posts", summary="Posts to X that are paid one by one", responses=PayPerPostOut
    )
    def get(self, request: Request) -> Response:
        """Whether each post to X beyond the plan is paid for, up to which number, and what that costs so far."""
        return Response(PayPerPostOut(_shown(actor_of(request).workspace)).data)

    @extend_schema(
        operation_id="billing_x_posts_cap",
        summary="Pay for posts to X one by one",
        request=CapIn,
        responses=PayPerPostOut,
    )
    def post(self, request: Request) -> Response:
        """Switches it on, changes the cap of a month, or with 0 switches it off."""
        wanted = sent(CapIn, request)
        pay_per_post.switch(actor=actor_of(request), cap=wanted["cap"], nonce=nonce(request))
        return Response(PayPerPostOut(_shown(actor_of(request).workspace)).data)
