"""How a page is entered, and how an error of a service becomes something a person sees."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.pages import WorkspaceRequest, in_workspace
from accounts.services import enter
from multivio import tenancy
from multivio.errors import DomainError, Forbidden, NotFound
from posts.forms import ComposerForm
from posts.models import Note, Post, Publication
from social import rereading

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]


def page(view: Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]) -> Page[P]:
    """A page inside a workspace. What the role does not cover is said in the page's own shell, with status 403."""

    @wraps(view)
    def inner(request: WorkspaceRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Forbidden as error:
            return render(request, "posts/forbidden.html", {"sentence": error.message}, status=403)
        except NotFound as error:
            raise Http404(error.message) from error

    return _or_sign_in(in_workspace(never_cache(inner)))


def asking_platforms(view: Page[P]) -> Page[P]:
    """Mark a page whose POST brings a composer's form: the platforms that want it are first asked what the chosen accounts may
    do now, and no transaction is open meanwhile."""

    @wraps(view)
    def inner(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method == "POST" and isinstance(request.user, User):
            form = ComposerForm.sent(request.POST)
            with tenancy.tenant(user_id=request.user.pk):
                actor = enter(user=request.user, slug=slug)
            if actor is not None:
                rereading.reread(actor=actor, uids=form.connections, anew=form.asks_anew)
        with tenancy.tenant(user_id=request.user.pk):
            response = view(request, slug, *args, **kwargs)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response

    return tenancy.outside_transaction(inner)  # type: ignore[return-value]


def _or_sign_in(view: Page[P]) -> Page[P]:
    """A part of a page cannot show the sign-in form: whoever was signed out meanwhile is sent there as a whole."""

    @wraps(view)
    def inner(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.headers.get("HX-Request") and not request.user.is_authenticated:
            return HttpResponse(status=401, headers={"HX-Redirect": f"{reverse('account_login')}?next={request.path}"})
        return view(request, slug, *args, **kwargs)

    return inner  # type: ignore[return-value]


def action(view: Callable[[WorkspaceRequest, UUID], HttpResponse]) -> Page[[UUID]]:
    """A button of the post page: POST only. A refusal comes back to the page as a notice, and nothing was changed."""

    @wraps(view)
    def inner(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
        try:
            return view(request, uid)
        except DomainError as error:
            messages.error(request, error.message)
            return back_to_post(request, uid)

    return in_workspace(require_POST(inner))


def back_to_post(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """To the page of the post with this uid, or of the publication or note with it."""
    rows: tuple[QuerySet[Any], ...] = (Publication.objects.all(), Note.objects.all())
    for found in rows:
        row = found.filter(workspace=request.actor.workspace, uid=uid).select_related("post").first()
        if row is not None:
            return redirect("post", request.actor.workspace.slug, row.post.uid)
    return redirect("post", request.actor.workspace.slug, uid)


def post_or_404(request: WorkspaceRequest, uid: UUID) -> Post:
    post: Post | None = Post.objects.filter(workspace=request.actor.workspace, uid=uid).first()
    if post is None:
        raise Http404("no such post")
    return post


def publication_or_404(request: WorkspaceRequest, uid: UUID) -> Publication:
    rows = Publication.objects.filter(workspace=request.actor.workspace, uid=uid).select_related("post")
    publication: Publication | None = rows.first()
    if publication is None:
        raise Http404("no such publication")
    return publication
