"""A worker process, step by step: what posts/engine does, with a point after each step at which it can die or be stopped."""

from collections.abc import Callable, Generator

from posts.engine import model, protocol
from posts.engine.model import NotAllowed, Row
from posts.engine.protocol import Item
from posts.engine.values import Attempted, Claim, Work
from posts.states import IN_FLIGHT, State
from proof.simulation.platform import CALL_SECONDS, CHECK_AFTER_SECONDS, KINDS, Call, Steps, moment
from proof.simulation.simulation import LEASE, DatabaseAway, Process, Sent, Simulation
from social.contract import NeedsReauth, NotSent, PlatformError, Proof, Settled, Variant

CAP = 2
MISSED_SECONDS = 900.0
EMPTY = Variant(())
STEP_SECONDS = 0.2  # how far apart two steps of a thread are at most, unless it is stopped
Containers = dict[int, str]  # by part


def boot(sim: Simulation, number: int) -> Process:
    """Start a worker process: the loop that claims, and the one that keeps house."""
    process = Process(number)
    worker = Worker(sim, process)
    sim.start(worker.claim_loop(), process, delay=sim.draw.random())
    sim.start(worker.housekeeping_loop(), process, delay=sim.draw.random() * 8)
    return process


class Worker:
    def __init__(self, sim: Simulation, process: Process) -> None:
        self.sim = sim
        self.process = process
        self.strategy = sim.strategy

    # -- the loops -------------------------------------------------------------------------------------------------

    def claim_loop(self) -> Steps:
        sim = self.sim
        while True:
            yield sim.draw.uniform(0.5, 4.0)
            if not model.claimable(sim.world, now=sim.now):
                continue
            try:
                claimed = yield from sim.database(self._claim)
            except DatabaseAway:
                continue
            for row in claimed:
                sim.start(self._thread(self.publish(row)), self.process)

    def _claim(self) -> list[Row]:
        sim = self.sim
        ready = model.claimable(sim.world, now=sim.now)[: model.room(sim.world, 1, cap=CAP)]
        sim.world, claimed = model.claim(sim.world, [row.id for row in ready], now=sim.now, lease=LEASE)
        for row in claimed:
            sim.claimed[row.id, row.fence] = sim.versions[row.id]
            sim.note(f"worker {self.process.number} claims {row.id} with fence {row.fence}")
        return claimed

    def _thread(self, steps: Steps) -> Steps:
        """A thread of the pool: whatever stops it, the lease says what that means."""
        self.sim.working += 1
        try:
            yield from steps
        except (DatabaseAway, NotAllowed) as error:
            self.sim.note(f"a thread of worker {self.process.number} ends: {error!r}")
        finally:
            self.sim.working -= 1

    def housekeeping_loop(self) -> Steps:
        sim = self.sim
        while True:
            yield sim.draw.uniform(4.0, 10.0)
            try:
                yield from self._keep_house()
            except DatabaseAway:
                continue
            except NotAllowed as error:  # nothing else keeps house in this process any more
                sim.note(f"the housekeeping of worker {self.process.number} ends: {error!r}")
                return

    def _keep_house(self) -> Steps:
        sim = self.sim
        for row_id, fence in sorted(self.process.preparing):
            yield from sim.database(lambda r=row_id, f=fence: self._renew(r, f))  # type: ignore[misc]
        if sim.spool:
            yield from self._hand_in()
        rows = sim.world.rows.values()
        if any(row.lease_until is not None and row.lease_until < sim.now for row in rows) or self._unseen():
            yield from sim.database(self._sweep)
        if any(row.state == State.UNKNOWN and (row.next_check_at or 0.0) <= sim.now for row in rows):
            due = yield from sim.database(self._take_checks)
            for row in due:
                sim.start(self._thread(self.settle(row)), self.process)

    def _unseen(self) -> bool:
        world = self.sim.world
        return any(row.state == State.SCHEDULED and world.lane(row.connection).lost for row in world.rows.values())

    def _renew(self, row_id: int, fence: int) -> None:
        self.sim.world, _ = model.renew(self.sim.world, row_id, fence, now=self.sim.now, lease=LEASE)

    def _sweep(self) -> None:
        before = self.sim.world
        self.sim.world = self.strategy.sweep(before, now=self.sim.now)
        for row in before.rows.values():
            after = self.sim.world.rows[row.id].state
            if after != row.state:
                self.sim.note(f"the sweep takes {row.id} from {row.state} to {after}")

    def _take_checks(self) -> list[Row]:
        taken: list[Row] = []
        for kind in sorted(set(KINDS)):
            self.sim.world, rows = model.take_checks(self.sim.world, kind, CHECK_AFTER_SECONDS, now=self.sim.now)
            taken += rows
        return taken

    # -- outcomes --------------------------------------------------------------------------------------------------

    def record(self, item: Item) -> Generator[float, None, bool]:
        """Store an outcome; while the database is away it goes to the spool. False: the database does not know it yet."""
        try:
            yield from self.sim.database(lambda: self._store(item))
        except DatabaseAway:
            self.sim.spool.append(item)
            self.sim.note(f"{item['kind']} of {item['id']} goes to the spool")
            return False
        return True

    def _store(self, item: Item) -> None:
        self.sim.note(f"record {item['kind']} of {item['step']} of {item['id']}, fence {item['fence']}")
        self.sim.world = self.strategy.record(self.sim.world, item, now=self.sim.now)

    def _hand_in(self) -> Steps:
        for item in list(self.sim.spool):
            yield from self.sim.database(lambda i=item: self._store(i))  # type: ignore[misc]
            if item in self.sim.spool:
                self.sim.spool.remove(item)

    # -- publishing ------------------------------------------------------------------------------------------------

    def publish(self, claimed: Row) -> Steps:
        """One publication's way through its steps (posts/engine/publish.py)."""
        sim = self.sim
        late = sim.now - (claimed.due_at or 0.0)
        row, version = yield from sim.database(lambda: (sim.world.rows[claimed.id], sim.versions[claimed.id]))
        work = work_of(row, fence=claimed.fence)
        try:
            if late > MISSED_SECONDS and not work.committed():
                raise protocol.Missed("Too late.", code="missed_window")
            containers = yield from self._prepare(row, claimed.fence, version)
        except PlatformError as error:
            draw, now = sim.draw.random(), moment(sim.now)
            yield from self.record(protocol.stopped(work, "prepare", error, started_at=now, now=now, draw=draw))
            return
        yield from self._commit_all(row, work, version, containers)

    def _prepare(self, row: Row, fence: int, version: int) -> Generator[float, None, Containers]:
        """Containers, kept in the stash; the housekeeping renews the lease meanwhile."""
        sim = self.sim
        mine: Containers = {}
        if row.platform != "steps":
            return mine
        self.process.preparing.add((row.id, fence))
        try:
            for part in range(row.committed + 1, row.commits + 1):
                kept = sim.containers.get((row.id, part, version))
                if kept is not None and sim.platforms.still_good(kept):
                    mine[part] = kept
                    continue
                mine[part] = yield from sim.platforms.create_container()
                kept_now = yield from sim.database(lambda p=part: self._keep(row.id, fence, p, version, mine[p]))  # type: ignore[misc]
                if not kept_now:
                    raise NotSent("Another worker has taken this over.", code="lease_lost")
        finally:
            self.process.preparing.discard((row.id, fence))
        return mine

    def _keep(self, row_id: int, fence: int, part: int, version: int, container: str) -> bool:
        row = self.sim.world.rows[row_id]
        if self.strategy.fences_stash and (row.fence != fence or row.state not in IN_FLIGHT):
            return False
        self.sim.containers[row_id, part, version] = container
        return True

    def _commit_all(self, row: Row, work: Work, version: int, containers: Containers) -> Steps:
        sim, committed = self.sim, len(work.committed())
        for number in range(committed + 1, row.commits + 1):
            if number > committed + 1:
                yield 1.0
            deadline = sim.now + LEASE - CALL_SECONDS
            going = yield from sim.database(lambda n=number: self._intend(work, n, row.commits))  # type: ignore[misc]
            if not going:
                yield from self.record(
                    protocol.withdrawn(
                        work,
                        live=number - 1,
                        total=row.commits,
                        is_cancelled=sim.world.rows[row.id].cancel_requested,
                    )
                )
                return
            container = containers.get(number, "")
            call = Call(row.id, number, version, row.connection, row.platform, container)
            if not (yield from self._send(row, work, call, deadline)):
                return

    def _intend(self, work: Work, number: int, total: int) -> bool:
        sim, claim = self.sim, work.claim
        if not self.strategy.journals_first:
            return model.renew(sim.world, claim.id, claim.fence, now=sim.now, lease=LEASE)[1]
        before = sim.world.rows[claim.id]
        sim.world, going = self.strategy.intend(
            sim.world, claim.id, claim.fence, number, total, now=sim.now, lease=LEASE
        )
        if going:
            sim.ignored_cancels += before.id in sim.told.cancels
            sim.note(f"worker {self.process.number} journals part {number} of {claim.id}")
        return going

    def _send(self, row: Row, work: Work, call: Call, deadline: float) -> Generator[float, None, Proof | None]:
        sim, number = self.sim, call.part
        checked = sim.now
        try:
            if sim.now > deadline:
                raise NotSent("The database took too long, so it was not sent yet.", code="too_slow")
            yield 0.0
            if not self.strategy.fences_stash:
                call.container = sim.containers.get((row.id, number, call.version), "")
            # A stop between the check and the call is the one thing that nothing can fence.
            stalled = sim.now > checked + STEP_SECONDS
            too_late = sim.now > deadline + STEP_SECONDS and not stalled
            sim.sent.append(Sent(sim.now, row.id, number, work.claim.fence, call.version, too_late, stalled))
            sim.note(f"worker {self.process.number} sends part {number} of {row.id}")
            proof = yield from sim.platforms.commit(call)
        except PlatformError as error:
            yield from self._failed(work, number, row.commits, error)
            return None
        item = protocol.accepted(work, number, proof, lease_seconds=int(LEASE))
        stored = yield from self._record_after(work, number, row.commits, item)
        return proof if stored else None

    def _record_after(self, work: Work, number: int, total: int, item: Item) -> Generator[float, None, bool]:
        if not self.strategy.journals_first:
            yield from self.sim.database(lambda: self._journal_now(work, number, total))
        return (yield from self.record(item))

    def _journal_now(self, work: Work, number: int, total: int) -> None:
        sim = self.sim
        sim.world, _ = model.intend(sim.world, work.claim.id, work.claim.fence, number, total, now=sim.now, lease=LEASE)

    def _failed(self, work: Work, number: int, total: int, error: PlatformError) -> Steps:
        sim = self.sim
        error = self.strategy.read(work, error)
        sim.note(f"part {number} of {work.claim.id}: {error.code}")
        if not protocol.is_refusal(work, number, error):
            item = protocol.unknown(work, number, error, check_seconds=CHECK_AFTER_SECONDS[0])
            yield from self._record_after(work, number, total, item)
            return
        if isinstance(error, NeedsReauth) and protocol.is_first_unauthorized(work):
            yield sim.draw.uniform(0.2, 3.0)
            if sim.draw.random() < 0.7:
                sim.platforms.dead_tokens.discard(work.claim.connection_id)
                error = NotSent("The access had expired early and was renewed.", code="unauthorized")
        item = protocol.not_accepted(work, number, error, now=moment(sim.now), draw=sim.draw.random())
        yield from self._record_after(work, number, total, item)

    # -- settling --------------------------------------------------------------------------------------------------

    def settle(self, row: Row) -> Steps:
        """Look once, and record what that proved (posts/engine/settle.py)."""
        sim = self.sim
        attempt = row.open_attempt()
        last = row.checks >= len(CHECK_AFTER_SECONDS)
        if attempt is None:
            yield from sim.database(self._giving_up(row))
            return
        number, version = int(attempt.step.removeprefix("commit:")), sim.claimed[row.id, attempt.fence]
        taken = frozenset(a.remote_id for a in row.attempts if a.status == "ok")
        container = sim.containers.get((row.id, number, version), "")
        call = Call(row.id, number, version, row.connection, row.platform, container)
        settlement = yield from sim.platforms.settle(call, taken)
        verdict = self.strategy.seen(settlement, last=last)
        sim.note(f"a look after part {number} of {row.id}: {verdict}")
        if verdict == Settled.FOUND and settlement.proof is not None:
            item = protocol.accepted(work_of(row), number, settlement.proof, lease_seconds=int(LEASE))
            yield from self.record({**item, "fence": attempt.fence})
        elif verdict == Settled.ABSENT:
            yield from sim.database(lambda: self._disprove(row.id, attempt.fence, attempt.step))
        elif verdict == Settled.SEVERAL or last:
            yield from sim.database(self._giving_up(row))

    def _disprove(self, row_id: int, fence: int, step: str) -> None:
        self.sim.world, _ = model.disprove(self.sim.world, row_id, fence, step)

    def _giving_up(self, row: Row) -> Callable[[], None]:
        def run() -> None:
            self.sim.world, given_up = model.give_up(self.sim.world, row.id, row.fence)
            self.sim.note(f"{row.id} needs a person" if given_up else f"{row.id} was settled meanwhile")

        return run


def work_of(row: Row, *, fence: int | None = None) -> Work:
    """What the protocol's decisions are made from."""
    claim = Claim(row.id, row.fence if fence is None else fence, row.connection, row.workspace, row.platform, None)
    attempts = tuple(
        Attempted(a.step, a.fence, a.status, a.disproved, a.code, moment(a.started_at), a.remote_id, "")
        for a in row.attempts
    )
    return Work(claim, EMPTY, "", row.tries, {}, None, attempts, row.checks)
