"""The page of the audit trail."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts.audit_models import AuditEntry, SupportVisit
from accounts.doors import page
from accounts.pages import WorkspaceRequest
from accounts.services import Actor
from accounts.trail import exporting, reading, services
from accounts.trail.reading import Filters


@page
def trail(request: WorkspaceRequest) -> HttpResponse:
    services.require_reader(request.actor)
    workspace, filters = request.actor.workspace, Filters.read(request.GET.dict())
    found = reading.page(
        reading.shown(workspace, filters),
        after=_number(request.GET.get("after", "")),
        before=_number(request.GET.get("before", "")),
    )
    asked = filters.as_query()
    context = {
        "page": found,
        "filters": filters,
        "is_filtered": bool(asked),
        "query": urlencode(asked),
        "kinds": AuditEntry.Kind.choices,
        "areas": reading.AREAS,
        "people": reading.people(workspace),
        "visits": SupportVisit.objects.filter(workspace=workspace).open().select_related("staff"),
        "newer": urlencode({**asked, "before": found.newer}) if found.newer else "",
        "older": urlencode({**asked, "after": found.older}) if found.older else "",
    }
    return render(request, "accounts/audit_trail.html", context)


@login_required
@never_cache
def activity(request: HttpRequest) -> HttpResponse:
    """A person's own account, seen by nobody else."""
    found = reading.page(
        reading.of_account(request.user),  # type: ignore[arg-type]  # signed in
        after=_number(request.GET.get("after", "")),
        before=_number(request.GET.get("before", "")),
    )
    context = {
        "page": found,
        "newer": urlencode({"before": found.newer}) if found.newer else "",
        "older": urlencode({"after": found.older}) if found.older else "",
    }
    return render(request, "accounts/activity.html", context)


@page
def export(request: WorkspaceRequest, form: str) -> HttpResponseBase:
    if form not in exporting.TYPES:
        raise Http404("no such form of file")
    return answer(request.actor, Filters.read(request.GET.dict()), form)


def answer(actor: Actor, filters: Filters, form: str) -> StreamingHttpResponse:
    """The file, of the page and of the API."""
    body = services.export(actor=actor, filters=filters, form=form)
    name = f"audit-trail-{actor.workspace.slug}-{timezone.localdate().isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(body, content_type=exporting.TYPES[form], headers=headers)


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
