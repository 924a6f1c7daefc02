"""The page of connections and its buttons."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.pages import WorkspaceRequest, in_workspace
from accounts.roles import Right
from accounts.services import Actor, enter
from multivio import tenancy
from multivio.errors import DomainError
from social import arranging, doctor, health, platforms, services, sync
from social.models import Connection
from social.platforms import sentences
from social.providers import for_platform
from social.revoking import Told


@in_workspace
@require_safe
def connections(request: WorkspaceRequest) -> HttpResponse:
    """The accounts of the workspace, how they are, and what can be added."""
    rows = list(Connection.objects.in_workspace(request.actor.workspace.pk).live())
    healths, resting = health.of(rows), [row for row in rows if row.rests]
    context = {
        "resting": resting,
        "resting_why": resting[0].resting_reason.partition(": ")[2] if resting else "",
        "connections": [
            {"row": row, "scheduled": healths[row.pk].hanging.scheduled, "health": healths[row.pk]} | _profile(row)
            for row in rows
        ],
        "offers": [
            {
                "platform": platform,
                "providers": for_platform(platform.slug),
                "on_sandbox": platform.on_sandbox(),
                "may_look": platform.opens_several and any(row.platform == platform.slug for row in rows),
            }
            for platform in platforms.enabled()
        ],
        "may_connect": request.actor.may(Right.CONNECT),
    }
    return render(request, "social/connections.html", context)


def _profile(connection: Connection) -> dict[str, str]:
    platform = platforms.get(connection.platform)
    return {"profile_url": platform.account_url(username=connection.username, kind=connection.kind)}


@in_workspace
@require_safe
def account(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """One account: how it is, what hangs on it, what it is called here."""
    row = _connection_or_404(request.actor, uid)
    found = health.of([row])[row.pk]
    context = {
        "connection": {"row": row, "scheduled": found.hanging.scheduled, "health": found} | _profile(row),
        "others": Connection.objects.in_workspace(row.workspace_id).live().of_platform(row.platform).count() - 1,
        "providers": for_platform(row.platform),
        "may_connect": request.actor.may(Right.CONNECT),
    }
    return render(request, "social/account.html", context)


def _connection_or_404(actor: Actor, uid: UUID) -> Connection:
    row: Connection | None = Connection.objects.in_workspace(actor.workspace.pk).filter(uid=uid).first()
    if row is None:
        raise Http404("no such connection")
    return row


@in_workspace
@require_safe
def guide(request: WorkspaceRequest, platform: str) -> HttpResponse:
    """What somebody needs before they connect an account there, and what we ask for."""
    found = next((one for one in platforms.all() if one.slug == platform), None)
    if found is None:
        raise Http404("no such platform")
    context = {
        "platform": found,
        "providers": for_platform(platform),
        "on_sandbox": found.on_sandbox(),
        "capabilities": found.capabilities,
        "may_connect": request.actor.may(Right.CONNECT),
    }
    return render(request, "social/guide.html", context)


@in_workspace
@require_POST
def arrange(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """Save a label, or let the account come first among those of its platform."""
    row = _connection_or_404(request.actor, uid)
    try:
        if request.POST.get("primary"):
            row = arranging.make_primary(actor=request.actor, connection=row)
            messages.success(request, sentences.is_primary(row.handle, platforms.get(row.platform).name))
        else:
            arranging.set_label(actor=request.actor, connection=row, label=request.POST.get("label", ""))
            messages.success(request, "Saved.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("account", request.actor.workspace.slug, uid)


Button = Callable[..., HttpResponse]


def button(view: Button) -> Callable[..., HttpResponseBase]:
    """A POST that calls a platform: who asks is found in a short transaction, and none is open while the view runs.

    A refusal of a service comes back to the page as a sentence.
    """

    @wraps(view)
    def inner(request: HttpRequest, slug: str, *args: object, **kwargs: object) -> HttpResponseBase:
        actor = _actor(request, slug)
        try:
            return view(request, actor, *args, **kwargs)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("connections", slug)

    return tenancy.outside_transaction(login_required(require_POST(inner)))


def _actor(request: HttpRequest, slug: str) -> Actor:
    if not isinstance(request.user, User):
        raise Http404("no such workspace")
    with tenancy.tenant(user_id=request.user.pk):
        actor = enter(user=request.user, slug=slug)
    if actor is None:
        raise Http404("no such workspace")
    return actor


@button
def connect(request: HttpRequest, actor: Actor, provider: str) -> HttpResponse:
    return services.start_connecting(actor=actor, provider_id=provider, request=request)


@tenancy.outside_transaction
@login_required
@require_safe
def setup(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The set-up doctor. With `?ask=1` it calls the platforms, so no transaction is open meanwhile."""
    actor = _actor(request, slug)
    reports = doctor.examine(ask=request.GET.get("ask") == "1") if actor.may(Right.CONNECT) else None
    with tenancy.tenant(user_id=actor.user.pk):
        return _shown_setup(request, slug, reports)


@in_workspace
def _shown_setup(request: WorkspaceRequest, reports: list[doctor.Report] | None) -> HttpResponse:
    if reports is None:
        messages.error(request, "Only an owner or admin sees how platforms are set up.")
        return redirect("connections", request.actor.workspace.slug)
    return render(request, "social/setup.html", {"reports": reports})


@in_workspace
@require_safe
def choose(request: WorkspaceRequest, grant: UUID) -> HttpResponse:
    """A handshake opened several accounts at once: which of them should be here?"""
    rows = list(Connection.objects.in_workspace(request.actor.workspace.pk).live().filter(grant=grant))
    if not rows:
        raise Http404("no such grant")
    context = {"rows": rows, "grant": grant, "may_connect": request.actor.may(Right.CONNECT)}
    return render(request, "social/choose.html", context)


@button
def keep_chosen(request: HttpRequest, actor: Actor, grant: UUID) -> HttpResponse:
    """Disconnect the accounts of the grant that were not ticked. What was scheduled on them is held, as always."""
    kept = set(request.POST.getlist("keep"))
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        rows = list(Connection.objects.in_workspace(actor.workspace.pk).live().filter(grant=grant))
    if not rows:
        raise Http404("no such grant")
    left = [row for row in rows if str(row.uid) not in kept]
    for row in left:
        services.disconnect(actor=actor, connection=row)
    messages.success(request, sentences.chosen(kept=len(rows) - len(left), left=len(left)))
    return redirect("connections", actor.workspace.slug)


@button
def look_for_more(request: HttpRequest, actor: Actor, platform: str) -> HttpResponse:
    added = sync.look_for_more(actor=actor, platform=platform)
    name = platforms.get(platform).name
    messages.success(request, sentences.found_more(name, [one.name or one.username for one in added]))
    return redirect("connections", actor.workspace.slug)


@button
def disconnect(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        connection = Connection.objects.in_workspace(actor.workspace.pk).filter(uid=uid).first()
    if connection is None:
        raise Http404("no such connection")
    done = services.disconnect(actor=actor, connection=connection)
    name = platforms.get(connection.platform).name
    messages.success(request, sentences.disconnected(name, connection.username, connection.name, held=done.held))
    if done.told != Told.DONE:
        say = sentences.not_revoked if done.told == Told.NEVER else sentences.not_revoked_yet
        messages.warning(request, say(name))
    return redirect("connections", actor.workspace.slug)
