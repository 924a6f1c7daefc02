"""What a variant becomes on LinkedIn: its rules, and what is wrong with it
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from multivio.errors import Problem
from social.contract import Capabilities, MediaKind, MediaRule, Option, OptionKind, Part, TextRule, Variant
from social.platforms import checks, linkedin_metrics, linkedin_text, sentences
from social.platforms import sentences_linkedin as words
from social.platforms.linkedin_people import PAGE_KIND
from social.platforms.options import value
from social.platforms.sentences_linkedin import NAME

MOST_TEXT = 3000
MOST_COMMENT = 1250
MOST_PAGES = 300
MOST_PIXELS = 36_152_320  # fewer than these
SMALLEST_VIDEO = 75 * 1024
PUBLIC, CONNECTIONS, LOGGED_IN = "PUBLIC", "CONNECTIONS", "LOGGED_IN"
COMMENTING = frozenset({"w_member_social_feed", "w_organization_social_feed"})

OPTIONS = (
    Option(
        "visibility",
        OptionKind.CHOICE,
        "Who can see it",
        choices=((PUBLIC, "Everybody"), (CONNECTIONS, "Connections only"), (LOGGED_IN, "LinkedIn members")),
        default=PUBLIC,
    ),
    Option("no_reshare", OptionKind.SWITCH, "No reposts", "Nobody can pass the post on.", default=False),
    Option(
        "title", OptionKind.TEXT, "Title of the video or document", "A document has to have one.", limit=400
    ),  # LinkedIn states no limit here; this is the one of links
    Option(
        "link",
        OptionKind.LINK,
        "Link",
        "Shown as a card under the text. One picture of the post becomes the card's.",
        limit=2000,
    ),
    Option("link_title", OptionKind.TEXT, "Title of the link", limit=400),
    Option("link_description", OptionKind.TEXT, "Description of the link", limit=4086),
    Option("poll_question", OptionKind.TEXT, "Question of a poll", limit=140),
    Option("poll_answers", OptionKind.LIST, "Answers of the poll", "Two to four.", limit=30, most=4, apart=True),
    Option(
        "poll_days",
        OptionKind.CHOICE,
        "The poll is open for",
        choices=(
            ("ONE_DAY", "1 day"),
            ("THREE_DAYS", "3 days"),
            ("SEVEN_DAYS", "1 week"),
            ("FOURTEEN_DAYS", "2 weeks"),
        ),
        default="THREE_DAYS",
    ),
    Option("first_comment", OptionKind.TEXT, "First comment", limit=MOST_COMMENT),
)


def capabilities() -> Capabilities:
    pictures = MediaRule(
        MediaKind.IMAGE,
        most=20,
        mimes=("image/jpeg", "image/png", "image/gif"),
        max_bytes=settings.LINKEDIN_IMAGE_MAX_BYTES,
    )
    gif = MediaRule(
        MediaKind.GIF, most=1, mimes=("image/gif",), max_bytes=settings.LINKEDIN_IMAGE_MAX_BYTES, max_frames=250
    )
    video = MediaRule(
        MediaKind.VIDEO,
        most=1,
        mimes=("video/mp4",),
        max_bytes=settings.LINKEDIN_VIDEO_MAX_BYTES,
        min_seconds=3,
        max_seconds=settings.LINKEDIN_VIDEO_MAX_SECONDS,
        ratio=(1 / 2.4, 2.4),
    )
    document = MediaRule(
        MediaKind.DOCUMENT, most=1, mimes=("application/pdf",), max_bytes=settings.LINKEDIN_DOCUMENT_MAX_BYTES
    )
    return Capabilities(
        text=TextRule("linkedin-little", limit=MOST_TEXT),
        media=(pictures, gif, video, document),
        shapes=("1:1", "4:5", "16:9"),
        alt_text_limit=4086,
        first_comment=True,
        deletes=True,
        metrics=linkedin_metrics.GIVEN,
        reads_back=True,
        options=OPTIONS,
    )


def capabilities_for(traits: Mapping[str, Any]) -> Capabilities:
    """Of one account: a member's posts cannot be read back, and comments want a permission of their own."""
    allowed = capabilities()
    is_page = traits.get("kind") == PAGE_KIND
    can_comment = not _lacks_comments(traits)
    left = {"visibility"} if is_page else set()
    options = [option for option in allowed.options if can_comment or option.key != "first_comment"]
    options = [_for_page(option) if option.key in left else option for option in options]
    allowed = replace(allowed, reads_back=is_page, first_comment=can_comment, options=tuple(options))
    if is_page:
        return allowed
    if linkedin_metrics.ANALYTICS in traits.get("lacks", ()):
        return replace(allowed, metrics=(), why_no_metrics=words.MEMBERS_WITHOUT_NUMBERS)
    return replace(allowed, metrics=linkedin_metrics.OF_MEMBERS)


def chosen(variant: Variant, key: str) -> Any:
    """What was chosen for an option, or else its default."""
    return value(variant.options, OPTIONS, key)


