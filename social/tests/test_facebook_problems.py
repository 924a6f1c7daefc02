"""What is checked before anything is sent to a Page."""

from typing import Any

import pytest

from social import platforms
from social.contract import MediaKind, Part, Variant, VariantMedia
from social.tests.facebook_making import content
from social.tests.making import make_media

FACEBOOK = platforms.get("facebook")
MEGABYTE = 1024**2


def codes(variant: Variant, severity: str = "error", **traits: Any) -> set[str]:
    return {one.code for one in FACEBOOK.problems(variant, traits) if one.severity == severity}


def image(**fields: Any) -> VariantMedia:
    return make_media(mime="image/jpeg", **fields)


def video(**fields: Any) -> VariantMedia:
    values = {"width": 1080, "height": 1920, "duration_ms": 30_000} | fields
    return make_media(kind=MediaKind.VIDEO, mime="video/mp4", **values)


@pytest.mark.parametrize(
    ("variant", "found"),
    [
        (content("Lamps"), set()),
        (content(""), {"empty"}),
        (content("x" * 63_206), set()),
        (content("x" * 63_207), {"too_long"}),
        (content("", link="https://example.org"), set()),
        (content("Read", link="https://example.org"), set()),
        (content("Read", link="example.org"), {"wrong_option"}),
        (content("Read", image(), link="https://example.org"), {"link_with_media"}),
        (content("", *(image() for _ in range(10))), set()),
        (content("", *(image() for _ in range(11))), {"too_many_media"}),
        (content("", image(size=4 * MEGABYTE + 1)), {"too_big"}),
        (content("", make_media(mime="image/webp")), {"wrong_type"}),
        (content("", image(), video()), {"mixed_media"}),
        (content("", video(width=1920, height=1080)), set()),
        (content("", video(), video()), {"too_many_media"}),
        (content("", video(duration_ms=1_200_000)), set()),
        (content("", video(duration_ms=1_201_000)), {"lasts_too_long"}),
        (Variant((Part("One"), Part("Two"))), {"no_thread"}),
        (content("Lamps", kind="carousel"), {"wrong_option"}),
        (content("Lamps", music="loud"), {"unknown_option"}),
        (content("Lamps", first_comment="x" * 8000), set()),
        (content("Lamps", first_comment="x" * 8001), {"wrong_option"}),
    ],
)
def test_of_a_post(variant: Variant, found: set[str]) -> None:
    assert codes(variant) == found


@pytest.mark.parametrize(
    ("media", "found"),
    [
        ((video(),), set()),
        ((), {"media_needed", "empty"}),
        ((image(),), {"kind_not_taken"}),
        ((video(duration_ms=2_900),), {"too_short"}),
        ((video(duration_ms=91_000),), {"lasts_too_long"}),
        ((video(width=1920, height=1080),), {"wrong_shape"}),
        ((video(width=360, height=640),), {"too_small"}),
        ((video(width=540, height=960),), set()),
        ((video(), video()), {"too_many_media"}),
    ],
)
def test_of_a_reel(media: tuple[VariantMedia, ...], found: set[str]) -> None:
    assert codes(content("", *media, kind="reel")) == found


@pytest.mark.parametrize(
    ("media", "options", "found"),
    [
        ((video(),), {}, set()),
        ((image(),), {}, set()),
        ((video(duration_ms=61_000),), {}, {"lasts_too_long"}),
        ((image(), image()), {}, {"too_many_media"}),
        ((image(), video()), {}, {"mixed_media", "too_many_media"}),
        ((), {}, {"media_needed", "empty"}),
        ((image(),), {"link": "https://example.org"}, {"link_with_media"}),
        ((image(),), {"first_comment": "Hi"}, {"no_comment_there"}),
    ],
)
def test_of_a_story(media: tuple[VariantMedia, ...], options: dict[str, Any], found: set[str]) -> None:
    assert codes(content("", *media, kind="story", **options)) == found


def test_what_is_only_worth_a_warning() -> None:
    assert "text_not_shown" in codes(content("Words", image(), kind="story"), "warning")
    assert "title_not_shown" in codes(content("Words", title="Title"), "warning")
    assert "mark_not_shown" in codes(content("Words", ai_generated=True), "warning")
    gif = make_media(kind=MediaKind.GIF, mime="image/gif", frames=3)
    assert "gif_may_not_move" in codes(content("", gif), "warning")
    assert "no_alt_text" in codes(content("", image(alt_text="")), "warning")


def test_a_comment_needs_a_permission_that_can_be_left_out() -> None:
    assert codes(content("Lamps", first_comment="Hi"), lacks=["pages_manage_engagement"]) == {"may_not_comment"}
    assert codes(content("Lamps", first_comment="Hi"), lacks=["read_insights"]) == set()
    assert codes(content("Lamps"), lacks=["pages_manage_engagement"]) == set()


def test_limits_are_settings(settings: Any) -> None:
    settings.FACEBOOK_PHOTO_MAX_BYTES = 10 * MEGABYTE
    settings.FACEBOOK_VIDEO_MAX_SECONDS = 60
    assert codes(content("", image(size=9 * MEGABYTE))) == set()
    assert codes(content("", video(duration_ms=61_000))) == {"lasts_too_long"}
