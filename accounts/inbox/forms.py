"""The form of preferences: one row a kind, named by it."""

from dataclasses import dataclass

from django.http import QueryDict

from accounts import preferences
from accounts.models import User
from accounts.notification_models import Kind, Mail
from accounts.preferences import ALWAYS_MAILED, Wish

# What each kind is about, beside its name.
ABOUT = {
    Kind.FAILED: "A platform refused it, or it could not be sent.",
    Kind.NEEDS_YOU: "It is held, or nobody knows whether it is public.",
    Kind.TOKEN: "An account has to be connected again, now or soon.",
    Kind.APPROVAL: "Somebody asks you to approve, answers you, or mentions you.",
    Kind.INVITATION: "Somebody joins, your role changes, or a workspace will be deleted.",
    Kind.BILLING: "A payment failed, a trial ends, the plan changed.",
    Kind.WEEKLY: "What was published, how it did, and what comes next.",
    Kind.SECURITY: "Support opens your workspace, or a sign-in of yours is ended.",
}


@dataclass(frozen=True)
class Row:
    """A kind in the form. `mails` are the choices of mail: security cannot be silenced."""

    kind: Kind
    about: str
    wish: Wish
    mails: tuple[Mail, ...]


def form_rows(user: User) -> list[Row]:
    return [Row(kind, ABOUT[kind], wish, _mails(kind)) for kind, wish in preferences.of(user).items()]


def _mails(kind: Kind) -> tuple[Mail, ...]:
    return tuple(mail for mail in Mail if not (kind in ALWAYS_MAILED and mail == Mail.OFF))


def read_wishes(sent: QueryDict) -> dict[Kind, Wish]:
    """Only kinds whose row was in the form, so that an old page never switches off what it did not show."""
    return {
        kind: Wish(
            in_app=f"{kind}-in_app" in sent,
            mail=Mail(str(sent[f"{kind}-mail"])),
            push=f"{kind}-push" in sent or f"{kind}-push-kept" in sent,
        )
        for kind in preferences.OFFERED
        if sent.get(f"{kind}-mail") in Mail.values
    }
