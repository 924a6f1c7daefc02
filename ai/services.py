"""Writes of ai: setting credits aside, recording what came, what a person took, and how a workspace sounds.

A task is three steps: `begin` (database), the question itself (network, no transaction open), `finish` (database). That the
question leaves is written down before it does (`asks`).
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.rates import by_person
from accounts.roles import Right
from accounts.services import Actor
from ai import checking, client, credits, prompting, shapes, tries
from ai.errors import AiError, Garbled, Lost
from ai.models import BrandVoice, Generation
from ai.orders import Order
from ai.shapes import Result
from ai.wire import Answer, Ask, Hearing, Usage
from multivio import tenancy
from multivio.errors import Forbidden, Problem
from social.models import Connection

ABANDONED = timedelta(minutes=15)  # longer than any answer takes
VOICE_FIELDS = ("about", "rules", "samples", "avoid", "languages")


@dataclass
class Work:
    """A task on its way: what was asked, and what came so far."""

    actor: Actor
    order: Order
    ask: Ask
    voice: BrandVoice | None
    generation_id: int
    uid: uuid.UUID
    began: float = field(default_factory=monotonic)
    usages: list[tuple[Usage, str]] = field(default_factory=list)
    request_id: str = ""  # of the latest call, as the service names it
    heard: Hearing | None = None  # of the latest stream
    first_word_ms: int | None = None
    repaired: bool = False

    def note(self, answer: Answer, ask: Ask) -> None:
        """What an answer took; guessed where the service does not say."""
        self.usages.append((answer.usage or credits.guessed_usage(ask, answer.text), answer.model))
        self.request_id = answer.request_id

    @property
    def voice_name(self) -> str:
        """Whose brand voice is applied; empty: none."""
        if self.voice is None:
            return ""
        own = self.order.connection
        return own.handle if own is not None and self.voice.connection_id == own.pk else self.actor.workspace.name

    @property
    def milliseconds(self) -> int:
        return int((monotonic() - self.began) * 1000)


@dataclass(frozen=True)
class Outcome:
    """How it ended."""

    state: Generation.State
    result: Result = field(default_factory=lambda: Result(""))
    problems: tuple[Problem, ...] = ()
    error_code: str = ""


def voice_for(workspace_id: int, connection: Connection | None) -> BrandVoice | None:
    """The voice of the connection, else of the workspace; None where nobody has said anything."""
    rows = {row.connection_id: row for row in BrandVoice.objects.filter(workspace_id=workspace_id)}
    found = rows.get(connection.pk) if connection else None
    found = found if found and not found.is_empty else rows.get(None)
    return found if found and not found.is_empty else None


def admit(actor: Actor) -> None:
    """Check rights, rate and credits before anything is fetched for a question; the order then says `is_counted`.

    Raises Forbidden, Off, TooMany, CreditsUsedUp. Call it in the workspace's context.
    """
    actor.require(Right.WRITE_POSTS)
    client.require_on()
    by_person("ai", actor)
    credits.require_some(actor.workspace)


def begin(*, actor: Actor, order: Order, choice: uuid.UUID | None = None) -> Work:
    """Check rights, rate and credits, set the credits aside, and put the question into words.

    Raises Forbidden, Off, TooMany, CreditsUsedUp. Call it in the workspace's context.
    """
    actor.require(Right.WRITE_POSTS)
    client.require_on()
    voice = voice_for(actor.workspace.pk, order.connection)
    ask = replace(prompting.question(order, voice), user=prompting.pseudonym(actor.workspace.pk))
    model = tries.models(order.model)[0]
    if not order.is_counted:
        by_person("ai", actor)
    needed = _at_most(ask, model)
    bought = credits.set_aside(actor.workspace, needed)
    row = Generation.objects.create(
        workspace=actor.workspace,
        user=actor.user,
        task=order.task.slug,
        prompt_version=order.task.version,
        prompt_hash=prompting.fingerprint(ask),
        platform=order.platform,
        connection=order.connection,
        model=model,
        credits=needed,
        bought=bought,
        choice=choice,
    )
    return Work(actor, order, ask, voice, row.pk, row.uid)


def estimate(*, actor: Actor, order: Order) -> int:
    """Credits that this would cost at most, its repair included. Call it in the workspace's context."""
    ask = prompting.question(order, voice_for(actor.workspace.pk, order.connection))
    return _at_most(ask, tries.models(order.model)[0])


