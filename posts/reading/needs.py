"""What needs a person: publications to decide about, to mend or to release, and accounts to reconnect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import ApprovalPolicy, Workspace
from accounts.roles import Right
from accounts.services import Actor
from posts.models import Post, Publication
from posts.querysets import NEEDS_A_PERSON
from posts.states import Approval, PostState
from social.models import Connection

MATTERS_SHOWN = 12


def needing_you(workspace_id: int) -> Combinable:
    """How many things need a person in a workspace, as a part of another query: the number beside “Home”."""
    publications = Publication.objects.filter(workspace_id=workspace_id, state__in=NEEDS_A_PERSON)
    broken = Connection.objects.filter(workspace_id=workspace_id, disconnected_at=None, health=Connection.Health.BROKEN)
    return number_of(publications) + number_of(broken)


def number_of(rows: "QuerySet[Any]") -> Combinable:
    """The number of these rows, as a part of another query."""
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


def posts_between_asking_and_yes(actor: Actor) -> Sequence[Post]:
    """What waits for this person's word: posts to approve, if they may, and their own that have to change first."""
    rows = Post.objects.filter(workspace=actor.workspace, state__in=[PostState.DRAFT, PostState.HELD])
    mine = Q(approval__in=[Approval.CHANGES, Approval.EDITED], asked_by=actor.user)
    wanted = mine | Q(approval=Approval.PENDING) if actor.may(Right.APPROVE) else mine
    if actor.workspace.approval == ApprovalPolicy.NONE:
        return []
    return list(rows.filter(wanted).select_related("asked_by").order_by("asked_at", "id")[:MATTERS_SHOWN])


def publications_needing_you(workspace: Workspace) -> Sequence[Publication]:
    """To decide first, then what failed or is held; each with `total`, the number of all of them."""
    waiting = Publication.objects.filter(workspace=workspace, state__in=NEEDS_A_PERSON)
    rows = (
        Publication.objects.filter(workspace=workspace, state__in=NEEDS_A_PERSON)
        .select_related("post", "connection")
        .annotate(total=number_of(waiting), missed=number_of(waiting.missed()))
    )
    # "needs_human" sorts after "failed" and "held", and it is the one that must not wait.
    return list(rows.order_by("-state", "-due_at", "id")[:MATTERS_SHOWN])
