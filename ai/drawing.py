"""Pictures: asked for by a person, drawn by a worker, paid and recorded as words are. posts puts them into the library.

A call has no idempotency key there, so that it leaves is written down before it does, and nothing is asked twice: whoever comes
after a worker that died finds a drawing that was asked, and closes it without another call.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from accounts.rates import by_person
from accounts.roles import Right
from accounts.services import Actor, actor_in
from ai import catalogue, client, credits, prompting
from ai.errors import AiError
from ai.models import Drawing, Generation
from ai.wire import Ask
from multivio import tenancy
from multivio.errors import Invalid, Problem
from social import platforms

log = structlog.get_logger(__name__)
# 4:5, the tallest that Instagram's feed takes, is unknown there: the next taller one is drawn, and its ends are cut.
DRAWN_AS = {"4:5": "3:4"}


@dataclass(frozen=True)
class Shape:
    """A ratio of width to height with a name."""

    ratio: str
    name: str

    @property
    def suits(self) -> list[str]:
        """The platforms that show it whole."""
        return [each.slug for each in platforms.all() if self.ratio in each.capabilities.shapes]


SHAPES = (Shape("1:1", "Square"), Shape("4:5", "Portrait"), Shape("16:9", "Wide"), Shape("9:16", "Tall"))
RATIOS = ("1:1", "4:5", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2")
LONGEST_PROMPT = 1500
AT_ONCE = 4  # so that other work of the same worker is not kept waiting by pictures
WAITS = timedelta(hours=1)  # for a worker; then it is too late to be of use
MARGIN = timedelta(minutes=3)  # beyond the longest call: for putting it into the library


@dataclass(frozen=True)
class Turn:
    """A drawing that is ours to draw, and whom it is for."""

    pk: int
    actor: Actor
    wish: str
    ratio: str
    began: float = field(default_factory=monotonic)


def price() -> int:
    """Credits that a picture costs, as far as can be said before."""
    return credits.in_credits(_estimate())


def begin(*, actor: Actor, prompt: str, ratio: str = "1:1") -> Drawing:
    """Check rights, rate and credits, and set the credits aside. Call it in the workspace's context. Raises DomainError."""
    actor.require(Right.WRITE_POSTS)
    client.require_on()
    wish = prompt.strip()
    if not wish or len(wish) > LONGEST_PROMPT:
        sentence = f"Say in at most {LONGEST_PROMPT:,} characters what the picture shows."
        raise Invalid.because([Problem("prompt", "empty" if not wish else "too_long", sentence)])
    if ratio not in RATIOS:
        raise Invalid.because([Problem("ratio", "unknown_ratio", f"There are: {', '.join(RATIOS)}.")])
    by_person("ai", actor)
    needed = price()
    bought = credits.set_aside(actor.workspace, needed)
    task = catalogue.tasks()["image"]
    words = catalogue.words(task.slug, {"wish": wish})
    row = Generation.objects.create(
        workspace=actor.workspace,
        user=actor.user,
        task=task.slug,
        prompt_version=task.version,
        prompt_hash=prompting.fingerprint(Ask(({"role": "user", "content": words},), max_tokens=0)),
        model=settings.XAI_MODEL_IMAGE,
        credits=needed,
        bought=bought,
    )
    drawing: Drawing = Drawing.objects.create(workspace=actor.workspace, generation=row, wish=wish, ratio=ratio)
    return drawing


def waiting() -> list[int]:
    """Those that nobody has taken yet, the oldest first, as far as there is room for them."""
    with tenancy.system("pictures to draw"):
        room = AT_ONCE - Drawing.objects.filter(asked_at__isnull=False).count()
        rows = Drawing.objects.filter(asked_at=None).order_by("created_at", "id").values_list("pk", flat=True)
        return list(rows[: max(0, room)])


