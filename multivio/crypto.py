"""Secrets at rest: AES-256-GCM with a key id, bound to the table, column and row that they were sealed for.

Stored form: `mv1.<key id>.<base64url(nonce 12 | ciphertext | tag 16)>`. The first key of FIELD_KEYS seals, every key
opens, and `manage.py rotate_keys` re-seals what an older key sealed. The keys are apart from SECRET_KEY.
"""

import base64
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

VERSION = "mv1"
NONCE_BYTES = 12
KEY_BYTES = 32


class UnreadableSecret(Exception):
    """A stored secret cannot be opened: its key is missing, or it was moved from another row or column."""


class Secret(str):
    """A string that never shows itself in logs, reprs and tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[hidden]'"


def keys() -> dict[str, bytes]:
    """The configured keys by id, the sealing key first."""
    return _parsed(tuple(settings.FIELD_KEYS))


@lru_cache(maxsize=4)
def _parsed(entries: tuple[str, ...]) -> dict[str, bytes]:
    found = {}
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.urlsafe_b64decode(encoded)
        except ValueError as error:
            raise ImproperlyConfigured(f"FIELD_KEYS: key {key_id!r} is not base64url.") from error
        if len(key) != KEY_BYTES or not key_id or "." in key_id:
            raise ImproperlyConfigured(f"FIELD_KEYS: key {key_id!r} must be 32 bytes under an id without a dot.")
        found[key_id] = key
    if not found:
        raise ImproperlyConfigured("FIELD_KEYS is empty: no token can be stored. `manage.py new_field_key` prints one.")
    return found


def seal(text: str, bound_to: str) -> str:
    """Encrypt `text` so that it opens only for the same `bound_to` (table.column:row)."""
    key_id, key = next(iter(keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), f"{key_id}|{bound_to}".encode())
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(stored: str, bound_to: str) -> Secret:
    """Open what `seal` made. Raises UnreadableSecret for another row, column, key or format."""
    version, _, rest = stored.partition(".")
    key_id, _, encoded = rest.partition(".")
    key = keys().get(key_id)
    if version != VERSION or key is None:
        raise UnreadableSecret(f"no key {key_id!r} for a stored secret of {bound_to}")
    raw = base64.urlsafe_b64decode(encoded)
    try:
        opened = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{key_id}|{bound_to}".encode())
    except InvalidTag as error:
        raise UnreadableSecret(f"a stored secret does not belong to {bound_to}") from error
    return Secret(opened.decode())


def sealed_with(stored: str) -> str:
    """The id of the key that sealed it."""
    return stored.split(".", 2)[1]


class Sealed(str):
    """The stored form, before anybody asked for the secret."""

    __slots__ = ()


class _Opener:
    """Descriptor: opens on first access, so that loading a row decrypts nothing that is not used."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
        value = instance.__dict__[self.field.attname]
        if isinstance(value, Sealed):
            return unseal(value, self.field.bound_to(instance))
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text sealed with AES-256-GCM and bound to its table, column and row. The model's key must be made before the insert.

    It cannot be searched and cannot be written by `QuerySet.update()`, both on purpose. Where the key is made by the
    database, `bound_by` names another field that identifies the row and never changes.
    """

    def __init__(self, *args: Any, bound_by: str = "pk", **kwargs: Any) -> None:
        self.bound_by = bound_by
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "bound_by": self.bound_by} if self.bound_by != "pk" else kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opener(self))

    def bound_to(self, instance: models.Model) -> str:
        row = getattr(instance, self.bound_by)
        if row is None:
            raise ValueError("An encrypted field needs a key that is known before the row is stored.")
        return f"{self.model._meta.db_table}.{self.column}:{row}"

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        value = model_instance.__dict__.get(self.attname)
        if value is None or value == "" or isinstance(value, Sealed):
            return value
        sealed = Sealed(seal(str(value), self.bound_to(model_instance)))
        model_instance.__dict__[self.attname] = sealed
        return sealed

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "" or isinstance(value, Sealed):
            return None if value is None else str(value)
        raise TypeError("An encrypted field is written by save(), never by update() or in a filter.")

    def from_db_value(self, value: str | None, *_args: Any) -> Sealed | str | None:
        return Sealed(value) if value else value

    def value_to_string(self, obj: models.Model) -> str:
        return str(obj.__dict__.get(self.attname) or "")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError("An encrypted field cannot be searched.")
        return super().get_lookup(lookup_name)


def encrypted_fields(model: type[models.Model]) -> list[EncryptedTextField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


# Secrets that are sealed inside other people's tables: each reseals its own with the key that it is given, and says how many
# it sealed anew and how many do not open.
other_stores: dict[str, Callable[[str], tuple[int, int]]] = {}
