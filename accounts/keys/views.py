"""The page of API keys. A new key is part of the answer that made it and of no other: it is stored nowhere."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.keys.forms import KeyForm
from accounts.models import ApiKey
from accounts.pages import WorkspaceRequest, in_workspace
from accounts.roles import Right
from accounts.services import create_api_key, revoke_api_key, rotate_api_key
from multivio.errors import DomainError


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_workspace
def api_keys(request: WorkspaceRequest) -> HttpResponse:
    """One's own keys, everybody's for who manages the workspace, and the form for a new one."""
    form = KeyForm(request.actor, request.POST or None)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        row, secret = create_api_key(actor=request.actor, **form.wanted())
    except DomainError as error:
        form.add_error(None, error.message)
        return _page(request, form, status=422)
    return _page(request, KeyForm(request.actor), made=row, secret=secret, status=201)


def _page(request: WorkspaceRequest, form: KeyForm, *, status: int = 200, **extra: Any) -> HttpResponse:
    manages = request.actor.may(Right.MANAGE)
    keys = list(ApiKey.objects.shown_to(request.actor, manages=manages))
    live = [key for key in keys if key.state in {"active", "replaced"}]
    values = {"form": form, "live": live, "ended": [key for key in keys if key not in live], "manages": manages}
    return render(request, "accounts/api_keys.html", {**values, **extra}, status=status)


def _on_key(act: Callable[[WorkspaceRequest, ApiKey], HttpResponse]) -> Callable[..., Any]:
    """A button of one key: POST only; a refusal comes back to the page as a notice."""

    @require_POST
    @in_workspace
    def inner(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
        rows = ApiKey.objects.shown_to(request.actor, manages=request.actor.may(Right.MANAGE))
        key = rows.filter(uid=uid).first()
        if key is None:
            raise Http404("no such key")
        try:
            return act(request, key)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("api_keys", request.actor.workspace.slug)

    return never_cache(inner)


def _rotate(request: WorkspaceRequest, key: ApiKey) -> HttpResponse:
    row, secret = rotate_api_key(actor=request.actor, key=key)
    key.refresh_from_db(fields=["expires_at"])
    return _page(request, KeyForm(request.actor), made=row, secret=secret, rotated=key, status=201)


def _revoke(request: WorkspaceRequest, key: ApiKey) -> HttpResponse:
    revoke_api_key(actor=request.actor, key=key)
    messages.success(request, f"“{key.name}” is revoked. Whoever still uses it is refused from now on.")
    return redirect("api_keys", request.actor.workspace.slug)


rotate = _on_key(_rotate)
revoke = _on_key(_revoke)
