"""The trail as a file: CSV or JSON, streamed piece by piece, each read in a short transaction of its own."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from asgiref.sync import sync_to_async

from accounts.audit_models import AuditEntry
from accounts.services import Actor
from accounts.trail.reading import Filters, entries
from multivio import tenancy

AT_ONCE = 1000
COLUMNS = (
    "at",
    "kind",
    "who",
    "action",
    "target_type",
    "target_id",
    "target",
    "reason",
    "before",
    "after",
    "address",
    "agent",
    "api_key",
    "request_id",
    "id",
    "seq",
    "hash",
)
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def as_data(entry: AuditEntry) -> dict[str, Any]:
    """An entry as export and API show it."""
    origin, content = entry.origin or {}, entry.content or {}
    return {
        "id": str(entry.uid),
        "at": entry.at,
        "kind": str(entry.kind),
        "who": entry.who,
        "api_key": entry.api_key.prefix if entry.api_key else "",  # the trail outlives keys
        "action": entry.action,
        "target_type": entry.target_type,
        "target_id": entry.target_id,
        "target": entry.label,
        "reason": entry.reason,
        "before": content.get("before"),
        "after": content.get("after"),
        "address": origin.get("address", ""),
        "agent": origin.get("agent", ""),
        "task": origin.get("task", ""),
        "request_id": entry.request_id,
        "seq": entry.seq,
        "hash": entry.hash,
    }


async def stream(actor: Actor, filters: Filters, form: str) -> AsyncIterator[str]:
    """The file, newest first. Whoever is no longer a member gets no further piece."""
    write: Callable[[list[AuditEntry]], str] = _csv if form == "csv" else _lines
    yield _csv_head() if form == "csv" else "["
    last: int | None = None
    while True:
        some = await sync_to_async(_some)(actor, filters, last)
        text = write(some)
        yield text if form == "csv" or last is None or not text else f",{text}"
        if len(some) < AT_ONCE:
            break
        last = some[-1].pk
    if form == "json":
        yield "\n]\n"


def _some(actor: Actor, filters: Filters, last: int | None) -> list[AuditEntry]:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        rows = entries(actor.workspace, filters)
        return list((rows if last is None else rows.filter(pk__lt=last))[:AT_ONCE])


def _lines(some: list[AuditEntry]) -> str:
    return ",".join(
        "\n" + json.dumps({**as_data(entry), "at": entry.at.isoformat()}, ensure_ascii=False) for entry in some
    )


def _csv_head() -> str:
    return ",".join(COLUMNS) + "\r\n"


def _csv(some: list[AuditEntry]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for entry in some:
        data = {**as_data(entry), "at": entry.at.isoformat()}
        writer.writerow([_cell(data[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text
