"""What a variant becomes on YouTube: options, rules, and the body of the request.

The text is the description; title and the rest are options (https://developers.google.com/youtube/v3/docs/videos#properties).
YouTube itself decides what is a Short: an upright or square video of up to three minutes.
"""

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
from social.platforms import checks
from social.platforms import sentences_youtube as sentences
from social.platforms.options import value
from social.platforms.sentences_youtube import NAME
from social.platforms.youtube_metrics import ANALYTICS_SCOPE, COUNTED, GIVEN

VIDEO, SHORT = "video", "short"
PUBLIC, UNLISTED, PRIVATE = "public", "unlisted", "private"
YES, NO = "yes", "no"
DESCRIPTION_BYTES = 5000
TITLE_CHARACTERS = 100
TAG_CHARACTERS = 500
COMMENT_CHARACTERS = 10_000
MIMES = (
    *("video/mp4", "video/quicktime", "video/webm", "video/x-msvideo", "video/x-ms-wmv", "video/x-flv"),
    *("video/mpeg", "video/3gpp", "video/x-matroska"),
)
# Those that are assignable everywhere (https://developers.google.com/youtube/v3/docs/videoCategories/list).
CATEGORIES = (
    ("1", "Film & Animation"),
    ("2", "Autos & Vehicles"),
    ("10", "Music"),
    ("15", "Pets & Animals"),
    ("17", "Sports"),
    ("19", "Travel & Events"),
    ("20", "Gaming"),
    ("22", "People & Blogs"),
    ("23", "Comedy"),
    ("24", "Entertainment"),
    ("25", "News & Politics"),
    ("26", "Howto & Style"),
    ("27", "Education"),
    ("28", "Science & Technology"),
    ("29", "Nonprofits & Activism"),
)
OPTIONS = (
    Option("title", OptionKind.TEXT, "Title", "The text of the post is the description.", required=True, limit=100),
    Option(
        "made_for_kids",
        OptionKind.CHOICE,
        "Made for kids",
        "The law (COPPA) wants you to say this yourself. Videos made for kids have no comments and no notifications.",
        choices=((NO, "No, it is not made for kids"), (YES, "Yes, it is made for kids")),
        required=True,
    ),
    Option(
        "privacy",
        OptionKind.CHOICE,
        "Visibility",
        choices=((PUBLIC, "Public"), (UNLISTED, "Unlisted"), (PRIVATE, "Private")),
        default=PUBLIC,
    ),
    Option(
        "kind",
        OptionKind.CHOICE,
        "Kind",
        "YouTube decides by itself what is a Short. Choosing it here checks that the video can be one.",
        choices=((VIDEO, "Video"), (SHORT, "Short")),
        default=VIDEO,
    ),
    Option("tags", OptionKind.LIST, "Tags", "Not shown to people.", limit=TAG_CHARACTERS),
    Option("category", OptionKind.CHOICE, "Category", choices=CATEGORIES, default="22"),
    Option(
        "synthetic_media",
        OptionKind.SWITCH,
        "Altered or made by AI",
        "Say so when something that looks real is not.",
        default=False,
    ),
    Option("notify_subscribers", OptionKind.SWITCH, "Tell subscribers", default=True),
    Option("first_comment", OptionKind.TEXT, "First comment", limit=COMMENT_CHARACTERS),
    Option("playlist", OptionKind.TEXT, "Playlist", "Its id: what follows “list=” in its address.", limit=64),
    Option("embeddable", OptionKind.SWITCH, "May be shown on other sites", default=True),
    Option(
        "license",
        OptionKind.CHOICE,
        "Licence",
        choices=(("youtube", "Standard YouTube licence"), ("creativeCommon", "Creative Commons (CC BY)")),
        default="youtube",
    ),
)


