"""The page on which an owner says which accounts stay, and what other pages of the plan take from a browser about it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.pages import WorkspaceRequest, settings_page
from accounts.roles import Right
from billing import choosing, sharing
from multivio.errors import DomainError, Invalid, Problem

MOST = 1000


def sent(data: QueryDict) -> list[UUID] | None:
    """The ticked ones; None where the page had nothing to tick."""
    if not data.get("choosing"):
        return None
    try:
        return [UUID(each) for each in data.getlist("stays")[:MOST]]
    except ValueError:
        sentence = "There is no such connection on this bill."
        raise Invalid.because([Problem("stays", "unknown_connection", sentence)]) from None


@settings_page
@require_http_methods(["GET", "HEAD", "POST"])
def plan_connections(request: WorkspaceRequest) -> HttpResponse:
    """Which accounts stay, where the plan has no room for all."""
    actor = request.actor
    actor.require(Right.PAY)
    if request.method == "POST":
        return _choose(request)
    payer = sharing.payer_of(actor.workspace)
    choice = None if payer else choosing.current(actor.workspace)
    return render(request, "billing/connections.html", {"choice": choice, "payer": payer})


def _choose(request: WorkspaceRequest) -> HttpResponse:
    slug = request.actor.workspace.slug
    try:
        choice = choosing.choose(actor=request.actor, stays=sent(request.POST) or [])
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("plan_connections", slug)
    when = f" from {choice.at:%-d %B %Y} on" if choice.at else ""
    number = len(choice.resting)
    messages.success(
        request, f"Saved. {number} account{'' if number == 1 else 's'} rest{'s' if number == 1 else ''}{when}."
    )
    return redirect("plan_connections", slug)
