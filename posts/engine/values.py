"""What the engine's parts hand to each other."""

from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any

from social.contract import Account, Proof, Variant


@dataclass(frozen=True)
class Claim:
    """A leased publication. Every write about it names the fence; with an older one it changes nothing."""

    id: int
    fence: int
    connection_id: int
    workspace_id: int
    platform: str
    due_at: datetime | None
    late_seconds: float = 0.0


@dataclass(frozen=True)
class Attempted:
    """An earlier try, as the journal has it."""

    step: str
    fence: int
    status: str
    disproved: bool
    code: str
    started_at: datetime
    remote_id: str
    remote_url: str


@dataclass(frozen=True)
class Work:
    """A claim with everything that its steps need, read once, after the lease."""

    claim: Claim
    variant: Variant
    digest: str
    tries: int
    traits: dict[str, Any]
    account: Account | None  # None: its token has to be looked after first
    attempts: tuple[Attempted, ...] = ()
    checks: int = 0
    missed_seconds: float = inf  # later than this it is not sent without asking
    taken: frozenset[str] = field(default_factory=frozenset)
    unreadable: str = ""  # why its rows could not be read; then nothing else here means anything but the claim

    def committed(self) -> list[Proof]:
        """Proofs of the parts that are public, in order, without a gap."""
        ok = {a.step: a for a in self.attempts if a.status == "ok" and not a.disproved}
        proofs: list[Proof] = []
        while (done := ok.get(step_name(len(proofs) + 1))) is not None:
            proofs.append(Proof(remote_id=done.remote_id, remote_url=done.remote_url))
        return proofs

    def open_attempt(self) -> Attempted | None:
        """The committing call whose outcome is not known."""
        for attempt in reversed(self.attempts):
            if (
                attempt.status in {"intent", "ambiguous"}
                and not attempt.disproved
                and attempt.step.startswith("commit:")
            ):
                return attempt
        return None


def step_name(number: int) -> str:
    return f"commit:{number}"
