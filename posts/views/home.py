"""The front door and the home page of a workspace."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import workspaces
from accounts.models import User, Workspace
from accounts.pages import WorkspaceRequest
from multivio.errors import DomainError
from multivio.zones import is_zone
from posts import reading
from posts.reading import NeedsYou
from posts.views.doors import page


@login_required
def front(request: HttpRequest) -> HttpResponse:
    """To the workspace used last, else the first; somebody without any may make one."""
    assert isinstance(request.user, User)  # noqa: S101 - signed in, says the decorator
    slugs = list(Workspace.objects.of(request.user.pk).values_list("slug", flat=True))
    if not slugs:
        return render(request, "posts/no_workspace.html")
    last = request.session.get("workspace")
    return redirect("home", last if last in slugs else slugs[0])


@login_required
def new_workspace(request: HttpRequest) -> HttpResponse:
    """A form, and what it sends."""
    assert isinstance(request.user, User)  # noqa: S101 - signed in, says the decorator
    error = ""
    if request.method == "POST":
        zone = request.POST.get("zone", "")
        try:
            workspace = workspaces.make(
                owner=request.user, name=request.POST.get("name", ""), zone=zone if is_zone(zone) else "UTC"
            )
        except DomainError as refused:
            error = refused.message
        else:
            return redirect("home", workspace.slug)
    has_some = Workspace.objects.of(request.user.pk).exists()
    context = {"error": error, "has_some": has_some}
    return render(request, "posts/no_workspace.html", context, status=422 if error else 200)


@page
def home(request: WorkspaceRequest) -> HttpResponse:
    workspace, now = request.actor.workspace, timezone.now()
    everyone = reading.connections_with_week(workspace, now=now)
    live = [connection for connection in everyone if connection.disconnected_at is None]
    waiting = reading.publications_needing_you(workspace)
    needs_you = NeedsYou(
        publications=waiting,
        total=waiting[0].total if waiting else 0,  # type: ignore[attr-defined]
        broken=[connection for connection in live if not connection.is_usable],
    )
    context = {
        "needs_you": needs_you,
        "needs_you_count": needs_you.count,
        "approvals": reading.posts_between_asking_and_yes(request.actor),
        "has_connection": bool(live),
        "day": reading.today(workspace, now=now),
        "week": reading.week_of(everyone),
        "now": now,
    }
    return render(request, "posts/home.html", context)
