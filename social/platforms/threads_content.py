"""What a variant becomes on Threads: what may be in it, and what is wrong with it
(https://developers.facebook.com/docs/threads/posts and …/docs/threads/overview#limitations)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from twitter_text import extract_urls_with_indices

from multivio.errors import Problem
from social.contract import Capabilities, MediaKind, MediaRule, Option, OptionKind, Part, TextRule, Variant
from social.platforms import checks, options, threads_metrics
from social.platforms import sentences_threads as own
from social.platforms.threads_errors import NAME

MOST_PIECES = 20
MOST_PARTS = 25
MOST_RATIO = 10
MOST_ANSWER = 25
ANSWERS = (2, 4)
REPLYING = "threads_manage_replies"
# The first of them in a text becomes the topic; digits alone are none.
TOPIC = re.compile(r"(?:^|(?<=\s))#([^\s.&@!?,;:#]{1,50})")
NOT_IN_A_TOPIC = frozenset(".&")

EVERYONE = "everyone"
OPTIONS = (
    Option(
        "reply_control",
        OptionKind.CHOICE,
        "Who can reply",
        choices=(
            (EVERYONE, "Anyone"),
            ("followers_only", "Your followers"),
            ("accounts_you_follow", "Profiles you follow"),
            ("mentioned_only", "Profiles you mention"),
            ("parent_post_author_only", "Only the author above"),
        ),
        default=EVERYONE,
    ),
    Option(
        "topic_tag",
        OptionKind.TEXT,
        "Topic",
        "One topic, without #. Left empty, the first hashtag of the text is it.",
        limit=50,
    ),
    Option(
        "link",
        OptionKind.LINK,
        "Link",
        "Shown as a card under the first part. Left empty, the first link of the text is. Not together with media.",
    ),
    Option(
        "poll",
        OptionKind.LIST,
        "Poll",
        "Two to four answers; open for a day.",
        limit=MOST_ANSWER,
        most=ANSWERS[1],
        apart=True,
    ),
    Option("quote", OptionKind.TEXT, "Quote", "The number by which the API knows the thread to quote.", limit=30),
)
LABELS = {option.key: option.label for option in OPTIONS}
# Threads takes these with words alone.
WORDS_ONLY = ("link", "poll", "quote")


def capabilities() -> Capabilities:
    pictures = MediaRule(
        MediaKind.IMAGE,
        most=MOST_PIECES,
        mimes=("image/jpeg", "image/png"),
        max_bytes=settings.THREADS_IMAGE_MAX_BYTES,
    )
    video = MediaRule(
        MediaKind.VIDEO,
        most=MOST_PIECES,
        mimes=("video/mp4", "video/quicktime"),
        max_bytes=settings.THREADS_VIDEO_MAX_BYTES,
        max_width=1920,
        max_seconds=settings.THREADS_VIDEO_MAX_SECONDS,
        ratio=(0.01, MOST_RATIO),
    )
    return Capabilities(
        text=TextRule("threads", limit=500),
        media=(pictures, video),
        shapes=("1:1", "4:5", "16:9"),
        mixes_kinds=True,
        thread=True,
        max_parts=MOST_PARTS,
        alt_text_limit=1000,
        deletes=True,
        metrics=threads_metrics.GIVEN,
        reads_back=True,
        options=OPTIONS,
    )


def chosen(variant: Variant, key: str) -> Any:
    """What was chosen for an option, or else its default. What is only white space counts as nothing."""
    found = options.value(variant.options, OPTIONS, key)
    return (found.strip() or None) if isinstance(found, str) else found


def topic_of(text: str) -> str:
    """The hashtag that Threads makes the topic; empty when there is none."""
    return next(iter(_topics(text)), "")


def problems(variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
    found = checks.problems(variant, capabilities(), name=NAME)
    if any(chosen(variant, key) for key in WORDS_ONLY):  # a link, a poll or a quote is a post without words as well
        found = [one for one in found if (one.field, one.code) != ("parts.0.text", "empty")]
    if len(variant.parts) > 1 and REPLYING in traits.get("lacks", ()):
        found.append(Problem("parts", "may_not_reply", own.may_not_reply(NAME)))
    found += _of_options(variant)
    for position, part in enumerate(variant.parts):
        link = str(chosen(variant, "link") or "") if position == 0 else ""
        found += _of_part(part, f"parts.{position}", link)
    return found


def _of_options(variant: Variant) -> Iterator[Problem]:
    first = variant.parts[0] if variant.parts else Part("")
    used = [key for key in WORDS_ONLY if chosen(variant, key)]
    for key in used if first.media else ():
        yield Problem(f"options.{key}", "words_only", own.words_only(NAME, LABELS[key]))
    topic = chosen(variant, "topic_tag")
    if isinstance(topic, str) and NOT_IN_A_TOPIC & set(topic):
        yield Problem("options.topic_tag", "bad_topic", own.bad_topic(NAME))
    poll = chosen(variant, "poll")
    if isinstance(poll, Sequence) and poll and not _is_poll(poll):
        yield Problem("options.poll", "bad_poll", own.poll_size(NAME))
    quote = chosen(variant, "quote")
    if isinstance(quote, str) and not (quote.isascii() and quote.isdigit()):
        yield Problem("options.quote", "bad_quote", own.bad_quote(NAME))
    yield from _of_topics(first.text, topic if isinstance(topic, str) else "")


def _of_topics(text: str, topic: str) -> Iterator[Problem]:
    tags = _topics(text)
    if topic and [tag for tag in tags if tag.casefold() != topic.casefold()]:
        yield Problem("options.topic_tag", "topic_instead", own.topic_instead(NAME, topic), severity="warning")
    elif not topic and len(tags) > 1:
        yield Problem("parts.0.text", "one_topic", own.one_topic(NAME, tags[0]), severity="warning")


def _of_part(part: Part, path: str, link: str) -> Iterator[Problem]:
    if len(part.media) > MOST_PIECES:
        sentence = own.too_many_pieces(NAME, len(part.media), MOST_PIECES)
        yield Problem(f"{path}.media", "too_many_media", sentence)
    if part.media and not (settings.THREADS_ON_SANDBOX or settings.MEDIA_CAN_BE_FETCHED):
        yield Problem(f"{path}.media", "media_not_fetchable", own.nobody_can_fetch(NAME))
    links = {one["url"] for one in extract_urls_with_indices(part.text)} | ({link} if link else set())
    if len(links) > settings.THREADS_MAX_LINKS:
        sentence = own.too_many_links(NAME, len(links), settings.THREADS_MAX_LINKS)
        yield Problem(f"{path}.text", "too_many_links", sentence)
    for position, media in enumerate(part.media):
        long, short = max(media.width, media.height), min(media.width, media.height)
        if media.kind == MediaKind.IMAGE and long > MOST_RATIO * short > 0:
            sentence = own.picture_too_long(NAME, media.width, media.height)
            yield Problem(f"{path}.media.{position}", "wrong_shape", sentence)


def _is_poll(answers: Sequence[Any]) -> bool:
    words = [str(answer).strip() for answer in answers]
    return ANSWERS[0] <= len(words) <= ANSWERS[1] and all(words) and len(set(words)) == len(words)


def _topics(text: str) -> list[str]:
    return list(dict.fromkeys(found[1] for found in TOPIC.finditer(text) if not found[1].isdigit()))
