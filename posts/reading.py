"""What pages show, read in a constant number of queries: the day, the week, what needs a person, a post and its story."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import TypeAlias
from uuid import UUID

from django.db.models import Count, F, FilteredRelation, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from posts.models import Attempt, Post, PostMedia, Publication
from posts.querysets import NEEDS_A_PERSON
from posts.states import IN_FLIGHT, MOVING, State
from social.models import Connection

MATTERS_SHOWN = 12
ENTRIES_SHOWN = 60
# What a reader would still call on time.
ON_TIME = timedelta(seconds=60)
SOON = timedelta(minutes=10)
Posts: TypeAlias = "QuerySet[Post]"
PLANNED = frozenset({State.SCHEDULED, *MOVING})


def attached_media() -> "Prefetch[str]":
    """The pictures of posts, in order, in one query."""
    return Prefetch("attached", queryset=PostMedia.objects.select_related("media").order_by("part", "position"))


# -- what needs a person ---------------------------------------------------------------------------------------------------


def needing_you(workspace_id: int) -> Combinable:
    """How many things need a person in a workspace, as a part of another query: the number beside “Home”."""
    publications = Publication.objects.filter(workspace_id=workspace_id, state__in=NEEDS_A_PERSON)
    broken = Connection.objects.filter(workspace_id=workspace_id, disconnected_at=None, health=Connection.Health.BROKEN)
    return _number(publications) + _number(broken)


def _number(rows: "QuerySet[Publication] | QuerySet[Connection]") -> Combinable:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True)
class NeedsYou:
    """What waits for somebody: publications (the first few), how many there are in all, and broken connections."""

    publications: Sequence[Publication]
    total: int
    broken: Sequence[Connection]

    @property
    def count(self) -> int:
        return self.total + len(self.broken)

    @property
    def more(self) -> int:
        return self.total - len(self.publications)


def publications_needing_you(workspace: Workspace) -> Sequence[Publication]:
    """To decide first, then what failed or is held; each with `total`, the number of all of them."""
    waiting = Publication.objects.filter(workspace=workspace, state__in=NEEDS_A_PERSON)
    rows = (
        Publication.objects.filter(workspace=workspace, state__in=NEEDS_A_PERSON)
        .select_related("post", "connection")
        .annotate(total=_number(waiting))
    )
    # "needs_human" sorts after "failed" and "held", and it is the one that must not wait.
    return list(rows.order_by("-state", "-due_at", "id")[:MATTERS_SHOWN])


# -- the day ------------------------------------------------------------------------------------------------------------------


@dataclass
class Entry:
    """A moment on the line of time: one post, with the publications of it that share the time and the state."""

    at: datetime
    state: str
    post: Post
    platforms: list[str]
    names: list[str]
    sentence: str = ""

    @property
    def is_planned(self) -> bool:
        return self.state in PLANNED

    @property
    def thumb(self) -> PostMedia | None:
        return next(iter(self.post.attached.all()), None)


@dataclass(frozen=True)
class Day:
    """Today: what was and what will be, and how much is still to come."""

    past: Sequence[Entry]
    coming: Sequence[Entry]
    now: datetime

    @property
    def still_to_go(self) -> list[Entry]:
        return [entry for entry in self.coming if entry.is_planned]

    @property
    def next_at(self) -> datetime | None:
        return next((entry.at for entry in self.still_to_go), None)

    @property
    def is_empty(self) -> bool:
        return not self.past and not self.coming


def today(workspace: Workspace, *, now: datetime) -> Day:
    """The publications of the workspace's own day, in order of time."""
    local = now.astimezone(workspace.tz)
    start = datetime.combine(local.date(), time(), tzinfo=workspace.tz)
    end = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=workspace.tz)
    rows = (
        Publication.objects.filter(workspace=workspace)
        .between(start, end)
        .exclude(state__in=[State.DRAFT, State.CANCELLED])
        .select_related("post", "connection")
        .prefetch_related(Prefetch("post__attached", queryset=PostMedia.objects.select_related("media")))
    )
    entries = _entries(rows[:ENTRIES_SHOWN])
    return Day(
        past=[entry for entry in entries if entry.at <= now],
        coming=[entry for entry in entries if entry.at > now],
        now=now,
    )


