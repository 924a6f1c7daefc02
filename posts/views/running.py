"""The page of publishing: whether it runs, the crisis stop, what to do with posts that missed their time."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_POST

from accounts.models import ApprovalPolicy, MissedPolicy
from accounts.pages import WorkspaceRequest, in_workspace
from accounts.roles import Right
from multivio.errors import DomainError, Invalid
from posts import reading, services
from posts.missed import LATEST_MINUTES
from posts.models import Publication
from posts.services import GoingOn, PolicySet, Stopped
from posts.states import State
from posts.views.doors import Page, page
from social.models import Connection

POLICIES = (
    (MissedPolicy.PUBLISH, "Publish it anyway", "Up to 6 hours late; what is older waits for you."),
    (MissedPolicy.ASK, "Ask", "It waits, and you get a mail with one decision for all of them."),
    (MissedPolicy.HOLD, "Hold it quietly", "It waits on the home page, without a mail."),
)
MINUTES: tuple[tuple[int, str], ...] = (
    (5, "5 minutes"),
    (15, "15 minutes"),
    (60, "1 hour"),
    (180, "3 hours"),
    (LATEST_MINUTES, "6 hours"),
)


@page
def publishing(request: WorkspaceRequest) -> HttpResponse:
    workspace = request.actor.workspace
    minutes = MINUTES
    if workspace.missed_minutes not in dict(MINUTES):
        minutes = (*MINUTES, (workspace.missed_minutes, f"{workspace.missed_minutes} minutes"))
    context = {
        "parts": reading.parts(),
        "closed": reading.closed_platforms(),
        "paused_accounts": list(Connection.objects.in_workspace(workspace.pk).live().exclude(paused_at=None)),
        "policies": POLICIES,
        "minutes": minutes,
        "may_manage": request.actor.may(Right.MANAGE),
    }
    return render(request, "posts/publishing.html", context)


APPROVAL = (
    (
        ApprovalPolicy.NONE,
        "Whoever may publish, publishes",
        "Contributors write drafts; owners, admins and editors take it from there.",
    ),
    (
        ApprovalPolicy.OPTIONAL,
        "When somebody asks for it",
        "A post that was sent for approval waits for it. Others go out as before.",
    ),
    (
        ApprovalPolicy.REQUIRED,
        "For every post",
        "Nothing goes out before somebody other than its author has approved it, as it is.",
    ),
)


@page
def approval(request: WorkspaceRequest) -> HttpResponse:
    """Whose yes posts need. Sent by who manages the workspace, it also says what it met."""
    if request.method == "POST":
        try:
            done = services.set_policy(actor=request.actor, policy=request.POST.get("policy", ""))
        except Invalid as error:
            messages.error(request, error.message)
        else:
            _say_policy(request, done)
        return redirect("approval", request.actor.workspace.slug)
    waiting = Publication.objects.in_workspace(request.actor.workspace.pk).filter(state=State.SCHEDULED).count()
    context = {"policies": APPROVAL, "scheduled": waiting, "may_manage": request.actor.may(Right.MANAGE)}
    return render(request, "posts/approval.html", context)


def _say_policy(request: HttpRequest, done: PolicySet) -> None:
    messages.success(request, "Saved.")
    if done.held:
        one = done.held == 1
        messages.warning(
            request, f"{done.held} scheduled post{pluralize(done.held)} wait{'s' if one else ''} for approval now."
        )


def _button(view: Callable[..., HttpResponse]) -> Page[...]:
    """A POST that comes back to where it was pressed; a refusal comes back as a notice, and nothing was changed."""

    def inner(request: WorkspaceRequest, **kwargs: object) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("publishing", request.actor.workspace.slug)

    return in_workspace(require_POST(inner))


@_button
def pause(request: WorkspaceRequest) -> HttpResponse:
    _say_stopped(request, services.pause_workspace(actor=request.actor), "Publishing is paused.")
    return redirect("publishing", request.actor.workspace.slug)


@_button
def resume(request: WorkspaceRequest) -> HttpResponse:
    _say_going_on(request, services.resume_workspace(actor=request.actor), "Publishing goes on.")
    return redirect("publishing", request.actor.workspace.slug)


@_button
def pause_connection(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    connection = _connection(request, uid)
    _say_stopped(
        request, services.pause_connection(actor=request.actor, connection=connection), "The account is paused."
    )
    return redirect("connections", request.actor.workspace.slug)


@_button
def resume_connection(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    connection = _connection(request, uid)
    _say_going_on(
        request, services.resume_connection(actor=request.actor, connection=connection), "The account goes on."
    )
    return redirect("connections", request.actor.workspace.slug)


@_button
def missed_window(request: WorkspaceRequest) -> HttpResponse:
    minutes = request.POST.get("missed_minutes", "")
    services.set_missed_window(
        actor=request.actor,
        policy=request.POST.get("missed_policy", ""),
        minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 6 else 0,
    )
    messages.success(request, "Saved.")
    return redirect("publishing", request.actor.workspace.slug)


@_button
def decide_missed(request: WorkspaceRequest) -> HttpResponse:
    publish = request.POST.get("decision") == "publish"
    if not publish and request.POST.get("decision") != "cancel":
        messages.error(request, "Choose one of the two first: publish them now, or cancel them.")
        return redirect("home", request.actor.workspace.slug)
    done = services.decide_missed(actor=request.actor, publish=publish)
    words = "is on its way" if done.done == 1 else "are on their way"
    messages.success(
        request,
        f"{done.done} post{pluralize(done.done)} {words}."
        if publish
        else f"{done.done} post{pluralize(done.done)} cancelled.",
    )
    if done.left:
        messages.warning(request, f"{done.left} cannot be published as they are; each says why on its page.")
    return redirect("home", request.actor.workspace.slug)


def _connection(request: WorkspaceRequest, uid: UUID) -> Connection:
    found: Connection | None = Connection.objects.in_workspace(request.actor.workspace.pk).filter(uid=uid).first()
    if found is None:
        raise Http404("no such connection")
    return found


def _say_stopped(request: HttpRequest, stopped: Stopped, words: str) -> None:
    waits = f"{stopped.waiting} scheduled post{pluralize(stopped.waiting)} wait{pluralize(stopped.waiting, 's,')}."
    messages.success(request, f"{words} {waits if stopped.waiting else 'Nothing was scheduled.'}")
    if stopped.on_their_way:
        one = stopped.on_their_way == 1
        messages.warning(
            request,
            f"{stopped.on_their_way} {'was' if one else 'were'} already on {'its' if one else 'their'} way and may still appear.",
        )


def _say_going_on(request: HttpRequest, going_on: GoingOn, words: str) -> None:
    messages.success(request, f"{words} {going_on.waiting} scheduled post{pluralize(going_on.waiting)} back in line.")
    if going_on.missed:
        one = going_on.missed == 1
        messages.warning(
            request, f"{going_on.missed} missed {'its' if one else 'their'} time meanwhile: decide on the home page."
        )
