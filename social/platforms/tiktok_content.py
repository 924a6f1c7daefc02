"""What a variant becomes on TikTok: a video or a row of photos, the choices that go with it, and what is wrong with it.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post, …-photo-post, …/content-sharing-guidelines
"""

import hashlib
import json
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
from social.platforms import checks, sentences, sentences_tiktok, tiktok_api, tiktok_metrics
from social.platforms.counting import utf16
from social.platforms.options import value

NAME = sentences_tiktok.NAME
PUBLIC, FOLLOWERS, FRIENDS, ONLY_ME = "PUBLIC_TO_EVERYONE", "FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"
AUDIENCES = ((PUBLIC, "Everyone"), (FOLLOWERS, "Followers"), (FRIENDS, "Friends"), (ONLY_ME, "Only me"))
MOST_PHOTOS = 35
TITLE, DESCRIPTION, PHOTO_TITLE = 2200, 4000, 90
SIDES = (360, 4096)  # pixels, each side of a video
PHOTO_SIDES = (1080, 1920)  # the shorter and the longer one
SHORT_SECONDS = 3  # named by some of TikTok's pages and not by others

AUDIENCE = Option(
    "privacy_level",
    OptionKind.CHOICE,
    "Who can see it",
    "TikTok wants this to be chosen for each post.",
    choices=AUDIENCES,
    required=True,
)
COMMENT = Option("allow_comment", OptionKind.SWITCH, "Allow comments", default=False)
DUET = Option("allow_duet", OptionKind.SWITCH, "Allow duets", "Videos only.", default=False)
STITCH = Option("allow_stitch", OptionKind.SWITCH, "Allow stitches", "Videos only.", default=False)
OTHERS = (
    Option(
        "your_brand",
        OptionKind.SWITCH,
        "Promotes yourself or your own business",
        "TikTok labels it “Promotional content”.",
        default=False,
    ),
    Option(
        "branded_content",
        OptionKind.SWITCH,
        "Promotes somebody else's brand",
        "TikTok labels it “Paid partnership”; it cannot be private, and you agree to TikTok's Branded Content Policy.",
        default=False,
    ),
    Option("ai_generated", OptionKind.SWITCH, "Made with AI", "TikTok labels the video.", default=False),
    Option(
        "cover_at_ms",
        OptionKind.NUMBER,
        "Cover: at which moment of the video",
        "In milliseconds from its beginning; without it the first picture.",
        limit=3_600_000,
    ),
    Option("title", OptionKind.TEXT, "Title of a photo post", "At most 90 characters.", limit=PHOTO_TITLE),
    Option("cover_photo", OptionKind.NUMBER, "Cover: which of the photos", "1 is the first.", limit=MOST_PHOTOS),
    Option("add_music", OptionKind.SWITCH, "Let TikTok add music to photos", default=False),
)
OPTIONS = (AUDIENCE, COMMENT, DUET, STITCH, *OTHERS)
SWITCHED_OFF = (
    ("comment_disabled", COMMENT, "comments"),
    ("duet_disabled", DUET, "duets"),
    ("stitch_disabled", STITCH, "stitches"),
)


# -- what TikTok accepts -----------------------------------------------------------------------------


def capabilities() -> Capabilities:
    """Of an account about which nothing is known. `text` is for videos; the words beside photos may be longer."""
    pictures = MediaRule(
        MediaKind.IMAGE,
        most=MOST_PHOTOS,
        mimes=("image/jpeg", "image/webp"),
        max_bytes=settings.TIKTOK_PHOTO_MAX_BYTES,
    )
    video = MediaRule(
        MediaKind.VIDEO,
        most=1,
        mimes=("video/mp4", "video/quicktime", "video/webm"),
        max_bytes=settings.TIKTOK_VIDEO_MAX_BYTES,
        max_seconds=settings.TIKTOK_VIDEO_MAX_SECONDS,
    )
    return Capabilities(
        text=TextRule("utf16", limit=TITLE, required_without_media=False),
        media=(pictures, video),
        shapes=("9:16",),
        why_no_delete=f"{sentences_tiktok.NO_DELETE} {sentences_tiktok.DELETE_THERE}",
        metrics=tiktok_metrics.GIVEN,
        reads_back=True,
        options=OPTIONS,
        needs_media=True,
    )


