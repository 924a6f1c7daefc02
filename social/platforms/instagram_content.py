"""What a variant becomes on Instagram: its kind, the rules for that kind, what is wrong with it, and the container's words.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from multivio.errors import Problem
from social.contract import (
    Capabilities,
    MediaKind,
    MediaRule,
    Option,
    OptionKind,
    Part,
    TextRule,
    Variant,
    VariantMedia,
)
from social.platforms import checks, instagram_metrics, sentences
from social.platforms import sentences_instagram as ours
from social.platforms.options import value

NAME = "Instagram"
POST, STORY = "post", "story"
IMAGE, REEL, CAROUSEL = "image", "reel", "carousel"  # what a post turns out to be
MEBIBYTE = 1024**2
MOST_CAPTION, MOST_HASHTAGS, MOST_MENTIONS = 2200, 30, 20
MOST_COLLABORATORS = 3
WIDEST = 1.91
ROUNDING = 0.005  # as a pixel more or less gives
STORY_SECONDS, STORY_BYTES = 60, 100 * MEBIBYTE
# JPEG is all that Instagram takes; the others are handed out as JPEG.
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
HASHTAG = re.compile(r"(?<![\w&])#\w")
MENTION = re.compile(r"(?<![\w@])@\w")
COMMENTING = frozenset({"instagram_business_manage_comments", "instagram_manage_comments"})
TRIALS = {"manual": "MANUAL", "automatic": "SS_PERFORMANCE"}

OPTIONS = (
    Option(
        "kind",
        OptionKind.CHOICE,
        "Kind of post",
        "One video becomes a reel, several pictures or videos a carousel. A story is gone after a day.",
        choices=((POST, "Post or reel"), (STORY, "Story")),
        default=POST,
    ),
    Option("first_comment", OptionKind.TEXT, "First comment", limit=MOST_CAPTION),
    Option(
        "collaborators",
        OptionKind.LIST,
        "Collaborators",
        "Usernames of up to three accounts that are invited.",
        most=MOST_COLLABORATORS,
        limit=31,
    ),
    Option(
        "share_to_feed",
        OptionKind.SWITCH,
        "Show the reel in the feed",
        "Off: it shows up among the reels alone.",
        default=True,
    ),
    Option(
        "thumb_offset",
        OptionKind.NUMBER,
        "Cover frame",
        "Which moment of the reel is its cover, in milliseconds.",
        limit=900_000,
    ),
    Option("cover_url", OptionKind.LINK, "Cover picture", "Address of a JPEG of at most 8 MB, for reels.", limit=2000),
    Option("audio_name", OptionKind.TEXT, "Name of the reel's own sound", limit=100),
    Option(
        "trial",
        OptionKind.CHOICE,
        "Trial reel",
        "Shown first to people who do not follow the account.",
        choices=(
            ("off", "No trial"),
            ("manual", "Share with followers by hand"),
            ("automatic", "Share when it does well"),
        ),
        default="off",
    ),
    Option("ai_generated", OptionKind.SWITCH, "Made with AI", "Instagram marks the post.", default=False),
)
REELS_ONLY = ("thumb_offset", "cover_url", "audio_name")


def capabilities() -> Capabilities:
    """Of a post in the feed; stories are stricter."""
    most = settings.INSTAGRAM_CAROUSEL_MOST
    pictures = MediaRule(MediaKind.IMAGE, most=most, mimes=PICTURES, max_bytes=50 * MEBIBYTE)
    video = MediaRule(
        MediaKind.VIDEO,
        most=most,
        mimes=("video/mp4", "video/quicktime"),
        max_bytes=settings.INSTAGRAM_VIDEO_MAX_BYTES,
        min_seconds=3,
        max_seconds=settings.INSTAGRAM_VIDEO_MAX_SECONDS,
    )
    return Capabilities(
        text=TextRule("utf16", limit=MOST_CAPTION, required_without_media=False),
        media=(pictures, video),
        shapes=("1:1", "4:5", "16:9"),
        mixes_kinds=True,
        alt_text_limit=1000,
        first_comment=True,
        deletes=True,
        metrics=instagram_metrics.GIVEN,
        reads_back=True,
        options=OPTIONS,
        needs_media=True,
    )


def capabilities_of(form: str) -> Capabilities:
    allowed = capabilities()
    pictures, video = allowed.media
    if form == STORY:
        video = replace(video, most=1, max_seconds=STORY_SECONDS, max_bytes=STORY_BYTES)
        return replace(allowed, media=(replace(pictures, most=1), video), alt_text_limit=0)
    return replace(allowed, alt_text_limit=0) if form == REEL else allowed


def chosen(variant: Variant, key: str) -> Any:
    """What was chosen for an option, or else its default."""
    return value(variant.options, OPTIONS, key)


def form_of(variant: Variant) -> str:
    """image, reel, carousel or story; an unknown kind counts as a post, and problems() names it."""
    if chosen(variant, "kind") == STORY:
        return STORY
    media = variant.parts[0].media
    if len(media) > 1:
        return CAROUSEL
    return REEL if is_video(media[0]) else IMAGE


def is_video(media: VariantMedia) -> bool:
    return media.kind == MediaKind.VIDEO


def comment_of(variant: Variant) -> str:
    """The first comment; empty where there is none, and under stories, which take none."""
    is_story = chosen(variant, "kind") == STORY
    return "" if is_story else str(chosen(variant, "first_comment") or "").strip()


# -- what is wrong -----------------------------------------------------------------------------------


def problems(variant: Variant, traits: Mapping[str, Any], *, reachable: bool) -> list[Problem]:
    form = form_of(variant) if variant.parts and variant.parts[0].media else IMAGE
    found = checks.problems(variant, capabilities_of(form), name=NAME)
    for part in variant.parts[:1]:
        if part.media and not reachable:
            found.append(Problem("parts.0.media", "media_unreachable", ours.UNREACHABLE))
        found += [*_of_caption(part, form), *_of_media(part, form), *_of_options(variant, part, form, traits)]
    return found


def _of_caption(part: Part, form: str) -> Iterator[Problem]:
    if form == STORY:
        if part.text.strip():
            yield Problem("parts.0.text", "text_not_shown", sentences.story_without_text(NAME), severity="warning")
        return
    hashtags, mentions = len(HASHTAG.findall(part.text)), len(MENTION.findall(part.text))
    if hashtags > MOST_HASHTAGS:
        yield Problem("parts.0.text", "too_many_hashtags", ours.too_many_hashtags(hashtags, MOST_HASHTAGS))
    if mentions > MOST_MENTIONS:
        yield Problem("parts.0.text", "too_many_mentions", ours.too_many_mentions(mentions, MOST_MENTIONS))


def _of_media(part: Part, form: str) -> Iterator[Problem]:
    number, most = len(part.media), settings.INSTAGRAM_CAROUSEL_MOST
    if form == STORY and number > 1:
        yield Problem("parts.0.media", "too_many_media", sentences.one_in_a_story(NAME, number))
        return
    if form == CAROUSEL and number > most:
        yield Problem("parts.0.media", "too_many_media", ours.too_many_items(number, most))
    for position, media in enumerate(part.media):
        if form != STORY and media.kind == MediaKind.IMAGE and not _fits_feed(media):
            yield Problem(f"parts.0.media.{position}", "wrong_shape", ours.shape(media.width, media.height))
    shapes = {round(media.width / media.height, 2) for media in part.media if media.height}
    if form == CAROUSEL and len(shapes) > 1:
        yield Problem("parts.0.media", "cropped", ours.cropped(), severity="warning")


def _fits_feed(media: VariantMedia) -> bool:
    if not media.height:
        return True
    narrowest: float = settings.INSTAGRAM_IMAGE_NARROWEST
    return narrowest - ROUNDING <= media.width / media.height <= WIDEST + ROUNDING


def _of_options(variant: Variant, part: Part, form: str, traits: Mapping[str, Any]) -> Iterator[Problem]:
    comment, collaborators = chosen(variant, "first_comment"), chosen(variant, "collaborators")
    if comment and form == STORY:
        yield Problem("options.first_comment", "no_comment_there", sentences.no_comment_under_story(NAME))
    elif comment and COMMENTING & set(traits.get("lacks", ())):
        yield Problem("options.first_comment", "may_not_comment", ours.comment_not_allowed())
    is_trial = chosen(variant, "trial") in TRIALS
    if collaborators and form == STORY:
        yield Problem("options.collaborators", "no_collaborators", ours.no_story_collaborators())
    elif collaborators and form == REEL and is_trial:
        yield Problem("options.collaborators", "no_collaborators", ours.no_trial_collaborators())
    labels = {option.key: option.label for option in OPTIONS}
    unused = [key for key in REELS_ONLY if chosen(variant, key)] + (["trial"] if is_trial else [])
    for key in unused if form != REEL else ():
        yield Problem(f"options.{key}", "reels_only", ours.reels_only(labels[key]), severity="warning")
    offset = chosen(variant, "thumb_offset")
    if form == REEL and isinstance(offset, int) and offset > part.media[0].duration_ms > 0:
        yield Problem("options.thumb_offset", "cover_outside", ours.cover_outside(NAME))


# -- what a container is made of ---------------------------------------------------------------------


def words_of(variant: Variant, form: str) -> dict[str, Any]:
    """Everything of a container's body beside its media; what is None is not said."""
    if form == STORY:
        return {"media_type": "STORIES", "is_ai_generated": chosen(variant, "ai_generated") or None}
    body: dict[str, Any] = {
        "caption": variant.parts[0].text or None,
        "collaborators": [name.lstrip("@") for name in chosen(variant, "collaborators") or ()] or None,
        "is_ai_generated": chosen(variant, "ai_generated") or None,
    }
    if form == CAROUSEL:
        return {**body, "media_type": "CAROUSEL"}
    if form == IMAGE:
        return {**body, "alt_text": variant.parts[0].media[0].alt_text or None}
    trial = TRIALS.get(str(chosen(variant, "trial")))
    return {
        **body,
        "media_type": "REELS",
        "share_to_feed": chosen(variant, "share_to_feed"),
        "cover_url": chosen(variant, "cover_url"),
        "thumb_offset": chosen(variant, "thumb_offset"),
        "audio_name": chosen(variant, "audio_name"),
        "trial_params": f'{{"graduation_strategy":"{trial}"}}' if trial else None,
    }


def content_of(variant: Variant) -> tuple[str, ...]:
    """What makes this post this one and no other, for the name of its container."""
    form = form_of(variant)
    media = [f"{one.uid}:{one.sha256}:{one.alt_text}" for one in variant.parts[0].media]
    return (form, repr(sorted(words_of(variant, form).items(), key=lambda item: item[0])), *media)
