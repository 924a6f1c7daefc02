"""The independent verdict: compares what the platform saw with what the database says, and shares no code with the product.

The invariants, as in docs/publishing.md:

I1  at most one live post for each part of a publication
I2  everything due has come to rest where people see it, and nothing that was accepted is gone
I3  published means: each part is live exactly once, under the id that is stored
I4  whatever is live belongs to a publication that says so, or that says that it does not know
I5  the live text is the text that was planned, in a chain of replies where it is a thread; what is cancelled is not live
I6  one call at a time on each account
I7  each account publishes in order of time, retries aside
I8  every call was in the journal before its first byte, and each entry stands for at most one call
I9  no call begins after its lease ended
I10 every call carries the token of its own account
"""

import hashlib
import json
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from proof.history import Attempt, History, Publication, Request

TOKEN = re.compile(r"\[c\d+\.\d+\]")
VISIBLE = frozenset({"published", "failed", "cancelled", "held", "needs_human"})
UNFINISHED = frozenset({"scheduled", "leased", "sending", "unknown"})
NO_ANSWER = frozenset({"no_answer", "worker_lost", "bug"})


@dataclass(frozen=True)
class Violation:
    invariant: str
    kind: str  # duplicates, lost, false_published, stuck, or "" for the others
    publication: int | None
    what: str


@dataclass
class Verdict:
    violations: list[Violation] = field(default_factory=list)
    late_after_pause: int = (
        0  # calls that began too late since their process was stopped between the check and the byte
    )

    def count(self, kind: str) -> int:
        return sum(1 for violation in self.violations if violation.kind == kind)

    def by_invariant(self) -> dict[str, int]:
        return dict(sorted(Counter(violation.invariant for violation in self.violations).items()))


