"""Pictures by Grok: asked for here, drawn by a worker, and put into the library, marked as made by AI."""

from fractions import Fraction
from io import BytesIO

import structlog
from django.core.files import File
from django.db import transaction

from accounts.rates import by_person
from accounts.services import Actor
from ai import drawing
from ai.models import Generation
from billing import limits, packs
from billing.plans import What
from multivio.errors import DomainError, Problem
from posts.media.pictures import cropped
from posts.media.services import store_upload

log = structlog.get_logger(__name__)


@transaction.atomic
def ask_for_picture(*, actor: Actor, prompt: str, ratio: str = "1:1") -> Generation:
    """Have a picture drawn; the generation tells when it is there. Raises DomainError, before anything is spent."""
    packs.lock(actor.workspace)  # before the limit's own: whoever changes the plan takes these two in the same order
    limits.require(actor.workspace, What.STORAGE, 1)  # a full library would not take it
    by_person("uploads", actor)
    asked = drawing.begin(actor=actor, prompt=prompt, ratio=ratio)
    transaction.on_commit(lambda: hand_over([asked.pk]), robust=True)
    return asked.generation


def hand_over(drawings: list[int]) -> None:
    """To workers; the tick does it again for those that got lost, and twice does no harm."""
    from posts.tasks import draw  # noqa: PLC0415 - tasks import services

    for pk in drawings:
        draw.delay(pk)


def draw(pk: int) -> None:
    """Draw one and put it into the library; whatever comes of it is written down. No transaction may be open."""
    turn = drawing.take(pk)
    if turn is None:
        return
    try:
        _draw(turn)
    except Exception:  # a fault of ours: it may have been paid, so it is not tried again
        log.exception("a picture could not be drawn", drawing=pk)
        drawing.finish(turn, state=Generation.State.FAILED, error_code="crashed")
    hand_over(drawing.waiting()[:1])  # who had to wait for room


def _draw(turn: drawing.Turn) -> None:
    content = drawing.ask(turn)
    if content is None:
        return
    try:
        if turn.ratio in drawing.DRAWN_AS:
            content = cropped(BytesIO(content), Fraction(*(int(side) for side in turn.ratio.split(":"))))
        media = store_upload(actor=turn.actor, file=File(BytesIO(content), name="grok.jpg"), made_by_ai=True)
    except DomainError as error:
        problems = getattr(error, "problems", ()) or (Problem("media", error.code, error.message),)
        drawing.not_kept(turn, problems)
    else:
        drawing.kept(turn, media.uid)
