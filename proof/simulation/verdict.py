"""What a schedule came to: the invariants, read from what the platforms made public, what left, and what the rows say.

A person who said "it is not there, publish again" took the risk of a second copy, and one who said "it is there" that of
none: such copies are counted, but apart.
"""

from dataclasses import dataclass, field

from posts.engine.model import Row
from posts.engine.values import step_name
from posts.states import State
from proof.simulation.simulation import AT_REST, Simulation

WRONGS = (
    "duplicates",  # the same part is public twice, and nobody asked for it
    "lost",  # not public, and at rest in a state that nobody chose and that tells nobody
    "false_published",  # published, but a part is not
    "stuck",  # neither public nor visible to anybody after everything had time
    "untold",  # public, but its row says something else
    "wrong_content",  # public in another version than the one that was claimed
    "out_of_order",  # left before an earlier one of its account
    "late_calls",  # left when its lease had no time for it any more
    "ignored_cancels",  # journalled after somebody had asked to stop
)


@dataclass
class Verdict:
    """Counts over one schedule."""

    publications: int = 0
    kills: int = 0
    stops: int = 0
    faults: int = 0
    needs_human: int = 0
    published: int = 0
    human_copies: int = 0
    human_wrong: int = 0
    stalled: int = 0  # calls that left late because their process was stopped just before
    wrongs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WRONGS, 0))

    @property
    def is_clean(self) -> bool:
        return not any(self.wrongs.values())


def judge(sim: Simulation) -> Verdict:
    """Look at a schedule that has run."""
    states = [row.state for row in sim.world.rows.values()]
    verdict = Verdict(
        publications=len(states),
        kills=sim.kills,
        stops=sim.stops,
        faults=sim.platforms.faults + sim.database_faults,
        needs_human=states.count(State.NEEDS_HUMAN),
        published=states.count(State.PUBLISHED),
        human_wrong=sim.told.wrong,
        stalled=sum(call.stalled for call in sim.sent),
    )
    for row in sim.world.rows.values():
        _judge_row(sim, row, verdict)
    verdict.wrongs["wrong_content"] = _wrong_content(sim)
    verdict.wrongs["out_of_order"] = _out_of_order(sim)
    verdict.wrongs["late_calls"] = sum(call.too_late for call in sim.sent)
    verdict.wrongs["ignored_cancels"] = sim.ignored_cancels
    return verdict


def _judge_row(sim: Simulation, row: Row, verdict: Verdict) -> None:
    told, wrongs = sim.told, verdict.wrongs
    parts = sorted({entry.part for entry in sim.platforms.ledger if entry.publication == row.id})
    for part in parts:
        extra = sim.platforms.count(row.id, part) - 1
        asked_for = min(extra, told.not_there[row.id, part])
        verdict.human_copies += asked_for
        wrongs["duplicates"] += extra - asked_for
        wrongs["untold"] += not (_says(row, part) or told.not_there[row.id, part])
    if row.state == State.PUBLISHED:
        wrongs["false_published"] += any(not _is_public(sim, row, part) for part in range(1, row.commits + 1))
    wrongs["stuck"] += row.state not in AT_REST
    nobody = row.state in {State.CANCELLED, State.DRAFT} and row.id not in told.stopped
    silent = row.state in {State.FAILED, State.HELD} and not row.error_code
    wrongs["lost"] += nobody or silent


def _is_public(sim: Simulation, row: Row, part: int) -> bool:
    """Exactly what the row's proof names, unless a person gave their word for it."""
    if sim.told.there[row.id, part]:
        return True
    proven = {a.remote_id for a in row.attempts if a.step == step_name(part) and a.stands and a.status == "ok"}
    return any(e.remote_id in proven for e in sim.platforms.ledger if (e.publication, e.part) == (row.id, part))


def _says(row: Row, part: int) -> bool:
    """Whether the row knows that this part is public, or asks about it."""
    standing = [a for a in row.attempts if a.step == step_name(part) and a.stands]
    return any(a.status == "ok" or row.state == State.NEEDS_HUMAN for a in standing)


def _wrong_content(sim: Simulation) -> int:
    """A call carries the version that its claim found: nobody edits what is being sent."""
    return sum(sim.claimed[call.publication, call.fence] != call.version for call in sim.sent)


def _out_of_order(sim: Simulation) -> int:
    """Of one account, what is due first leaves first. What was claimed twice, planned again or left late because its process
    was stopped has no place in the order: its outcome was in doubt meanwhile, and doubt does not hold up the next post."""
    first = {c.publication: c.at for c in reversed(sim.sent) if c.part == 1 and c.fence == 1 and not c.stalled}
    left = [
        row
        for row in sim.world.rows.values()
        if row.id in first and row.fence == 1 and row.id not in sim.told.replanned
    ]
    left.sort(key=lambda row: row.due_at or 0.0)
    pairs = [(a, b) for i, a in enumerate(left) for b in left[i + 1 :] if a.connection == b.connection]
    return sum(first[a.id] > first[b.id] for a, b in pairs)
