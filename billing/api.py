"""`/api/v1/billing/…` and `/api/v1/usage`: how the plan stands, what is used of it, and the ways to pay, change and end it."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.models import Workspace
from billing import choosing, limits, services, showing, standing
from billing.access import Access, Situation
from billing.calling_api import AsksStripe, PageOut, nonce, sent
from billing.credit_api import CreditsOut, CreditsView, credits_of
from billing.limits import in_force
from billing.meter_api import XPostsView
from billing.plans import FOR_SALE, MEASURES, MOST_SEATS, PLANS, Interval, Plan, What
from multivio.api import StrictSerializer
from multivio.idempotency import IdempotentMixin


class UseOut(serializers.Serializer[Any]):
    """How much of one limit is used. Without a limit, `limit` and `left` are null. Bytes for `storage`."""

    what = serializers.ChoiceField(choices=[each.value for each in What])
    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    left = serializers.IntegerField(allow_null=True)


class UsageOut(serializers.Serializer[Any]):
    """`sells` is false where nothing is limited. Monthly counts begin again at `period_end`."""

    sells = serializers.BooleanField()
    plan = serializers.CharField()
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    limits = UseOut(many=True)
    features = serializers.DictField(child=serializers.BooleanField())
    credits = CreditsOut(help_text="AI credits beyond the month's.")
    upgrade_url = serializers.URLField()


class DiscountOut(serializers.Serializer[Any]):
    """What comes off every invoice until `ends_at`: per cent, or an amount in the smallest unit of the currency."""

    name = serializers.CharField(allow_blank=True)
    percent = serializers.FloatField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


class SubscriptionOut(serializers.Serializer[Any]):
    """As Stripe said when it was asked last. `amount` is of one period with its seats, before what comes off and before tax, in the
    smallest unit of the currency."""

    situation = serializers.ChoiceField(choices=Situation.choices)
    plan = serializers.CharField()
    interval = serializers.ChoiceField(choices=Interval.choices)
    seats = serializers.IntegerField(help_text="Members more than the plan has.")
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    discounts = DiscountOut(many=True)
    period_end = serializers.DateTimeField()
    trial_end = serializers.DateTimeField(allow_null=True)
    cancel_at = serializers.DateTimeField(allow_null=True)


class StandingOut(serializers.Serializer[Any]):
    """What the workspace has. `access` held: everything can be read, and scheduled posts wait for a payment."""

    sells = serializers.BooleanField()
    plan = serializers.CharField()
    access = serializers.ChoiceField(choices=Access.choices)
    message = serializers.CharField(allow_blank=True)
    next_step = serializers.CharField(allow_blank=True)
    given_until = serializers.DateTimeField(allow_null=True, help_text="A plan for nothing, by support.")
    subscription = SubscriptionOut(allow_null=True)


class SoldPlanOut(serializers.Serializer[Any]):
    """A plan on sale. `prices` are in the smallest unit of the currency; a limit of null is none."""

    key = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    prices = serializers.DictField(child=serializers.IntegerField())
    seat_prices = serializers.DictField(
        child=serializers.IntegerField(), help_text="Of one member more than the plan has; empty: none can be bought."
    )
    limits = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    history_days = serializers.IntegerField(
        allow_null=True, help_text="How far back the past is shown; nothing is deleted."
    )


class SoldPlansOut(serializers.Serializer[Any]):
    plans = SoldPlanOut(many=True)


class InvoiceOut(serializers.Serializer[Any]):
    """An invoice of Stripe's."""

    at = serializers.DateTimeField()
    text = serializers.CharField()
    amount = serializers.CharField(help_text="As people read it.")
    discount = serializers.CharField(allow_blank=True, help_text="What came off.")
    tax = serializers.CharField(allow_blank=True)
    status = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    pdf = serializers.CharField(allow_blank=True)


class InvoicesOut(serializers.Serializer[Any]):
    invoices = InvoiceOut(many=True)


class WantedPlan(StrictSerializer):
    plan = serializers.ChoiceField(choices=[plan.key for plan in FOR_SALE])
    interval = serializers.ChoiceField(choices=Interval.choices, default=Interval.MONTH)


class AlsoStays(StrictSerializer):
    """Without `stays`, where there is no room for all, the owners have some days to choose."""

    stays = serializers.ListField(child=serializers.UUIDField(), max_length=1000, required=False)


class WantedChange(WantedPlan, AlsoStays):
    """A plan, and the connections that stay on it."""


class Nothing(StrictSerializer):
    """No fields."""


class WantedSeats(StrictSerializer):
    seats = serializers.IntegerField(min_value=0, max_value=MOST_SEATS)


