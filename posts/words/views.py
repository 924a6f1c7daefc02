"""The page of versions: which was taken, and how it did."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages import WorkspaceRequest, settings_page
from posts.words import versions

ON_A_PAGE = 10


@settings_page
def versions_page(request: WorkspaceRequest) -> HttpResponse:
    """Newest first, `?page=` for older ones."""
    workspace = request.actor.workspace
    page = Paginator(versions.choices(workspace), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "comparisons": versions.comparisons(workspace, list(page)),
        "newer": f"page={page.number - 1}" if page.has_previous() else "",
        "older": f"page={page.number + 1}" if page.has_next() else "",
        "summary": f"{page.start_index()} to {page.end_index()} of {page.paginator.count}",
        "keep_days": settings.AI_KEEP_DAYS,
    }
    return render(request, "posts/versions.html", context)
