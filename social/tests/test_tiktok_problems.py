"""What is checked before anything is sent to TikTok, and what the composer is told to offer."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_django import Settings

from social import doctor, platforms
from social.contract import MediaKind, Option, Part, Variant, VariantMedia
from social.platforms.tiktok_content import AUDIENCES, digest, post_info
from social.tests.making import make_media
from social.tests.tiktok_making import EVERYONE, ONLY_ME, content

TIKTOK = platforms.get("tiktok")
PRIVATE = {"audiences": ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", ONLY_ME]}


def codes(variant: Variant, severity: str = "error", traits: Mapping[str, Any] | None = None) -> set[str]:
    return {one.code for one in TIKTOK.problems(variant, traits or {}) if one.severity == severity}


def image(**fields: Any) -> VariantMedia:
    return make_media(mime="image/jpeg", **fields)


def video(**fields: Any) -> VariantMedia:
    values = {"width": 1080, "height": 1920, "duration_ms": 30_000} | fields
    return make_media(**{"kind": MediaKind.VIDEO, "mime": "video/mp4", **values})


@pytest.mark.parametrize(
    ("variant", "found"),
    [
        (content("Lamps", video()), set()),
        (content("", video()), set()),
        (content("Only words"), {"media_needed"}),
        (content("Lamps", video(), privacy_level=None), {"option_needed"}),
        (content("Lamps", video(), privacy_level="EVERYBODY"), {"wrong_option"}),
        (content("Lamps", video(), music="loud"), {"unknown_option"}),
        (content("x" * 2200, video()), set()),
        (content("x" * 2201, video()), {"too_long"}),
        (content("💡" * 1100, video()), set()),
        (content("💡" * 1101, video()), {"too_long"}),
        (content("x" * 4000, image()), set()),
        (content("x" * 4001, image()), {"too_long"}),
        (content("", video(), video()), {"too_many_media"}),
        (content("", image(), video()), {"mixed_media"}),
        (content("", *(image() for _ in range(35))), set()),
        (content("", *(image() for _ in range(36))), {"too_many_media"}),
        (content("", video(mime="video/webm")), set()),
        (content("", video(mime="video/x-matroska")), {"wrong_type"}),
        (content("", make_media(mime="image/webp")), set()),
        (content("", make_media(mime="image/png")), {"wrong_type"}),
        (content("", make_media(kind=MediaKind.GIF, mime="image/gif")), {"kind_not_taken"}),
        (content("", image(size=20_000_000)), set()),
        (content("", image(size=20_000_001)), {"too_big"}),
        (content("", video(size=4_000_000_000)), set()),
        (content("", video(size=4_000_000_001)), {"too_big"}),
        (content("", image(width=1080, height=1920)), set()),
        (content("", image(width=1920, height=1080)), set()),
        (content("", image(width=1920, height=1081)), {"too_many_pixels"}),
        (content("", image(width=1080, height=1921)), {"too_many_pixels"}),
        (content("", video(width=360, height=4096)), set()),
        (content("", video(width=359, height=640)), {"wrong_sides"}),
        (content("", video(width=360, height=4097)), {"wrong_sides"}),
        (content("", video(duration_ms=600_000)), set()),
        (content("", video(duration_ms=600_500)), {"lasts_too_long"}),
        (Variant((Part("One", (video(),)), Part("Two")), {"privacy_level": EVERYONE}), {"no_thread"}),
        (content("", image(), title="x" * 90), set()),
        (content("", image(), title="💡" * 46), {"title_too_long"}),
        (content("", image(), title="x" * 91), {"wrong_option", "title_too_long"}),
        (content("", image(), image(), cover_photo=2), set()),
        (content("", image(), image(), cover_photo=3), {"no_such_photo"}),
        (content("", image(), image(), cover_photo=0), {"no_such_photo"}),
        (content("", video(), cover_at_ms=30_000), set()),
        (content("", video(), cover_at_ms=30_001), {"cover_too_late"}),
        (content("", video(), branded_content=True), set()),
        (content("", video(), branded_content=True, privacy_level=ONLY_ME), {"branded_private"}),
        (content("", video(), your_brand=True, privacy_level=ONLY_ME), set()),
    ],
)
def test_of_a_post(variant: Variant, found: set[str]) -> None:
    assert codes(variant) == found


@pytest.mark.parametrize(
    ("variant", "found"),
    [
        (content("", video(), title="Lamps"), {"no_effect"}),
        (content("", video(), cover_photo=1), {"no_effect"}),
        (content("", video(), add_music=True), {"no_effect"}),
        (content("", image(), cover_at_ms=10), {"no_effect"}),
        (content("", image(), ai_generated=True), {"no_effect"}),
        (content("", image(), allow_duet=True), {"no_effect"}),
        (content("", image(), allow_stitch=True), {"no_effect"}),
        (content("", video(duration_ms=2500)), {"may_be_too_short"}),
        (content("", video(duration_ms=3000)), set()),
    ],
)
def test_what_has_no_effect_is_said_and_stops_nothing(variant: Variant, found: set[str]) -> None:
    assert codes(variant) == set()
    assert codes(variant, "warning") == found


# -- of this account -------------------------------------------------------------------------------------


def test_only_the_accounts_own_audiences_are_offered() -> None:
    def choices(**traits: Any) -> list[str]:
        return [value for value, _ in option("privacy_level", **traits).choices]

    assert choices() == [value for value, _ in AUDIENCES]
    assert choices(**PRIVATE) == ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", ONLY_ME]
    assert codes(content("", video()), traits=PRIVATE) == {"wrong_option"}
    assert codes(content("", video(), privacy_level=ONLY_ME), traits=PRIVATE) == set()


def option(key: str, **traits: Any) -> Option:
    return next(one for one in TIKTOK.capabilities_for(traits).options if one.key == key)


def test_the_audience_is_chosen_on_purpose_and_everything_else_is_off() -> None:
    assert option("privacy_level").required
    assert option("privacy_level").default is None
    for key in ("allow_comment", "allow_duet", "allow_stitch", "your_brand", "branded_content", "ai_generated"):
        assert option(key).default is False


@pytest.mark.parametrize(
    ("trait", "key"),
    [("comment_disabled", "allow_comment"), ("duet_disabled", "allow_duet"), ("stitch_disabled", "allow_stitch")],
)
def test_what_the_account_switches_off_cannot_be_on(trait: str, key: str) -> None:
    traits = {trait: True}
    assert codes(content("", video(), **{key: True}), traits=traits) == {"switched_off"}
    assert codes(content("", video(), **{key: False}), traits=traits) == set()
    assert codes(content("", video(), **{key: True}), traits={trait: False}) == set()
    assert option(key, **traits).help.startswith("Switched off")


def test_the_longest_video_is_the_accounts() -> None:
    assert codes(content("", video(duration_ms=61_000)), traits={"max_seconds": 60}) == {"lasts_too_long"}
    assert codes(content("", video(duration_ms=60_000)), traits={"max_seconds": 60}) == set()
    assert codes(content("", video(duration_ms=601_000)), traits={"max_seconds": 3600}) == {"lasts_too_long"}


# -- of this installation ----------------------------------------------------------------------------------


def test_without_an_audit_only_private_posts_are_taken(settings: Settings) -> None:
    settings.TIKTOK_APP_AUDITED = False
    assert codes(content("", video())) == {"unaudited"}
    only_me = content("", video(), privacy_level=ONLY_ME)
    assert codes(only_me, traits=PRIVATE) == set()
    assert codes(only_me, "warning", PRIVATE) == set()
    assert codes(only_me, "warning", {"audiences": [EVERYONE, ONLY_ME]}) == {"unaudited"}
    (problem,) = TIKTOK.problems(content("", video()), {})
    assert "audited" in problem.message


@pytest.mark.parametrize(
    ("sandbox", "bucket", "public_url", "base_url", "found"),
    [
        (True, "", "", "http://localhost:8000", set()),
        (False, "", "", "https://app.example.com", {"cannot_be_fetched"}),
        (False, "", "https://media.example.com", "http://localhost:8000", set()),
        # Where they lie in a bucket they come through our own address all the same.
        (False, "media", "https://media.example.com", "http://localhost:8000", set()),
        (False, "media", "", "https://app.example.com", set()),
        (False, "media", "", "http://localhost:8000", {"cannot_be_fetched"}),
    ],
)
def test_pictures_need_an_address_that_tiktok_can_trust(
    settings: Settings, sandbox: bool, bucket: str, public_url: str, base_url: str, found: set[str]
) -> None:
    settings.TIKTOK_ON_SANDBOX, settings.S3_BUCKET, settings.MEDIA_PUBLIC_URL = sandbox, bucket, public_url
    settings.BASE_URL = base_url
    assert codes(content("", image())) == found
    assert codes(content("", video())) == set()


def test_the_doctor_says_plainly_what_holds_it_back(settings: Settings) -> None:
    def said() -> str:
        (report,) = (one for one in doctor.examine(ask=False) if one.platform.slug == "tiktok")
        return " ".join(f"{one.level}: {one.sentence} {one.next_step}" for one in report.findings)

    assert "audit" not in said()
    settings.TIKTOK_ON_SANDBOX, settings.TIKTOK_APP_AUDITED, settings.MEDIA_PUBLIC_URL = False, False, ""
    assert "warn: TikTok has not audited our application yet" in said()
    assert "Five people can post in a day" in said()
    assert "fetches pictures from a verified address" in said()
    settings.TIKTOK_APP_AUDITED = True
    settings.MEDIA_CAN_BE_FETCHED, settings.MEDIA_PUBLIC_URL = True, "https://media.example.com"
    assert "warn" not in said()


# -- what is sent --------------------------------------------------------------------------------------------


def test_any_change_makes_another_post_of_it() -> None:
    media = video()
    one = content("Lamps", media)
    others = [
        content("Lamps!", media),
        content("Lamps", video()),
        content("Lamps", media, privacy_level=ONLY_ME),
        content("Lamps", media, allow_comment=True),
        content("Lamps", media, cover_at_ms=1),
    ]
    assert digest(one) == digest(content("Lamps", media))
    assert len({digest(one), *map(digest, others)}) == len(others) + 1


def test_photos_have_no_fields_of_videos() -> None:
    info = post_info(content("Lamps", image(), allow_duet=True, ai_generated=True, cover_at_ms=3))
    assert set(info) == {
        *("title", "description", "privacy_level", "disable_comment", "auto_add_music"),
        *("brand_content_toggle", "brand_organic_toggle"),
    }
