"""What we keep about a person or a workspace, as a file that they can read: a ZIP with a page for people and JSON for programs.

Apps above answer two signals with named lists of their own; nothing here knows them. Secrets are never part of it.
"""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.dispatch import Signal
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import ApiKey, Invitation, Member, User
from accounts.roles import Right
from accounts.services import Actor
from accounts.signals import personal_data_asked, workspace_data_asked
from multivio import tenancy

Section = list[dict[str, Any]]


def of_person(user: User) -> bytes:
    """Everything about `user`: also what they wrote in workspaces that they have left."""
    with tenancy.system("a person's data"):
        sections = _of_user(user) | _answers(personal_data_asked, user=user)
    return _file(f"What Multivio keeps about {user.get_full_name()}", sections)


def of_workspace(*, actor: Actor) -> bytes:
    """Everything of the actor's workspace. Raises Forbidden for who may not change its settings."""
    actor.require(Right.MANAGE)
    sections = _of_workspace(actor) | _answers(workspace_data_asked, workspace=actor.workspace)
    return _file(f"Everything in {actor.workspace.name}", sections)


def _of_user(user: User) -> dict[str, Section]:
    fields = ("email", "name", "short_name", "work", "bio", "zone", "language", "theme", "date_joined", "last_login")
    return {
        "Account": [{field: getattr(user, field) for field in fields}],
        "E-mail addresses": _rows(EmailAddress.objects.filter(user=user), "email", "verified", "primary"),
        "Workspaces": _rows(Member.objects.filter(user=user), "workspace__name", "role", "joined_at"),
        "Sign-ins": _rows(UserSession.objects.filter(user=user), "created_at", "last_seen_at", "ip", "user_agent"),
        "API keys": _rows(ApiKey.objects.filter(user=user), "name", "prefix", "workspace__name", "created_at"),
        "Invitations to you": _rows(
            Invitation.objects.filter(email__iexact=user.email), "workspace__name", "role", "created_at", "accepted_at"
        ),
    }


def _of_workspace(actor: Actor) -> dict[str, Section]:
    workspace = actor.workspace
    return {
        "Workspace": [
            {field: getattr(workspace, field) for field in ("name", "slug", "zone", "week_start", "created_at")}
        ],
        "Members": _rows(Member.objects.filter(workspace=workspace), "user__name", "user__email", "role", "joined_at"),
        "Invitations": _rows(
            Invitation.objects.filter(workspace=workspace), "email", "role", "created_at", "accepted_at", "revoked_at"
        ),
        "API keys": _rows(ApiKey.objects.filter(workspace=workspace), "name", "prefix", "user__email", "created_at"),
    }


def _rows(rows: Any, *fields: str) -> Section:
    return list(rows.order_by("pk").values(*fields))


def _answers(signal: Signal, **named: Any) -> dict[str, Section]:
    found: dict[str, Section] = {}
    answer: Any
    for _receiver, answer in signal.send(sender=None, **named):
        found |= answer
    return found


def _file(title: str, sections: dict[str, Section]) -> bytes:
    out = io.BytesIO()
    shown = [
        (name, list(rows[0]) if rows else [], [[_word(value) for value in row.values()] for row in rows])
        for name, rows in sections.items()
    ]
    page = render_to_string("accounts/export.html", {"title": title, "sections": shown, "now": timezone.now()})
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("read-me.html", page)
        archive.writestr("data.json", json.dumps(sections, indent=2, ensure_ascii=False, default=_plain))
    return out.getvalue()


def _word(value: Any) -> str:
    if value is None:
        return ""
    return _plain(value) if isinstance(value, datetime) else str(value)


def _plain(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
