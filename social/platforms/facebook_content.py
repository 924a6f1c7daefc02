"""What a variant becomes on Facebook: its kind, the rules for that kind, and what is wrong with it.

https://developers.facebook.com/docs/pages-api/posts, …/docs/video-api/guides/reels-publishing, …/docs/page-stories-api
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from multivio.errors import Problem
from social.contract import Capabilities, MediaKind, MediaRule, Option, OptionKind, Part, TextRule, Variant
from social.platforms import checks, facebook_metrics, sentences
from social.platforms.options import value

NAME = "Facebook"
POST, REEL, STORY = "post", "reel", "story"
GIGABYTE = 1024**3
MOST_COMMENT = 8000
UPRIGHT = (0.54, 0.585)  # 9:16, with room for a pixel more or less
SMALLEST = (540, 960)
COMMENTING = "pages_manage_engagement"

OPTIONS = (
    Option(
        "kind",
        OptionKind.CHOICE,
        "Kind of post",
        "A reel is an upright video of 3 to 90 seconds. A story is one picture or video, gone after a day.",
        choices=((POST, "Post"), (REEL, "Reel"), (STORY, "Story")),
        default=POST,
    ),
    Option(
        "link", OptionKind.LINK, "Link", "Shown with a preview under the text. Not together with pictures or videos."
    ),
    Option("title", OptionKind.TEXT, "Video title", limit=255),
    Option("first_comment", OptionKind.TEXT, "First comment", limit=MOST_COMMENT),
    Option("ai_generated", OptionKind.SWITCH, "Made with AI", "Facebook marks the reel or story.", default=False),
)
PICTURES = ("image/jpeg", "image/png", "image/bmp", "image/tiff")


def capabilities() -> Capabilities:
    """Of a post; reels and stories are stricter."""
    pictures = MediaRule(MediaKind.IMAGE, most=10, mimes=PICTURES, max_bytes=settings.FACEBOOK_PHOTO_MAX_BYTES)
    gif = MediaRule(MediaKind.GIF, most=1, mimes=("image/gif",), max_bytes=settings.FACEBOOK_PHOTO_MAX_BYTES)
    video = MediaRule(
        MediaKind.VIDEO,
        most=1,
        mimes=("video/mp4",),
        max_bytes=settings.FACEBOOK_VIDEO_MAX_BYTES,
        max_seconds=settings.FACEBOOK_VIDEO_MAX_SECONDS,
    )
    return Capabilities(
        text=TextRule("characters", limit=63_206),
        media=(pictures, gif, video),
        shapes=("1:1", "4:5", "16:9"),
        alt_text_limit=1000,
        first_comment=True,
        deletes=True,
        metrics=facebook_metrics.GIVEN,
        reads_back=True,
        options=OPTIONS,
    )


def capabilities_of(kind: str) -> Capabilities:
    """What a post of this kind may be."""
    allowed = capabilities()
    pictures, _, video = allowed.media
    upright = replace(video, ratio=UPRIGHT, min_seconds=3)
    if kind == REEL:
        return replace(allowed, media=(replace(upright, max_seconds=90),), alt_text_limit=0, needs_media=True)
    if kind == STORY:
        media = (replace(pictures, most=1), replace(upright, max_seconds=60))
        return replace(allowed, media=media, needs_media=True, alt_text_limit=0)
    return allowed


def kind_of(variant: Variant) -> str:
    """post, reel or story; an unknown word counts as a post, and problems() names it."""
    kind = chosen(variant, "kind")
    return kind if kind in (REEL, STORY) else POST


def chosen(variant: Variant, key: str) -> Any:
    """What was chosen for an option, or else its default."""
    return value(variant.options, OPTIONS, key)


def video_of(part: Part) -> bool:
    return any(media.kind == MediaKind.VIDEO for media in part.media)


def comment_of(variant: Variant) -> str:
    """The first comment; empty where there is none, and under stories, which take none."""
    return "" if kind_of(variant) == STORY else str(chosen(variant, "first_comment") or "").strip()


def problems(variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
    kind = kind_of(variant)
    allowed = capabilities_of(kind)
    has_link = kind == POST and bool(chosen(variant, "link"))
    if has_link:  # a link alone is a post
        allowed = replace(allowed, text=replace(allowed.text, required_without_media=False))
    found = checks.problems(variant, allowed, name=NAME)
    for part in variant.parts[:1]:
        found += [*_of_options(variant, part, kind, traits), *_of_part(part, kind)]
    return found


def _of_options(variant: Variant, part: Part, kind: str, traits: Mapping[str, Any]) -> Iterator[Problem]:
    link, comment = chosen(variant, "link"), chosen(variant, "first_comment")
    if link and (part.media or kind != POST):
        yield Problem("options.link", "link_with_media", sentences.link_with_media(NAME))
    if comment and kind == STORY:
        yield Problem("options.first_comment", "no_comment_there", sentences.no_comment_under_story(NAME))
    elif comment and COMMENTING in traits.get("lacks", ()):
        yield Problem("options.first_comment", "may_not_comment", sentences.may_not_comment(NAME))
    if chosen(variant, "title") and not video_of(part):
        yield Problem("options.title", "title_not_shown", sentences.title_needs_video(NAME), severity="warning")
    if chosen(variant, "ai_generated") and kind == POST:
        yield Problem("options.ai_generated", "mark_not_shown", sentences.mark_needs_reel(NAME), severity="warning")


def _of_part(part: Part, kind: str) -> Iterator[Problem]:
    if kind == STORY and part.text.strip():
        yield Problem("parts.0.text", "text_not_shown", sentences.story_without_text(NAME), severity="warning")
    if kind == STORY and len(part.media) > 1:
        yield Problem("parts.0.media", "too_many_media", sentences.one_in_a_story(NAME, len(part.media)))
    for position, media in enumerate(part.media):
        is_small = media.width < SMALLEST[0] or media.height < SMALLEST[1]
        if kind != POST and media.kind == MediaKind.VIDEO and media.width and is_small:
            sentence = sentences.too_small(NAME, media.width, media.height, *SMALLEST)
            yield Problem(f"parts.0.media.{position}", "too_small", sentence)
        if kind == POST and media.kind == MediaKind.GIF and media.frames > 1:
            sentence = sentences.gif_may_stand_still(NAME)
            yield Problem(f"parts.0.media.{position}", "gif_may_not_move", sentence, severity="warning")
