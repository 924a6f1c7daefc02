"""Posts in every stage of approval, and every door by which a post could be scheduled or published."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.test import Client
from django.utils import timezone

from accounts.models import ApprovalPolicy, User, Workspace
from accounts.roles import Role
from multivio import tenancy
from posts.models import Post, Publication
from posts.states import Approval
from posts.tests.callers import caller
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user
from posts.tests.pages import add_attempt, browser, put_into
from social.models import Connection

DAY = f"{timezone.now() + timedelta(days=200):%Y-%m-%d}"
LATER = {"date": DAY, "time": "09:30", "zone": "Europe/Copenhagen"}


@dataclass(frozen=True)
class Situation:
    """A policy, and how far the post's approval has come."""

    name: str
    policy: ApprovalPolicy
    approval: Approval
    is_free: bool  # may somebody who publishes send it?
    is_free_new: bool  # may a post that is written just now be sent?
    matches: bool = True  # what was approved is what is stored
    roles: tuple[Role, ...] = (Role.EDITOR,)  # who tries; the rule does not ask for roles, so not everybody everywhere


ALL = tuple(Role)
SITUATIONS = (
    Situation("no approval", ApprovalPolicy.NONE, Approval.NONE, True, True, roles=ALL),
    Situation("optional, nobody asked", ApprovalPolicy.OPTIONAL, Approval.NONE, True, True),
    Situation("optional, asked", ApprovalPolicy.OPTIONAL, Approval.PENDING, False, True),
    Situation("optional, changes", ApprovalPolicy.OPTIONAL, Approval.CHANGES, False, True),
    Situation("optional, approved", ApprovalPolicy.OPTIONAL, Approval.APPROVED, True, True),
    Situation("required, nobody asked", ApprovalPolicy.REQUIRED, Approval.NONE, False, False),
    Situation("required, asked", ApprovalPolicy.REQUIRED, Approval.PENDING, False, False, roles=ALL),
    Situation("required, changes", ApprovalPolicy.REQUIRED, Approval.CHANGES, False, False),
    Situation("required, edited since", ApprovalPolicy.REQUIRED, Approval.EDITED, False, False),
    Situation("required, edited past us", ApprovalPolicy.REQUIRED, Approval.APPROVED, False, False, matches=False),
    Situation("required, approved", ApprovalPolicy.REQUIRED, Approval.APPROVED, True, False, roles=ALL),
)


@dataclass
class Trial:
    """Somebody at a door, with a post."""

    cast: Cast
    user: User
    post: Post
    publication: Publication
    account: Connection

    @property
    def api(self) -> Any:
        return caller(self.user, self.cast.workspace)

    @property
    def page(self) -> Client:
        return browser(self.user)

    @property
    def path(self) -> str:
        return f"/w/{self.cast.workspace.slug}"

    def composed(self, **fields: Any) -> dict[str, Any]:
        """What the composer sends for the words as they are."""
        sent = {"part": "1", "text-1": self.post.text, "connections": str(self.account.uid), "when": "now"}
        return {**sent, "action": "send", "version": self.post.version, **fields}


@dataclass(frozen=True)
class Door:
    """A way by which a post may get out. `starts_in` is the state of its publication before."""

    name: str
    starts_in: str
    go: Callable[[Trial], Any]
    is_new: bool = False  # writes a post of its own


def _raw(address: str, **body: Any) -> Callable[[Trial], Any]:
    return lambda t: t.api.post(address.format(post=t.post.uid, publication=t.publication.uid), body)


def _put(t: Trial, **plan: Any) -> Any:
    sent = {"text": t.post.text, "connections": [str(t.account.uid)], **plan}
    return t.api.put(f"/api/v1/posts/{t.post.uid}", sent)


def _patch(t: Trial, **plan: Any) -> Any:
    return t.api.patch(f"/api/v1/posts/{t.post.uid}", plan)


def _create(t: Trial, **plan: Any) -> Any:
    return t.api.post("/api/v1/posts", {"text": "New", "connections": [str(t.account.uid)], **plan})


def _press(address: str, **sent: Any) -> Callable[[Trial], Any]:
    return lambda t: t.page.post(t.path + address.format(post=t.post.uid, publication=t.publication.uid), sent)


