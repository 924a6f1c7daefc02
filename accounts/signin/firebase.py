"""People who sign in with Firebase: known by their uid there, never by an address alone."""

from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.account.utils import complete_signup, filter_users_by_email, perform_login
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts import audit, refusals
from accounts.models import FirebaseIdentity, User
from accounts.signin.firebase_token import Person
from multivio import tenancy
from multivio.errors import Conflict, Forbidden

METHOD = "firebase"  # what a session says about how it began
SIGNED_IN_AT = "firebase_at"


@dataclass(frozen=True)
class Found:
    user: User
    is_new: bool = False


def sign_in(request: HttpRequest, person: Person, *, redirect_url: str | None = None) -> Any:
    """Sign them in, with an account of their own the first time. A second factor of ours is still asked for.

    Answers with allauth's response: on to the page, or to the next step. Raises Forbidden, Conflict.
    """
    with tenancy.tenant(user_id=None):
        found = _find(person) or _create(request, person)
        if not found.user.is_active:
            raise Forbidden("This account is closed.", code="account_closed")
        record_authentication(
            request, found.user, METHOD, provider=person.provider, **{SIGNED_IN_AT: person.signed_in_at}
        )
        arguments: dict[str, Any] = {"email_verification": "none"}
        if found.is_new:
            return complete_signup(request, found.user, success_url=redirect_url, **arguments)
        return perform_login(request, found.user, redirect_url=redirect_url, **arguments)


def link(*, user: User, person: Person) -> None:
    """From now on the person at Firebase opens this account as well. Raises Conflict when they open another one."""
    with tenancy.tenant(user_id=user.pk):
        found = _find(person)
        if found is not None and found.user != user:
            raise Conflict("That sign-in at Firebase opens another account.", code="linked_elsewhere")
        if found is None:
            _remember(user, person)


def _find(person: Person) -> Found | None:
    rows = FirebaseIdentity.objects.select_related("user")
    row = rows.filter(project_id=settings.FIREBASE_PROJECT_ID, uid=person.uid).first()
    return Found(row.user) if row is not None else None


def _remember(user: User, person: Person) -> None:
    FirebaseIdentity.objects.create(
        user=user,
        project_id=settings.FIREBASE_PROJECT_ID,
        uid=person.uid,
        provider=person.provider,
        email_at_link=person.email,
    )
    audit.record(
        actor=None,
        action="sign_in.added",
        target=user,
        workspace=None,
        after={"provider": f"firebase ({person.provider})"},
    )


def _create(request: HttpRequest, person: Person) -> Found:
    """A new account. An address that has one already is not enough to open it: anybody can register one at Firebase."""
    if not get_adapter(request).is_open_for_signup(request):
        raise Forbidden("Nobody can create an account here right now.", code="signup_closed")
    owners = filter_users_by_email(person.email) or list(User.objects.filter(email=person.email))
    if owners:
        reason = "Somebody who has your address at Firebase tried to sign in."
        refusals.remember("sign_in.refused", reason, target=owners[0])
        raise Conflict(
            "There is an account with this address. Sign in to it the way you always do, then add Firebase there.",
            code="account_exists",
        )
    try:
        with transaction.atomic():
            user = User.objects.create_user(person.email, None, name=person.name)
            EmailAddress.objects.create(user=user, email=person.email, verified=True, primary=True)
            _remember(user, person)
    except IntegrityError:  # two requests at once: the other one made it
        found = _find(person)
        if found is None:
            raise Conflict("Somebody else took this address just now. Try again.", code="account_exists") from None
        return found
    return Found(user, is_new=True)
