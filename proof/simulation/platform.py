"""The simulated platforms and what is really public on them: the truth that the verdict is read from.

Three kinds, by how an unknown outcome can be settled: `list` shows the account's posts, late (as X); `steps` publishes a
container that was made before, at most once each, and tells its state (as Instagram); `blind` shows nothing.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from social.contract import (
    AppBlocked,
    NeedsReauth,
    NotSent,
    PlatformError,
    Proof,
    RateLimited,
    Refused,
    Settled,
    Settlement,
    Unknown,
)

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("list", "list", "steps", "blind")
CHECK_AFTER_SECONDS = (2.0, 10.0, 30.0, 120.0)
CALL_SECONDS = 30.0
Steps = Generator[float, None, None]

# What may happen to a committing call: how often in trouble, and whether it becomes public.
FATES: tuple[tuple[str, float], ...] = (
    ("ok", 0.62),
    ("not_reached", 0.04),
    ("refused", 0.02),
    ("token_dead", 0.02),
    ("rate_limited", 0.02),
    ("app_blocked", 0.01),
    ("reset_before", 0.03),
    ("reset_after", 0.05),
    ("timeout_lost", 0.03),
    ("timeout_after", 0.05),
    ("late", 0.05),
    ("error_before", 0.02),
    ("error_after", 0.03),
    ("garbage", 0.01),
)
NAMES, WEIGHTS = [name for name, _ in FATES], [weight for _, weight in FATES]
PUBLIC = frozenset({"ok", "reset_after", "timeout_after", "late", "error_after", "garbage"})


def moment(at: float) -> datetime:
    return EPOCH + timedelta(seconds=at)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is public."""

    at: float
    publication: int
    part: int
    version: int
    connection: int
    remote_id: str
    visible_at: float


@dataclass(slots=True)
class Call:
    """A committing call on its way, and what it came to on the platform."""

    publication: int
    part: int
    version: int
    connection: int
    kind: str
    container: str = ""
    remote_id: str = ""
    duplicate: bool = False


@dataclass(slots=True)
class Container:
    """What a repeatable step made. Published at most once, and not after it expired."""

    expires_at: float
    remote_id: str = ""


