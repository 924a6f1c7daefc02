"""`Idempotency-Key` on every POST of the API: whoever asks twice, because an answer got lost, acts once.

A success and its key commit in one transaction, so neither exists without the other. A refused request changed nothing and
is not kept. While the first request is at work, PostgreSQL's advisory lock on the key says so; it ends with the transaction,
however that ends. Views that work outside one transaction (uploads: `OutsideTransaction`) hold the key by a row instead.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from multivio import tenancy
from multivio.errors import Conflict, DomainError
from multivio.models import IdempotencyKey

if TYPE_CHECKING:
    from rest_framework.views import APIView as _Base
else:
    _Base = object

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
# A request that holds its key by a row and never came back: its process is gone by then.
GIVEN_UP = timedelta(hours=1)
LONGEST = 255
KEPT_HEADERS = ("Location", "ETag")


class BadKey(DomainError):
    status = 400
    code = "bad_idempotency_key"


class KeyReused(DomainError):
    status = 422
    code = "idempotency_key_reused"


@dataclass(frozen=True)
class Held:
    """A key that this request holds until its answer is known."""

    user_id: int
    workspace_id: int
    key: str
    fingerprint: str


class Replay(Exception):
    """The request was answered before: this is that answer."""

    def __init__(self, row: IdempotencyKey) -> None:
        super().__init__(row.key)
        headers = {**row.headers, REPLAYED: "true"}
        self.response = Response(json.loads(row.body) if row.body else None, status=row.status, headers=headers)


class IdempotentMixin(_Base):
    """Put it first among the bases of an API view. GET, PUT, PATCH and DELETE are repeatable by themselves."""

    _held: Held | None = None
    # Fields of the answer that must not be stored, such as a secret that is shown once. A repeated answer has null there.
    shown_once: tuple[str, ...] = ()

    @property
    def _holds_by_row(self) -> bool:
        return getattr(self, "outlives_transaction", False)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        actor = getattr(request, "actor", None)
        if request.method == "POST" and key is not None and actor is not None:
            _check(key)
            held = Held(actor.user.pk, actor.workspace.pk, key, fingerprint(request))
            with _context(held, own=self._holds_by_row):
                hold(held, by_row=self._holds_by_row)
            self._held = held

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Replay):
            return exc.response
        try:
            return super().handle_exception(exc)
        except Exception:  # whatever it was, it goes on to the caller: the key is only given back first
            self._release()
            raise

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if response.status_code < 300 and self._held is not None:
            with _context(self._held, own=self._holds_by_row):
                keep(self._held, response, without=self.shown_once)
        else:
            self._release()
        return super().finalize_response(request, response, *args, **kwargs)

    def _release(self) -> None:
        """Give the key back after a refusal. In a transaction there is nothing to give back: the lock ends with it."""
        if self._held is not None and self._holds_by_row:
            with _context(self._held, own=True):
                release(self._held)


def fingerprint(request: Request) -> str:
    """SHA-256 over method, path and the parsed body: the same request in another spelling of JSON is the same request."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    if isinstance(data, MultiValueDict):
        shape: Any = [[name, [_shape(value) for value in data.getlist(name)]] for name in sorted(data)]
    else:
        shape = data
    digest.update(json.dumps(shape, sort_keys=True).encode())
    return digest.hexdigest()


def _shape(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return ["file", digest.hexdigest()]


def hold(held: Held, *, by_row: bool) -> None:
    """Take the key. Raises Replay when it was answered, Conflict while it is at work, KeyReused for another request."""
    with connection.cursor() as cursor:
        name = f"{held.workspace_id}:{held.key}"
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (free,) = cursor.fetchone()
    if not free:
        raise _at_work()
    row = _rows(held).first()
    if row is not None and not _is_over(row):
        _answer(held, row)
    elif row is not None:
        row.delete()
    if by_row:
        IdempotencyKey.objects.create(workspace_id=held.workspace_id, key=held.key, fingerprint=held.fingerprint)


def keep(held: Held, response: Response, *, without: Sequence[str] = ()) -> None:
    """Store the answer of a request that succeeded, in the transaction of what it did; fields in `without` as null."""
    data = {**response.data, **dict.fromkeys(without)} if without else response.data
    IdempotencyKey.objects.update_or_create(
        workspace_id=held.workspace_id,
        key=held.key,
        defaults={
            "fingerprint": held.fingerprint,
            "status": response.status_code,
            "body": JSONRenderer().render(data).decode() if data is not None else "",
            "headers": {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
        },
    )


def release(held: Held) -> None:
    """Let the key go that a request holds by a row: it came to nothing."""
    _rows(held).filter(status=None).delete()


def purge() -> int:
    """Delete the answers that are no longer kept; says how many."""
    with tenancy.system("purge idempotency keys"):
        deleted, _by_model = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted


def _check(key: str) -> None:
    if not (1 <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise BadKey(f"An Idempotency-Key has 1 to {LONGEST} printable ASCII characters, such as a UUID.")


def _rows(held: Held) -> Any:
    return IdempotencyKey.objects.filter(workspace_id=held.workspace_id, key=held.key)


def _is_over(row: IdempotencyKey) -> bool:
    return row.created_at < timezone.now() - (KEPT if row.status else GIVEN_UP)


def _answer(held: Held, row: IdempotencyKey) -> None:
    if row.fingerprint != held.fingerprint:
        raise KeyReused("This Idempotency-Key was used for another request. Take a new one for each thing you do.")
    if row.status is None:
        raise _at_work()
    raise Replay(row)


def _at_work() -> Conflict:
    return Conflict("The first request with this Idempotency-Key is still at work.", code="request_in_flight")


@contextmanager
def _context(held: Held, *, own: bool) -> Iterator[None]:
    """A short transaction of its own, or a part of the request's."""
    if own:
        with tenancy.tenant(user_id=held.user_id, workspace_id=held.workspace_id):
            yield
    else:
        with transaction.atomic():
            yield
