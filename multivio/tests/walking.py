"""Every address of the product, found from its routes, and one workspace's things to put into them."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import invitations
from accounts.audit_models import SupportVisit
from accounts.models import Member, User, Workspace
from accounts.notification_models import Device, Kind, Notification
from accounts.services import create_api_key
from accounts.tests.people import add_member
from ai.models import Generation
from multivio import tenancy
from posts.models import Post, Publication
from posts.services.notes import add_note
from posts.tests.factories import acting, make_connection, make_media, make_post, make_user, make_workspace

# Their pages and rules are a package's, or belong to nobody.
NOT_OURS = ("admin/", "accounts/", "_allauth/", "robots.txt", "docs", "redoc", "api/v1/<path:rest>")
MARK = "Zwiebelturm"  # in everything of the workspace that is not to be seen


@dataclass(frozen=True)
class Route:
    """One address: its pattern as Django has it, and its name."""

    pattern: str
    name: str
    outside: bool = False

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.pattern)

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/v1/")

    def at(self, values: dict[str, str]) -> str:
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found.group(1)], self.pattern)


def routes() -> list[Route]:
    return [route for route in _walk(get_resolver().url_patterns) if not route.pattern.startswith(NOT_OURS)]


def _walk(patterns: list[Any], before: str = "") -> Iterator[Route]:
    for each in patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, pattern)
        elif isinstance(each, URLPattern):
            yield Route(pattern, each.name or "")


@dataclass
class House:
    """A workspace with one of everything that an address can name."""

    owner: User
    workspace: Workspace
    post: Post
    publication: Publication
    things: dict[str, str] = field(default_factory=dict)  # what is named by a `uid`: its id

    def values_for(self, route: Route) -> dict[str, str]:
        """What to put into an address. Raises KeyError for a parameter that nobody has thought of yet."""
        values = {"slug": self.workspace.slug}
        for name in route.parameters:
            if name in {"uid", "note", "grant"}:
                values[name] = self.things["note" if name == "note" else kind_of(route)]
            elif name == "provider":
                values[name] = "x"
            elif name == "platform":
                values[name] = "facebook"
            elif name == "form":
                values[name] = "csv"
            elif name != "slug":
                raise KeyError(f"{route.pattern}: what is <{name}>?")
        return values


KINDS = (
    ("/posts/", "post"),
    ("/notes/", "note"),
    ("/publications/", "publication"),
    ("choose/", "grant"),
    ("/connections/", "connection"),
    ("/media/", "media"),
    ("/members/", "member"),
    ("/invitations/", "invitation"),
    ("/keys/", "key"),
    ("/visits/", "visit"),
    ("/notifications/", "notification"),
    ("/devices/", "device"),
    ("/generations/", "generation"),
    ("/ideas/", "generation"),
)


def kind_of(route: Route) -> str:
    """Which kind of thing a route names."""
    for sign, kind in KINDS:
        if sign in f"/{route.pattern}":
            return kind
    raise KeyError(f"{route.pattern}: whose id is this?")


def furnish(name: str) -> House:
    owner = make_user(f"{MARK} {name}")
    workspace = make_workspace(owner, f"{MARK} {name}")
    account = make_connection(workspace, username=f"{MARK}{name}".lower(), name=f"{MARK} account")
    post = make_post(owner, workspace, account, text=f"{MARK} words of {name}")
    helper = make_user(f"{MARK} helper")
    add_member(workspace, helper)
    with acting(owner, workspace) as actor:
        note = add_note(actor=actor, post=post, text=f"{MARK} note")
        invitation = invitations.invite(actor=actor, email=f"{uuid.uuid4().hex}@example.org", role="viewer")
        publication = Publication.objects.get(post=post)
        member = Member.objects.get(user=helper, workspace=workspace)
        key, _ = create_api_key(actor=actor, name=f"{MARK} key")
    things = {
        "post": post.uid,
        "publication": publication.uid,
        "connection": account.uid,
        "grant": account.grant_id,
        "note": note.uid,
        "member": member.uid,
        "invitation": invitation.uid,
        "media": make_media(workspace, filename=f"{MARK}.png").uid,
        "key": key.uid,
        "generation": _generation(owner, workspace).uid,
        **_personal(owner, workspace),
    }
    return House(owner, workspace, post, publication, {name: str(uid) for name, uid in things.items()})


def _generation(owner: User, workspace: Workspace) -> Generation:
    with tenancy.system("test"):
        return Generation.objects.create(
            workspace=workspace,
            user=owner,
            task="generate",
            prompt_version=1,
            prompt_hash="",
            credits=1,
            text=f"{MARK} words",
        )


def _personal(owner: User, workspace: Workspace) -> dict[str, uuid.UUID]:
    """What is told and shown to one person: a visit of support, a notification, a device."""
    with tenancy.system("test"):
        later = timezone.now() + timedelta(hours=1)
        visit = SupportVisit.objects.create(
            workspace=workspace, staff=make_user(f"{MARK} support"), reason=f"{MARK} reason", ends_at=later
        )
        told = Notification.objects.create(
            workspace=workspace, user=owner, kind=Kind.SECURITY, title=f"{MARK} told", body="", url="/"
        )
        device = Device.objects.create(user=owner, token=uuid.uuid4().hex, system=Device.System.WEB, name=MARK)
    return {"visit": visit.uid, "notification": told.uid, "device": device.uid}


def snapshot(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a workspace, in every table that has one: to see that nothing changed."""
    from django.db import connection  # noqa: PLC0415 - a test's own look

    rows: dict[str, list[tuple[Any, ...]]] = {}
    with tenancy.system("test"), connection.cursor() as cursor:
        cursor.execute(
            "select table_name from information_schema.columns where table_schema = 'public' and column_name = 'workspace_id'"
            " and table_name <> 'accounts_auditentry' order by 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"select * from {table} where workspace_id = %s order by 1", [workspace.pk])
            rows[table] = cursor.fetchall()
        cursor.execute("select * from accounts_workspace where id = %s", [workspace.pk])
        rows["accounts_workspace"] = cursor.fetchall()
    return rows


def ask(client: Any, method: str, *args: Any, **named: Any) -> Any:
    """A request. A refusal of a view that has no transaction must not end the test's own."""
    answer = getattr(client, method)(*args, **named)
    if connection.needs_rollback:
        connection.set_rollback(False)
    return answer


def said(answer: Any) -> str:
    """Everything an answer says, headers and all."""
    if getattr(answer, "is_async", False):
        body = async_to_sync(_read)(answer)
    else:
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace") + json.dumps(dict(answer.headers))


async def _read(answer: Any) -> bytes:
    return b"".join([part async for part in answer.streaming_content])
