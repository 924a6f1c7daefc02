"""allauth's account hooks."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import invitations
from accounts.signin import guesses
from multivio import rates
from multivio.visitor import address_of

log = structlog.get_logger(__name__)
# What somebody who is not signed in can have sent to an address. News about changes to an account always go out.
ASKED_FOR = (
    "account/email/email_confirmation",
    "account/email/password_reset",
    "account/email/login_code",
    "account/email/unknown_account",
    "account/email/account_already_exists",
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Mails carry addresses under BASE_URL, whatever Host header the request came with; guesses and mails are counted."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "That address and password do not open an account.",
    }

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: object) -> str:
        url: str = super().get_email_confirmation_url(request, emailconfirmation)
        return _canonical(url)

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """An open invitation was mailed to this address and nowhere else: whoever has its link has the address."""
        secret = request.session.get(invitations.SESSION_KEY, "")
        opened = invitations.look_at(secret) if secret else None
        if opened is not None and opened.state == "open" and opened.email.lower() == email.lower():
            return True
        return bool(super().is_email_verified(request, email))

    def get_reset_password_from_key_url(self, key: str) -> str:
        url: str = super().get_reset_password_from_key_url(key)
        return _canonical(url)

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Replaces allauth's own count: ours knows an account from an address, and an account from everywhere."""
        guesses.try_once(request, _account(credentials))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            guesses.was_right(request, _account(credentials))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        guesses.was_wrong(request, _account(credentials))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail too many is not sent, and nobody can tell: the answer is the same as for an address without an account."""
        if template_prefix.startswith(ASKED_FOR):
            (count,) = rates.take(("mails", f"account:{email.lower()}"))
            if not count.is_open:
                log.warning("mail not sent: too many to this address", template=template_prefix)
                return
        super().send_mail(template_prefix, email, context)


def _account(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


def _canonical(url: str) -> str:
    path = url.split("://", 1)[-1]
    return f"{settings.BASE_URL}{path[path.index('/') :]}"
