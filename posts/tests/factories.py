"""The cast (accounts/tests/people.py) and their things, made through the same services and rows as in the product."""

import itertools
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.tests.people import PASSWORD, Cast, acting, add_member, make_cast, make_user, make_workspace
from multivio import tenancy
from multivio.ids import new_uid
from posts.content import Content, PartContent
from posts.models import Media, Post, Publication
from posts.services import At, Draft, Now, Plan, create_post
from social.models import Connection, Grant

__all__ = [
    "AT",
    "DRAFT",
    "NOW",
    "PASSWORD",
    "Cast",
    "acting",
    "add_member",
    "content",
    "make_cast",
    "make_connection",
    "make_media",
    "make_post",
    "make_user",
    "make_workspace",
    "rewind",
]
_numbers = itertools.count(1)


def make_connection(workspace: Workspace, **fields: Any) -> Connection:
    """A connected X account with tokens that no platform knows (mint real ones through the sandbox)."""
    number = next(_numbers)
    token = fields.pop("access_token", f"token-{number}")
    platform = fields.pop("platform", "x")
    remote_id = fields.pop("remote_id", str(10**15 + number))
    grant_fields = {
        k: fields.pop(k) for k in ("refresh_token", "expires_at", "token_secret", "protocol") if k in fields
    }
    with tenancy.system("test set-up"):
        grant = Grant.objects.create(
            workspace=workspace,
            platform=platform,
            remote_user_id=remote_id,
            access_token=token,
            scopes=["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"],
            **{"expires_at": timezone.now() + timedelta(hours=2), **grant_fields},
        )
        defaults: dict[str, Any] = {"username": f"account{number}", "name": f"Account {number}"}
        return Connection.objects.create(
            workspace=workspace, grant=grant, platform=platform, remote_id=remote_id, **{**defaults, **fields}
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


NOW, DRAFT, AT = Now, Draft, At