@dataclass
class Evidence:
    """The history, indexed."""

    history: History
    publications: dict[int, Publication] = field(default_factory=dict)
    owners: dict[str, list[tuple[Publication, int]]] = field(default_factory=lambda: defaultdict(list))
    effects: dict[tuple[int, int], list[Request]] = field(default_factory=lambda: defaultdict(list))
    attempts: dict[tuple[int, int], list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    by_account: dict[str, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    strangers: list[tuple[Request, str]] = field(default_factory=list)
    _parts: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = {post.id: post.text for post in self.history.remote_posts}
        for publication in self.history.publications:
            self.publications[publication.id] = publication
            for part, text in enumerate(publication.texts, 1):
                self.owners[_token(text)].append((publication, part))
        for attempt in sorted(self.history.attempts, key=lambda one: one.started_at):
            if attempt.part:
                self.attempts[attempt.publication_id, attempt.part].append(attempt)
                self.by_account[self.publications[attempt.publication_id].account_id].append(attempt)
        for request in self.history.requests:
            if request.post_id is not None:
                self._own(request, texts.get(request.post_id, ""))
        self._recognise()

    def _own(self, request: Request, text: str) -> None:
        owners = self.owners.get(_token(text), [])
        mine = [(publication.id, part) for publication, part in owners if publication.account_id == request.account_id]
        if mine:
            self.effects[mine[0]].append(request)
            self._parts[request.id] = mine[0]
        else:
            self.strangers.append((request, text))

    def _recognise(self) -> None:
        """Calls without an effect are known by their body, unless it names media. The platform's clock cannot say whose
        they are: when it is busy, it may read a call after its sender has given up."""
        bodies: dict[tuple[str, str], tuple[int, int]] = {}
        for row in self.history.publications:
            for part, text in enumerate(row.texts, 1):
                parents = [one.remote_id for one in self.tries(row.id, part - 1)] if part > 1 else [""]
                for parent in parents:
                    reply = {"reply": {"in_reply_to_tweet_id": parent}} if parent else {}
                    body = hashlib.sha256(json.dumps({"text": text, **reply}).encode()).hexdigest()
                    bodies[row.account_id, body] = row.id, part
        for request in self.history.requests:
            known = bodies.get((request.account_id or "", request.body_sha256))
            if known:
                self._parts.setdefault(request.id, known)

    def live(self, publication: int, part: int) -> list[Request]:
        """The calls that made a part public."""
        return self.effects.get((publication, part), [])

    def tries(self, publication: int, part: int) -> list[Attempt]:
        """The journal of a part, oldest first."""
        return self.attempts.get((publication, part), [])

    def part_of(self, request: Request) -> tuple[int, int] | None:
        """The publication and part that a call was for, where that is known."""
        return self._parts.get(request.id)

    def attempt_of(self, request: Request) -> Attempt | None:
        """The journal's entry for a call: the latest before it, of its own part or else of its account."""
        part = self.part_of(request)
        mine = self.tries(*part) if part else self.by_account.get(request.account_id or "", [])
        return _latest(mine, request.first_byte)


def check(history: History) -> Verdict:
    """Every violation of the invariants."""
    evidence = Evidence(history)
    verdict = Verdict()
    checks: tuple[Callable[[Evidence], Iterator[Violation]], ...] = (
        _once,
        _at_rest,
        _nothing_gone,
        _published_is_live,
        _live_is_told,
        _as_planned,
        one_at_a_time,
        in_order,
        _own_token,
    )
    for one in checks:
        verdict.violations.extend(one(evidence))
    _journalled(evidence, verdict)
    return verdict


def _once(evidence: Evidence) -> Iterator[Violation]:
    for (publication, part), effects in evidence.effects.items():
        for extra in effects[1:]:
            ids = ", ".join(str(one.post_id) for one in effects)
            yield Violation("I1", "duplicates", publication, f"part {part} is live as {ids} (call {extra.id})")
    for row in evidence.history.publications:
        if row.duplicate_remote_id and all(len(evidence.live(row.id, part)) < 2 for part in range(1, row.commits + 1)):
            yield Violation("I1", "", row.id, f"is marked as a duplicate ({row.duplicate_remote_id}) and is none")


def _at_rest(evidence: Evidence) -> Iterator[Violation]:
    for row in evidence.history.publications:
        if row.state in UNFINISHED:
            yield Violation("I2", "stuck", row.id, f"is {row.state} after everything had time to settle")
        elif row.state not in VISIBLE:
            yield Violation("I2", "lost", row.id, f"was planned and is {row.state}")
        elif row.state in {"failed", "held", "needs_human"} and not row.error_sentence:
            yield Violation("I2", "lost", row.id, f"is {row.state} and nobody is told why")


def _nothing_gone(evidence: Evidence) -> Iterator[Violation]:
    """What was accepted is still there, and only people cancel."""
    there = {row.post_id for row in evidence.history.publications}
    asked = {one.post for one in evidence.history.operations if one.op == "cancel" and one.outcome != "refused"}
    for one in evidence.history.operations:
        if one.op == "create" and one.outcome == "ok" and one.post not in there:
            yield Violation("I2", "lost", None, f"post {one.post} was accepted and is gone")
    for row in evidence.history.publications:
        if row.state == "cancelled" and row.post_id not in asked:
            yield Violation("I2", "lost", row.id, "is cancelled and nobody asked for that")


def _published_is_live(evidence: Evidence) -> Iterator[Violation]:
    for row in evidence.history.publications:
        if row.state != "published":
            continue
        if row.commits != len(row.texts):
            yield Violation("I3", "false_published", row.id, f"{row.commits} parts of {len(row.texts)} count as all")
        for part in range(1, len(row.texts) + 1):
            live = {one.post_id for one in evidence.live(row.id, part)}
            stored = {a.remote_id for a in evidence.tries(row.id, part) if a.status == "ok" and not a.disproved}
            if not live:
                yield Violation("I3", "false_published", row.id, f"part {part} is not live")
            elif stored != live:
                kind = "" if stored & live else "false_published"
                yield Violation("I3", kind, row.id, f"part {part} is live as {live}, stored as {stored}")
        first = {one.post_id for one in evidence.live(row.id, 1)}
        if first and row.remote_id not in first:
            yield Violation("I3", "false_published", row.id, f"its address is {row.remote_id}, live is {first}")


def _live_is_told(evidence: Evidence) -> Iterator[Violation]:
    for (publication, part), effects in evidence.effects.items():
        row = evidence.publications[publication]
        doubted = row.state in {"needs_human", "unknown", "leased", "sending"} and part == row.committed + 1
        if effects and part > row.committed and not doubted:
            yield Violation(
                "I4", "", row.id, f"part {part} is live, but it is {row.state} with {row.committed} parts live"
            )
    for request, text in evidence.strangers:
        if _token(text) not in evidence.owners:
            yield Violation("I4", "", None, f"call {request.id} made a post of nobody: {text!r}")


def _as_planned(evidence: Evidence) -> Iterator[Violation]:
    for (publication, part), effects in evidence.effects.items():
        row = evidence.publications[publication]
        wanted = hashlib.sha256(row.texts[part - 1].encode()).hexdigest()
        parents = {one.post_id for one in evidence.live(publication, part - 1)} if part > 1 else {None}
        for effect in effects:
            if effect.text_sha256 != wanted:
                yield Violation("I5", "", row.id, f"part {part} went out with another text than is stored")
            if effect.reply_to not in parents:
                yield Violation("I5", "", row.id, f"part {part} replies to {effect.reply_to}, not to {parents}")
            if row.state == "cancelled":
                yield Violation("I5", "", row.id, f"is cancelled, and part {part} is live")


def one_at_a_time(evidence: Evidence) -> Iterator[Violation]:
    lease = evidence.history.lease_seconds
    for attempts in evidence.by_account.values():
        for before, after in pairwise(attempts):
            # With its lease the right to send ends too, whatever is found out about it later.
            if before.finished_at is None or min(before.finished_at, before.started_at + lease) > after.started_at:
                yield Violation("I6", "", after.publication_id, f"began beside attempt {before.id}, which was not over")
    for request in evidence.history.requests:
        explained = len(_given_up(evidence, request)) + len(_after_giving_up(evidence, request))
        if request.concurrent > explained:
            attempt = evidence.attempt_of(request)
            owner = attempt.publication_id if attempt else None
            yield Violation("I6", "", owner, f"call {request.id} met {request.concurrent} others of its account")


def _given_up(evidence: Evidence, request: Request) -> list[Attempt]:
    """Earlier tries of the account that had ended without an answer: the platform may still have been busy with them."""
    return [
        attempt
        for attempt in evidence.by_account.get(request.account_id or "", [])
        if attempt.finished_at is not None
        and min(attempt.finished_at, attempt.started_at + evidence.history.lease_seconds) <= request.first_byte
        and attempt.code in NO_ANSWER
    ]


def _after_giving_up(evidence: Evidence, request: Request) -> list[Attempt]:
    """Tries of the account that began when this call had ended without an answer, while the platform still held it."""
    own = evidence.attempt_of(request)
    if own is None or own.finished_at is None or own.code not in NO_ANSWER:
        return []
    ended = min(own.finished_at, own.started_at + evidence.history.lease_seconds)
    mine = evidence.by_account.get(request.account_id or "", [])
    return [attempt for attempt in mine if ended <= attempt.started_at <= request.at]


def in_order(evidence: Evidence) -> Iterator[Violation]:
    """Among publications that were claimed once and left alone: who is due first goes first, if it was known by then."""
    touched = {one.post for one in evidence.history.operations if one.op != "create"}
    known = {one.post: one.until for one in evidence.history.operations if one.op == "create"}
    lanes: dict[str, list[tuple[float, float, Publication]]] = defaultdict(list)
    for row in evidence.history.publications:
        first = evidence.tries(row.id, 1)
        if (
            row.tries == 1
            and row.post_id not in touched
            and first
            and row.due_at is not None
            and row.claimed_at is not None
        ):
            lanes[row.account_id].append((row.claimed_at, row.due_at, row))
    for lane in lanes.values():
        lane.sort(key=lambda one: one[0])
        for position, (claimed, due, row) in enumerate(lane):
            for _later, other_due, other in lane[position + 1 :]:
                if other_due < due and known.get(other.post_id, 0.0) < claimed:
                    yield Violation("I7", "", other.id, f"was due before {row.id} and was claimed after it")


def _own_token(evidence: Evidence) -> Iterator[Violation]:
    accounts = {row.account_id for row in evidence.history.publications}
    for request, text in evidence.strangers:
        owners = evidence.owners.get(_token(text), [])
        if owners and request.account_id in accounts:
            yield Violation("I10", "", owners[0][0].id, f"call {request.id} went out as {request.account_id}")


def _journalled(evidence: Evidence, verdict: Verdict) -> None:
    """I8 and I9: every call has an entry of its own that is older than its first byte, and a lease that had not ended."""
    used: dict[int, int] = {}
    # Calls that are known first: what is left of the journal is for the others.
    for request in sorted(evidence.history.requests, key=lambda one: (evidence.part_of(one) is None, one.id)):
        attempt = evidence.attempt_of(request)
        if attempt is not None and attempt.id in used and evidence.part_of(request) is None:
            attempt = _free(evidence, request, used) or attempt
        if attempt is None:
            owner = (evidence.part_of(request) or (None,))[0]
            verdict.violations.append(Violation("I8", "", owner, f"call {request.id} is not in the journal"))
            continue
        if attempt.id in used:
            what = f"calls {used[attempt.id]} and {request.id} stand behind attempt {attempt.id}"
            verdict.violations.append(Violation("I8", "", attempt.publication_id, what))
        used[attempt.id] = request.id
        if request.first_byte <= attempt.started_at + evidence.history.lease_seconds:
            continue
        if any(one.since < request.first_byte and one.until > attempt.started_at for one in evidence.history.pauses):
            verdict.late_after_pause += 1
            continue
        late = request.first_byte - attempt.started_at - evidence.history.lease_seconds
        what = f"call {request.id} began {late:.2f} s after the lease of attempt {attempt.id}"
        verdict.violations.append(Violation("I9", "", attempt.publication_id, what))


def _free(evidence: Evidence, request: Request, used: dict[int, int]) -> Attempt | None:
    """The latest entry that a call of an unknown part can stand behind and no other call does."""
    account = evidence.by_account.get(request.account_id or "", [])
    lease = evidence.history.lease_seconds
    open_then = [one for one in account if one.started_at <= request.first_byte <= one.started_at + lease]
    return _latest([one for one in open_then if one.id not in used], request.first_byte)


def _latest(attempts: list[Attempt], moment: float) -> Attempt | None:
    """The last of attempts (oldest first) that began before a moment."""
    position = bisect_right([one.started_at for one in attempts], moment)
    return attempts[position - 1] if position else None


def _token(text: str) -> str:
    """What all versions of a part have in common and no other part has."""
    found = TOKEN.search(text)
    return found[0] if found else text
