"""Public ids: UUIDv7, made in Python before the insert, so that they sort by time and can be bound into a ciphertext."""

import uuid
from collections.abc import Iterable

import uuid6


def new_uid() -> uuid.UUID:
    return uuid.UUID(bytes=uuid6.uuid7().bytes)


def uids_in(values: Iterable[str]) -> tuple[uuid.UUID, ...]:
    """Those that are ids at all, each once: our own pages send nothing else."""
    found = []
    for value in values:
        try:
            found.append(uuid.UUID(value))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
