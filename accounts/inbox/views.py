"""The bell, the page of notifications, and how a person wants to hear of things."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import preferences
from accounts.doors import button, page
from accounts.inbox import services
from accounts.inbox.forms import form_rows, read_wishes
from accounts.notification_models import Notification
from accounts.pages import WorkspaceRequest
from multivio.errors import DomainError, NotFound

PAGE = 30


@page
def notifications(request: WorkspaceRequest) -> HttpResponse:
    """Newest first; what was not read yet alone, or everything."""
    only_unread = request.GET.get("show") == "unread"
    rows = services.own(request.actor.user).select_related("workspace")
    rows = rows.filter(read_at=None) if only_unread else rows
    start = _number(request.GET.get("from", ""))
    found = list(rows[start : start + PAGE + 1])
    more = len(found) > PAGE
    kept = "show=unread&" if only_unread else ""
    context = {
        "notifications": found[:PAGE],
        "only_unread": only_unread,
        "newer": f"{kept}from={max(0, start - PAGE)}" if start else "",
        "older": f"{kept}from={start + PAGE}" if more else "",
        "summary": f"{start + 1} to {start + len(found[:PAGE])}",
    }
    return render(request, "accounts/notifications.html", context)


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0


@never_cache
def bell(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The bell with its number, asked for by the shell every half minute. 286 tells htmx to stop asking."""
    if request.headers.get("HX-Request") and not request.user.is_authenticated:
        return HttpResponse(status=286)
    return _bell(request, slug)


@page
def _bell(request: WorkspaceRequest) -> HttpResponse:
    return render(request, "components/bell.html")


@page
def open_one(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """Read it, and go where it leads."""
    found: Notification | None = services.own(request.actor.user, uids=[uid]).first()
    if found is None:
        raise NotFound("There is no such notification.")
    services.mark_read(rows=Notification.objects.filter(pk=found.pk))
    if found.url.startswith("/") and url_has_allowed_host_and_scheme(found.url, allowed_hosts=None):
        return redirect(found.url)
    return redirect("notifications", request.actor.workspace.slug)


@button("notifications")
def read(request: WorkspaceRequest) -> HttpResponse:
    """Everything, or the one that is named."""
    uid = request.POST.get("id", "")
    services.mark_read(rows=services.own(request.actor.user, uids=[UUID(uid)] if uid else None).order_by())
    return redirect("notifications", request.actor.workspace.slug)


@login_required
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """How a person wants to hear of each kind of thing."""
    return render(request, "accounts/notification_preferences.html", {"rows": form_rows(request.user)})  # type: ignore[arg-type]


@login_required
@require_POST
def keep_choice(request: HttpRequest) -> HttpResponse:
    try:
        preferences.choose(user=request.user, chosen=read_wishes(request.POST))  # type: ignore[arg-type]
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Saved.")
    return redirect("notification_preferences")
