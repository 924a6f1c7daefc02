"""Stripe's way of sending nested values: forms whose names have brackets, `line_items[0][price]`."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

PART = re.compile(r"[^\[\]]+")


def read(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nested objects and lists out of the pairs of a form or a query."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _put(tree, PART.findall(name), value, is_list=name.endswith("[]"))
    lists: dict[str, Any] = _with_lists(tree)
    return lists


def read_body(body: bytes) -> dict[str, Any]:
    return read(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _put(tree: dict[str, Any], path: list[str], value: str, *, is_list: bool) -> None:
    for part in path[:-1]:
        nested = tree.setdefault(part, {})
        tree = nested if isinstance(nested, dict) else tree
    if is_list:
        tree.setdefault(path[-1], []).append(value)
    else:
        tree[path[-1]] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(item) for name, item in value.items()}


def is_true(value: Any) -> bool:
    return bool(value == "true")


def whole(value: Any, default: int = 0) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default
