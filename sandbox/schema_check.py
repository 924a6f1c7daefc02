"""A small JSON Schema checker whose complaints read like those of the validator behind X's API."""

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "array": (list,),
    "object": (dict,),
}


def complaints(value: Any, schema: Schema, path: str = "$") -> Iterator[tuple[str, str]]:
    """Yield (path, message) for every breach of type, enum, pattern, bounds, required and additionalProperties."""
    if not _has_type(value, schema["type"]):
        yield path, f"{path}: {_name(value)} found, {schema['type']} expected"
    elif "enum" in schema and value not in schema["enum"]:
        yield path, f"{path}: does not have a value in the enumeration [{', '.join(schema['enum'])}]"
    elif isinstance(value, str):
        yield from _string(value, schema, path)
    elif isinstance(value, list):
        yield from _array(value, schema, path)
    elif isinstance(value, dict):
        yield from _object(value, schema, path)
    elif isinstance(value, int):
        if value < schema.get("minimum", value):
            yield path, f"{path}: must have a minimum value of {schema['minimum']}"
        if value > schema.get("maximum", value):
            yield path, f"{path}: must have a maximum value of {schema['maximum']}"


def _string(value: str, schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minLength", 0):
        yield path, f"{path}: must be at least {schema['minLength']} characters long"
    if len(value) > schema.get("maxLength", len(value)):
        yield path, f"{path}: may only be {schema['maxLength']} characters long"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield path, f"{path}: does not match the regex pattern {schema['pattern']}"


def _array(value: list[Any], schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minItems", 0):
        yield path, f"{path}: there must be a minimum of {schema['minItems']} items in the array"
    if len(value) > schema.get("maxItems", len(value)):
        yield path, f"{path}: there must be a maximum of {schema['maxItems']} items in the array"
    for index, item in enumerate(value):
        yield from complaints(item, schema["items"], f"{path}[{index}]")


def _object(value: dict[str, Any], schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}", f"{path}.{name}: is missing but it is required"
    for name, item in value.items():
        if name in properties:
            yield from complaints(item, properties[name], f"{path}.{name}")
        elif not schema.get("additionalProperties", True):
            reason = "is not defined in the schema and the schema does not allow additional properties"
            yield f"{path}.{name}", f"{path}.{name}: {reason}"


def _has_type(value: Any, wanted: str) -> bool:
    return isinstance(value, TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))


def _name(value: Any) -> str:
    if isinstance(value, float):
        return "number"
    if value is None:
        return "null"
    return next(name for name, types in TYPES.items() if isinstance(value, types))