def _at_most(ask: Ask, model: str) -> int:
    return credits.estimate(ask, prompting.longest_again(ask), model)


def asks(work: Work) -> None:
    """From here on it counts as asked, and may have been paid. Call it in the workspace's context, committed before the question
    leaves. Raises Lost where it was given up meanwhile."""
    running = Generation.objects.filter(pk=work.generation_id, state=Generation.State.RUNNING)
    if not running.update(asked_at=Now()):
        raise Lost(detail="given up meanwhile")


def write(work: Work) -> Outcome:
    """Ask and wait for the whole answer, repaired once where it breaks a rule. No transaction may be open. Raises AiError."""
    answer = client.complete(work.ask)
    work.first_word_ms = work.milliseconds
    work.note(answer, work.ask)
    outcome, wrong = judge(work, answer)
    if outcome is not None and not wrong:
        return outcome
    again = prompting.again(work.ask, answer.text, wrong)
    try:
        answer = client.complete(again)
    except AiError:
        if outcome is None:
            raise
        return outcome  # marked with what is wrong about it
    work.note(answer, again)
    return second(work, answer, outcome)


def judge(work: Work, answer: Answer) -> tuple[Outcome | None, list[str]]:
    """What an answer is, and the sentences that are worth a repair. None: it cannot be read at all."""
    shape = work.order.task.shape
    try:
        result = shapes.read(shape, answer.text, work.order.platforms)
    except Garbled:
        return None, ["It is not the JSON that was asked for."]
    problems = checking.problems(work.order, result, work.voice, is_cut=answer.is_cut)
    wrong = [f"{problem.field}: {problem.message}" for problem in problems if problem.severity == "error"]
    return Outcome(Generation.State.DONE, result, tuple(problems)), wrong


def second(work: Work, answer: Answer, first: Outcome | None) -> Outcome:
    """After the repair: the better of the two, marked with what is still wrong. Never cut. Raises Garbled."""
    work.repaired = True
    outcome, wrong = judge(work, answer)
    if outcome is None and first is None:
        raise Garbled(detail="twice no such shape")
    if outcome is None or (first is not None and len(wrong) > sum(p.severity == "error" for p in first.problems)):
        assert first is not None  # noqa: S101 - asked above
        return first
    return outcome


def finish(work: Work, outcome: Outcome) -> Generation:
    """Record what came and settle what it cost. Call it outside a transaction: it opens the workspace's context."""
    with tenancy.tenant(user_id=work.actor.user.pk, workspace_id=work.actor.workspace.pk):
        row: Generation = Generation.objects.get(pk=work.generation_id)
        spent = [credits.cost(usage, model) for usage, model in work.usages]
        row.state = outcome.state
        row.error_code = outcome.error_code
        row.text = outcome.result.text
        row.items = [item.as_json() for item in outcome.result.items]
        row.problems = [
            {"field": each.field, "code": each.code, "message": each.message, "severity": each.severity}
            for each in outcome.problems
        ]
        row.repaired = work.repaired
        row.model = next((model for _usage, model in reversed(work.usages) if model), row.model)
        row.tokens_in = sum(usage.into for usage, _model in work.usages)
        row.tokens_out = sum(usage.out + usage.reasoning for usage, _model in work.usages)
        row.cost_ticks = sum(ticks for ticks, _is_estimate in spent)
        row.cost_is_estimate = any(is_estimate for _ticks, is_estimate in spent)
        cost = credits.in_credits(row.cost_ticks) if spent else 0
        row.bought, row.credits = credits.settle(work.actor.workspace, row, cost), cost
        row.request_id = work.request_id
        row.first_word_ms = work.first_word_ms
        row.duration_ms = work.milliseconds
        row.save()
        return row


def failed(work: Work, error: AiError) -> Generation:
    """It came to nothing: what was set aside is given back, less what the answers before had cost."""
    work.request_id = error.request_id or work.request_id
    return finish(work, Outcome(Generation.State.FAILED, error_code=error.code))


