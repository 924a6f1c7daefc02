"""Where a write comes from: the address, browser and API key of the request at work, for the audit trail."""

import ipaddress
import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace

from celery import current_task
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from multivio.visitor import address_of

LONGEST_AGENT = 300


@dataclass(frozen=True)
class Origin:
    """What is known of the request; all of it empty in tasks and commands."""

    address: str = ""
    agent: str = ""
    api_key_id: int | None = None
    visit_id: int | None = None  # a visit of support


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current() -> Origin:
    return _current.get() or Origin()


def by_key(api_key_id: int) -> None:
    """From here on an API key acts in this request."""
    _current.set(replace(current(), api_key_id=api_key_id))


def on_visit(visit_id: int) -> None:
    """From here on support acts in this request, in a workspace that is not theirs."""
    _current.set(replace(current(), visit_id=visit_id))


def leave() -> None:
    """From here on no request is at work."""
    _current.set(None)


def kept_address(address: str) -> str:
    """As much of an address as AUDIT_ADDRESSES lets the trail keep: full, network (/24 or /48) or none."""
    if settings.AUDIT_ADDRESSES == "none":
        return ""
    if settings.AUDIT_ADDRESSES == "full":
        return address
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def task_name() -> str:
    """What runs when nobody asked: a Celery task or a command."""
    if current_task:
        return str(current_task.name)
    return f"manage.py {sys.argv[1]}" if len(sys.argv) > 1 and sys.argv[0].endswith("manage.py") else "multivio"


class OriginMiddleware:
    """Notes where each request comes from, for as long as it lasts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        agent = request.headers.get("User-Agent", "")[:LONGEST_AGENT]
        token = _current.set(Origin(address=address_of(request), agent=agent))
        try:
            return self.get_response(request)
        finally:
            _current.reset(token)
