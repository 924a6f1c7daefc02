"""The way into a page of a workspace: signed in, a member, and the context of the transaction set."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.services import Actor, enter
from accounts.visiting import enter_visit

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
