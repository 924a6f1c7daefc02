"""Fixed-window rate limits, counted in the database so that a restart forgives nothing."""

from dataclasses import dataclass

from sandbox.calls import Call, Limit
from sandbox.clock import Clock
from sandbox.store import Store


@dataclass(frozen=True)
class Allowance:
    """`headers` belong on every reply; `exceeded` is the window that refuses this call, if one does."""

    headers: dict[str, str]
    exceeded: Limit | None
    resets_at: float


class Rates:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self, call: Call, limits: tuple[Limit, ...], *, enforced: bool) -> Allowance:
        """Count this call in each of its windows. Calls without a user are told the limits but not counted."""
        headers: dict[str, str] = {}
        exceeded: Limit | None = None
        resets_at = self._clock.now()
        for limit in limits:
            used, reset = self._count(call, limit) if call.actor else (0, self._clock.now() + limit.seconds)
            if limit.header:
                headers[f"{limit.header}-limit"] = str(limit.requests)
                headers[f"{limit.header}-remaining"] = str(max(0, limit.requests - used))
                headers[f"{limit.header}-reset"] = str(int(self._clock.wall(reset)) + 1)  # rounded up: never early
            if enforced and used > limit.requests and exceeded is None:
                exceeded, resets_at = limit, reset
        return Allowance(headers, exceeded, resets_at)

    def _count(self, call: Call, limit: Limit) -> tuple[int, float]:
        assert call.actor is not None  # noqa: S101 - narrowed by take()
        who = call.actor.account.id if limit.per == "user" else call.actor.client_id
        bucket = f"{call.platform}:{call.operation}:{limit.per}:{who}:{limit.seconds}"
        now = self._clock.now()
        row = self._store.one(
            "insert into rate_window values (?, ?, 1) on conflict (bucket) do update set"
            " used = case when started_at + ? <= ? then 1 else used + 1 end,"
            " started_at = case when started_at + ? <= ? then ? else started_at end returning used, started_at",
            [bucket, now, limit.seconds, now, limit.seconds, now, now],
        )
        return (row["used"], row["started_at"] + limit.seconds) if row else (1, now + limit.seconds)

    def clear(self, platform: str | None) -> None:
        self._store.execute("delete from rate_window where ? is null or bucket like ? || ':%'", [platform, platform])
