"""The secret in an invitation's link. It is computed from the server's key, so it is stored nowhere and travels in no task;
the row keeps its hash."""

import hashlib

from django.utils.crypto import salted_hmac

from accounts.models import Invitation


def secret_of(invitation: Invitation) -> str:
    """The secret part of the link that was sent last."""
    text = f"{invitation.uid}:{invitation.round}"
    return salted_hmac("accounts.invitation", text, algorithm="sha256").hexdigest()


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