class CostOut(serializers.Serializer[Any]):
    """What a change costs: now, off the next invoice, and each period from then on; the taxes are in these."""

    due_now = serializers.IntegerField()
    tax_now = serializers.IntegerField()
    credit = serializers.IntegerField()
    next_amount = serializers.IntegerField()
    next_tax = serializers.IntegerField()
    currency = serializers.CharField()


class ChangeOut(CostOut):
    """`seats` go along to a plan that has them."""

    plan = serializers.CharField()
    interval = serializers.ChoiceField(choices=Interval.choices)
    seats = serializers.IntegerField()
    stops = serializers.ListField(
        child=serializers.CharField(), help_text="What the plan has less of, as people read it."
    )
    connections_limit = serializers.IntegerField(allow_null=True)
    would_rest = serializers.ListField(
        child=serializers.UUIDField(), help_text="The connections that would rest, unless others are chosen."
    )


class SeatsOut(CostOut):
    """`members` is how many there may be with so many seats."""

    seats = serializers.IntegerField()
    members = serializers.IntegerField()


def _standing(request: Request) -> dict[str, Any]:
    found = standing.of(actor_of(request).workspace)
    row = found.subscription
    return {
        "sells": settings.BILLING_ENABLED,
        "plan": found.plan.key,
        "access": found.access,
        "message": found.rule.sentence,
        "next_step": found.rule.step,
        "given_until": found.comp.ends_at if found.comp else None,
        "subscription": None if row is None else _subscription(row),
    }


def _subscription(row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("plan", "interval", "seats", "amount", "currency")}
    return {
        **shown,
        "situation": row.situation(),
        "discounts": [{**each, "ends_at": _moment(each["ends_at"])} for each in row.discounts],
        "period_end": row.period_end,
        "trial_end": row.trial_end,
        "cancel_at": row.cancel_at,
    }


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


class BillingView(APIView):
    @extend_schema(operation_id="billing_status", summary="How the plan stands", responses=StandingOut)
    def get(self, request: Request) -> Response:
        """Which plan the workspace has, and whether a payment is missing."""
        return Response(StandingOut(_standing(request)).data)


class UsageView(APIView):
    @extend_schema(operation_id="usage", summary="Read what is used of the plan", responses=UsageOut)
    def get(self, request: Request) -> Response:
        """Every limit with what is used of it, as the page of the plan shows it."""
        workspace = actor_of(request).workspace
        found = standing.of(workspace)
        uses = limits.usage(workspace)
        said = {
            "sells": settings.BILLING_ENABLED,
            "plan": found.plan.key,
            "period_start": found.period_start,
            "period_end": found.period_end,
            "limits": [{"what": u.what.value, "used": u.used, "limit": u.most, "left": u.left} for u in uses],
            "features": {what.value: found.most(what) is None for what, each in MEASURES.items() if each.is_feature},
            "credits": credits_of(workspace),
            "upgrade_url": limits.upgrade_url(workspace),
        }
        return Response(UsageOut(said).data)


class PlansView(APIView):
    @extend_schema(operation_id="billing_plans", summary="List the plans", responses=SoldPlansOut)
    def get(self, request: Request) -> Response:
        """What is sold; nothing where nothing is."""
        plans = [_plan(each) for each in PLANS.values()] if settings.BILLING_ENABLED else []
        return Response(SoldPlansOut({"plans": plans}).data)


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "key": plan.key,
        "name": plan.name,
        "currency": settings.BILLING_CURRENCY,
        "prices": dict(plan.prices),
        "seat_prices": dict(plan.seats),
        "limits": {what.value: most for what, most in plan.limits.items() if in_force(what)},
        "history_days": plan.history,
    }


class InvoicesView(AsksStripe):
    @extend_schema(operation_id="billing_invoices", summary="List invoices", responses=InvoicesOut)
    def get(self, request: Request) -> Response:
        """The newest two dozen."""
        found = services.invoices(actor=actor_of(request))
        return Response(InvoicesOut({"invoices": [showing.bill(each) for each in found]}).data)


class CheckoutView(IdempotentMixin, AsksStripe):
    @extend_schema(
        operation_id="billing_checkout", summary="Begin to pay", request=WantedPlan, responses={201: PageOut}
    )
    def post(self, request: Request) -> Response:
        """The page of Stripe's on which the plan is paid. Nothing is had before it is."""
        wanted = sent(WantedPlan, request)
        url = services.start_checkout(
            actor=actor_of(request), plan=wanted["plan"], interval=wanted["interval"], nonce=nonce(request)
        )
        return Response(PageOut({"url": url}).data, status=201)


