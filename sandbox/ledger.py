"""The independent witness: one row per API request, written in the transaction of its effect."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.store import Row, Store


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`at` is when the effect was decided and `at_first_byte` when the request arrived, both in real epoch seconds.

    `status` is None where no answer was meant to be sent. `concurrent` counts the other create requests of the same
    account that were in progress at `at`.
    """

    at: float
    at_first_byte: float
    platform: str
    operation: str
    method: str
    path: str
    username: str | None
    account_id: str | None
    client_id: str | None
    status: int | None
    effect: dict[str, Any] | None
    request_sha256: str
    fault: str | None
    concurrent: int


def _as_json(row: Row) -> dict[str, Any]:
    return dict(row) | {"effect": None if row["effect"] is None else json.loads(row["effect"])}


class Ledger:
    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, entry: Entry) -> int:
        values = dict(vars(entry))
        if entry.effect is not None:
            values |= {"effect": json.dumps(entry.effect), "effect_at": entry.at}
        return self._store.insert("ledger", values)

    def set_effect(self, entry_id: int, effect: dict[str, Any] | None, at: float) -> None:
        """An effect that came after the answer."""
        encoded = None if effect is None else json.dumps(effect)
        self._store.execute("update ledger set effect = ?, effect_at = ? where id = ?", [encoded, at, entry_id])

    def rows(
        self, *, platform: str | None = None, operation: str | None = None, since_id: int = 0, limit: int = 1000
    ) -> list[dict[str, Any]]:
        """Rows after `since_id`, oldest first."""
        rows = self._store.all(
            "select * from ledger where id > ? and (? is null or platform = ?) and (? is null or operation = ?)"
            " order by id limit ?",
            [since_id, platform, platform, operation, operation, limit],
        )
        return [_as_json(row) for row in rows]

    def latest(
        self, *, platform: str | None, operation: str | None, username: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Newest first, for people."""
        rows = self._store.all(
            "select * from ledger where (? is null or platform = ?) and (? is null or operation = ?)"
            " and (? is null or username = ?) order by id desc limit ?",
            [platform, platform, operation, operation, username, username, limit],
        )
        return [_as_json(row) for row in rows]

    def summary(self) -> list[Row]:
        return self._store.all(
            "select platform, operation, count(*) as requests, count(effect) as effects, count(fault) as faults,"
            " sum(status between 200 and 299) as accepted, max(at) as last_at"
            " from ledger group by platform, operation order by platform, requests desc"
        )

    def clear(self, platform: str | None = None) -> None:
        self._store.execute("delete from ledger where ? is null or platform = ?", [platform, platform])
