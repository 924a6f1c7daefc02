"""What each role may do, as data. The one place where a right is defined; services ask `may()`."""

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    CONTRIBUTOR = "contributor", "Contributor"
    VIEWER = "viewer", "Viewer"


class Right(models.TextChoices):
    """The label completes "Your role may not …"."""

    READ = "read", "see posts and connections"
    WRITE_POSTS = "write_posts", "write drafts"
    PUBLISH = "publish", "schedule and publish posts"
    APPROVE = "approve", "approve posts"
    CONNECT = "connect", "connect and disconnect accounts"
    MANAGE = "manage", "change the workspace's settings"
    MEMBERS = "members", "invite, change and remove members"
    PAY = "pay", "choose the plan and pay for it"
    OWN = "own", "hand over or delete the workspace"


_READER = frozenset({Right.READ})
_WRITER = _READER | {Right.WRITE_POSTS}
_PUBLISHER = _WRITER | {Right.PUBLISH, Right.APPROVE}
_ADMIN = _PUBLISHER | {Right.CONNECT, Right.MANAGE, Right.MEMBERS}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: _ADMIN | {Right.PAY, Right.OWN},
    Role.ADMIN: _ADMIN,
    Role.EDITOR: _PUBLISHER,
    Role.CONTRIBUTOR: _WRITER,
    Role.VIEWER: _READER,
}

# For people: what a page and the documentation show of the table above.
IN_WORDS: tuple[tuple[str, Right], ...] = (
    ("See posts, connections and what became of them", Right.READ),
    ("Write, leave notes and ask for approval", Right.WRITE_POSTS),
    ("Schedule, publish, delete what is public and decide an unknown outcome", Right.PUBLISH),
    ("Approve", Right.APPROVE),
    ("Add and reconnect connections", Right.CONNECT),
    ("Settings of the workspace", Right.MANAGE),
    ("Members and invitations", Right.MEMBERS),
    ("The plan and its payment", Right.PAY),
    ("Hand over or delete the workspace", Right.OWN),
)


def role_has(role: str, right: Right) -> bool:
    return right in RIGHTS[Role(role)]


def grantable_by(role: str) -> tuple[Role, ...]:
    """The roles that somebody with `role` may give to others. mv_change_member() in the database holds the same rule."""
    if role == Role.OWNER:
        return tuple(Role)
    return tuple(each for each in Role if each != Role.OWNER) if role == Role.ADMIN else ()
