"""What passes through the sandbox's API doors: operations, calls, replies."""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from sandbox.accounts import Account
    from sandbox.world import World


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


@dataclass(frozen=True)
class Actor:
    """Who calls: the account, the app it came through, and what it was allowed."""

    account: "Account"
    client_id: str
    consent_id: int
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Upload:
    """A multipart body: its fields, and the file part streamed to disk."""

    fields: dict[str, str]
    file: Path | None = None
    file_size: int = 0


@dataclass
class Call:
    """One API request as a handler sees it: the body is read, the caller identified."""

    world: "World"
    platform: str
    operation: str
    method: str
    path: str
    url: str
    query: list[tuple[str, str]]
    path_params: dict[str, str]
    headers: Headers
    body: bytes = b""
    body_sha256: str = ""
    upload: Upload | None = None
    is_too_large: bool = False
    actor: Actor | None = None
    at_first_byte: float = 0.0
    target: str = ""  # path and query as they were sent, with their percent signs
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> "Account":
        """The caller's account; only for operations that demand a user."""
        if self.actor is None:
            raise LookupError(f"{self.operation} was called without a user")
        return self.actor.account

    @property
    def text(self) -> str:
        """Every string of the body, unescaped, for faults that match on it."""
        raw = self.body.decode("utf-8", "replace")
        try:
            return "\n".join(_strings(json.loads(raw)))
        except ValueError:
            return raw


@dataclass(frozen=True)
class Stream:
    """A body that comes in pieces, with pauses between them. After `breaks_after` pieces it is silent, then torn off."""

    pieces: tuple[bytes, ...]
    pause_seconds: float = 0.0
    breaks_after: int | None = None
    silent_seconds: float = 0.0
    ended: Callable[[int], None] = field(default=lambda _sent: None)  # told how many pieces were sent


@dataclass(frozen=True)
class Reply:
    """An answer. `body` is JSON-serialisable, bytes are sent as they are. `effect` goes to the ledger."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    effect: dict[str, Any] | None = None
    stream: Stream | None = None

    def content(self) -> bytes:
        if self.stream is not None:
            return b"".join(self.stream.pieces)
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Hang:
    """No answer until the caller goes away or the seconds are over; then the connection closes."""

    seconds: float
    effect: dict[str, Any] | None = None


@dataclass(frozen=True)
class Reset:
    """The connection is torn down with a TCP reset."""

    effect: dict[str, Any] | None = None


Answer = Reply | Hang | Reset


class Problem(Exception):
    """A refusal: nothing happened but this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status}: {reply.body}")
        self.reply = reply


@dataclass(frozen=True)
class Limit:
    """`requests` per `seconds`, counted per account or per app, told in headers that begin with `header` (none: not told)."""

    requests: int
    seconds: int
    per: Literal["user", "app"] = "user"
    header: str = "x-rate-limit"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One endpoint. `handle` runs inside the transaction that also writes the ledger, so it must not await."""

    name: str
    method: str
    path: str
    handle: Callable[[Call], Reply]
    identify: Callable[[Call], Actor | None]
    limits: tuple[Limit, ...] = ()
    max_body: int = 1024 * 1024
    creates: bool = False
    name_of: Callable[[Call], str] | None = None
    prepare: Callable[[Call], Awaitable[None]] | None = None
    to_disk: bool = False  # the body is a file
    broken: Callable[[Call], None] | None = None  # what to do with the beginning of a body whose rest never came
