"""The audit trail's pen: who did what, to what, from where, with what changed. Services call it in the transaction of the
write itself, so that there is never one without the other.

Entries are appended unchained, so that writers do not wait for each other; a tick seals them (accounts/sealing.py).
"""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, models

from accounts import origin
from accounts.models import AuditEntry, User, Workspace
from multivio import tenancy
from multivio.crypto import EncryptedTextField
from multivio.ids import new_uid
from multivio.logs import SECRET_WORDS

if TYPE_CHECKING:
    from accounts.services import Actor

HIDDEN = "[hidden]"
SECRET_NAMES = (*SECRET_WORDS, "digest", "hash", "recovery", "otp", "credential")
# Keys of ours, JSON web tokens, and what follows “Bearer”: not even inside a sentence.
SECRET_TEXT = re.compile(r"mv_[\w-]{16,}|eyJ[\w-]+\.[\w-]+\.[\w-]*|(?i:bearer)\s+\S+")
LONGEST_TEXT = 2000
DEEPEST = 5


def record(
    *,
    actor: "Actor | None",
    action: str,
    target: models.Model | None,
    workspace: Workspace | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append an entry: `action` in the words of the product (`post.scheduled`). Of `before` and `after` only what differs is
    kept, and of secrets nothing.

    Without an actor it was Multivio itself; outside workspaces, whoever is signed in, or tries to be the `target`.
    """
    told_before, told_after = _difference(before, after)
    here = origin.current()
    user_id, who = _person(actor, target, workspace)
    _append(
        {
            "uid": str(new_uid()),
            "workspace_id": workspace.pk if workspace else None,
            "kind": _kind(actor, user_id, here),
            "user_id": user_id,
            "api_key_id": here.api_key_id if user_id else None,
            "action": action[:60],
            "target_type": target._meta.model_name if target is not None else "",
            "target_id": _id_of(target),
            "request_id": str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
            "origin": {
                "who": _plain(who),
                "address": origin.kept_address(here.address),
                "agent": _plain(here.agent),
                "task": "" if here.address else origin.task_name(),
                "salt": secrets.token_hex(16),
            },
            "content": {
                "label": _plain(str(target))[:200] if target is not None else "",
                "reason": _plain(reason),
                "before": told_before,
                "after": told_after,
                "salt": secrets.token_hex(16),
            },
        }
    )


def fields(row: models.Model, *names: str) -> dict[str, Any]:
    """The named fields of a row as the trail keeps them, for `before` and `after`."""
    return {name: _value(row, name) for name in names}


def _value(row: models.Model, name: str) -> Any:
    if isinstance(row._meta.get_field(name), EncryptedTextField):
        return HIDDEN
    value = getattr(row, name)
    return str(value) if isinstance(value, models.Model) else value


def _append(entry: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select mv_audit_append(%s::jsonb)", [json.dumps(entry)])


def _person(actor: "Actor | None", target: models.Model | None, workspace: Workspace | None) -> tuple[int | None, str]:
    """Whose entry it is, and the name of who did it as far as that is certain."""
    if actor is not None:
        return actor.user.pk, str(actor.user)
    if workspace is not None:
        return None, ""
    signed_in = tenancy.current().user_id
    if isinstance(target, User):
        return signed_in or target.pk, str(target) if signed_in == target.pk else ""
    return signed_in, ""


def _kind(actor: "Actor | None", user_id: int | None, here: origin.Origin) -> AuditEntry.Kind:
    if (actor is not None and actor.is_support) or here.visit_id is not None:
        return AuditEntry.Kind.SUPPORT
    if actor is None and (user_id is None or not here.address):
        return AuditEntry.Kind.TASK
    return AuditEntry.Kind.KEY if here.api_key_id is not None else AuditEntry.Kind.USER


def _id_of(target: models.Model | None) -> str:
    """The id by which the API and the pages know the row. People have none but their number."""
    return str(getattr(target, "uid", None) or target.pk)[:64] if target is not None else ""


def _difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    old = _plain(dict(before)) if before is not None else None
    new = _plain(dict(after)) if after is not None else None
    if before is None or after is None or old is None or new is None:
        return old, new
    changed = [n for n in {**old, **new} if n not in old or n not in new or before[n] != after[n]]
    return {n: old[n] for n in changed if n in old}, {n: new[n] for n in changed if n in new}


def _plain(value: Any, depth: int = 0) -> Any:
    """As JSON that reads back the same, shortened, and with secrets hidden by their name and by their looks."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping) and depth < DEEPEST:
        return {
            str(name): HIDDEN if _names_secret(str(name)) else _plain(item, depth + 1) for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return _text(str(value))


def _text(value: str) -> str:
    # PostgreSQL's JSON takes neither a NUL nor half a surrogate pair.
    storable = value.replace("\x00", "").encode("utf-8", "replace").decode()
    return SECRET_TEXT.sub(HIDDEN, storable)[:LONGEST_TEXT]


def _names_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_NAMES)
