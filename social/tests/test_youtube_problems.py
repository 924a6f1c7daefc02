"""What is checked before anything is sent to YouTube."""

from typing import Any

import pytest

from social import platforms
from social.contract import MediaKind, Part, Variant, VariantMedia
from social.tests.making import make_media
from social.tests.youtube_making import content

YOUTUBE = platforms.get("youtube")
GIGABYTE = 1024**3


def codes(variant: Variant, severity: str = "error", **traits: Any) -> set[str]:
    return {one.code for one in YOUTUBE.problems(variant, traits) if one.severity == severity}


def film(**fields: Any) -> VariantMedia:
    values = {"width": 1920, "height": 1080, "duration_ms": 30_000, "size": 1_000_000} | fields
    return make_media(kind=MediaKind.VIDEO, mime=values.pop("mime", "video/mp4"), **values)


def image(**fields: Any) -> VariantMedia:
    return make_media(**{"mime": "image/jpeg", **fields})


@pytest.mark.parametrize(
    ("variant", "found"),
    [
        (content("About lamps", film()), set()),
        (content("", film()), set()),
        (content("About lamps"), {"media_needed"}),
        (content("", image()), {"video_needed"}),
        (content("", film(), image()), set()),
        (content("", film(), film()), {"too_many_media"}),
        (content("", film(), image(), image()), {"too_many_media"}),
        (content("", film(), image(mime="image/webp")), {"wrong_type"}),
        (content("", film(), image(size=52_428_801)), {"too_big"}),
        (content("", film(mime="video/quicktime")), set()),
        (content("", film(mime="video/ogg")), {"wrong_type"}),
        (content("", film(size=256 * GIGABYTE + 1)), {"too_big"}),
        (content("", film(duration_ms=43_200_000)), set()),
        (content("", film(duration_ms=43_201_000)), {"lasts_too_long"}),
        (Variant((Part("One", (film(),)), Part("Two")), content("").options), {"no_thread"}),
        # description
        (content("x" * 5000, film()), set()),
        (content("ø" * 2500, film()), set()),
        (content("ø" * 2501, film()), {"too_long"}),
        (content("a < b", film()), {"bad_character"}),
        # title
        (content("", film(), title=None), {"option_needed"}),
        (content("", film(), title="  "), {"option_needed"}),
        (content("", film(), title="x" * 100), set()),
        (content("", film(), title="x" * 101), {"wrong_option"}),
        (content("", film(), title="a > b"), {"bad_character"}),
        # tags
        (content("", film(), tags=["a" * 100] * 4 + ["b" * 96]), set()),
        (content("", film(), tags=["a" * 100] * 4 + ["b" * 97]), {"tags_too_long"}),
        (content("", film(), tags=["a" * 100] * 4 + ["b " + "b" * 93]), {"tags_too_long"}),
        (content("", film(), tags=["<b>"]), {"bad_character"}),
        # choices
        (content("", film(), category="18"), {"wrong_option"}),
        (content("", film(), privacy="friends"), {"wrong_option"}),
        (content("", film(), playlist_id="PL1"), {"unknown_option"}),
        (content("", film(), first_comment="x" * 10_000), set()),
        (content("", film(), first_comment="x" * 10_001), {"wrong_option"}),
        (content("", film(), first_comment="Hi", made_for_kids="yes"), {"no_comment_there"}),
        (content("", film(), first_comment="Hi", privacy="private"), {"no_comment_there"}),
        (content("", film(), first_comment="Hi", privacy="unlisted"), set()),
        # Shorts
        (content("", film(width=1080, height=1920), kind="short"), set()),
        (content("", film(width=1080, height=1080, duration_ms=180_000), kind="short"), set()),
        (content("", film(), kind="short"), {"wrong_shape"}),
        (content("", film(width=1080, height=1920, duration_ms=181_000), kind="short"), {"lasts_too_long"}),
    ],
)
def test_what_youtube_would_refuse(variant: Variant, found: set[str]) -> None:
    assert codes(variant) == found


def test_whether_it_is_made_for_kids_has_to_be_said_on_purpose() -> None:
    (problem,) = YOUTUBE.problems(content("", film(), made_for_kids=None), {})
    assert (problem.field, problem.code) == ("options.made_for_kids", "option_needed")
    option = next(one for one in YOUTUBE.capabilities.options if one.key == "made_for_kids")
    assert (option.required, option.default) == (True, None)


@pytest.mark.parametrize(
    ("variant", "traits", "found"),
    [
        (content("", film(width=1080, height=1920)), {}, {"becomes_short"}),
        (content("", film(width=1080, height=1920, duration_ms=200_000)), {}, set()),
        (content("", film(width=1080, height=1920), image(), kind="short"), {}, {"thumbnail_not_shown"}),
        (content("", film(), image()), {"long_uploads": "eligible"}, {"thumbnail_not_taken"}),
        (content("", film(), privacy="unlisted", notify_subscribers=True), {}, {"not_notified"}),
        (content("", film(), privacy="unlisted"), {}, set()),
    ],
)
def test_what_is_only_worth_a_warning(variant: Variant, traits: dict[str, Any], found: set[str]) -> None:
    assert codes(variant, "warning", **traits) == found


@pytest.mark.parametrize("long_uploads", ["eligible", "disallowed"])
def test_a_channel_that_is_not_verified_uploads_shorter_videos(long_uploads: str) -> None:
    assert codes(content("", film(duration_ms=900_000)), long_uploads=long_uploads) == set()
    (problem,) = YOUTUBE.problems(content("", film(duration_ms=901_000)), {"long_uploads": long_uploads})
    assert (problem.code, "youtube.com/verify" in problem.message) == ("lasts_too_long", True)


def test_bytes_are_told_as_bytes() -> None:
    (problem,) = YOUTUBE.problems(content("ø" * 2501, film()), {})
    assert problem.message.startswith("2 bytes too many for YouTube: 5,002 of 5,000.")


def test_an_installation_that_was_not_audited_can_say_so(settings: Any) -> None:
    settings.YOUTUBE_ONLY_PRIVATE = True
    assert codes(content("", film())) == {"only_private"}
    assert codes(content("", film(), privacy="private")) == set()


def test_limits_are_settings(settings: Any) -> None:
    settings.YOUTUBE_VIDEO_MAX_SECONDS = 60
    settings.YOUTUBE_SHORT_MAX_SECONDS = 20
    upright = film(width=1080, height=1920)
    assert codes(content("", film(duration_ms=61_000))) == {"lasts_too_long"}
    assert codes(content("", upright, kind="short")) == {"lasts_too_long"}
