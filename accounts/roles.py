"""What each role may do, as data. The one place where a right is defined; services ask `may()`."""

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    CONTRIBUTOR = "contributor", "Contributor"
    VIEWER = "viewer", "Viewer"


class Right(models.TextChoices):
    READ = "read", "see posts and connections"
    WRITE_POSTS = "write_posts", "write drafts"
    PUBLISH = "publish", "schedule and publish posts"
    CONNECT = "connect", "connect and disconnect accounts"
    MANAGE = "manage", "change the workspace's settings"


_READER = frozenset({Right.READ})
_WRITER = _READER | {Right.WRITE_POSTS}
_PUBLISHER = _WRITER | {Right.PUBLISH}
_ADMIN = _PUBLISHER | {Right.CONNECT, Right.MANAGE}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: _ADMIN,
    Role.ADMIN: _ADMIN,
    Role.EDITOR: _PUBLISHER,
    Role.CONTRIBUTOR: _WRITER,
    Role.VIEWER: _READER,
}


def role_has(role: str, right: Right) -> bool:
    return right in RIGHTS[Role(role)]
