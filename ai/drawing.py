"""Pictures: asked for, paid and recorded as words are. Whoever asked puts them into the library."""

from time import monotonic

from django.conf import settings

from accounts.rates import by_person
from accounts.roles import Right
from accounts.services import Actor
from ai import catalogue, client, credits, prompting
from ai.errors import AiError
from ai.models import Generation
from ai.wire import Ask
from multivio import tenancy
from multivio.errors import Invalid, Problem

RATIOS = ("1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2")
LONGEST_PROMPT = 1500


def draw(*, actor: Actor, prompt: str, ratio: str = "1:1") -> tuple[Generation, bytes]:
    """One picture, up to AI_TOTAL_SECONDS later. No transaction may be open. Raises DomainError."""
    wish = prompt.strip()
    if not wish or len(wish) > LONGEST_PROMPT:
        sentence = f"Say in at most {LONGEST_PROMPT:,} characters what the picture shows."
        raise Invalid.because([Problem("prompt", "empty" if not wish else "too_long", sentence)])
    if ratio not in RATIOS:
        raise Invalid.because([Problem("ratio", "unknown_ratio", f"There are: {', '.join(RATIOS)}.")])
    words = catalogue.words("image", {"wish": wish})
    row, began = _begin(actor, words), monotonic()
    try:
        content, ticks = client.draw(words, ratio=ratio, user=prompting.pseudonym(actor.workspace.pk))
    except AiError as error:
        _finish(actor, row, Generation.State.FAILED, 0, began, error.code)
        raise
    except BaseException:
        _finish(actor, row, Generation.State.FAILED, 0, began, "crashed")
        raise
    row.cost_is_estimate = ticks is None
    _finish(actor, row, Generation.State.DONE, _estimate() if ticks is None else ticks, began)
    return row, content


def _estimate() -> int:
    return int(settings.AI_IMAGE_USD * credits.TICKS_A_DOLLAR)


def _begin(actor: Actor, words: str) -> Generation:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        actor.require(Right.WRITE_POSTS)
        client.require_on()
        by_person("ai", actor)
        needed = credits.in_credits(_estimate())
        bought = credits.set_aside(actor.workspace, needed)
        task = catalogue.tasks()["image"]
        return Generation.objects.create(
            workspace=actor.workspace,
            user=actor.user,
            task=task.slug,
            prompt_version=task.version,
            prompt_hash=prompting.fingerprint(Ask(({"role": "user", "content": words},), max_tokens=0)),
            model=settings.XAI_MODEL_IMAGE,
            credits=needed,
            bought=bought,
        )


def _finish(
    actor: Actor, row: Generation, state: Generation.State, ticks: int, began: float, error_code: str = ""
) -> None:
    with tenancy.tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        row.state, row.error_code, row.cost_ticks = state, error_code, ticks
        cost = credits.in_credits(ticks) if ticks else 0
        row.bought, row.credits = credits.settle(actor.workspace, row, cost), cost
        row.duration_ms = int((monotonic() - began) * 1000)
        row.save()
