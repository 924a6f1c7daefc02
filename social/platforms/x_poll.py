"""A poll under the first part of a post on X: two to four answers, open for as long as one likes within a week
(https://docs.x.com/x-api/posts/create-post)."""

from collections.abc import Iterator
from typing import Any

from multivio.errors import Problem
from social.contract import Option, OptionKind, Variant
from social.platforms import options, sentences
from social.platforms.x_api import NAME

FEWEST, MOST = 2, 4
LONGEST_ANSWER = 25
SHORTEST, LONGEST = 5, 10_080  # minutes
DAY = 1440

OPTIONS = (
    Option(
        "poll",
        OptionKind.LIST,
        "Poll",
        "Two to four answers of at most 25 characters, under the first part. Not together with pictures or a video.",
        limit=LONGEST_ANSWER,
        most=MOST,
        apart=True,
    ),
    Option(
        "poll_minutes",
        OptionKind.NUMBER,
        "The poll is open for (minutes)",
        "5 to 10,080. Left empty: 1,440, which is a day; 10,080 are a week.",
        default=DAY,
        least=SHORTEST,
        limit=LONGEST,
    ),
)


def answers(variant: Variant) -> tuple[str, ...]:
    """The answers as readers will see them; empty when there is no poll."""
    chosen = options.value(variant.options, OPTIONS, "poll")
    return tuple(str(one).strip() for one in chosen) if isinstance(chosen, (list, tuple)) else ()


def body(variant: Variant) -> dict[str, Any]:
    minutes = options.value(variant.options, OPTIONS, "poll_minutes")
    return {"options": list(answers(variant)), "duration_minutes": minutes}


def problems(variant: Variant) -> Iterator[Problem]:
    """What is wrong with it beside what its options rule out by themselves."""
    said = answers(variant)
    if not said:
        if variant.options.get("poll_minutes") is not None:
            yield Problem("options.poll_minutes", "no_poll", sentences.no_poll(NAME), severity="warning")
        return
    if len(said) < FEWEST:
        yield Problem("options.poll", "too_few_answers", sentences.too_few_answers(NAME, len(said), FEWEST, MOST))
    if not all(said):
        yield Problem("options.poll", "empty_answer", sentences.empty_answer(NAME))
    if len(set(said)) < len(said):
        yield Problem("options.poll", "twice", sentences.answer_twice(), severity="warning")
    if variant.parts and variant.parts[0].media:
        yield Problem("options.poll", "poll_with_media", sentences.poll_with_media(NAME))
