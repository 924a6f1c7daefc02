"""What is said about content before it is sent to X, for the composer, the API and the publisher alike."""

from dataclasses import replace
from typing import Any

import pytest

from multivio.errors import Problem
from social import platforms
from social.contract import MediaKind, Part, Variant, VariantMedia
from social.tests.making import make_media, variant

X = platforms.get("x")
PREMIUM = {"subscription_type": "Premium"}
MEGABYTE = 1024**2

GIF = make_media(kind=MediaKind.GIF, mime="image/gif", frames=10)
VIDEO = make_media(kind=MediaKind.VIDEO, mime="video/mp4", width=1280, height=720, duration_ms=60_000)


def found(content: Variant, traits: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in X.problems(content, traits or {})]


def with_media(*media: VariantMedia) -> Variant:
    return variant("Look", media=media)


@pytest.mark.parametrize(
    "content",
    [
        variant("Hello"),
        variant("x" * 280),
        variant("https://example.com/" + "x" * 400 + " " + "x" * 256),
        variant("日" * 140),
        variant("One $AAPL, again $AAPL, and $5"),
        variant(*["A part"] * 25),
        with_media(*[make_media() for _ in range(4)]),
        with_media(GIF),
        with_media(VIDEO),
        variant("", media=(VIDEO,)),
    ],
)
def test_what_x_takes_has_no_problems(content: Variant) -> None:
    assert found(content) == []


def test_it_says_exactly_how_much_too_long_which_part_is() -> None:
    (problem,) = X.problems(variant("Fine", "x" * 283), {})
    assert problem == Problem("parts.1.text", "too_long", "3 too many for X: 283 of 280 characters.")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (variant(""), ("parts.0.text", "empty")),
        (variant("Fine", "  \n"), ("parts.1.text", "empty")),
        (variant("日" * 141), ("parts.0.text", "too_long")),
        (variant("$AAPL and $MSFT"), ("parts.0.text", "too_many_cashtags")),
        (variant("Hidden \ufeff mark"), ("parts.0.text", "bad_character")),
        (variant(*["A part"] * 26), ("parts", "too_many_parts")),
        (with_media(*[make_media() for _ in range(5)]), ("parts.0.media", "too_many_media")),
        (with_media(GIF, replace(GIF, uid="other")), ("parts.0.media", "too_many_media")),
        (with_media(make_media(), VIDEO), ("parts.0.media", "mixed_media")),
        (with_media(make_media(mime="image/tiff")), ("parts.0.media.0", "wrong_type")),
        (with_media(replace(VIDEO, mime="video/webm")), ("parts.0.media.0", "wrong_type")),
        (with_media(make_media(), make_media(size=5 * MEGABYTE + 1)), ("parts.0.media.1", "too_big")),
        (with_media(replace(GIF, size=15 * MEGABYTE + 1)), ("parts.0.media.0", "too_big")),
        (with_media(replace(VIDEO, size=5 * 1024 * MEGABYTE + 1)), ("parts.0.media.0", "too_big")),
        (with_media(replace(GIF, width=1281)), ("parts.0.media.0", "too_many_pixels")),
        (with_media(replace(GIF, height=1081)), ("parts.0.media.0", "too_many_pixels")),
        (with_media(replace(GIF, frames=351)), ("parts.0.media.0", "too_many_frames")),
        (with_media(replace(GIF, width=1280, height=1080, frames=300)), ("parts.0.media.0", "too_heavy")),
        (with_media(replace(VIDEO, duration_ms=499)), ("parts.0.media.0", "too_short")),
        (with_media(replace(VIDEO, duration_ms=1_200_001)), ("parts.0.media.0", "lasts_too_long")),
        (with_media(replace(VIDEO, width=100, height=301)), ("parts.0.media.0", "wrong_shape")),
        (with_media(replace(VIDEO, width=301, height=100)), ("parts.0.media.0", "wrong_shape")),
        (with_media(make_media(alt_text="x" * 1001)), ("parts.0.media.0.alt_text", "alt_text_too_long")),
    ],
)
def test_what_x_refuses_is_named_with_its_place(content: Variant, problem: tuple[str, str]) -> None:
    assert found(content) == [problem]


def test_a_missing_alt_text_is_a_warning_only() -> None:
    (problem,) = X.problems(with_media(make_media(alt_text=" ")), {})
    assert (problem.field, problem.code, problem.severity) == ("parts.0.media.0.alt_text", "no_alt_text", "warning")


def test_media_of_any_part_are_looked_at() -> None:
    content = Variant((Part("One"), Part("Two", (make_media(mime="image/bmp"),))))
    assert found(content) == [("parts.1.media.0", "wrong_type")]


@pytest.mark.parametrize("tier", ["Premium", "PremiumPlus"])
def test_premium_accounts_may_write_and_film_longer(tier: str) -> None:
    long = [variant("x" * 25_000), with_media(replace(VIDEO, duration_ms=7_500_000))]
    assert [found(content, {"subscription_type": tier}) for content in long] == [[], []]
    assert found(variant("x" * 25_001), PREMIUM) == [("parts.0.text", "too_long")]
    assert found(with_media(replace(VIDEO, duration_ms=7_500_001)), PREMIUM) == [("parts.0.media.0", "lasts_too_long")]


@pytest.mark.parametrize("tier", ["None", "Basic", None])
def test_other_accounts_may_not(tier: str | None) -> None:
    assert found(variant("x" * 281), {"subscription_type": tier}) == [("parts.0.text", "too_long")]


def test_the_longest_video_is_a_setting(settings: Any) -> None:
    settings.X_VIDEO_MAX_SECONDS = 30
    assert found(with_media(VIDEO)) == [("parts.0.media.0", "lasts_too_long")]


def test_every_sentence_is_one_for_people() -> None:
    problems = X.problems(Variant((Part("x" * 300, (make_media(size=9 * MEGABYTE), VIDEO)),)), {})
    assert len(problems) == 3
    for problem in problems:
        assert problem.message[0].isupper() or problem.message[0].isdigit()
        assert problem.message.endswith(".")