def _entries(publications: Iterable[Publication]) -> list[Entry]:
    ordered = sorted(publications, key=lambda p: (p.due_at, p.post_id, p.state, p.platform))
    found = []
    for (at, _post, state), group in groupby(ordered, key=lambda p: (p.due_at, p.post_id, p.state)):
        same = list(group)
        found.append(
            Entry(
                at=at,
                state=state,
                post=same[0].post,
                platforms=[p.platform for p in same],
                names=[handle(p.connection) for p in same],
                sentence=same[0].error_sentence,
            )
        )
    return found


def handle(connection: Connection) -> str:
    """How people call an account: @norrestudio, or its name where it has no handle."""
    return f"@{connection.username}" if connection.username else connection.name


# -- the week -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Week:
    """The last seven days in the numbers of our own promise."""

    due: int = 0
    published: int = 0
    on_time: int = 0
    doubled: int = 0
    to_decide: int = 0
    failed: int = 0


def connections_with_week(workspace: Workspace, *, now: datetime) -> list[Connection]:
    """Every connection, also former ones, with the counts of its last seven days (`week_due`, `week_published` …)."""
    week = FilteredRelation(
        "publications",
        condition=Q(publications__due_at__gte=now - timedelta(days=7), publications__due_at__lte=now),
    )
    on_time = Q(week__state=State.PUBLISHED, week__finished_at__lte=F("week__post__due_at") + ON_TIME)
    counted = {
        "week_due": ~Q(week__state__in=[State.DRAFT, State.CANCELLED]) & Q(week__id__isnull=False),
        "week_published": Q(week__state=State.PUBLISHED),
        "week_on_time": on_time,
        "week_doubled": Q(week__id__isnull=False) & ~Q(week__duplicate_remote_id=""),
        "week_to_decide": Q(week__state=State.NEEDS_HUMAN),
        "week_failed": Q(week__state=State.FAILED),
    }
    numbers = {name: Count("week", filter=condition) for name, condition in counted.items()}
    rows = Connection.objects.in_workspace(workspace.pk)
    return list(rows.annotate(week=week).annotate(**numbers).order_by("platform", "name", "id"))


def week_of(connections: Iterable[Connection]) -> Week:
    sums: dict[str, int] = defaultdict(int)
    for connection in connections:
        for name in Week.__dataclass_fields__:
            sums[name] += getattr(connection, f"week_{name}")
    return Week(**sums)


# -- lists ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tab:
    """A filter of the posts list: its word, and the states of posts it shows (none: all of them)."""

    key: str
    word: str
    states: tuple[str, ...] = ()
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
    rows = found.order_by().values("state").annotate(number=Count("pk"), needing=needing_you(workspace.pk))
    numbers: dict[str, int] = {}
    needs_you = 0
    for row in rows:
        numbers[row["state"]] = row["number"]
        needs_you = row["needing"]
    tabs = [
        Tab(
            tab.key,
            tab.word,
            tab.states,
            sum(n for state, n in numbers.items() if not tab.states or state in tab.states),
        )
        for tab in TABS
    ]
    return tabs, needs_you


def _beyond(rows: Posts, workspace: Workspace, anchor: str, *, newer: bool) -> Posts:
    """Posts on one side of an anchor, by time and id: nothing is skipped or repeated when posts come in between."""
    at = Post.objects.filter(workspace=workspace, uid=anchor)
    when, number = Subquery(at.values("created_at")), Subquery(at.values("pk"))
    if newer:
        return rows.filter(Q(created_at__gt=when) | Q(created_at=when, pk__gt=number), created_at__gte=when)
    return rows.filter(Q(created_at__lt=when) | Q(created_at=when, pk__lt=number), created_at__lte=when)


# -- one post --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """One line of a publication's story, to the second."""

    at: datetime | None
    glyph: str
    title: str
    note: str = ""
    code: str = ""
    detail: str = ""
    seconds: float | None = None


@dataclass
class Story:
    """A publication with its attempts, as the post page tells it."""

    publication: Publication
    moments: list[Moment] = field(default_factory=list)
    can_retry: bool = False
    can_cancel: bool = False
    last_open: Attempt | None = None

    @property
    def to_decide(self) -> bool:
        return self.publication.state == State.NEEDS_HUMAN


