"""Ideas for a week by Grok: how many free slots there are and what it costs, then the drafts that were made of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.pages import WorkspaceRequest
from accounts.roles import Right
from accounts.services import enter
from ai import credits
from ai import services as ai
from ai.models import Generation
from multivio import tenancy
from multivio.errors import Conflict, DomainError
from multivio.ids import new_uid, uids_in
from posts.models import Post
from posts.views.doors import Page, page
from posts.words.ideas import MOST, TASK, Made, Moment, delete_ideas, draft_ideas, free_moments, order_for
from social.models import Connection

LONGEST_TOPIC = 1000
DAYS = (7, 14)
SENT_SECONDS = 15 * 60


@dataclass(frozen=True)
class IdeasForm:
    """What was chosen: accounts, how many days of free slots (0: without times), how many ideas, and about what."""

    connections: tuple[UUID, ...] = ()
    days: int = DAYS[0]
    count: int = 7
    topic: str = ""
    token: str = field(default_factory=lambda: str(new_uid()))

    @classmethod
    def sent(cls, data: QueryDict) -> "IdeasForm":
        days, count = data.get("days", ""), data.get("count", "")
        return cls(
            connections=uids_in(data.getlist("connections")),
            days=int(days) if days in {"0", *map(str, DAYS)} else DAYS[0],
            count=min(max(int(count), 1), MOST) if count.isdecimal() and len(count) < 4 else 7,
            topic=data.get("topic", "").strip()[:LONGEST_TOPIC],
            token=data.get("token", "")[:40] or str(new_uid()),
        )


def _writing_first(view: Callable[..., HttpResponseBase]) -> Page[[]]:
    """Grok is asked while no transaction is open; the page then shows what came of it."""

    @wraps(view)
    def inner(request: HttpRequest, slug: str) -> HttpResponseBase:
        if request.method == "POST" and isinstance(request.user, User):
            request.outcome = _asked(request, request.user, slug)  # type: ignore[attr-defined]
        with tenancy.tenant(user_id=request.user.pk):
            response = view(request, slug)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response

    return tenancy.outside_transaction(inner)


def _asked(request: HttpRequest, user: User, slug: str) -> Made | UUID | DomainError | None:
    """What was made; the id of what the same form has made before; or why not. None for who is no member."""
    form = IdeasForm.sent(request.POST)
    with tenancy.tenant(user_id=user.pk):
        actor = enter(user=user, slug=slug)
    if actor is None:
        return None
    # A double click or a reload sends the same form again: that is paid once.
    key = f"ideas:{actor.user.pk}:{form.token}"
    if not cache.add(key, "", SENT_SECONDS):
        earlier = cache.get(key)
        return (
            UUID(earlier) if earlier else Conflict("This is being written already. Look into the drafts in a minute.")
        )
    try:
        made = draft_ideas(
            actor=actor, topic=form.topic, count=form.count, connections=form.connections, days=form.days or None
        )
    except DomainError as error:
        cache.delete(key)
        return error
    except BaseException:
        cache.delete(key)
        raise
    cache.set(key, str(made.generation.uid), SENT_SECONDS)
    return made


@_writing_first
@page
def ideas(request: WorkspaceRequest) -> HttpResponse:
    """The choice; for htmx only what it would give and cost. Sent, it becomes drafts."""
    request.actor.require(Right.WRITE_POSTS)
    live = list(Connection.objects.in_workspace(request.actor.workspace.pk).live())
    if request.method == "POST":
        outcome = getattr(request, "outcome", None)
        if isinstance(outcome, Made | UUID):
            return _done(request, outcome, IdeasForm.sent(request.POST))
        error = outcome or Conflict("Support does not write with Grok here: the workspace’s own people do.")
        return _show(request, IdeasForm.sent(request.POST), live, error)
    form = IdeasForm.sent(request.GET)
    if "days" not in request.GET and not form.connections:
        form = replace(form, connections=tuple(one.uid for one in live if one.is_usable))
    return _show(request, form, live)


def _done(request: WorkspaceRequest, outcome: Made | UUID, form: IdeasForm) -> HttpResponse:
    uid = outcome.generation.uid if isinstance(outcome, Made) else outcome
    if isinstance(outcome, Made):
        number = len(outcome.posts)
        messages.success(request, f"{number} draft{pluralize(number)} made. Nothing is scheduled.")
        if outcome.free is not None and outcome.free < form.count:
            slots = f"Only {outcome.free} slot{pluralize(outcome.free)} {pluralize(outcome.free, 'was,were')} free"
            messages.warning(request, f"{slots}, so there are no more than that.")
        elif number < form.count:
            messages.warning(request, f"Grok wrote {number} of the {form.count} ideas that were asked for.")
    return redirect("made_ideas", request.actor.workspace.slug, uid)


def _show(
    request: WorkspaceRequest, form: IdeasForm, live: list[Connection], error: DomainError | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "connections": live,
        "spans": DAYS,
        "most": MOST,
        "longest_topic": LONGEST_TOPIC,
        "enabled": settings.AI_ENABLED,
        "on_sandbox": settings.XAI_ON_SANDBOX,
        "error": error,
        **(_offer(request, form, live) if settings.AI_ENABLED else {}),
    }
    template = "posts/ideas.html" + ("#offer" if request.htmx else "")
    return render(request, template, context, status=error.status if error else 200)


def _offer(request: WorkspaceRequest, form: IdeasForm, live: list[Connection]) -> dict[str, Any]:
    """Which moments are free, how many ideas that makes, and what they cost at most, whatever the topic's length."""
    workspace = request.actor.workspace
    chosen = [one for one in live if one.uid in form.connections]
    moments: list[Moment] = []
    if form.days:
        moments = free_moments(workspace_id=workspace.pk, zone=workspace.zone, connections=chosen, days=form.days)
    count = min(form.count, len(moments)) if form.days else form.count
    cost = 0
    if count:
        order = order_for(topic="x" * LONGEST_TOPIC, count=count, connections=chosen)
        cost = ai.estimate(actor=request.actor, order=order)
    return {
        "chosen": set(form.connections),
        "moments": moments[:count],
        "free": len(moments),
        "count": count,
        "cost": cost,
        "meter": credits.meter(workspace),
    }


@page
def made(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """The drafts that were made, each with the time that it was proposed for."""
    generation = _generation(request, uid)
    posts = Post.objects.in_workspace(request.actor.workspace.pk).filter(generations__generation=generation)
    context = {
        "generation": generation,
        "posts": list(posts.with_publications().order_by("proposed_for", "pk")),
        "may_write": request.actor.may(Right.WRITE_POSTS),
    }
    return render(request, "posts/made_ideas.html", context)


@page
def delete(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """The one undo: everything that was made, as far as nobody has worked on it."""
    return require_POST(_delete)(request, uid)


def _delete(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    done = delete_ideas(actor=request.actor, generation=_generation(request, uid))
    messages.success(request, f"{done.deleted} draft{pluralize(done.deleted)} deleted.")
    if not done.kept:
        return redirect("ideas", request.actor.workspace.slug)
    messages.warning(request, f"{done.kept} stay{pluralize(done.kept, 's,')}: somebody has worked on them since.")
    return redirect("made_ideas", request.actor.workspace.slug, uid)


def _generation(request: WorkspaceRequest, uid: UUID) -> Generation:
    rows = Generation.objects.filter(workspace=request.actor.workspace, task=TASK, uid=uid)
    found: Generation | None = rows.first()
    if found is None:
        raise Http404("no such ideas")
    return found
