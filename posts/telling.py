"""Tells people by mail what they have to look at: the outbox, gathered to one mail a person and workspace.

The pages show the same at once (posts/reading/needs.py); a mail that is sent twice is better than one that is not sent. What
reaches the audit trail and the product itself out of the same outbox: posts/noting.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import mail_admins, send_mail
from django.db.models import Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Member, MissedPolicy, User, Workspace
from accounts.notification_models import Kind, Mail
from accounts.preferences import wishes
from accounts.roles import Right, role_has
from multivio import tenancy
from posts.models import PlatformGate
from posts.outbox_models import Outbox
from posts.states import State

log = structlog.get_logger(__name__)
GATHER = timedelta(seconds=30)  # an outage fails many at once: they go into one mail
AGAIN = timedelta(minutes=10)  # when it could not be sent, or whoever was sending it died
SHOWN = 20
MOST = 500
OPERATOR_AGAIN = timedelta(hours=6)


@dataclass(frozen=True)
class Letter:
    """A mail to one person about one workspace."""

    to: str
    subject: str
    body: str


def tell() -> int:
    """Send what is due; how many mails went out. No transaction is open while a mail server is asked."""
    sent = 0
    with tenancy.system("who has something to be told"):
        waiting = Outbox.objects.filter(told_at=None, at__lt=Now() - GATHER)
        workspaces = list(
            waiting.filter(Q(next_try_at=None) | Q(next_try_at__lt=Now()))
            .values_list("workspace", flat=True)
            .distinct()
        )
    for workspace_id in workspaces:
        sent += _tell_workspace(workspace_id)
    return sent


def _tell_workspace(workspace_id: int) -> int:
    with tenancy.system("tell a workspace"):
        rows = _take(workspace_id)
        letters = _letters(rows) if rows else []
    for letter in letters:
        send_mail(letter.subject, letter.body, None, [letter.to])
    with tenancy.system("told"):
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=Now())
    return len(letters)


def _take(workspace_id: int) -> list[Outbox]:
    """The rows to tell of, for a while nobody else's."""
    rows = list(
        Outbox.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(next_try_at=None) | Q(next_try_at__lt=Now()), workspace=workspace_id, told_at=None)
        .select_related("workspace", "publication__post__author", "publication__connection")
        .order_by("id")[:MOST]
    )
    Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(next_try_at=Now() + AGAIN)
    return rows


def _letters(rows: Sequence[Outbox]) -> list[Letter]:
    """To each author about their own posts, to who manages the workspace about all. Nothing about what is mended by now."""
    workspace = rows[0].workspace
    open_rows = still_open(rows, workspace)
    if not open_rows:
        return []
    people = list(audience(open_rows, workspace))
    ids = [user.pk for user, _rows in people]
    # What somebody does not want by mail at once reaches them by the digest, or not at all.
    wanted = {kind: wishes(ids, kind) for kind in {kind_of(row) for row in open_rows}}
    letters = []
    for user, about in people:
        mine = [row for row in about if wanted[kind_of(row)][user.pk].mail == Mail.NOW]
        if mine:
            letters.append(_letter(user.email, workspace, mine))
    return letters


def kind_of(row: Outbox) -> Kind:
    return Kind.FAILED if row.state == State.FAILED else Kind.NEEDS_YOU


def audience(rows: Sequence[Outbox], workspace: Workspace) -> Iterator[tuple[User, list[Outbox]]]:
    """Who hears of what: authors of their own posts, who manages the workspace of all."""
    for member in (
        Member.objects.filter(workspace=workspace, user__is_active=True).select_related("user").order_by("id")
    ):
        own = [row for row in rows if row.publication.post.author_id == member.user_id]
        mine = list(rows) if role_has(member.role, Right.MANAGE) else own
        if mine:
            yield member.user, mine


def still_open(rows: Iterable[Outbox], workspace: Workspace) -> list[Outbox]:
    latest = {row.publication_id: row for row in rows}
    return [
        row
        for row in latest.values()
        if row.publication.state == row.state
        and not (row.code == "missed_window" and workspace.missed_policy == MissedPolicy.HOLD)
    ]


def _letter(email: str, workspace: Workspace, rows: list[Outbox]) -> Letter:
    publications = [row.publication for row in rows]
    to_decide = sum(publication.state == State.NEEDS_HUMAN for publication in publications)
    missed = sum(publication.error_code == "missed_window" for publication in publications)
    context = {
        "workspace": workspace,
        "publications": publications[:SHOWN],
        "more": max(0, len(publications) - SHOWN),
        "to_decide": to_decide,
        "missed": missed,
        "home": settings.BASE_URL + reverse("home", args=[workspace.slug]),
        "base": settings.BASE_URL,
    }
    count = len(publications)
    subject = f"{count} post{'s need' if count > 1 else ' needs'} you in {workspace.name}"
    return Letter(email, subject, render_to_string("posts/mail/needs_you.txt", context))


def tell_operator() -> int:
    """Platforms that block the whole application, to whoever runs this installation; at most every six hours each."""
    with tenancy.system("tell the operator"):
        due = Q(alerted_at=None) | Q(alerted_at__lt=Now() - OPERATOR_AGAIN)
        gates = list(PlatformGate.objects.select_for_update(skip_locked=True).filter(due, closed_until__gt=Now()))
        PlatformGate.objects.filter(pk__in=[gate.pk for gate in gates]).update(alerted_at=Now())
    for gate in gates:
        name = gate.get_platform_display()
        log.error("a platform is closed for everybody", platform=gate.platform, reason=gate.reason)
        mail_admins(
            f"Publishing to {name} is paused",
            f"{gate.reason}\n\nNothing is sent to {name} before {gate.closed_until:%Y-%m-%d %H:%M} UTC. What is due waits"
            " and goes out by itself afterwards. Nobody needs to reconnect an account.\n",
        )
    return len(gates)