def post_with_story(workspace: Workspace, uid: UUID) -> Post | None:
    """A post with everything its page shows, in four queries; None when it is not in the workspace."""
    attempts = Prefetch("publications__attempts", queryset=Attempt.objects.order_by("id"))
    rows = _one_post(workspace, uid, attempts)
    return next(iter(rows.annotate(needs_you=needing_you(workspace.pk))), None)


def post_to_edit(workspace: Workspace, uid: UUID) -> Post | None:
    """The same without its story, for the composer."""
    return next(iter(_one_post(workspace, uid)), None)


def _one_post(workspace: Workspace, uid: UUID, *more: "Prefetch[str]") -> Posts:
    publications = Publication.objects.select_related("connection").order_by("platform", "id")
    return (
        Post.objects.filter(workspace=workspace, uid=uid)
        .select_related("author")
        .prefetch_related(Prefetch("publications", queryset=publications), attached_media(), *more)
    )


def stories(post: Post) -> list[Story]:
    return [story_of(publication) for publication in post.publications.all()]


def story_of(publication: Publication) -> Story:
    attempts = list(publication.attempts.all())
    return Story(
        publication=publication,
        moments=[_moment(attempt, number, publication) for number, attempt in enumerate(attempts, start=1)],
        can_retry=publication.state in {State.FAILED, State.HELD},
        can_cancel=publication.state in {State.SCHEDULED, State.HELD, State.FAILED, *IN_FLIGHT}
        and not publication.cancel_requested,
        last_open=next((attempt for attempt in reversed(attempts) if _is_open(attempt)), None),
    )


def _is_open(attempt: Attempt) -> bool:
    return attempt.status in {Attempt.Status.INTENT, Attempt.Status.AMBIGUOUS} and not attempt.disproved


WORDS = {
    Attempt.Status.OK: ("published", "published"),
    Attempt.Status.REFUSED: ("failed", "refused, nothing was made public"),
    Attempt.Status.AMBIGUOUS: ("unknown", "no clear answer"),
    Attempt.Status.INTENT: ("publishing", "sent, waiting for the answer"),
}


def _moment(attempt: Attempt, number: int, publication: Publication) -> Moment:
    glyph, words = WORDS[Attempt.Status(attempt.status)]
    if attempt.disproved:
        glyph, words = "cancelled", "had no effect"
    part = attempt.step.removeprefix("commit:")
    which = (
        f"Part {part} of {publication.commits}" if publication.commits > 1 and part.isdecimal() else f"Attempt {number}"
    )
    return Moment(
        at=attempt.started_at,
        glyph=glyph,
        title=f"{which}: {words}",
        note=attempt.sentence,
        code=attempt.code,
        detail=attempt.detail,
        seconds=attempt.seconds,
    )


def digest(post: Post) -> str:
    """Changes whenever the post's page would look different; what the page polls with."""
    parts = [f"{post.version}/{post.state}"]
    for publication in post.publications.all():
        tries = [f"{a.pk}{a.status}{a.disproved}" for a in publication.attempts.all()]
        parts.append(
            f"{publication.pk}/{publication.state}/{publication.committed}/{publication.cancel_requested}"
            f"/{publication.error_code}/{publication.due_at}/{publication.remote_url}/{','.join(tries)}"
        )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def pace(post: Post, *, now: datetime) -> int:
    """Seconds until the page should look again: 2 while something moves, 30 while something waits, 0 when it is final."""
    publications = list(post.publications.all())
    soon = now + SOON
    if any(p.is_moving or (p.state == State.SCHEDULED and p.due_at and p.due_at <= soon) for p in publications):
        return 2
    return 30 if any(p.state == State.SCHEDULED for p in publications) else 0


def summary(post: Post) -> str:
    """The state of a post in words where the state's own word says too little: “Published on 2 of 4”."""
    publications = [p for p in post.publications.all() if p.state != State.CANCELLED]
    published = sum(p.state == State.PUBLISHED for p in publications)
    if published and published < len(publications):
        return f"Published on {published} of {len(publications)}"
    live = sum(p.committed for p in publications)
    steps = sum(p.commits for p in publications)
    if live and live < steps and len(publications) == 1 and publications[0].state == State.FAILED:
        return f"Failed, {live} of {steps} parts are live"
    return ""
