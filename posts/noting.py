"""Takes outcomes out of the outbox into the audit trail, tells people of them in the product, and has numbers read of what is
public.

One transaction notes each and marks it as noted, so it happens exactly once. The mail about it goes its own way
(posts/telling.py), since a mail server cannot be part of a transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models.functions import Now
from django.urls import reverse

from accounts import audit
from accounts.models import User, Workspace
from accounts.notification_models import Channel, Kind
from accounts.notifications import notify
from multivio import tenancy
from posts import metrics
from posts.outbox_models import Outbox
from posts.states import State
from posts.telling import audience, kind_of, still_open

AT_ONCE = 500
ONE_BY_ONE = 3  # more of a kind at once are one notification
TOLD = frozenset({State.FAILED, State.NEEDS_HUMAN, State.HELD})
SAID = {
    State.FAILED: "Not published to {account}",
    State.NEEDS_HUMAN: "Is it on {account}? You decide",
    State.HELD: "Waits for you: {account}",
}


def note() -> int:
    """Note what happened since; how many outcomes."""
    with tenancy.system("who has outcomes to note"):
        rows = Outbox.objects.filter(noted_at=None).order_by().values_list("workspace", flat=True)
        workspaces = list(rows.distinct())
    return sum(_note_workspace(workspace_id) for workspace_id in workspaces)


def _note_workspace(workspace_id: int) -> int:
    noted = 0
    while True:
        with tenancy.system("note outcomes"):
            rows = _take(workspace_id)
            _into_the_trail(rows)
            metrics.watch(row.publication for row in rows if row.state == State.PUBLISHED)
            _into_the_product([row for row in rows if row.state in TOLD])
            Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(noted_at=Now())
            Outbox.objects.filter(pk__in=[row.pk for row in rows], state=State.PUBLISHED).delete()
        noted += len(rows)
        if len(rows) < AT_ONCE:
            return noted


def _take(workspace_id: int) -> list[Outbox]:
    rows = Outbox.objects.select_for_update(of=("self",), skip_locked=True).filter(
        workspace=workspace_id, noted_at=None
    )
    return list(
        rows.select_related("workspace", "publication__post", "publication__connection").order_by("id")[:AT_ONCE]
    )


def _into_the_trail(rows: Iterable[Outbox]) -> None:
    for row in rows:
        publication = row.publication
        is_current = publication.state == row.state
        audit.record(
            actor=None,
            action=f"publication.{row.state}",
            target=publication,
            workspace=row.workspace,
            after={
                "at": row.at,
                "account": str(publication.connection),
                "post": str(publication.post.uid),
                "code": row.code,
                "link": publication.remote_url if is_current else "",
            },
            reason=publication.error_sentence if is_current else "",
        )


def _into_the_product(rows: Sequence[Outbox]) -> None:
    if not rows:
        return
    workspace = rows[0].workspace
    for user, mine in audience(still_open(rows, workspace), workspace):
        by_kind: dict[Kind, list[Outbox]] = defaultdict(list)
        for row in mine:
            by_kind[kind_of(row)].append(row)
        for kind, some in by_kind.items():
            if len(some) > ONE_BY_ONE:
                _tell_of_many(user, workspace, kind, some)
            else:
                _tell_of_each(user, workspace, kind, some)


def _tell_of_many(user: User, workspace: Workspace, kind: Kind, rows: Sequence[Outbox]) -> None:
    accounts = sorted({str(row.publication.connection) for row in rows})
    notify(
        kind=kind,
        workspace=workspace,
        users=[user],
        title=f"{len(rows)} posts {'failed' if kind == Kind.FAILED else 'need you'}",
        body=", ".join(accounts),
        url=reverse("home", args=[workspace.slug]),
        key=f"outbox:{rows[0].pk}-{rows[-1].pk}",
        without=[Channel.EMAIL],
    )


def _tell_of_each(user: User, workspace: Workspace, kind: Kind, rows: Iterable[Outbox]) -> None:
    for row in rows:
        publication = row.publication
        notify(
            kind=kind,
            workspace=workspace,
            users=[user],
            title=SAID[State(row.state)].format(account=publication.connection),
            body=f"“{publication.post.headline}”. {publication.error_sentence}".strip(),
            url=reverse("post", args=[workspace.slug, publication.post.uid]),
            key=f"outbox:{row.pk}",
            without=[Channel.EMAIL],
        )
