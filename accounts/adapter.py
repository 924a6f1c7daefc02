"""allauth's account hooks."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import invitations


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Mails carry addresses under BASE_URL, whatever Host header the request came with."""

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


def _canonical(url: str) -> str:
    path = url.split("://", 1)[-1]
    return f"{settings.BASE_URL}{path[path.index('/') :]}"
