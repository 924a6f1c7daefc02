"""Errors with a sentence that a person can read. Services raise them; every door turns them into its own shape once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what somebody sent: where (a field path such as `parts.0.text`), a code, a sentence."""

    field: str
    code: str
    message: str
    severity: str = "error"  # or "warning": does not stop anything
    connection: str = ""  # uid of the connection it applies to, when only one of several is affected


class DomainError(Exception):
    """Something a person asked for cannot be done. `status` is what the API answers."""

    status = 400
    code = "invalid"
    retry_after = 0  # seconds, where waiting helps

    def __init__(
        self, message: str, *, code: str = "", problems: Sequence[Problem] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.problems = list(problems)
        self.extra = dict(extra or {})  # more members of the API's answer, such as the limit that was met


class Invalid(DomainError):
    """What was sent does not fit; `problems` says where."""

    status = 422
    code = "invalid"

    @classmethod
    def because(cls, problems: Sequence[Problem]) -> "Invalid":
        return cls(problems[0].message, code=problems[0].code, problems=problems)


class NotFound(DomainError):
    status = 404
    code = "not_found"


class Forbidden(DomainError):
    status = 403
    code = "forbidden"


class Conflict(DomainError):
    """The thing is no longer in the state in which this can be done."""

    status = 409
    code = "conflict"


class Stale(DomainError):
    """Somebody else changed it since it was read."""

    status = 412
    code = "stale"


class NotInPlan(DomainError):
    """The workspace's plan does not allow it, or has to be paid first."""

    status = 402
    code = "not_in_plan"
