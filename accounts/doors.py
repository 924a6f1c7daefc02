"""How a page of a workspace is entered, and how a refusal becomes something a person sees."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.pages import WorkspaceRequest, in_workspace
from multivio.errors import DomainError, Forbidden, NotFound

P = ParamSpec("P")
Door = Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]


def page(view: Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]) -> Door[P]:
    """A page inside a workspace. What the role does not cover is said in the page's own shell, with status 403."""

    @wraps(view)
    def inner(request: WorkspaceRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Forbidden as error:
            return render(request, "posts/forbidden.html", {"sentence": error.message}, status=403)
        except NotFound as error:
            raise Http404(error.message) from error

    return in_workspace(never_cache(inner))


def button(back: str) -> Callable[[Callable[Concatenate[WorkspaceRequest, P], HttpResponse]], Door[P]]:
    """A POST that goes back to the page `back`; a refusal is shown there as a notice, and nothing was changed."""

    def decorate(view: Callable[Concatenate[WorkspaceRequest, P], HttpResponse]) -> Door[P]:
        @wraps(view)
        def inner(request: WorkspaceRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except DomainError as error:
                messages.error(request, error.message)
                return redirect(back, request.actor.workspace.slug)

        return in_workspace(require_POST(inner))

    return decorate
