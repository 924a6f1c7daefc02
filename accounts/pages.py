"""The way into a page of a workspace: signed in, a member, and the context of the transaction set."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.services import Actor, enter
from accounts.visiting import enter_visit
from multivio.errors import DomainError, Forbidden, Invalid, NotFound

P = ParamSpec("P")
ASKS_BY_ITSELF = "/notifications/bell/"  # every half minute, on every page


class WorkspaceRequest(HttpRequest):
    """For the type checker: a request inside a workspace."""

    actor: Actor
    htmx: Any


def in_workspace(
    view: Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]:
    """Wrap a view at `/w/<slug>/…`: sets `request.actor` and the zone of times.

    A stranger gets 404, as for a workspace that does not exist.
    """

    @wraps(view)
    def inner(request: Any, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        page = "" if request.path.endswith(ASKS_BY_ITSELF) else request.path
        actor = enter(user=request.user, slug=slug) or enter_visit(user=request.user, slug=slug, page=page)
        if actor is None:
            raise Http404("no such workspace")
        request.actor = actor
        if request.session.get("workspace") != slug and not actor.is_support:
            request.session["workspace"] = slug
        with timezone.override(actor.workspace.tz):
            return view(request, *args, **kwargs)

    return login_required(inner)  # type: ignore[return-value]


Page = Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]


def settings_page(view: Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]) -> Page[P]:
    """A page of the settings. What the role does not cover is said in the page's own shell, with status 403."""

    @wraps(view)
    def inner(request: WorkspaceRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Forbidden as error:
            return render(request, "posts/forbidden.html", {"sentence": error.message}, status=403)

    return in_workspace(never_cache(inner))


def button(back_to: str) -> Callable[[Callable[..., HttpResponse | None]], Page[...]]:
    """A POST that comes back to the page `back_to`. A refusal comes back as a notice, and nothing was changed."""

    def wrap(view: Callable[..., HttpResponse | None]) -> Page[...]:
        @wraps(view)
        def inner(request: WorkspaceRequest, **kwargs: object) -> HttpResponse:
            home = redirect(back_to, request.actor.workspace.slug)
            try:
                return view(request, **kwargs) or home
            except NotFound as error:
                raise Http404(error.message) from error
            except DomainError as error:
                messages.error(request, error.message)
                return home

        return in_workspace(require_POST(inner))

    return wrap


def say_in(form: forms.Form, error: Invalid) -> None:
    """Put what a service refused beside the fields it is about."""
    for problem in error.problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