def capabilities_for(traits: Mapping[str, Any]) -> Capabilities:
    """Of this account: its audiences, its longest video, and what its settings switch off."""
    allowed = capabilities()
    pictures, video = allowed.media
    longest = traits.get("max_seconds")
    if isinstance(longest, int) and longest > 0:
        video = replace(video, max_seconds=min(longest, settings.TIKTOK_VIDEO_MAX_SECONDS))
    offered = traits.get("audiences")
    audience = AUDIENCE
    if offered:
        audience = replace(AUDIENCE, choices=tuple(one for one in AUDIENCES if one[0] in offered))
    switches = tuple(
        replace(option, help="Switched off in this account's settings on TikTok.") if traits.get(trait) else option
        for trait, option, _ in SWITCHED_OFF
    )
    allowed = replace(allowed, media=(pictures, video), options=(audience, *switches, *OTHERS))
    if tiktok_api.LISTING in traits.get("lacks", ()):
        return replace(allowed, metrics=(), why_no_metrics=sentences.may_not_measure(tiktok_api.NAME))
    return allowed


def traits_of(creator: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of TikTok's word on a creator."""
    audiences = creator.get("privacy_level_options")
    longest = creator.get("max_video_post_duration_sec")
    found: dict[str, Any] = {trait: bool(creator.get(trait)) for trait, _, _ in SWITCHED_OFF}
    if isinstance(audiences, list) and audiences:
        found["audiences"] = [str(one) for one in audiences]
    if isinstance(longest, int):
        found["max_seconds"] = longest
    return found


# -- what is sent --------------------------------------------------------------------------------------


def video_of(variant: Variant) -> VariantMedia | None:
    """The video; None for a post of photos."""
    return next((media for media in variant.parts[0].media if media.kind == MediaKind.VIDEO), None)


def chosen(variant: Variant, key: str) -> Any:
    """What was chosen for an option, or else its default."""
    return value(variant.options, OPTIONS, key)


def post_info(variant: Variant) -> dict[str, Any]:
    part = variant.parts[0]
    info: dict[str, Any] = {
        "privacy_level": str(chosen(variant, "privacy_level") or ""),
        "disable_comment": not chosen(variant, "allow_comment"),
        "brand_content_toggle": bool(chosen(variant, "branded_content")),
        "brand_organic_toggle": bool(chosen(variant, "your_brand")),
    }
    if video_of(variant) is None:
        words = {"title": str(chosen(variant, "title") or ""), "description": part.text}
        return {**info, **words, "auto_add_music": bool(chosen(variant, "add_music"))}
    info |= {
        "title": part.text,
        "disable_duet": not chosen(variant, "allow_duet"),
        "disable_stitch": not chosen(variant, "allow_stitch"),
        "is_aigc": bool(chosen(variant, "ai_generated")),
    }
    at = chosen(variant, "cover_at_ms")
    return info if at is None else {**info, "video_cover_timestamp_ms": int(at)}


def cover_index(variant: Variant) -> int:
    """Which photo is the cover, counted from 0 as TikTok does."""
    return max(0, int(chosen(variant, "cover_photo") or 1) - 1)


def digest(variant: Variant) -> str:
    """The same for the same post: what begins a task may not be continued for another one."""
    media = [(one.uid, one.sha256) for one in variant.parts[0].media]
    said = json.dumps([post_info(variant), cover_index(variant), media], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


# -- what is wrong -------------------------------------------------------------------------------------


def problems(variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
    allowed = capabilities_for(traits)
    has_photos = any(media.kind == MediaKind.IMAGE for part in variant.parts for media in part.media)
    if has_photos:
        allowed = replace(allowed, text=replace(allowed.text, limit=DESCRIPTION))
    found = checks.problems(variant, allowed, name=NAME)
    for part in variant.parts[:1]:
        found += [*_of_audience(variant, traits), *_of_switches(variant, traits), *_of_media(part)]
        found += _of_photos(variant, part) if has_photos else _of_video(variant, part)
    return found


def _of_audience(variant: Variant, traits: Mapping[str, Any]) -> Iterator[Problem]:
    audience = chosen(variant, "privacy_level")
    if chosen(variant, "branded_content") and audience == ONLY_ME:
        yield Problem("options.branded_content", "branded_private", sentences_tiktok.BRANDED_PRIVATE)
    if settings.TIKTOK_APP_AUDITED or not audience:
        return
    if audience != ONLY_ME:
        yield Problem("options.privacy_level", "unaudited", sentences_tiktok.ONLY_ME_NEEDED)
    elif PUBLIC in traits.get("audiences", ()):
        # What the account was when it was connected may have changed since, so TikTok has the last word.
        sentence = sentences_tiktok.PRIVATE_ACCOUNT_NEEDED
        yield Problem("options.privacy_level", "unaudited", sentence, severity="warning")


def _of_switches(variant: Variant, traits: Mapping[str, Any]) -> Iterator[Problem]:
    for trait, option, what in SWITCHED_OFF:
        if traits.get(trait) and chosen(variant, option.key):
            yield Problem(f"options.{option.key}", "switched_off", sentences_tiktok.switched_off(what))


def _of_media(part: Part) -> Iterator[Problem]:
    for position, media in enumerate(part.media):
        path, short, long = f"parts.0.media.{position}", *sorted((media.width, media.height))
        if media.kind == MediaKind.VIDEO and short and not SIDES[0] <= short <= long <= SIDES[1]:
            sentence = sentences_tiktok.wrong_sides(media.width, media.height, *SIDES)
            yield Problem(path, "wrong_sides", sentence)
        if media.kind == MediaKind.IMAGE and (short > PHOTO_SIDES[0] or long > PHOTO_SIDES[1]):
            yield Problem(path, "too_many_pixels", sentences_tiktok.photo_too_large(media.width, media.height))
        seconds = media.duration_ms / 1000
        if media.kind == MediaKind.VIDEO and 0 < seconds < SHORT_SECONDS:
            yield Problem(path, "may_be_too_short", sentences_tiktok.may_be_too_short(seconds), severity="warning")


def _of_photos(variant: Variant, part: Part) -> Iterator[Problem]:
    if not can_be_fetched():
        yield Problem("parts.0.media", "cannot_be_fetched", sentences_tiktok.PICTURES_CANNOT_BE_FETCHED)
    if utf16(str(chosen(variant, "title") or "")) > PHOTO_TITLE:
        yield Problem("options.title", "title_too_long", sentences_tiktok.PHOTO_TITLE_LONG)
    number = chosen(variant, "cover_photo")
    if isinstance(number, int) and not 1 <= number <= len(part.media):
        sentence = sentences_tiktok.cover_not_there(number, len(part.media))
        yield Problem("options.cover_photo", "no_such_photo", sentence)
    if chosen(variant, "cover_at_ms") is not None:
        yield _idle("cover_at_ms", sentences_tiktok.COVER_NEEDS_VIDEO)
    if chosen(variant, "ai_generated"):
        yield _idle("ai_generated", sentences_tiktok.MARK_NEEDS_VIDEO)
    for key in ("allow_duet", "allow_stitch"):
        if chosen(variant, key):
            yield _idle(key, sentences_tiktok.NO_DUETS_OF_PHOTOS)


def _of_video(variant: Variant, part: Part) -> Iterator[Problem]:
    at = chosen(variant, "cover_at_ms")
    lengths = [media.duration_ms for media in part.media if media.duration_ms]
    if isinstance(at, int) and lengths and at > lengths[0]:
        yield Problem("options.cover_at_ms", "cover_too_late", sentences_tiktok.COVER_TOO_LATE)
    if chosen(variant, "title"):
        yield _idle("title", sentences_tiktok.TITLE_NEEDS_PHOTOS)
    if chosen(variant, "cover_photo") is not None:
        yield _idle("cover_photo", sentences_tiktok.COVER_NEEDS_PHOTOS)
    if chosen(variant, "add_music"):
        yield _idle("add_music", sentences_tiktok.MUSIC_NEEDS_PHOTOS)


def _idle(key: str, sentence: str) -> Problem:
    """Chosen, and without effect on this kind of post."""
    return Problem(f"options.{key}", "no_effect", sentence, severity="warning")


def can_be_fetched() -> bool:
    """Whether TikTok can fetch pictures of ours: it wants https, an address whose owner it knows, and no redirect. So they come
    from our own domain, also where they lie in a bucket
    (https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide)."""
    if settings.TIKTOK_ON_SANDBOX or settings.MEDIA_PUBLIC_URL:
        return True
    # Whoever keeps media in a bucket runs this where the world can reach it; a folder may as well be on a laptop.
    return bool(settings.S3_BUCKET) and str(settings.BASE_URL).startswith("https://")