def words_of(variant: Variant, key: str) -> str:
    return str(chosen(variant, key) or "").strip()


def comment_of(variant: Variant) -> str:
    return words_of(variant, "first_comment")


def has_poll(variant: Variant) -> bool:
    return bool(words_of(variant, "poll_question") or chosen(variant, "poll_answers"))


def problems(variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
    allowed = capabilities()
    has_card = bool(words_of(variant, "link")) or has_poll(variant)
    if has_card:  # a link or a poll alone is a post
        allowed = replace(allowed, text=replace(allowed.text, required_without_media=False))
    found = [_in_our_words(one, variant) for one in checks.problems(variant, allowed, name=NAME)]
    kinds = [media.kind for part in variant.parts[:1] for media in part.media]
    for part in variant.parts[:1]:
        found += [*_of_options(variant, part, traits), *_of_media(part)]
    return [one for one in found if not _is_about_words_nobody_reads(one, kinds)]


def _in_our_words(problem: Problem, variant: Variant) -> Problem:
    """Where escapes make the text longer than it looks, the sentence says so."""
    if problem.code != "too_long":
        return problem
    text = variant.parts[int(problem.field.split(".")[1])].text
    length = linkedin_text.length(text)
    return replace(problem, message=words.counts_escaped(length, MOST_TEXT)) if length > len(text) else problem


def _is_about_words_nobody_reads(problem: Problem, kinds: list[MediaKind]) -> bool:
    """LinkedIn takes no alt text with videos and documents."""
    if not problem.field.endswith(".alt_text"):
        return False
    position = int(problem.field.split(".")[3])
    return position < len(kinds) and kinds[position] in (MediaKind.VIDEO, MediaKind.DOCUMENT)


def _of_options(variant: Variant, part: Part, traits: Mapping[str, Any]) -> Iterator[Problem]:
    if chosen(variant, "visibility") == CONNECTIONS and traits.get("kind") == PAGE_KIND:
        yield Problem("options.visibility", "members_only", words.connections_are_members())
    if comment_of(variant) and _lacks_comments(traits):
        yield Problem("options.first_comment", "may_not_comment", words.may_not_comment())
    yield from _of_title(variant, part)
    yield from _of_link(variant, part)
    yield from _of_poll(variant, part)


def _of_title(variant: Variant, part: Part) -> Iterator[Problem]:
    kinds, title = {media.kind for media in part.media}, words_of(variant, "title")
    if MediaKind.DOCUMENT in kinds and not title:
        yield Problem("options.title", "title_needed", words.title_for_document())
    elif title and not kinds & {MediaKind.VIDEO, MediaKind.DOCUMENT}:
        yield Problem("options.title", "title_not_shown", words.title_not_shown(), severity="warning")


def _of_link(variant: Variant, part: Part) -> Iterator[Problem]:
    title = words_of(variant, "link_title")
    if not words_of(variant, "link"):
        if title or words_of(variant, "link_description"):
            yield Problem("options.link_title", "no_link", words.link_words_not_shown(), severity="warning")
        return
    if not title:
        yield Problem("options.link_title", "title_needed", words.title_for_link())
    if any(media.kind != MediaKind.IMAGE for media in part.media):
        yield Problem("options.link", "link_with_media", words.only_one_thing())
    elif len(part.media) > 1:
        yield Problem("parts.0.media", "too_many_media", words.one_card_picture(len(part.media)))


def _of_poll(variant: Variant, part: Part) -> Iterator[Problem]:
    if not has_poll(variant):
        return
    answers = [str(one).strip() for one in chosen(variant, "poll_answers") or ()]
    if not words_of(variant, "poll_question") or len(answers) < 2 or not all(answers):
        yield Problem("options.poll_answers", "poll_incomplete", words.poll_incomplete())
    elif len(set(answers)) < len(answers):
        yield Problem("options.poll_answers", "twice", sentences.answer_twice())
    if part.media or words_of(variant, "link"):
        yield Problem("options.poll_question", "poll_with_media", words.only_one_thing())


def _of_media(part: Part) -> Iterator[Problem]:
    for position, media in enumerate(part.media):
        path = f"parts.0.media.{position}"
        if media.kind == MediaKind.DOCUMENT and media.frames > MOST_PAGES:
            yield Problem(path, "too_many_pages", words.too_many_pages(media.frames, MOST_PAGES))
        if media.kind in (MediaKind.IMAGE, MediaKind.GIF) and media.width * media.height >= MOST_PIXELS:
            yield Problem(path, "too_many_pixels", words.too_many_pixels(media.width, media.height))
        if media.kind == MediaKind.VIDEO and media.size < SMALLEST_VIDEO:
            yield Problem(path, "too_small", words.video_too_small(media.size, SMALLEST_VIDEO))


def _lacks_comments(traits: Mapping[str, Any]) -> bool:
    return not settings.LINKEDIN_FREE_COMMENTS and bool(COMMENTING & set(traits.get("lacks", ())))


def _for_page(option: Option) -> Option:
    return replace(option, choices=tuple(one for one in option.choices if one[0] != CONNECTIONS))
