"""What needs a person: publications to decide about, to mend or to release, and accounts to reconnect."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from posts.models import Publication
from posts.querysets import NEEDS_A_PERSON
from social.models import Connection

MATTERS_SHOWN = 12


def needing_you(workspace_id: int) -> Combinable:
    """How many things need a person in a workspace, as a part of another query: the number beside “Home”."""
    publications = Publication.objects.filter(workspace_id=workspace_id, state__in=NEEDS_A_PERSON)
    broken = Connection.objects.filter(workspace_id=workspace_id, disconnected_at=None, health=Connection.Health.BROKEN)
    return _number(publications) + _number(broken)


def _number(rows: "QuerySet[Publication] | QuerySet[Connection]") -> Combinable:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True)
class NeedsYou:
    """What waits for somebody: publications (the first few), how many there are in all, and broken connections."""

    publications: Sequence[Publication]
    total: int
    broken: Sequence[Connection]

    @property
    def missed(self) -> int:
        """How many of them missed their time: they can be decided with one word."""
        return self.publications[0].missed if self.publications else 0  # type: ignore[attr-defined]

    @property
    def count(self) -> int:
        return self.total + len(self.broken)

    @property
    def more(self) -> int:
        return self.total - len(self.publications)


def publications_needing_you(workspace: Workspace) -> Sequence[Publication]:
    """To decide first, then what failed or is held; each with `total`, the number of all of them."""
    waiting = Publication.objects.filter(workspace=workspace, state__in=NEEDS_A_PERSON)
    rows = (
        Publication.objects.filter(workspace=workspace, state__in=NEEDS_A_PERSON)
        .select_related("post", "connection")
        .annotate(total=_number(waiting), missed=_number(waiting.missed()))
    )
    # "needs_human" sorts after "failed" and "held", and it is the one that must not wait.
    return list(rows.order_by("-state", "-due_at", "id")[:MATTERS_SHOWN])
