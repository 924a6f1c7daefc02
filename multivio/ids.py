"""Public ids: UUIDv7, made in Python before the insert, so that they sort by time and can be bound into a ciphertext."""

import uuid

import uuid6


def new_uid() -> uuid.UUID:
    return uuid.UUID(bytes=uuid6.uuid7().bytes)
