"""`manage.py rotate_keys`: seal every stored secret anew with the first key of FIELD_KEYS."""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from multivio import tenancy
from multivio.crypto import EncryptedTextField, UnreadableSecret, encrypted_fields, keys, other_stores, sealed_with

BATCH = 200


class Command(BaseCommand):
    help = (
        "Seal every stored secret anew with the first key of FIELD_KEYS. Afterwards the older keys can go. "
        "It may run while the product works, and be started again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="Rows to a transaction.")

    def handle(self, *args: Any, **options: Any) -> None:
        sealing = next(iter(keys()))
        unreadable = 0
        for model in apps.get_models():
            fields = encrypted_fields(model)
            if not fields:
                continue
            done, lost = _rotate(model, fields, sealing=sealing, batch=options["batch"])
            unreadable += lost
            self.stdout.write(f"{model._meta.label}: {done} sealed anew with {sealing}, {lost} cannot be opened")
        for name, reseal in other_stores.items():
            done, lost = reseal(sealing)
            unreadable += lost
            self.stdout.write(f"{name}: {done} sealed anew with {sealing}, {lost} cannot be opened")
        if unreadable:
            raise CommandError("Some secrets cannot be opened with the keys in FIELD_KEYS; they were left as they are.")


def _rotate(
    model: type[models.Model], fields: list[EncryptedTextField], *, sealing: str, batch: int
) -> tuple[int, int]:
    """Go through the table in the order of its key; the numbers of rows sealed anew and of rows that do not open."""
    done = lost = 0
    last: Any = None
    while True:
        with tenancy.system("rotate keys"):
            rows = model._default_manager.order_by("pk").select_for_update()
            chunk = list((rows if last is None else rows.filter(pk__gt=last))[:batch])
            for row in chunk:
                outcome = _reseal(row, fields, sealing)
                done, lost = done + (outcome is True), lost + (outcome is None)
        if len(chunk) < batch:
            return done, lost
        last = chunk[-1].pk


def _reseal(row: models.Model, fields: list[EncryptedTextField], sealing: str) -> bool | None:
    """True: written anew; False: nothing to do; None: a secret does not open, so the row is left alone."""
    stale = [
        field.attname
        for field in fields
        if (stored := row.__dict__[field.attname]) and sealed_with(str(stored)) != sealing
    ]
    if not stale:
        return False
    try:
        opened = {name: getattr(row, name) for name in stale}
    except UnreadableSecret:
        return None
    for name, secret in opened.items():
        setattr(row, name, secret)
    row.save(update_fields=stale)
    return True
