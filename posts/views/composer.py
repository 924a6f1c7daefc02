"""The composer: write, see it as the platform will show it, and send it once."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_POST

from accounts.models import ApprovalPolicy
from accounts.pages import WorkspaceRequest
from accounts.roles import Right
from multivio.errors import Conflict, DomainError, Invalid, Problem, Stale
from posts import reading, services
from posts.composing import Desk, quiet
from posts.content import Content
from posts.forms import ComposerForm, is_editable
from posts.models import Post
from posts.services import At, Draft, NextSlot, Plan
from posts.services.approving import is_free
from posts.states import Approval
from posts.views.doors import asking_platforms, page
from posts.words.services import remember
from social.models import Connection

SENT_SECONDS = 24 * 3600
SAVING_SECONDS = 60
ANSWERED = "composed"


@asking_platforms
@page
def compose(request: WorkspaceRequest) -> HttpResponse:
    """A new post, or with `?copy=<uid>` one that begins as a copy."""
    request.actor.require(Right.WRITE_POSTS)
    if request.method == "POST":
        return _submitted(request, ComposerForm.sent(request.POST), None)
    desk = Desk(request.actor)
    blank = ComposerForm.blank(zone=request.actor.workspace.zone, now=timezone.now(), connections=desk.obvious())
    copied = _post(request, request.GET["copy"]) if request.GET.get("copy") else None
    return _show(request, ComposerForm.copy_of(copied, blank) if copied else blank, desk=desk)


@asking_platforms
@page
def edit(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    request.actor.require(Right.WRITE_POSTS)
    post = _post(request, str(uid))
    if request.method == "POST":
        return _submitted(request, ComposerForm.sent(request.POST), post)
    if not is_editable(post):
        messages.error(request, "This post is sent or on its way, so it can no longer be changed. Copy it instead.")
        return redirect("post", request.actor.workspace.slug, post.uid)
    blank = ComposerForm.blank(zone=request.actor.workspace.zone, now=timezone.now())
    return _show(request, ComposerForm.of_post(post, blank), post=post)


@asking_platforms
def check(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What stands in the way of what is in the composer now: the same rules as the publisher, as lists to put in place."""
    return require_POST(_check)(request, slug)


@page
def _check(request: WorkspaceRequest) -> HttpResponse:
    request.actor.require(Right.WRITE_POSTS)
    form = ComposerForm.sent(request.POST)
    desk, post = Desk(request.actor), _edited(request)
    found = quiet(_found(request, form, desk, post))
    context = {**desk.lists(form, found), "offers": desk.offers(form, post)}
    return render(request, "posts/composer/problems.html", context)


def _edited(request: WorkspaceRequest) -> Post | None:
    """The stored post that is being changed, as the page says."""
    uid = request.POST.get("post")
    return _post(request, uid) if uid else None


def _post(request: WorkspaceRequest, uid: str) -> Post:
    try:
        post = reading.post_to_edit(request.actor.workspace, UUID(uid))
    except ValueError:
        post = None
    if post is None:
        raise Http404("no such post")
    return post


def _found(request: WorkspaceRequest, form: ComposerForm, desk: Desk, post: Post | None) -> Sequence[Problem]:
    try:
        content = form.content(desk.declared())
        return services.check(actor=request.actor, content=content, plan=form.plan(), post=post)
    except Invalid as error:
        return error.problems


def _submitted(request: WorkspaceRequest, form: ComposerForm, post: Post | None) -> HttpResponse:
    changed = form.rearranged()
    if changed is not None:
        return _show(request, changed, post=post)
    if form.action == "check":
        return _show(request, form, post=post, problems=_found(request, form, Desk(request.actor), post))
    try:
        saved = _save(request, form, post)
        remember(actor=request.actor, post=saved, uids=request.POST.getlist("generation"))
        return _saved(request, form, saved)
    except Stale:
        return _stale(request, form, post)
    except DomainError as error:
        problems = error.problems or [Problem("", error.code, error.message)]
        return _show(request, form, post=post, problems=problems, status=error.status)


def _save(request: WorkspaceRequest, form: ComposerForm, post: Post | None) -> Post:
    """All of it or nothing: a post whose request is refused is not stored, so correcting it makes no second one."""
    content = form.content(Desk(request.actor).declared())
    wish = form.wish() if form.asks else None  # read before anything is stored
    if post is None:
        return _stored_once(request, form, content, wish)
    with transaction.atomic():
        saved = services.edit_post(
            actor=request.actor, post=post, content=content, plan=form.plan(), version=form.version
        )
        _ask(request, saved, wish)
    return saved