def capabilities(traits: Mapping[str, Any]) -> Capabilities:
    """Of a channel. One that is not verified uploads shorter videos; one that nothing is known of counts as verified."""
    is_verified = traits.get("long_uploads") in (None, "allowed")
    seconds = settings.YOUTUBE_VIDEO_MAX_SECONDS if is_verified else settings.YOUTUBE_VIDEO_MAX_SECONDS_UNVERIFIED
    video = MediaRule(
        MediaKind.VIDEO, most=1, mimes=MIMES, max_bytes=settings.YOUTUBE_VIDEO_MAX_BYTES, max_seconds=seconds
    )
    picture = MediaRule(
        MediaKind.IMAGE, most=1, mimes=("image/jpeg", "image/png"), max_bytes=settings.YOUTUBE_THUMBNAIL_MAX_BYTES
    )
    return Capabilities(
        text=TextRule("utf8-bytes", limit=DESCRIPTION_BYTES, required_without_media=False),
        media=(video, picture),
        shapes=("16:9",),
        mixes_kinds=True,
        first_comment=True,
        deletes=True,
        metrics=COUNTED if ANALYTICS_SCOPE in traits.get("lacks", ()) else GIVEN,
        reads_back=True,
        options=OPTIONS,
        needs_media=True,
    )


# -- reading a variant -------------------------------------------------------------------------------


def chosen(variant: Variant, key: str) -> Any:
    """What was chosen for an option, or else its default."""
    return value(variant.options, OPTIONS, key)


def video_of(variant: Variant) -> VariantMedia:
    """The video; problems() has seen to it that there is one."""
    return next(media for media in variant.parts[0].media if media.kind == MediaKind.VIDEO)


def thumbnail_of(variant: Variant) -> VariantMedia | None:
    return next((media for media in variant.parts[0].media if media.kind == MediaKind.IMAGE), None)


def comment_of(variant: Variant) -> str:
    return str(chosen(variant, "first_comment") or "").strip()


def title_of(variant: Variant) -> str:
    return str(chosen(variant, "title") or "").strip()


def notifies(variant: Variant) -> bool:
    return bool(chosen(variant, "notify_subscribers"))


def can_be_short(media: VariantMedia) -> bool:
    is_upright = 0 < media.width <= media.height
    return is_upright and media.duration_ms <= settings.YOUTUBE_SHORT_MAX_SECONDS * 1000


def permalink(variant: Variant, video_id: str) -> str:
    """A Short has an address of its own, but the ordinary one always works."""
    folder = "shorts/" if chosen(variant, "kind") == SHORT else "watch?v="
    return f"{settings.YOUTUBE_WEB_URL}/{folder}{video_id}"


def body_of(variant: Variant, *, privacy: str) -> dict[str, Any]:
    """`snippet` and `status`, both whole: an update erases what it does not name."""
    snippet: dict[str, Any] = {
        "title": title_of(variant),
        "description": variant.parts[0].text,
        "categoryId": str(chosen(variant, "category")),
    }
    tags = [tag.strip() for tag in chosen(variant, "tags") or () if tag.strip()]
    if tags:
        snippet["tags"] = tags
    status = {
        "privacyStatus": privacy,
        "selfDeclaredMadeForKids": chosen(variant, "made_for_kids") == YES,
        "containsSyntheticMedia": bool(chosen(variant, "synthetic_media")),
        "embeddable": bool(chosen(variant, "embeddable")),
        "license": str(chosen(variant, "license")),
    }
    return {"snippet": snippet, "status": status}


def tags_length(tags: list[str]) -> int:
    """As YouTube counts: a comma between two, and quotes around a tag with a space
    (https://developers.google.com/youtube/v3/docs/videos#snippet.tags[])."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)


# -- checks ------------------------------------------------------------------------------------------


def problems(variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
    allowed = capabilities(traits)
    found = [_retold(one, variant, traits) for one in checks.problems(variant, allowed, name=NAME)]
    for part in variant.parts[:1]:
        found += [*_of_words(variant, part), *_of_choices(variant), *_of_media(variant, part, traits)]
    return found


def _retold(problem: Problem, variant: Variant, traits: Mapping[str, Any]) -> Problem:
    """Where YouTube's own reason says more than the common one."""
    if problem.code == "too_long":
        position = int(problem.field.split(".")[1])
        length = len(variant.parts[position].text.encode())
        return replace(problem, message=sentences.too_many_bytes(length, DESCRIPTION_BYTES))
    if problem.code == "lasts_too_long" and traits.get("long_uploads") not in (None, "allowed"):
        return replace(problem, message=sentences.unverified_too_long(settings.YOUTUBE_VIDEO_MAX_SECONDS_UNVERIFIED))
    return problem


