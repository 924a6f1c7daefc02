"""Guessing at passwords: counted for an account from one address, and for an account from everywhere.

Counting by account alone would let anybody lock somebody out. So an address from which the right password came before goes on
being counted by itself; and a code by mail, a passkey or Google work all the while.
"""

import hashlib
from datetime import timedelta

import structlog
from django.core.cache import cache
from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from multivio import rates
from multivio.visitor import network_of

log = structlog.get_logger(__name__)
KNOWN_FOR = int(timedelta(days=30).total_seconds())


def try_once(request: HttpRequest, email: str) -> None:
    """Use up one try. Raises TooMany, whether there is such an account or not."""
    rates.require(*_counted(request, email))


def was_right(request: HttpRequest, email: str) -> None:
    rates.give_back(*_counted(request, email))
    cache.set(_known(request, email), "1", KNOWN_FOR)


def was_wrong(request: HttpRequest, email: str) -> None:
    """Noted in the trail of the account, if there is one; the rates bound how often."""
    counts = rates.take(*_counted(request, email), amount=0)
    user = User.objects.filter(email=email.lower()).first()
    log.info("a password was wrong", account_known=user is not None)
    if user is not None:
        used_up = any(not count.is_open for count in counts)
        reason = "Too many tries: refused for a while." if used_up else ""
        audit.record(actor=None, action="sign_in.failed", target=user, workspace=None, reason=reason)


def _counted(request: HttpRequest, email: str) -> list[tuple[str, str]]:
    account, here = email.strip().lower(), network_of(request)
    counted = [("guesses", f"{account} from {here}")]
    if cache.get(_known(request, email)) is None:
        counted.append(("account-guesses", f"account:{account}"))
    return counted


def _known(request: HttpRequest, email: str) -> str:
    name = f"{email.strip().lower()} from {network_of(request)}"
    return f"known-address:{hashlib.sha256(name.encode()).hexdigest()}"