class Platforms:
    """All accounts of all kinds. `later(delay, action)` lets something happen on the network, whoever dies meanwhile."""

    def __init__(
        self, draw: Random, clock: Callable[[], float], later: Callable[[float, Callable[[], None]], None]
    ) -> None:
        self.draw = draw
        self.clock = clock
        self.later = later
        self.ledger: list[Entry] = []
        self.containers: dict[str, Container] = {}
        self.dead_tokens: set[int] = set()
        self.filters_duplicates = draw.random() < 0.5
        self.trouble = True
        self.faults = 0
        self.travelling = 0

    # -- committing ------------------------------------------------------------------------------------------------

    def commit(self, call: Call) -> Generator[float, None, Proof]:
        """Send it: the proof, or an error as an adapter words it. Raises PlatformError."""
        fate = self._fate(call)
        if fate in PUBLIC:
            travels = self.draw.uniform(CALL_SECONDS, 400.0) if fate == "late" else self.draw.uniform(0.01, 1.0)
            self.travelling += 1
            self.later(travels, lambda: self._arrive(call))
        yield CALL_SECONDS if fate in {"timeout_lost", "timeout_after", "late"} else self.draw.uniform(1.0, 2.5)
        if fate == "ok" and call.remote_id:
            return Proof(call.remote_id, f"https://sim.example/{call.remote_id}", {"http_status": 201})
        if fate == "ok":
            raise Refused("No.", code="duplicate" if call.duplicate else "expired", http_status=403)
        raise self._error(fate)

    def _fate(self, call: Call) -> str:
        if call.connection in self.dead_tokens:
            return "token_dead"
        fate = self.draw.choices(NAMES, WEIGHTS)[0] if self.trouble else "ok"
        self.faults += fate != "ok"
        if fate == "token_dead":
            self.dead_tokens.add(call.connection)
        return fate

    def _arrive(self, call: Call) -> None:
        """The request reaches the platform: this is the moment at which something becomes public."""
        self.travelling -= 1
        now, container = self.clock(), self.containers.get(call.container)
        if container is not None and (container.remote_id or container.expires_at <= now):
            call.remote_id = container.remote_id  # publishing it again is the same post; nothing, once it expired
            return
        same = (entry for entry in self.ledger if entry.publication == call.publication and entry.part == call.part)
        if self.filters_duplicates and container is None and any(entry.version == call.version for entry in same):
            call.duplicate = True
            return
        call.remote_id = f"{call.kind}{len(self.ledger) + 1}"
        if container is not None:
            container.remote_id = call.remote_id
        visible = now + (self.draw.uniform(0, 60) if self.draw.random() < 0.3 else 0.0)
        self.ledger.append(
            Entry(now, call.publication, call.part, call.version, call.connection, call.remote_id, visible)
        )

    def _error(self, fate: str) -> PlatformError:
        if fate == "not_reached":
            return NotSent("Not reached.", code="not_reached")
        if fate == "refused":
            return Refused("No.", code="policy", http_status=400)
        if fate == "token_dead":
            return NeedsReauth("Ended.", code="unauthorized", http_status=401)
        until = moment(self.clock() + self.draw.uniform(5, 120))
        if fate == "rate_limited":
            return RateLimited("Too many.", until=until, http_status=429)
        if fate == "app_blocked":
            return AppBlocked("Out of credits.", until=until, http_status=402)
        return Unknown("No usable answer.", code=fate, http_status=503 if fate.startswith("error") else None)

    # -- repeatable steps and reading -------------------------------------------------------------------------------------

    def create_container(self) -> Generator[float, None, str]:
        """A repeatable step. Raises NotSent, Refused."""
        yield self.draw.uniform(0.2, 90.0 if self.trouble and self.draw.random() < 0.1 else 3.0)
        if self.trouble and self.draw.random() < 0.08:
            self.faults += 1
            raise NotSent("The upload failed.", code="upload") if self.draw.random() < 0.8 else Refused("Not this.")
        name = f"c{len(self.containers) + 1}"
        self.containers[name] = Container(self.clock() + self.draw.uniform(150, 900))
        return name

    def still_good(self, name: str) -> bool:
        """Whether a container lives long enough to be published now."""
        return self.containers[name].expires_at - self.clock() > 2 * CALL_SECONDS

    def settle(self, call: Call, taken: frozenset[str]) -> Generator[float, None, Settlement]:
        """Look for an outcome by reading only. A list that does not show it proves nothing; a container's state does."""
        yield self.draw.uniform(0.1, 5.0)
        if (self.trouble and self.draw.random() < 0.15) or call.connection in self.dead_tokens:
            self.faults += 1
            return Settlement(Settled.NOT_SEEN, note="could not look")
        if call.kind == "blind":
            return Settlement(Settled.NOT_SEEN)
        if call.kind == "steps":
            return self._of_container(self.containers[call.container])
        seen = [
            entry.remote_id
            for entry in self.ledger
            if entry.publication == call.publication
            and entry.part == call.part
            and entry.visible_at <= self.clock()
            and entry.remote_id not in taken
        ]
        if not seen:
            return Settlement(Settled.NOT_SEEN)
        proof = Proof(seen[0], f"https://sim.example/{seen[0]}")
        return Settlement(Settled.FOUND, proof) if len(seen) == 1 else Settlement(Settled.SEVERAL)

    def _of_container(self, container: Container) -> Settlement:
        if container.remote_id:
            return Settlement(Settled.FOUND, Proof(container.remote_id, f"https://sim.example/{container.remote_id}"))
        expired = container.expires_at <= self.clock()  # strong proof: it can have no effect any more
        return Settlement(Settled.ABSENT if expired else Settled.NOT_SEEN)

    def count(self, publication: int, part: int) -> int:
        return sum(entry.publication == publication and entry.part == part for entry in self.ledger)
