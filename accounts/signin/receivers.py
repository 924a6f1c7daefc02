"""What the audit trail hears of signing in: who came in and how, and every change to how somebody does."""

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from accounts.signin import firebase_checking
from multivio import tenancy


def _note(action: str, user: User, **after: Any) -> None:
    # allauth tells of some changes only after their transaction.
    with tenancy.tenant(user_id=user.pk):
        audit.record(actor=None, action=action, target=user, workspace=None, after=after or None)


@receiver(account.user_logged_in)
def signed_in(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    methods = request.session.get("account_authentication_methods", [])
    _note("sign_in", user, by=[str(method.get("method", "")) for method in methods])
    firebase_checking.tell(request, user)


@receiver(user_logged_out)
def signed_out(user: User | None, **_kwargs: Any) -> None:
    if user is not None:
        _note("sign_out", user)


@receiver([account.password_changed, account.password_set])
def password_changed(user: User, **_kwargs: Any) -> None:
    _note("password.changed", user)


@receiver(account.password_reset)
def password_reset(user: User, **_kwargs: Any) -> None:
    _note("password.reset", user)


@receiver([account.email_added, account.email_removed])
def addresses_changed(user: User, email_address: EmailAddress, signal: Any, **_kwargs: Any) -> None:
    verb = "added" if signal is account.email_added else "removed"
    _note(f"email.{verb}", user, email=email_address.email)


@receiver(account.email_changed)
def primary_changed(user: User, to_email_address: EmailAddress, **_kwargs: Any) -> None:
    _note("email.made_primary", user, email=to_email_address.email)


@receiver([mfa.authenticator_added, mfa.authenticator_removed, mfa.authenticator_reset])
def second_factor_changed(user: User, authenticator: Any, signal: Any, **_kwargs: Any) -> None:
    verb = {mfa.authenticator_added: "added", mfa.authenticator_removed: "removed"}.get(signal, "reset")
    _note(f"second_factor.{verb}", user, type=authenticator.type)


@receiver([social.social_account_added, social.social_account_removed])
def other_sign_in_changed(signal: Any, **kwargs: Any) -> None:
    account_row = kwargs["sociallogin"].account if "sociallogin" in kwargs else kwargs["socialaccount"]
    verb = "added" if signal is social.social_account_added else "removed"
    _note(f"sign_in.{verb}", account_row.user, provider=account_row.provider)
