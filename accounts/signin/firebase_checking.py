"""Firebase is asked every hour about the people who are signed in with it: who was closed or deleted there, or had their
sign-ins ended, is signed out here as well, with all programs.

Sessions that began in another way, and API keys, are none of Firebase's business and stay.
"""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db.models import F, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import FirebaseIdentity, User
from accounts.notification_models import Kind
from accounts.notifications import notify
from accounts.signin.firebase import METHOD, SIGNED_IN_AT
from accounts.signin.firebase_token import MOST_AT_ONCE, FirebaseSilent, Standing, standings
from accounts.signin.sessions import METHODS
from multivio import tenancy

log = structlog.get_logger(__name__)
Ended = FirebaseIdentity.Ended
EVERY = timedelta(hours=1)


def check_due() -> int:
    """Ask about everybody who was not asked about for an hour; how many sessions ended. Silence of Firebase ends nothing."""
    ended = 0
    while settings.FIREBASE_SIGN_IN and (batch := _due()):
        try:
            found = standings([identity.uid for identity in batch])
        except FirebaseSilent:
            break  # the next tick asks again
        for identity in batch:
            ended += _settle(identity, found.get(identity.uid))
    return ended


def tell(request: HttpRequest, user: User) -> None:
    """Say on the page after signing in why they had to. Programs get no pages, so they leave it to the next browser."""
    if getattr(getattr(request, "allauth", None), "headless", None) is not None:
        return
    for identity in FirebaseIdentity.objects.filter(user=user).exclude(ended_because=""):
        messages.warning(request, _sentence(identity.ended_because))
        FirebaseIdentity.objects.filter(pk=identity.pk).update(ended_because="")


def _due() -> list[FirebaseIdentity]:
    """Those with a session: whoever has none is asked about when they sign in."""
    asked_before = timezone.now() - EVERY
    rows = FirebaseIdentity.objects.filter(
        Q(checked_at=None) | Q(checked_at__lte=asked_before),
        project_id=settings.FIREBASE_PROJECT_ID,
        user__in=UserSession.objects.values("user"),
    )
    return list(rows.select_related("user").order_by(F("checked_at").asc(nulls_first=True), "pk")[:MOST_AT_ONCE])


def _settle(identity: FirebaseIdentity, standing: Standing | None) -> int:
    """Write down that they were asked about, and end what Firebase no longer stands for."""
    with tenancy.tenant(user_id=None):
        FirebaseIdentity.objects.filter(pk=identity.pk).update(checked_at=timezone.now())
        void = [session for session, began in _sessions(identity.user) if not _is_good(standing, began)]
        if not void:
            return 0
        reason = _reason(standing)
        FirebaseIdentity.objects.filter(pk=identity.pk).update(ended_because=reason)
        for session in void:
            session.end()
        _write_down(identity, reason, len(void))
    return len(void)


def _sessions(user: User) -> Iterator[tuple[UserSession, int]]:
    """The sessions of this person that began at Firebase, with the moment by its clock."""
    for session in UserSession.objects.filter(user=user):
        for method in SessionStore(session.session_key).get(METHODS, []):
            if method.get("method") == METHOD:
                yield session, int(method.get(SIGNED_IN_AT) or method["at"])
                break


def _is_good(standing: Standing | None, began: int) -> bool:
    return standing is not None and not standing.is_disabled and began >= standing.valid_after


def _reason(standing: Standing | None) -> Ended:
    if standing is None:
        return Ended.DELETED
    return Ended.DISABLED if standing.is_disabled else Ended.REVOKED


def _sentence(reason: str) -> str:
    return f"You were signed out because {Ended(reason).label}."


def _write_down(identity: FirebaseIdentity, reason: Ended, count: int) -> None:
    user, sentence = identity.user, _sentence(reason)
    audit.record(
        actor=None,
        action="sign_in.ended",
        target=user,
        workspace=None,
        after={"provider": "firebase", "sessions": count},
        reason=f"{Ended(reason).label[0].upper()}{Ended(reason).label[1:]}",
    )
    notify(
        kind=Kind.SECURITY,
        workspace=None,
        users=[user],
        title="You were signed out",
        body=f"{sentence} Was that not you? Look at what happened to your account lately.",
        url=reverse("activity"),
    )
    log.info("sessions ended because of firebase", user=user.pk, reason=reason.value, sessions=count)
