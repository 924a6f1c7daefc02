"""Support's view of plans and payment: what there is, what Stripe told us, asking Stripe now, and plans given away.

No page writes a subscription: that is decided by what Stripe says. Of secrets there is nothing here.
"""

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from billing import events, meter_sending, packs, services
from billing.credit_models import CreditPack
from billing.meter_models import MeteredPost, PayPerPost
from billing.models import BillingAccount, BillingEvent, Comp, Payer, Subscription
from billing.plans import FOR_SALE
from billing.tasks import refresh
from multivio.errors import DomainError
from multivio.support import ModelAdmin, ReadOnlyAdmin

if TYPE_CHECKING:  # generic for the type checker only
    ModelForm = forms.ModelForm[Comp]
    PackForm = forms.ModelForm[CreditPack]
else:
    ModelForm = PackForm = forms.ModelForm


@admin.register(BillingAccount)
class BillingAccountAdmin(ReadOnlyAdmin):
    list_display = (
        "workspace", "customer_id", "told_access", "held_at", "rests_from", "resting_since", "chosen_at", "trial_used_at",
    )  # fmt: skip
    list_filter = (
        "told_access", ("held_at", admin.EmptyFieldListFilter), ("resting_since", admin.EmptyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "workspace__name", "customer_id")
    actions = ("ask_stripe",)

    @admin.action(description="Ask Stripe how things stand, soon", permissions=["act"])
    def ask_stripe(self, request: HttpRequest, accounts: QuerySet[Any]) -> None:
        """In a task: no page of the desk waits for Stripe in the middle of its transaction."""
        self.act(
            request, accounts.exclude(customer_id=None), "is asked about", lambda row: refresh.delay(row.workspace_id)
        )


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = (
        "workspace",
        "plan",
        "interval",
        "seats",
        "status",
        "period_end",
        "cancel_at",
        "is_unsure",
        "asked_at",
    )
    list_filter = ("status", "plan", "interval", "is_unsure")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "workspace__name", "stripe_id", "invoice_id")
    date_hierarchy = "started_at"


@admin.register(BillingEvent)
class BillingEventAdmin(ReadOnlyAdmin):
    list_display = ("type", "event_id", "workspace", "happened_at", "received_at", "processed_at", "tries", "error")
    list_filter = (("processed_at", admin.EmptyFieldListFilter), "type")
    list_select_related = ("workspace",)
    search_fields = ("event_id", "customer_id", "workspace__slug")
    date_hierarchy = "received_at"
    actions = ("replay",)

    @admin.action(description="Work on it again, soon", permissions=["act"])
    def replay(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.act(request, rows, "is worked on again", lambda row: events.line_up(row.pk))


@admin.register(Payer)
class PayerAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "paid_by", "since")
    list_select_related = ("workspace", "paid_by")
    search_fields = ("workspace__slug", "paid_by__slug")


class CompForm(ModelForm):
    """A plan, why, and its last day."""

    plan = forms.ChoiceField(choices=[(plan.key, plan.name) for plan in FOR_SALE])
    ends_at = forms.DateField(label="until the end of", widget=AdminDateWidget)

    class Meta:
        model = Comp
        fields = ("workspace", "plan", "reason", "ends_at")

    def clean_ends_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.cleaned_data["ends_at"], time(23, 59, 59)))

    def clean(self) -> dict[str, Any] | None:
        found = super().clean()
        if settings.BILLING_ENABLED:
            return found
        raise ValidationError("Nothing is sold here, so there is nothing to give away.")


@admin.register(Comp)
class CompAdmin(ModelAdmin):
    """Plans given away. They are never changed: one ends, and another is given."""

    form = CompForm
    autocomplete_fields = ("workspace",)
    list_display = ("workspace", "plan", "reason", "granted_by", "starts_at", "ends_at", "revoked_at")
    list_filter = ("plan", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("workspace", "granted_by")
    search_fields = ("workspace__slug", "workspace__name", "reason")
    actions = ("take_back",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = services.give_plan(
            staff=request.user, workspace=obj.workspace, plan=obj.plan, reason=obj.reason, ends_at=obj.ends_at
        )
        obj.pk = made.pk
        obj._state.adding = False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        try:
            return super().add_view(request, form_url, extra_context)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("admin:billing_comp_add")

    @admin.action(description="Take back now")
    def take_back(self, request: HttpRequest, comps: QuerySet[Any]) -> None:
        for comp in comps:
            services.take_back_plan(staff=request.user, comp=comp)
            messages.success(request, f"{comp}: taken back.")


class CreditPackForm(PackForm):
    """So many credits, and why."""

    class Meta:
        model = CreditPack
        fields = ("workspace", "credits", "reason")


@admin.register(CreditPack)
class CreditPackAdmin(ModelAdmin):
    """AI credits that were bought, and those given away here. What was bought goes back by a refund at Stripe."""

    form = CreditPackForm
    autocomplete_fields = ("workspace",)
    list_display = ("workspace", "credits", "taken_back", "amount", "currency", "reason", "granted_by", "granted_at")
    list_filter = (("session_id", admin.EmptyFieldListFilter),)
    list_select_related = ("workspace", "granted_by")
    search_fields = ("workspace__slug", "workspace__name", "reason", "session_id", "payment_id")
    date_hierarchy = "granted_at"
    actions = ("take_back",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = packs.give(staff=request.user, workspace=obj.workspace, credits=obj.credits, reason=obj.reason)
        obj.pk = made.pk
        obj._state.adding = False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        try:
            return super().add_view(request, form_url, extra_context)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("admin:billing_creditpack_add")

    @admin.action(description="Take back what nobody has used")
    def take_back(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        for pack in rows:
            try:
                taken = packs.take_back(staff=request.user, pack=pack)
            except DomainError as error:
                messages.error(request, f"{pack}: {error.message}")
            else:
                messages.success(request, f"{pack}: {taken:,} taken back.")


@admin.register(PayPerPost)
class PayPerPostAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "cap", "started_by", "since", "until")
    list_filter = (("until", admin.EmptyFieldListFilter),)
    list_select_related = ("workspace", "started_by")
    search_fields = ("workspace__slug", "workspace__name")


@admin.register(MeteredPost)
class MeteredPostAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "publication", "part", "state", "posted_at", "sent_at", "error")
    list_filter = ("state",)
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "workspace__name", "publication", "identifier")
    date_hierarchy = "posted_at"
    actions = ("send_again",)

    @admin.action(description="Send again what Stripe refused, within the hour", permissions=["act"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        refused = rows.filter(state=MeteredPost.State.REFUSED)
        self.act(request, refused, "is sent again", meter_sending.send_again)