def _stored_once(request: WorkspaceRequest, form: ComposerForm, content: Content, wish: Plan | None) -> Post:
    # A double click, a reload or an impatient back and forth sends the same form again: that is still one post.
    key = f"composed:{request.actor.user.pk}:{form.fingerprint()}"
    if not cache.add(key, "", SAVING_SECONDS):
        return _stored_before(request, cache.get(key), wish)
    try:
        with transaction.atomic():
            made = services.create_post(actor=request.actor, content=content, plan=form.plan())
            _ask(request, made, wish)
    except BaseException:
        cache.delete(key)  # nothing was stored, so the same words may be sent again
        raise
    transaction.on_commit(lambda: cache.set(key, str(made.uid), SENT_SECONDS))
    return made


def _stored_before(request: WorkspaceRequest, uid: str | None, wish: Plan | None) -> Post:
    earlier: Post | None = Post.objects.filter(workspace=request.actor.workspace, uid=uid).first() if uid else None
    if earlier is None:
        raise Conflict("This is being saved already. Look into the list of posts before you send it again.")
    if earlier.approval != Approval.PENDING:  # the same form sent twice is one request as well
        _ask(request, earlier, wish)
    return earlier


def _ask(request: WorkspaceRequest, post: Post, wish: Plan | None) -> None:
    if wish is not None:
        services.request_approval(actor=request.actor, post=post, plan=wish)


def _saved(request: WorkspaceRequest, form: ComposerForm, post: Post) -> HttpResponse:
    response = _after(request, form, post)
    # Tells the browser, which keeps what is typed until it is answered, that this opening of the composer is done,
    # and which post it became.
    openings = [*request.COOKIES.get(ANSWERED, "").split(".")[-4:], f"{form.token}:{post.uid}"]
    response.set_cookie(ANSWERED, ".".join(openings), max_age=3600, samesite="Lax", secure=request.is_secure())
    return response


def _after(request: WorkspaceRequest, form: ComposerForm, post: Post) -> HttpResponse:
    plan, slug = form.plan(), request.actor.workspace.slug
    if form.asks:
        messages.success(request, "Sent for approval. You are told what becomes of it.")
        return redirect("post", slug, post.uid)
    if isinstance(plan, Draft):
        messages.success(request, "Draft saved.")
        return redirect("edit_post", slug, post.uid)
    if isinstance(plan, At | NextSlot) and post.due_at:
        local = post.due_at.astimezone(request.actor.workspace.tz)
        verb = "Scheduled for" if isinstance(plan, At) else "In the queue: it goes out on"
        several = isinstance(plan, NextSlot) and len(form.connections) > 1
        when = f"{format_date(local, 'l j F, H:i')}{', on the other accounts in their own slots' if several else ''}"
        messages.success(request, f"{verb} {when}.")
    return redirect("post", slug, post.uid)


def _stale(request: WorkspaceRequest, form: ComposerForm, post: Post | None) -> HttpResponse:
    """Somebody else saved it meanwhile: both are there to choose from, and what was typed stays in the fields."""
    assert post is not None  # noqa: S101 - a new post has no earlier version
    post.refresh_from_db()
    return _show(request, form.on_version(post.version), post=post, stale=True, status=412)


def _show(
    request: WorkspaceRequest,
    form: ComposerForm,
    *,
    post: Post | None = None,
    desk: Desk | None = None,
    problems: Sequence[Problem] = (),
    stale: bool = False,
    status: int = 200,
) -> HttpResponse:
    desk = desk or Desk(request.actor, also=_of(post))
    context = {
        **desk.context(form, problems),
        "offers": desk.offers(form, post),
        "post": post,
        "stale": stale,
        "is_answer": request.method == "POST",
        "may_publish": request.actor.may(Right.PUBLISH) and is_free(request.actor.workspace, post),
        "may_ask": request.actor.workspace.approval != ApprovalPolicy.NONE,
        "may_connect": request.actor.may(Right.CONNECT),
    }
    return render(request, "posts/composer.html", context, status=status)


def _of(post: Post | None) -> list[Connection]:
    return [publication.connection for publication in post.publications.all()] if post else []