DOORS = (
    Door("API: write and publish", "draft", lambda t: _create(t, publish_now=True), is_new=True),
    Door("API: write and schedule", "draft", lambda t: _create(t, publish_at=LATER), is_new=True),
    Door("API: write and queue", "draft", lambda t: _create(t, next_free_slot=True), is_new=True),
    Door("API: replace and queue", "draft", lambda t: _put(t, next_free_slot=True)),
    Door("API: change to the next slot", "draft", lambda t: _patch(t, next_free_slot=True)),
    Door("API: queue what is held", "held", lambda t: _patch(t, next_free_slot=True)),
    Door("API: replace and publish", "draft", lambda t: _put(t, publish_now=True)),
    Door("API: replace and schedule", "draft", lambda t: _put(t, publish_at=LATER)),
    Door("API: change to now", "draft", lambda t: _patch(t, publish_now=True)),
    Door("API: change to a time", "draft", lambda t: _patch(t, publish_at=LATER)),
    Door("API: move what is held", "held", lambda t: _patch(t, publish_at=LATER)),
    Door("API: publish", "draft", _raw("/api/v1/posts/{post}/publish")),
    Door("API: publish what failed", "failed", _raw("/api/v1/posts/{post}/publish")),
    Door("API: plan what was cancelled", "cancelled", lambda t: _patch(t, publish_at=LATER)),
    Door("API: retry", "failed", _raw("/api/v1/publications/{publication}/retry")),
    Door("API: retry what is held", "held", _raw("/api/v1/publications/{publication}/retry")),
    Door("API: it is not there", "needs_human", _raw("/api/v1/publications/{publication}/decide", there=False)),
    Door("API: catch up", "held", _raw("/api/v1/publishing/missed", decision="publish")),
    Door("page: compose", "draft", lambda t: t.page.post(f"{t.path}/compose/", t.composed()), is_new=True),
    Door(
        "page: compose for later", "draft",
        lambda t: t.page.post(f"{t.path}/compose/", t.composed(when="at", on=DAY, at="09:30", zone="UTC")),
        is_new=True,
    ),
    Door("page: compose and queue", "draft", lambda t: t.page.post(f"{t.path}/compose/", t.composed(when="next")), is_new=True),
    Door("page: queue", "draft", lambda t: t.page.post(f"{t.path}/posts/{t.post.uid}/edit/", t.composed(when="next"))),
    Door("page: edit", "draft", lambda t: t.page.post(f"{t.path}/posts/{t.post.uid}/edit/", t.composed())),
    Door("page: publish", "draft", _press("/posts/{post}/publish/")),
    Door("page: publish what is held", "held", _press("/posts/{post}/publish/")),
    Door("page: retry", "failed", _press("/publications/{publication}/retry/")),
    Door("page: it is not there", "needs_human", _press("/publications/{publication}/decide/", seen="not-there")),
    Door("page: catch up", "held", _press("/publishing/missed/decide/", decision="publish")),
)  # fmt: skip


def prepare(cast: Cast, role: Role, door: Door, situation: Situation) -> Trial:
    """Somebody with this role, before this door, in this situation. The post was written while nothing was asked."""
    user = make_user(role.label)
    add_member(cast.workspace, user, role)
    set_policy_row(cast.workspace, ApprovalPolicy.NONE)
    account = make_connection(cast.workspace)
    post = make_post(cast.bob, cast.workspace, account, text=f"Words of {user.pk}")
    if door.starts_in != "draft":
        fields = {"error_code": "missed_window"} if door.starts_in == "held" else {}
        publication = put_into(post, door.starts_in, **fields)
        if door.starts_in == "needs_human":
            add_attempt(publication, status="ambiguous")
    set_approval_rows(post, situation.approval, matches=situation.matches)
    set_policy_row(cast.workspace, situation.policy)
    with tenancy.system("test"):
        post.refresh_from_db()
        return Trial(cast, user, post, Publication.objects.get(post=post), account)


def set_policy_row(workspace: Workspace, policy: ApprovalPolicy) -> None:
    """The column alone, without what the service does about scheduled posts."""
    with tenancy.system("test"):
        Workspace.objects.filter(pk=workspace.pk).update(approval=policy)
    workspace.approval = policy


def set_approval_rows(post: Post, approval: Approval, *, matches: bool = True) -> None:
    with tenancy.system("test"), database.cursor() as cursor:
        cursor.execute(
            "update posts_post set approval = %s, asked_by_id = author_id, asked_at = now(),"
            " approved_content = case when %s = 'approved' and %s then mv_post_content(id) else '' end where id = %s",
            [approval.value, approval.value, matches, post.pk],
        )


def got_out(trial: Trial, door: Door) -> bool:
    """Whether the door let something out."""
    with tenancy.system("test"):
        rows = Publication.objects.filter(connection=trial.account)
        rows = rows.exclude(post=trial.post) if door.is_new else rows.filter(post=trial.post)
        return rows.filter(state__in=["scheduled", "leased", "sending", "published"]).exists()
