"""What was refused and matters is in the trail as well: tries to do what one may not, links and keys that are used up.

What is refused is rolled back, so it is remembered while the request is at work and written down after it. Outside requests
nothing is remembered: there is nobody who tries.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import DatabaseError, models
from django.http import HttpRequest, HttpResponseBase

from accounts import audit
from accounts.models import User, Workspace
from multivio import rates, tenancy
from multivio.visitor import network_of

log = structlog.get_logger(__name__)
READS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Refusal:
    """`user` is who tried, where that is known; `of_reads`: it matters even when nothing was to be written."""

    action: str
    reason: str
    user: User | None = None
    target: models.Model | None = None
    workspace: Workspace | None = None
    of_reads: bool = False

    def subject(self, request: HttpRequest) -> str:
        """By whom it is counted, so that nobody fills the trail."""
        if self.user is not None:
            return f"user:{self.user.pk}"
        return f"target:{self.action}:{self.target.pk}" if self.target else f"address:{network_of(request)}"


_remembered: ContextVar[list[Refusal] | None] = ContextVar("refusals", default=None)


def remember(action: str, reason: str, **more: Any) -> None:
    """Have it written down when the request is over. `more`: the other fields of a refusal."""
    remembered = _remembered.get()
    if remembered is not None:
        remembered.append(Refusal(action, reason, **more))


class RefusalsMiddleware:
    """Writes down what was refused, outside of the transaction that it was refused in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        remembered: list[Refusal] = []
        token = _remembered.set(remembered)
        try:
            return self.get_response(request)
        finally:
            _remembered.reset(token)
            for refusal in dict.fromkeys(remembered):
                if refusal.of_reads or request.method not in READS:
                    _write_down(request, refusal)


def _write_down(request: HttpRequest, refusal: Refusal) -> None:
    (count,) = rates.take(("refusals", refusal.subject(request)))
    if not count.is_open:
        return
    try:
        with tenancy.tenant(user_id=refusal.user.pk if refusal.user else None):
            audit.record(
                actor=None,
                user=refusal.user,
                action=refusal.action,
                target=refusal.target,
                workspace=refusal.workspace,
                reason=refusal.reason,
            )
    except DatabaseError:  # the answer stands, whatever becomes of the note
        log.exception("a refusal could not be written down", action=refusal.action)
