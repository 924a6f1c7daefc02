"""Reading X requests: JSON bodies and query strings against what the endpoint documents."""

import json
from collections.abc import Iterable
from typing import Any

from sandbox.calls import Call
from sandbox.platforms.x import problems
from sandbox.platforms.x.schemas import Schema
from sandbox.schema_check import complaints


def json_body(call: Call, schema: Schema) -> dict[str, Any]:
    """The JSON body, or a 400 that names the first thing wrong with it."""
    try:
        body = json.loads(call.body)
    except ValueError:
        raise problems.invalid("The request body is not valid JSON.") from None
    check(body, schema)
    checked: dict[str, Any] = body
    return checked


def check(body: Any, schema: Schema) -> None:
    for path, message in complaints(body, schema):
        raise problems.invalid(message, {path: [str(_at(body, path))]})


def _at(body: Any, path: str) -> Any:
    for name in path.removeprefix("$").replace("[", ".").replace("]", "").split(".")[1:]:
        try:
            body = body[int(name)] if isinstance(body, list) else body[name]
        except (KeyError, IndexError, TypeError, ValueError):
            return ""
    return body


def query(call: Call, allowed: Iterable[str]) -> dict[str, str]:
    """The query parameters; a name that the endpoint does not know is refused."""
    known = (*call.path_params, *allowed)
    for name, value in call.query:
        if name not in known:
            message = f"The query parameter [{name}] is not one of [{','.join(known)}]"
            raise problems.invalid(message, {name: [value]})
    return dict(call.query)


def choices(name: str, value: str, allowed: Iterable[str]) -> list[str]:
    """A comma-separated list of enumerated values."""
    chosen = [item for item in value.split(",") if item]
    for item in chosen:
        if item not in allowed:
            message = f"The `{name}` query parameter value [{item}] is not one of [{','.join(allowed)}]"
            raise problems.invalid(message, {name: [item]})
    return chosen
