"""Reads the text of one function out of a migration's SQL file, so that a later migration can put it back when undone."""

import re
from pathlib import Path

SQL = Path(__file__).parent / "migrations" / "sql"


def text_of(name: str, *, file: str) -> str:
    """The `create or replace` statement of the function `name` as `file`.sql has it. Raises LookupError."""
    found = re.search(rf"^create (?:or replace )?(function {name}\(.*?^(?:end )?\$\$;)", _read(file), re.M | re.S)
    if found is None:
        raise LookupError(f"{file}.sql defines no function {name}")
    return f"create or replace {found.group(1)}\n"


def trigger_of(name: str, *, file: str) -> str:
    """The `create trigger` statement of the trigger `name` as `file`.sql has it. Raises LookupError."""
    found = re.search(rf"^create trigger {name} .*?;", _read(file), re.M | re.S)
    if found is None:
        raise LookupError(f"{file}.sql defines no trigger {name}")
    return f"{found.group(0)}\n"


def _read(file: str) -> str:
    return (SQL / f"{file}.sql").read_text()
