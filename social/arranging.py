"""How people tell several accounts of a platform apart: a label of their own, and which one comes first."""

from typing import Any

from django.db import transaction

from accounts import audit
from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Conflict, Invalid, NotFound, Problem
from social.models import Connection
from social.querysets import ConnectionQuerySet

LONGEST_LABEL = 60


@transaction.atomic
def set_label(*, actor: Actor, connection: Connection, label: str) -> Connection:
    """Call an account something. An empty label takes it away. Raises Forbidden, NotFound, Invalid."""
    actor.require(Right.CONNECT)
    found = _own(actor, connection)
    text = " ".join(label.split())
    if len(text) > LONGEST_LABEL:
        raise Invalid.because(
            [Problem("label", "max_length", f"A label has at most {LONGEST_LABEL} letters; this has {len(text)}.")]
        )
    before = audit.fields(found, "label")
    found.label = text
    found.save(update_fields=["label"])
    _record(actor, "connection.labelled", found, before=before, after=audit.fields(found, "label"))
    return found


@transaction.atomic
def make_primary(*, actor: Actor, connection: Connection) -> Connection:
    """Let an account come first among those of its platform. Raises Forbidden, NotFound, Conflict."""
    actor.require(Right.CONNECT)
    found = _own(actor, connection)
    if found.disconnected_at is not None:
        raise Conflict("This account is disconnected. Connect it again first.")
    # All of them are locked, in one order, so that two people who choose at once do not leave two primary ones.
    list(_siblings(found).select_for_update().order_by("id"))
    _siblings(found).filter(is_primary=True).exclude(pk=found.pk).update(is_primary=False)
    found.is_primary = True
    found.save(update_fields=["is_primary"])
    _record(actor, "connection.made_primary", found)
    return found


def _record(actor: Actor, action: str, connection: Connection, **values: Any) -> None:
    audit.record(actor=actor, action=action, target=connection, workspace=actor.workspace, **values)


def has_primary(connection: Connection) -> bool:
    """Whether another account of its platform comes first already."""
    return bool(_siblings(connection).filter(is_primary=True).exclude(pk=connection.pk).exists())


def pass_on_primary(connection: Connection) -> None:
    """A disconnected account comes first no more; the one that has been here longest takes its place."""
    if not connection.is_primary:
        return
    connection.is_primary = False
    connection.save(update_fields=["is_primary"])
    following = _siblings(connection).live().exclude(pk=connection.pk).order_by("id").first()
    if following is not None:
        following.is_primary = True
        following.save(update_fields=["is_primary"])


def _siblings(connection: Connection) -> ConnectionQuerySet:
    rows: ConnectionQuerySet = Connection.objects.in_workspace(connection.workspace_id)
    return rows.of_platform(connection.platform)


def _own(actor: Actor, connection: Connection) -> Connection:
    rows = Connection.objects.select_for_update(of=("self",)).filter(pk=connection.pk, workspace=actor.workspace)
    found: Connection | None = rows.first()
    if found is None:
        raise NotFound("There is no such connection.")
    return found
