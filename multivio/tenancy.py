"""Who is asking, told to PostgreSQL: row-level security by a context that lives exactly as long as one transaction.

Three doors, each opens a transaction: `tenant()` for a user in a workspace, `system()` for work across workspaces, and
`TenantMiddleware` for requests. Without any of them the tenant tables answer with no rows, never with all rows. The
context is set with `set_config(…, true)`: nothing of it survives on a pooled connection.

Row-level security stops forgotten filters and guessed ids. It does not stop SQL injection, since any SQL can set the
context: parametrised SQL stays a rule of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog
from celery import Task
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

log = structlog.get_logger(__name__)
SYSTEM_ROLE = "mv_system"
HEADER = "multivio_context"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Context:
    user_id: int | None = None
    workspace_id: int | None = None
    system: str = ""  # the reason, when the system role is in force


_current: ContextVar[Context | None] = ContextVar("tenancy", default=None)


def current() -> Context:
    return _current.get() or Context()


def _apply(context: Context, before: Context, *, is_known: bool = False) -> None:
    """`is_known`: PostgreSQL was told of `before` in this transaction, so what stays the same need not be said again."""
    stays = is_known and (context.user_id, context.workspace_id) == (before.user_id, before.workspace_id)
    with connection.cursor() as cursor:
        if not stays:
            cursor.execute(
                "select set_config('app.user_id', %s, true), set_config('app.workspace_id', %s, true)",
                [str(context.user_id or ""), str(context.workspace_id or "")],
            )
        if bool(context.system) != bool(before.system):
            cursor.execute(f"set local role {SYSTEM_ROLE}" if context.system else "reset role")


@contextmanager
def _open(context: Context) -> Iterator[None]:
    before = current()
    token = _current.set(context)
    # Nothing outlives a transaction, so in a new one nobody is asking until somebody is named.
    is_inside = connection.in_atomic_block
    is_known_empty = context == Context() and not is_inside
    try:
        with transaction.atomic():
            if not is_known_empty:
                _apply(context, before, is_known=is_inside)
            yield
            # A failure rolls the savepoint back and the old context with it; on success it has to be put back by hand.
            if connection.savepoint_ids and not connection.needs_rollback:
                _apply(before, current(), is_known=True)
    finally:
        _current.reset(token)


@contextmanager
def tenant(*, user_id: int | None, workspace_id: int | None = None) -> Iterator[None]:
    """Open a transaction in which `user_id` acts, in `workspace_id` when given."""
    with _open(Context(user_id=user_id, workspace_id=workspace_id)):
        yield


@contextmanager
def system(reason: str) -> Iterator[None]:
    """Open a transaction as the system role, which sees every workspace. `reason` goes to the log."""
    log.debug("system context", reason=reason)
    with _open(replace(current(), system=reason)):
        yield


def identify(*, user_id: int | None, workspace_id: int | None, is_told: bool = False) -> None:
    """Say who asks in the transaction that is already open (an API key is read only after the request began).

    `is_told`: PostgreSQL knows already, from mv_enter_workspace().
    """
    if not connection.in_atomic_block:
        raise RuntimeError("identify() needs an open transaction: use tenant()")
    before = current()
    context = Context(user_id=user_id, workspace_id=workspace_id, system=before.system)
    _current.set(context)
    if not is_told:
        _apply(context, before)


def outside_transaction(view: F) -> F:
    """Mark a view that calls the network: it opens its own short contexts instead of holding one transaction."""
    view.outside_transaction = True  # type: ignore[attr-defined]
    return transaction.non_atomic_requests(view)


class TenantMiddleware:
    """One transaction with the signed-in user's context around every view that does not opt out.

    A view that fails is turned into a response before it gets here, so the status decides: 500 and above rolls back.
    Django's admin works across workspaces and therefore as the system role, for staff only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if getattr(match.func, "outside_transaction", False):
            return self.get_response(request)
        user_id = request.user.pk if request.user.is_authenticated else None
        if match.app_name == "admin" and request.user.is_staff:
            context = Context(user_id=user_id, system="admin")
        else:
            context = Context(user_id=user_id)
        with _open(context):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


class TenantTask(Task[Any, Any]):
    """Base of every Celery task: the caller's user and workspace travel in a header and are in force in the worker.

    A task that calls the network says `carries_context=False` and opens short contexts of its own.
    """

    abstract = True
    carries_context = True

    def apply_async(self, args: Any = None, kwargs: Any = None, *positional: Any, **options: Any) -> Any:
        context = current()
        if self.carries_context and (context.user_id or context.workspace_id):
            headers = {**(options.get("headers") or {}), HEADER: [context.user_id, context.workspace_id]}
            options["headers"] = headers
        return super().apply_async(args, kwargs, *positional, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        carried = getattr(self.request, HEADER, None) or (self.request.headers or {}).get(HEADER)
        if not carried:
            return super().__call__(*args, **kwargs)
        with tenant(user_id=carried[0], workspace_id=carried[1]):
            return super().__call__(*args, **kwargs)
