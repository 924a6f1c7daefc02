"""The list of posts: tabs with their numbers, search, and pages by cursor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from django.db.models import Count, Prefetch, Q, QuerySet, Subquery

from accounts.models import ApprovalPolicy, Workspace
from posts.models import Post, Publication
from posts.reading.naming import attached_media
from posts.reading.needs import needing_you, number_of
from posts.states import Approval

Posts: TypeAlias = "QuerySet[Post]"


@dataclass(frozen=True)
class Tab:
    """A filter of the posts list: its word, and the states of posts it shows (none: all of them)."""

    key: str
    word: str
    states: tuple[str, ...] = ()
    approval: str = ""  # only those at this stage of approval
    count: int = 0


TABS = (
    Tab("all", "All"),
    Tab("drafts", "Drafts", ("draft",)),
    Tab("scheduled", "Scheduled", ("scheduled", "publishing", "unknown")),
    Tab("published", "Published", ("published",)),
    Tab("needs-you", "Needs you", ("needs_you", "held")),
    Tab("failed", "Failed", ("failed", "partly")),
    Tab("cancelled", "Cancelled", ("cancelled",)),
)
# Between drafts and what is scheduled, where posts need approval.
APPROVAL_TAB = Tab("approval", "Needs approval", ("draft", "held"), approval="pending")
PER_PAGE = 25


@dataclass(frozen=True)
class Page:
    """One page of the posts list, newest first; `newer` and `older` are cursors, empty at the ends."""

    posts: Sequence[Post]
    tabs: Sequence[Tab]
    tab: Tab
    needs_you: int = 0
    newer: str = ""
    older: str = ""


def posts_page(workspace: Workspace, *, tab_key: str, words: str, after: str = "", before: str = "") -> Page:
    """A page of posts: older than the post `after`, or newer than the post `before` (uids), or the first one."""
    found = matching(workspace, words)
    tabs, needs_you = _tab_counts(found, workspace)
    tab = next((each for each in tabs if each.key == tab_key), tabs[0])
    rows = found.filter(state__in=tab.states) if tab.states else found
    rows = rows.filter(approval=tab.approval) if tab.approval else rows
    anchor = before or after
    if anchor:
        rows = _beyond(rows, workspace, anchor, newer=bool(before))
    rows = rows.order_by("created_at", "id") if before else rows.order_by("-created_at", "-id")
    publications = Publication.objects.select_related("connection").order_by("platform", "id")
    fetched = list(
        rows.prefetch_related(Prefetch("publications", queryset=publications), attached_media())[: PER_PAGE + 1]
    )
    has_more = len(fetched) > PER_PAGE
    shown = fetched[:PER_PAGE]
    if before:
        shown.reverse()
    return Page(
        posts=shown,
        tabs=tabs,
        tab=tab,
        needs_you=needs_you,
        newer=str(shown[0].uid) if shown and (after or (before and has_more)) else "",
        older=str(shown[-1].uid) if shown and (before or has_more) else "",
    )


def matching(workspace: Workspace, words: str) -> Posts:
    """The posts of the workspace that say every one of `words`, in any part."""
    found = Post.objects.filter(workspace=workspace)
    for word in words.split()[:8]:
        found = found.filter(Q(text__icontains=word) | Q(thread__icontains=word))
    return found


def _tab_counts(found: Posts, workspace: Workspace) -> tuple[list[Tab], int]:
    asking = number_of(found.filter(approval=Approval.PENDING, state__in=APPROVAL_TAB.states))
    rows = (
        found.order_by().values("state").annotate(number=Count("pk"), needing=needing_you(workspace.pk), asking=asking)
    )
    numbers: dict[str, int] = {}
    needs_you = waiting = 0
    for row in rows:
        numbers[row["state"]] = row["number"]
        needs_you, waiting = row["needing"], row["asking"]
    tabs = [
        replace(tab, count=sum(n for state, n in numbers.items() if not tab.states or state in tab.states))
        for tab in TABS
    ]
    if workspace.approval != ApprovalPolicy.NONE:
        tabs.insert(2, replace(APPROVAL_TAB, count=waiting))
    return tabs, needs_you


def _beyond(rows: Posts, workspace: Workspace, anchor: str, *, newer: bool) -> Posts:
    """Posts on one side of an anchor, by time and id: nothing is skipped or repeated when posts come in between."""
    at = Post.objects.filter(workspace=workspace, uid=anchor)
    when, number = Subquery(at.values("created_at")), Subquery(at.values("pk"))
    if newer:
        return rows.filter(Q(created_at__gt=when) | Q(created_at=when, pk__gt=number), created_at__gte=when)
    return rows.filter(Q(created_at__lt=when) | Q(created_at=when, pk__lt=number), created_at__lte=when)
