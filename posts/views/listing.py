"""The list of posts."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from accounts.pages import WorkspaceRequest
from posts import reading
from posts.views.doors import page


@page
def posts(request: WorkspaceRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:200]
    found = reading.posts_page(
        request.actor.workspace,
        tab_key=request.GET.get("state", ""),
        words=words,
        after=_uid(request.GET.get("after", "")),
        before=_uid(request.GET.get("before", "")),
    )
    kept = {"state": found.tab.key if found.tab.states else "", "q": words}
    context = {
        "page": found,
        "words": words,
        "needs_you_count": found.needs_you,
        "newer": _query(kept, before=found.newer),
        "older": _query(kept, after=found.older),
    }
    return render(request, "posts/posts.html", context)


def _uid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        return ""


def _query(kept: dict[str, str], **cursor: str) -> str:
    """The query string of another page of the same filter; empty where there is none."""
    if not all(cursor.values()):
        return ""
    return urlencode({name: value for name, value in {**kept, **cursor}.items() if value})
