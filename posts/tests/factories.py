"""The cast and their things, made through the same services and rows as in the product.

Alice owns a workspace, Bob is on her team, Charlie is a stranger with a workspace of his own.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.utils import timezone

from accounts.models import Member, User, Workspace
from accounts.roles import Role
from accounts.services import Actor, create_workspace, enter
from multivio import tenancy
from multivio.ids import new_uid
from posts.content import Content, PartContent
from posts.models import Media, Post, Publication
from posts.services import At, Draft, Now, Plan, create_post
from social.models import Connection, Grant

_numbers = itertools.count(1)
PASSWORD = "a-long-enough-password"


def make_user(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}-{next(_numbers)}@example.org", PASSWORD, name=name)


def make_workspace(owner: User, name: str = "Norre Studio", zone: str = "Europe/Copenhagen") -> Workspace:
    return create_workspace(owner=owner, name=name, zone=zone)


def add_member(workspace: Workspace, user: User, role: Role = Role.EDITOR) -> Member:
    """A member with a role; joining is not the app role's right, so this is done as the system."""
    with tenancy.system("test set-up"):
        return Member.objects.create(workspace=workspace, user=user, role=role)


@contextmanager
def acting(user: User, workspace: Workspace) -> Iterator[Actor]:
    """Inside the workspace's context, as this user."""
    with tenancy.tenant(user_id=user.pk):
        actor = enter(user=user, slug=workspace.slug)
        assert actor is not None
        yield actor


def make_connection(workspace: Workspace, **fields: Any) -> Connection:
    """A connected X account with tokens that no platform knows (mint real ones through the sandbox)."""
    number = next(_numbers)
    token = fields.pop("access_token", f"token-{number}")
    remote_id = fields.pop("remote_id", str(10**15 + number))
    grant_fields = {
        k: fields.pop(k) for k in ("refresh_token", "expires_at", "token_secret", "protocol") if k in fields
    }
    with tenancy.system("test set-up"):
        grant = Grant.objects.create(
            workspace=workspace,
            platform="x",
            remote_user_id=remote_id,
            access_token=token,
            scopes=["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"],
            **{"expires_at": timezone.now() + timedelta(hours=2), **grant_fields},
        )
        defaults: dict[str, Any] = {"username": f"account{number}", "name": f"Account {number}"}
        return Connection.objects.create(
            workspace=workspace, grant=grant, platform="x", remote_id=remote_id, **{**defaults, **fields}
        )


def make_media(workspace: Workspace, **fields: Any) -> Media:
    """A picture as the library knows it; there is no file behind it."""
    uid = new_uid()
    described: dict[str, Any] = {"kind": "image", "mime": "image/png", "size": 900, "width": 40, "height": 30}
    described |= {"uid": uid, "storage_name": f"{uid}.png", "sha256": uid.hex * 2, **fields}
    with tenancy.system("test set-up"):
        return Media.objects.create(workspace=workspace, **described)


def content(*texts: str, connections: tuple[Connection, ...] = (), media: tuple[Any, ...] = ()) -> Content:
    """Content with one part per text; `media` goes to the first part."""
    parts = [PartContent(text, tuple(m.uid for m in media) if number == 0 else ()) for number, text in enumerate(texts)]
    return Content(tuple(parts), tuple(item.uid for item in connections))


def make_post(
    user: User,
    workspace: Workspace,
    *connections: Connection,
    text: str = "Hello",
    plan: Plan | None = None,
    parts: tuple[str, ...] = (),
) -> Post:
    """A post through the service: a draft, unless `plan` says otherwise."""
    with acting(user, workspace) as actor:
        return create_post(
            actor=actor, content=content(*(parts or (text,)), connections=connections), plan=plan or Draft()
        )


def rewind(publication: Publication, seconds: float) -> None:
    """Move a publication's times back, as if `seconds` had passed: nothing moves the database's clock."""
    with tenancy.system("test clock"), database.cursor() as cursor:
        cursor.execute(
            """update posts_publication set due_at = due_at - make_interval(secs => %s),
                 lease_until = lease_until - make_interval(secs => %s),
                 next_check_at = next_check_at - make_interval(secs => %s) where id = %s""",
            [seconds, seconds, seconds, publication.pk],
        )
        cursor.execute(
            "update posts_lane set wake_at = least(wake_at, clock_timestamp()), blocked_until = null where connection_id = %s",
            [publication.connection_id],
        )


@dataclass
class Cast:
    alice: User
    bob: User
    charlie: User
    workspace: Workspace
    elsewhere: Workspace


def make_cast() -> Cast:
    alice, bob, charlie = make_user("Alice"), make_user("Bob"), make_user("Charlie")
    workspace = make_workspace(alice)
    add_member(workspace, bob)
    return Cast(alice, bob, charlie, workspace, make_workspace(charlie, "Elsewhere"))


NOW, DRAFT, AT = Now, Draft, At
