"""How people want to hear of things: the defaults, and what each person chose instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.notification_models import Kind, Mail, Preference
from multivio import tenancy
from multivio.errors import Invalid, Problem


@dataclass(frozen=True)
class Wish:
    """The channels of one kind of notification."""

    in_app: bool = True
    mail: Mail = Mail.NOW
    push: bool = True


# What waits for a person interrupts; what only informs waits for the digest.
DEFAULTS: Mapping[Kind, Wish] = {
    Kind.FAILED: Wish(),
    Kind.NEEDS_YOU: Wish(),
    Kind.TOKEN: Wish(),
    Kind.APPROVAL: Wish(),
    Kind.INVITATION: Wish(mail=Mail.DIGEST, push=False),
    Kind.BILLING: Wish(push=False),
    Kind.WEEKLY: Wish(push=False),
    Kind.SECURITY: Wish(),
}
# What nothing sends yet: nobody is asked how they want to hear of it.
NOT_SENT_YET: frozenset[Kind] = frozenset()
OFFERED = tuple(kind for kind in Kind if kind not in NOT_SENT_YET)
# Whoever got into an account must not be able to do so unnoticed.
ALWAYS_MAILED = frozenset({Kind.SECURITY})


def wishes(user_ids: Collection[int], kind: str) -> dict[int, Wish]:
    """What each of these people wants to hear of one kind, and how. As the system: preferences are their owner's alone."""
    with tenancy.system("how people want to be told"):
        rows = {row.user_id: row for row in Preference.objects.filter(user_id__in=user_ids, kind=kind)}
    return {user_id: _wish(rows[user_id]) if user_id in rows else DEFAULTS[Kind(kind)] for user_id in user_ids}


def of(user: User) -> dict[Kind, Wish]:
    """Everything one person chose, with the defaults for the rest, in the order of the page."""
    rows = {Kind(row.kind): _wish(row) for row in Preference.objects.filter(user=user)}
    return {kind: rows.get(kind, DEFAULTS[kind]) for kind in OFFERED}


@transaction.atomic
def choose(*, user: User, chosen: Mapping[Kind, Wish]) -> None:
    """Keep what a person chose about some kinds. Raises Invalid for silence about security."""
    for kind, wish in chosen.items():
        if kind in ALWAYS_MAILED and wish.mail == Mail.OFF:
            raise Invalid.because(
                [
                    Problem(
                        f"{kind.value}.mail",
                        "always_mailed",
                        "What concerns the safety of your account is mailed always.",
                    )
                ]
            )
        values = {"in_app": wish.in_app, "mail": wish.mail, "push": wish.push}
        Preference.objects.update_or_create(user=user, kind=kind, defaults=values)


def _wish(row: Preference) -> Wish:
    return Wish(in_app=row.in_app, mail=Mail(row.mail), push=row.push)
