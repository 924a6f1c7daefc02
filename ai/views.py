"""The settings page of Grok: how it sounds here, and what it has cost this month."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.pages import WorkspaceRequest, settings_page
from accounts.roles import Right
from ai import catalogue, credits, services
from ai.forms import VoiceForm
from ai.models import BrandVoice, Generation
from social.models import Connection

SHOWN = 12


@settings_page
def brand_voice(request: WorkspaceRequest) -> HttpResponse:
    """The workspace's voice, or with `?account=<uid>` that of one account."""
    actor = request.actor
    accounts = list(Connection.objects.in_workspace(actor.workspace.pk).live())
    chosen = _chosen(request, accounts)
    row = BrandVoice.objects.filter(workspace=actor.workspace, connection=chosen).select_related("updated_by").first()
    form = VoiceForm.of(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        services.set_voice(actor=actor, connection=chosen, **form.cleaned_data)
        messages.success(request, "Saved.")
        address = reverse("brand_voice", args=[actor.workspace.slug])
        return redirect(f"{address}?account={chosen.uid}" if chosen else address)
    if not actor.may(Right.MANAGE):
        form.lock()
    context = {
        "form": form,
        "accounts": accounts,
        "chosen": chosen,
        "voice": row,
        "own": set(BrandVoice.objects.filter(workspace=actor.workspace).values_list("connection_id", flat=True)),
        "enabled": settings.AI_ENABLED,
        "model": settings.XAI_MODEL_TEXT,
        "on_sandbox": settings.XAI_ON_SANDBOX,
        "keep_days": settings.AI_KEEP_DAYS,
        "meter": credits.meter(actor.workspace),
        "sells": settings.BILLING_ENABLED,
        "spent": [{**each, "name": _name(each["task"])} for each in credits.spent_by_task(actor.workspace)],
        "latest": _latest(actor.workspace.pk),
    }
    return render(request, "ai/brand_voice.html", context, status=422 if form.errors else 200)


def _chosen(request: WorkspaceRequest, accounts: list[Connection]) -> Connection | None:
    asked = request.GET.get("account")
    if not asked:
        return None
    try:
        return next(each for each in accounts if each.uid == UUID(asked))
    except (ValueError, StopIteration):
        raise Http404("no such account") from None


def _latest(workspace_id: int) -> list[dict[str, object]]:
    rows = Generation.objects.in_workspace(workspace_id).select_related("user").order_by("-created_at", "-id")
    return [{"row": row, "name": _name(row.task)} for row in rows[:SHOWN]]


def _name(task: str) -> str:
    found = catalogue.tasks().get(task)
    return found.name if found else task