def _of_words(variant: Variant, part: Part) -> Iterator[Problem]:
    title, tags = variant.options.get("title"), variant.options.get("tags")
    if isinstance(title, str) and not title.strip():
        yield Problem("options.title", "option_needed", sentences.TITLE_EMPTY)
    if isinstance(title, str) and _has_brackets(title):
        yield Problem("options.title", "bad_character", sentences.brackets("title"))
    if _has_brackets(part.text):
        yield Problem("parts.0.text", "bad_character", sentences.brackets("description"))
    if isinstance(tags, (list, tuple)) and all(isinstance(tag, str) for tag in tags):
        length = tags_length([tag.strip() for tag in tags if tag.strip()])
        if length > TAG_CHARACTERS:
            yield Problem("options.tags", "tags_too_long", sentences.tags_too_long(length, TAG_CHARACTERS))
        if any(_has_brackets(tag) for tag in tags):
            yield Problem("options.tags", "bad_character", sentences.brackets("tags"))


def _of_choices(variant: Variant) -> Iterator[Problem]:
    privacy, is_for_kids = chosen(variant, "privacy"), chosen(variant, "made_for_kids") == YES
    if settings.YOUTUBE_ONLY_PRIVATE and privacy != PRIVATE:
        yield Problem("options.privacy", "only_private", sentences.ONLY_PRIVATE)
    if comment_of(variant) and is_for_kids:
        yield Problem("options.first_comment", "no_comment_there", sentences.NO_COMMENT_FOR_KIDS)
    elif comment_of(variant) and privacy == PRIVATE:
        yield Problem("options.first_comment", "no_comment_there", sentences.NO_COMMENT_IN_PRIVATE)
    if variant.options.get("notify_subscribers") is True and privacy != PUBLIC:
        yield Problem("options.notify_subscribers", "not_notified", sentences.NOT_NOTIFIED, severity="warning")


def _of_media(variant: Variant, part: Part, traits: Mapping[str, Any]) -> Iterator[Problem]:
    videos = [media for media in part.media if media.kind == MediaKind.VIDEO]
    is_short = chosen(variant, "kind") == SHORT
    if part.media and not videos:
        yield Problem("parts.0.media", "video_needed", sentences.VIDEO_NEEDED)
    for position, media in enumerate(part.media):
        place = f"parts.0.media.{position}"
        if media.kind == MediaKind.IMAGE:
            yield from _of_thumbnail(place, traits, is_short=is_short)
        elif media.kind == MediaKind.VIDEO:
            yield from _of_video(place, media, is_short=is_short)


def _of_video(place: str, media: VariantMedia, *, is_short: bool) -> Iterator[Problem]:
    longest = settings.YOUTUBE_SHORT_MAX_SECONDS
    if not is_short:
        if can_be_short(media):
            yield Problem(place, "becomes_short", sentences.BECOMES_SHORT, severity="warning")
        return
    if media.width > media.height:
        yield Problem(place, "wrong_shape", sentences.SHORT_NOT_UPRIGHT)
    if media.duration_ms > longest * 1000:
        yield Problem(place, "lasts_too_long", sentences.short_too_long(media.duration_ms / 1000, longest))


def _of_thumbnail(place: str, traits: Mapping[str, Any], *, is_short: bool) -> Iterator[Problem]:
    if is_short:
        yield Problem(place, "thumbnail_not_shown", sentences.THUMBNAIL_ON_SHORT, severity="warning")
    elif traits.get("long_uploads") not in (None, "allowed"):
        yield Problem(place, "thumbnail_not_taken", sentences.THUMBNAIL_UNVERIFIED, severity="warning")


def _has_brackets(text: str) -> bool:
    return "<" in text or ">" in text
