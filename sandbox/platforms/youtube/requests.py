"""What is asked of YouTube, read strictly: parts, JSON bodies, lists of ids, pages of a list."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms.youtube import answers

MOST_IDS = 50


def query(call: Call) -> dict[str, str]:
    return dict(call.query)


def parts(call: Call, allowed: Sequence[str], *, required: bool = True) -> list[str]:
    """The sections that were asked for; repeated parameters count together."""
    named = [one.strip() for name, value in call.query if name == "part" for one in value.split(",") if one.strip()]
    if required and not named:
        raise answers.refused(
            400, "missingRequiredParameter", "Required parameter: part", domain="global", location="part"
        )
    unknown = [one for one in named if one not in allowed]
    if unknown:
        raise answers.refused(400, "unknownPart", f"'{unknown[0]}'", domain="youtube.part", location="part")
    return named


def ids(call: Call, name: str = "id") -> list[str]:
    found = [one for key, value in call.query if key == name for one in value.split(",") if one]
    if len(found) > MOST_IDS:
        message = "The request specifies an invalid filter parameter."
        raise answers.refused(400, "invalidFilters", message, domain="youtube.parameter", location=name)
    return found


def body(call: Call, schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON body. `schema`: name -> a type, or another schema; what is not in it is refused by name, as Google does."""
    try:
        found = json.loads(call.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise answers.refused(400, "parseError", "Parse Error", domain="global")
    _check(found, schema, "")
    return found


def _check(value: dict[str, Any], schema: dict[str, Any], place: str) -> None:
    for name, one in value.items():
        path = f"{place}.{name}" if place else name
        if name not in schema:
            message = (
                f"Invalid JSON payload received. Unknown name \"{name}\" at '{place or 'resource'}': Cannot find field."
            )
            raise answers.refused(400, "badRequest", message, domain="global")
        wanted = schema[name]
        if isinstance(wanted, dict):
            if not isinstance(one, dict):
                raise _wrong_type(path)
            _check(one, wanted, path)
        elif not isinstance(one, wanted) or (isinstance(one, bool) and wanted is not bool):
            raise _wrong_type(path)


def _wrong_type(path: str) -> Exception:
    message = f"Invalid value at 'resource.{path}'"
    return answers.refused(400, "badRequest", message, domain="global")


def paged(call: Call, kind: str, rows: Sequence[Any], *, usual: int, most: int) -> tuple[Sequence[Any], dict[str, Any]]:
    """One page of a list, and the envelope that belongs around it."""
    asked = query(call)
    start, size = asked.get("pageToken", "0"), asked.get("maxResults", str(usual))
    if not start.isdigit():
        message = "The request specifies an invalid page token."
        raise answers.refused(400, "invalidPageToken", message, domain="youtube.parameter", location="pageToken")
    if not size.isdigit() or int(size) > most:
        message = f"Invalid value '{size}'. Values must be within the range: [0, {most}]"
        raise answers.refused(400, "invalidParameter", message, domain="global", location="maxResults")
    first, count = int(start), int(size)
    envelope: dict[str, Any] = {"kind": kind, "etag": f"e{first}-{len(rows)}"}
    if first + count < len(rows):
        envelope["nextPageToken"] = str(first + count)
    envelope["pageInfo"] = {"totalResults": len(rows), "resultsPerPage": count}
    return rows[first : first + count], envelope


def ok(envelope: dict[str, Any], items: Sequence[dict[str, Any]]) -> Reply:
    return Reply(200, envelope | {"items": list(items)})
