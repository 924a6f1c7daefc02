"""Faults on demand: what may go wrong between a client and a platform, armed by hand or by a chaos run."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.calls import Call
from sandbox.store import Row, Store

KINDS: dict[str, str] = {
    "accept_then_hang": "does it, then never answers (hang_seconds)",
    "accept_then_reset": "does it, then resets the connection",
    "accept_then_5xx": "does it, then says that it failed (status, html)",
    "garbage_200": "does it, then answers 200 with an unparsable body",
    "cut_stream": "does it, then tears the answer off (after: so many pieces)",
    "silent_stream": "does it, then says nothing more in the middle (after: so many pieces, seconds)",
    "missing_id": "does it, then answers without the id (effect: false for not doing it)",
    "late_delivery": "fails at once (reset, or status), does it later (seconds)",
    "slow": "waits, then goes on as normal (seconds)",
    "hang": "never answers, does nothing (hang_seconds)",
    "reset": "resets the connection, does nothing",
    "reject_5xx": "fails and does nothing (status)",
    "reject_503_documented": "the platform's own 'over capacity' answer, does nothing",
    "html_502": "an HTML page from the edge, does nothing (effect: true for doing it)",
    "rate_limit": "refuses with the rate limit answer (seconds until the reset; period: Daily or Monthly cap)",
    "credits_depleted": "refuses: the app has no credits left",
    "unauthorized": "refuses the token once, the grant lives on",
    "token_revoked": "kills the grant, then refuses",
    "suspended": "refuses: the account is suspended",
    "refuse": "refuses in the platform's own form (status, code, subcode, message)",
}
# Faults of the answer alone: the request must first be accepted, else they stay armed for one that is.
AFTER_EFFECT = frozenset(
    {"accept_then_hang", "accept_then_reset", "accept_then_5xx", "garbage_200", "cut_stream", "silent_stream"}
)


class UnknownFault(ValueError):
    """The kind does not exist or a value has the wrong form."""


@dataclass(frozen=True)
class Fault:
    """`times` is how often it still fires; -1 means for ever."""

    id: int
    platform: str
    operation: str
    kind: str
    times: int
    username: str | None
    match_text: str | None
    params: dict[str, Any]
    fired: int

    @property
    def has_effect(self) -> bool:
        """Whether the request is carried out although the caller will not be told properly."""
        if self.kind in AFTER_EFFECT:
            return True
        return bool(self.params.get("effect", self.kind == "missing_id")) and self.kind in {"html_502", "missing_id"}

    def seconds(self, name: str, default: float) -> float:
        return float(self.params.get(name, default))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _fault(row: Row) -> Fault:
    return Fault(**{**dict(row), "params": json.loads(row["params"])})


class Faults:
    def __init__(self, store: Store) -> None:
        self._store = store
        # Most calls meet no fault: a cached list spares them the query.
        self._armed: list[Fault] = []
        self.reload()

    def add(self, values: dict[str, Any]) -> Fault:
        """Arm a fault from its JSON form; raises UnknownFault."""
        kind = values.get("kind")
        if kind not in KINDS:
            raise UnknownFault(f"kind must be one of: {', '.join(KINDS)}.")
        unknown = set(values) - {"platform", "operation", "kind", "times", "username", "match_text", "params"}
        if unknown:
            raise UnknownFault(f"Unknown: {', '.join(sorted(unknown))}.")
        params = values.get("params", {})
        if not isinstance(params, dict):
            raise UnknownFault("params must be an object.")
        fault_id = self._store.insert(
            "fault",
            {
                "platform": str(values.get("platform") or "*"),
                "operation": str(values.get("operation") or "*"),
                "kind": kind,
                "times": int(values.get("times", 1)),
                "username": values.get("username"),
                "match_text": values.get("match_text"),
                "params": json.dumps(params),
            },
        )
        self.reload()
        return next(fault for fault in self.all() if fault.id == fault_id)

    def all(self) -> list[Fault]:
        return [_fault(row) for row in self._store.all("select * from fault order by id")]

    def remove(self, fault_id: int) -> bool:
        removed = self._store.execute("delete from fault where id = ?", [fault_id]).rowcount
        self.reload()
        return bool(removed)

    def clear(self, platform: str | None = None) -> None:
        self._store.execute("delete from fault where ? is null or platform = ?", [platform, platform])
        self.reload()

    def match(self, call: Call) -> Fault | None:
        """The oldest armed fault that fits the call."""
        return next((fault for fault in self._armed if self._fits(fault, call)), None)

    def spend(self, fault: Fault) -> None:
        """Count one firing. Spent faults stay listed, with times 0, until removed."""
        self._store.execute(
            "update fault set fired = fired + 1, times = case when times > 0 then times - 1 else times end"
            " where id = ?",
            [fault.id],
        )
        self.reload()

    @staticmethod
    def _fits(fault: Fault, call: Call) -> bool:
        if fault.platform not in ("*", call.platform) or fault.operation not in ("*", call.operation):
            return False
        username = call.actor.account.username if call.actor else ""
        if fault.username is not None and fault.username.lower() != username.lower():
            return False
        return fault.match_text is None or fault.match_text in call.text

    def reload(self) -> None:
        """Read the armed faults anew, after a write or a rollback."""
        self._armed = [_fault(row) for row in self._store.all("select * from fault where times <> 0 order by id")]