class PortalView(IdempotentMixin, AsksStripe):
    @extend_schema(operation_id="billing_portal", summary="Open the portal", request=Nothing, responses={201: PageOut})
    def post(self, request: Request) -> Response:
        """The pages of Stripe's for card, address and invoices."""
        sent(Nothing, request)
        return Response(PageOut({"url": services.open_portal(actor=actor_of(request))}).data, status=201)


class ChangeView(IdempotentMixin, AsksStripe):
    @extend_schema(
        operation_id="billing_preview", summary="What a change costs", parameters=[WantedPlan], responses=ChangeOut
    )
    def get(self, request: Request) -> Response:
        """Changes nothing."""
        asked = WantedPlan(
            data={name: request.query_params[name] for name in ("plan", "interval") if name in request.query_params}
        )
        asked.is_valid(raise_exception=True)
        found = services.preview_change(actor=actor_of(request), **asked.validated_data)
        said = {**vars(found.cost), "plan": found.plan.key, "interval": found.interval, "seats": found.seats}
        with self.context():
            less = _less(actor_of(request).workspace, found.plan, found.seats)
        return Response(ChangeOut({**said, **less}).data)

    @extend_schema(
        operation_id="billing_change", summary="Change the plan", request=WantedChange, responses=StandingOut
    )
    def post(self, request: Request) -> Response:
        """More is paid at once; less comes off the next invoice."""
        services.change_plan(actor=actor_of(request), moment=0, nonce=nonce(request), **sent(WantedChange, request))
        return _now(self, request)


def _less(workspace: Workspace, plan: Plan, seats: int) -> dict[str, Any]:
    choice = choosing.for_plan(workspace, plan)
    return {
        "stops": showing.stops(plan, limits.usage(workspace), today=standing.of(workspace).plan, seats=seats),
        "connections_limit": plan.limits[What.CONNECTIONS],
        "would_rest": [place.uid for place in choice.resting] if choice else [],
    }


class SeatsView(IdempotentMixin, AsksStripe):
    @extend_schema(
        operation_id="billing_seats_preview", summary="What seats cost", parameters=[WantedSeats], responses=SeatsOut
    )
    def get(self, request: Request) -> Response:
        """Changes nothing."""
        asked = WantedSeats(
            data={name: request.query_params[name] for name in ("seats",) if name in request.query_params}
        )
        asked.is_valid(raise_exception=True)
        found = services.preview_seats(actor=actor_of(request), seats=asked.validated_data["seats"])
        return Response(SeatsOut({**vars(found.cost), "seats": found.seats, "members": found.members}).data)

    @extend_schema(operation_id="billing_seats", summary="Have seats", request=WantedSeats, responses=StandingOut)
    def post(self, request: Request) -> Response:
        """More are paid at once; fewer come off the next invoice, and only as far as nobody needs them."""
        wanted = sent(WantedSeats, request)
        services.change_seats(actor=actor_of(request), seats=wanted["seats"], moment=0, nonce=nonce(request))
        return _now(self, request)


class CancelView(IdempotentMixin, AsksStripe):
    @extend_schema(operation_id="billing_cancel", summary="Cancel the plan", request=AlsoStays, responses=StandingOut)
    def post(self, request: Request) -> Response:
        """It ends with the period that is paid; until then it can be resumed."""
        services.cancel(actor=actor_of(request), nonce=nonce(request), **sent(AlsoStays, request))
        return _now(self, request)


class ResumeView(IdempotentMixin, AsksStripe):
    @extend_schema(operation_id="billing_resume", summary="Keep the plan", request=Nothing, responses=StandingOut)
    def post(self, request: Request) -> Response:
        """Takes a cancellation back, or goes on after a pause."""
        sent(Nothing, request)
        services.resume(actor=actor_of(request), nonce=nonce(request))
        return _now(self, request)


def _now(view: AsksStripe, request: Request) -> Response:
    with view.context():
        return Response(StandingOut(_standing(request)).data)


urlpatterns = [
    path("usage", UsageView.as_view(), name="usage"),
    path("billing", BillingView.as_view(), name="billing"),
    path("billing/plans", PlansView.as_view(), name="billing-plans"),
    path("billing/invoices", InvoicesView.as_view(), name="billing-invoices"),
    path("billing/x-posts", XPostsView.as_view(), name="billing-x-posts"),
    path("billing/credits", CreditsView.as_view(), name="billing-credits"),
    path("billing/checkout", CheckoutView.as_view(), name="billing-checkout"),
    path("billing/portal", PortalView.as_view(), name="billing-portal"),
    path("billing/plan", ChangeView.as_view(), name="billing-plan"),
    path("billing/seats", SeatsView.as_view(), name="billing-seats"),
    path("billing/cancel", CancelView.as_view(), name="billing-cancel"),
    path("billing/resume", ResumeView.as_view(), name="billing-resume"),
]
