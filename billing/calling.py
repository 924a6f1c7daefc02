"""What pages share that ask Stripe."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.pages import WorkspaceRequest
from accounts.services import Actor, enter
from multivio import tenancy
from multivio.errors import DomainError, NotFound

Handler = Callable[[Any], HttpResponse]


def calls_stripe(view: Handler) -> Callable[..., HttpResponseBase]:
    """A page that asks Stripe: who asks is found in a short transaction, and none is open while the view runs.

    A refusal comes back to the page of the plan as a sentence.
    """

    @wraps(view)
    def inner(request: Any, slug: str) -> HttpResponseBase:
        request.actor = _actor(request, slug)
        try:
            with timezone.override(request.actor.workspace.tz):
                return view(request)
        except NotFound as error:
            raise Http404(error.message) from error
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("plan", slug)

    return tenancy.outside_transaction(login_required(never_cache(inner)))


def _actor(request: HttpRequest, slug: str) -> Actor:
    if not isinstance(request.user, User):
        raise Http404("no such workspace")
    with tenancy.tenant(user_id=request.user.pk):
        actor = enter(user=request.user, slug=slug)
    if actor is None:
        raise Http404("no such workspace")
    return actor


def nonce(request: HttpRequest) -> str:
    """Of the form, so that a button pressed twice is one purchase."""
    return request.POST.get("nonce", "")[:40] or secrets.token_urlsafe(12)


def page(request: WorkspaceRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Rendered in a short transaction of its own, since the shell reads the workspace."""
    with tenancy.tenant(user_id=request.actor.user.pk, workspace_id=request.actor.workspace.pk):
        return render(request, template, context)