def perform(*, actor: Actor, order: Order, choice: uuid.UUID | None = None) -> Generation:
    """All three steps, for whoever waits for the whole answer. Call it outside a transaction. Raises DomainError."""
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        work = begin(actor=actor, order=order, choice=choice)
        asks(work)
    try:
        outcome = write(work)
    except AiError as error:
        failed(work, error)
        raise
    except BaseException:  # even a process that is told to end gives back what was set aside
        finish(work, Outcome(Generation.State.FAILED, error_code="crashed"))
        raise
    return finish(work, outcome)


@transaction.atomic
def take(*, actor: Actor, generation: Generation, taken: bool = True, beside: Iterable[int] = ()) -> Generation:
    """Remember whether a person used it. Of several versions, taking one turns the others down, but for those `beside` it:
    keys of generations that are in use as well."""
    actor.require(Right.WRITE_POSTS)
    if generation.workspace_id != actor.workspace.pk:
        raise Forbidden("This was written for another workspace.")
    now = timezone.now()
    generation.taken, generation.taken_at = taken, now
    generation.save(update_fields=["taken", "taken_at"])
    if taken and generation.choice:
        others = Generation.objects.filter(workspace=actor.workspace, choice=generation.choice).exclude(
            pk__in=[generation.pk, *beside]
        )
        others.update(taken=False, taken_at=now)
    return generation


@transaction.atomic
def set_voice(*, actor: Actor, connection: Connection | None = None, **fields: str) -> BrandVoice:
    """How AI should sound, for the workspace or one connection. Raises Forbidden."""
    actor.require(Right.MANAGE)
    row, _ = BrandVoice.objects.select_for_update().get_or_create(workspace=actor.workspace, connection=connection)
    before = audit.fields(row, *VOICE_FIELDS)
    for name in VOICE_FIELDS:
        setattr(row, name, fields.get(name, getattr(row, name)).strip())
    row.updated_by, row.updated_at = actor.user, timezone.now()
    row.save()
    audit.record(
        actor=actor,
        action="voice.changed",
        target=row,
        workspace=actor.workspace,
        before=before,
        after=audit.fields(row, *VOICE_FIELDS),
    )
    return row


def close_lost() -> dict[str, int]:
    """Close what was never finished because its process ended, and give back what was never asked."""
    with tenancy.system("close lost generations"):
        # Drawings are closed by the minute, by who draws them.
        running = Generation.objects.filter(state=Generation.State.RUNNING, drawing=None)
        lost = running.filter(created_at__lt=timezone.now() - ABANDONED)
        # What was set aside stays spent: the answer may have been paid.
        asked = lost.filter(asked_at__isnull=False)
        abandoned = asked.update(state=Generation.State.FAILED, error_code="abandoned")
        never_asked = list(lost.filter(asked_at=None).values_list("pk", flat=True))
    return {"abandoned": abandoned, "given_back": sum(_give_back(pk) for pk in never_asked)}


def _give_back(generation: int) -> bool:
    """Close what was never asked: whoever wanted it had left before. It costs nothing. False: it was, or is closed, meanwhile."""
    with tenancy.system("give back what was never asked"):
        rows = Generation.objects.select_related("workspace").select_for_update(of=("self",))
        row = rows.filter(pk=generation, state=Generation.State.RUNNING, asked_at=None).first()
        if row is None:
            return False
        row.bought, row.credits = credits.settle(row.workspace, row, 0), 0
        row.state, row.error_code = Generation.State.FAILED, "not_asked"
        row.save(update_fields=["bought", "credits", "state", "error_code"])
        return True


def forget_words() -> int:
    """Forget the words of generations past their days; of how many."""
    if not settings.AI_KEEP_DAYS:
        return 0
    blank: dict[str, Any] = {"text": "", "items": [], "problems": []}
    with tenancy.system("forget old words"):
        old = Generation.objects.filter(created_at__lt=timezone.now() - timedelta(days=settings.AI_KEEP_DAYS))
        return int(old.exclude(**blank).update(**blank))