def take(drawing: int) -> Turn | None:
    """Have it, once and for all: from here on it counts as asked. None: somebody has it, it has ended, or has to wait."""
    with tenancy.system("take up a drawing"):
        if Drawing.objects.filter(asked_at__isnull=False).count() >= AT_ONCE:
            return None
        # Not by a look before: of two workers, one changes a row.
        if not Drawing.objects.filter(pk=drawing, asked_at=None).update(asked_at=Now()):
            return None
        row = Drawing.objects.select_related("generation__user").get(pk=drawing)
        user = row.generation.user
        actor = actor_in(user=user, workspace_id=row.workspace_id) if user is not None else None
        if actor is None or not actor.may(Right.WRITE_POSTS):
            end(row.pk, state=Generation.State.FAILED, error_code="not_allowed", is_free=True)
            return None
        return Turn(row.pk, actor, row.wish, row.ratio)


def ask(turn: Turn) -> bytes | None:
    """The picture, up to AI_TOTAL_SECONDS later; what it cost is settled at once. None: it came to nothing, which is recorded.
    No transaction may be open."""
    words = catalogue.words("image", {"wish": turn.wish})
    user = prompting.pseudonym(turn.actor.workspace.pk)
    try:
        content, ticks = client.draw(words, ratio=DRAWN_AS.get(turn.ratio, turn.ratio), user=user)
    except AiError as error:
        finish(turn, state=Generation.State.FAILED, error_code=error.code, is_free=True)
        return None
    cost = _estimate() if ticks is None else ticks
    with tenancy.system("a picture is drawn"):
        row = Drawing.objects.select_for_update().filter(pk=turn.pk).first()
        if row is not None:
            told = {"cost_ticks": cost, "cost_is_estimate": ticks is None}
            _settle(row.generation_id, credits.in_credits(cost), **told)
    return content


def finish(turn: Turn, **ended: Any) -> None:
    """Record how it ended."""
    with tenancy.system("a drawing ended"):
        end(turn.pk, duration_ms=int((monotonic() - turn.began) * 1000), **ended)


def kept(turn: Turn, media: uuid.UUID) -> None:
    """It is in the library."""
    finish(turn, state=Generation.State.DONE, items=[{"text": "", "media": str(media)}])


def not_kept(turn: Turn, problems: Sequence[Problem]) -> None:
    """It was drawn, and paid, but the library did not take it."""
    told = [{"field": "media", "code": one.code, "message": one.message, "severity": one.severity} for one in problems]
    finish(turn, state=Generation.State.FAILED, error_code="not_kept", problems=told)


def end(drawing: int, *, is_free: bool = False, **ended: Any) -> None:
    """Close the generation and forget what the picture was to show; what was set aside goes back when it `is_free`. Closed is
    closed: a second end changes nothing."""
    row = Drawing.objects.select_for_update().filter(pk=drawing).first()
    if row is None:
        return
    if is_free:
        _settle(row.generation_id, 0, **ended)
    else:
        Generation.objects.filter(pk=row.generation_id).update(**ended)
    row.delete()


def _settle(generation: int, cost: int, **told: Any) -> None:
    """So many credits it has cost, and bought ones that are not needed go back. With its drawing locked."""
    row: Generation = Generation.objects.select_related("workspace").get(pk=generation)
    bought = credits.settle(row.workspace, row, cost)
    Generation.objects.filter(pk=row.pk).update(bought=bought, credits=cost, **told)


def close_lost() -> int:
    """End what was asked by a worker that is gone, and what no worker took up. The former may have been paid, so its credits
    stay spent; it is never asked again."""
    now = timezone.now()
    longest = timedelta(seconds=settings.AI_TOTAL_SECONDS) + MARGIN
    failed: dict[str, Any] = {"state": Generation.State.FAILED}
    with tenancy.system("close lost drawings"):
        lost = list(Drawing.objects.filter(asked_at__lt=now - longest).values_list("pk", flat=True))
        late = list(Drawing.objects.filter(asked_at=None, created_at__lt=now - WAITS).values_list("pk", flat=True))
        for pk in lost:
            end(pk, error_code="abandoned", **failed)
        for pk in late:
            end(pk, error_code="not_begun", is_free=True, **failed)
    for pk in lost:
        log.warning("a drawing was lost with its worker", drawing=pk)
    return len(lost) + len(late)


def _estimate() -> int:
    return int(settings.AI_IMAGE_USD * credits.TICKS_A_DOLLAR)
