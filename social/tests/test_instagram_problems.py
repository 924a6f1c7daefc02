"""What would be refused is said before anything is sent."""

from typing import Any

import pytest

from social import doctor
from social.contract import MediaKind, Part, Variant, VariantMedia
from social.tests.instagram_making import INSTAGRAM, content
from social.tests.making import make_media

TRAITS = {"login": "instagram", "lacks": []}


def picture(**fields: Any) -> VariantMedia:
    return make_media(**{"mime": "image/jpeg", "width": 1080, "height": 1080, **fields})


def film(**fields: Any) -> VariantMedia:
    values = {"kind": MediaKind.VIDEO, "mime": "video/mp4", "width": 1080, "height": 1920, "duration_ms": 10_000}
    return make_media(**{**values, **fields})


def codes(variant: Variant, *, severity: str = "error", traits: dict[str, Any] | None = None) -> list[str]:
    return [one.code for one in INSTAGRAM.problems(variant, traits or TRAITS) if one.severity == severity]


@pytest.mark.parametrize(
    "variant",
    [
        content("Lamps", picture()),
        content("", picture()),
        content("", picture(mime="image/png")),
        content("", picture(mime="image/webp", width=1910, height=1000)),
        content("", picture(width=1080, height=1350)),
        content("A film", film()),
        content("Mixed", picture(), film()),
        content("", picture(width=1080, height=1920), kind="story"),
        content("", film(duration_ms=60_000), kind="story"),
        content("#a " * 30, picture()),
        content("@a " * 20, picture()),
        content("A film", film(), thumb_offset=10_000, trial="manual"),
    ],
)
def test_nothing_is_wrong_with(variant: Variant) -> None:
    assert codes(variant) == []


@pytest.mark.parametrize(
    ("variant", "code"),
    [
        (content("Words alone"), "media_needed"),
        (content("x" * 2201, picture()), "too_long"),
        (content("👋" * 1101, picture()), "too_long"),
        (content("#a " * 31, picture()), "too_many_hashtags"),
        (content("@a " * 21, picture()), "too_many_mentions"),
        (content("", picture(width=1080, height=1440)), "wrong_shape"),
        (content("", picture(width=2000, height=1000)), "wrong_shape"),
        (content("", make_media(kind=MediaKind.GIF, mime="image/gif", frames=9)), "kind_not_taken"),
        (content("", film(mime="video/webm")), "wrong_type"),
        (content("", film(duration_ms=2900)), "too_short"),
        (content("", film(duration_ms=901_000)), "lasts_too_long"),
        (content("", film(size=301 * 1024**2)), "too_big"),
        (content("", film(duration_ms=61_000), kind="story"), "lasts_too_long"),
        (content("", film(size=101 * 1024**2), kind="story"), "too_big"),
        (content("", picture(), picture(), kind="story"), "too_many_media"),
        (content("", *(picture() for _ in range(11))), "too_many_media"),
        (content("", *(picture() for _ in range(6)), *(film() for _ in range(6))), "too_many_media"),
        (content("", picture(), kind="poll"), "wrong_option"),
        (content("", picture(), kind="story", first_comment="More"), "no_comment_there"),
        (content("", picture(), kind="story", collaborators=["alma"]), "no_collaborators"),
        (content("", picture(), collaborators=["a", "b", "c", "d"]), "wrong_option"),
        (content("", film(), collaborators=["a"], trial="manual"), "no_collaborators"),
        (content("", film(), thumb_offset=10_001), "cover_outside"),
        (content("", picture(alt_text="x" * 1001)), "alt_text_too_long"),
        (Variant((Part("One", (picture(),)), Part("Two"))), "no_thread"),
    ],
)
def test_it_names(variant: Variant, code: str) -> None:
    assert code in codes(variant)


@pytest.mark.parametrize(
    ("variant", "code"),
    [
        (content("Not shown", picture(), kind="story"), "text_not_shown"),
        (content("", picture(), picture(height=1350)), "cropped"),
        (content("", picture(), cover_url="https://example.org/a.jpg"), "reels_only"),
        (content("", picture(), trial="manual"), "reels_only"),
        (content("", picture(alt_text="")), "no_alt_text"),
    ],
)
def test_it_warns(variant: Variant, code: str) -> None:
    assert code in codes(variant, severity="warning")
    assert code not in codes(variant)


@pytest.mark.parametrize("scope", ["instagram_business_manage_comments", "instagram_manage_comments"])
def test_a_comment_needs_its_permission(scope: str) -> None:
    variant = content("", picture(), first_comment="More")
    assert codes(variant, traits={"lacks": [scope]}) == ["may_not_comment"]
    assert codes(variant) == []


def test_media_that_nobody_can_fetch_are_said_to_be_so(settings: Any) -> None:
    settings.INSTAGRAM_ON_SANDBOX, settings.MEDIA_CAN_BE_FETCHED = False, False
    (problem,) = [one for one in INSTAGRAM.problems(content("", picture()), TRAITS) if one.severity == "error"]
    assert (problem.field, problem.code) == ("parts.0.media", "media_unreachable")
    assert "MEDIA_PUBLIC_URL" in problem.message


def test_with_a_public_address_real_keys_are_no_problem(settings: Any) -> None:
    settings.INSTAGRAM_ON_SANDBOX, settings.MEDIA_CAN_BE_FETCHED = False, True
    assert codes(content("", picture())) == []


def test_only_what_came_through_facebook_can_be_deleted_from_here() -> None:
    assert INSTAGRAM.capabilities_for({"login": "facebook"}).deletes
    assert not INSTAGRAM.capabilities_for(TRAITS).deletes


@pytest.mark.parametrize(("reachable", "level"), [(False, "bad"), (True, "ok")])
def test_the_doctor_says_that_media_need_an_address(settings: Any, reachable: bool, level: str) -> None:
    settings.INSTAGRAM_ON_SANDBOX, settings.MEDIA_CAN_BE_FETCHED = False, reachable
    settings.BASE_URL = "https://app.example.com"
    (report,) = [one for one in doctor.examine(ask=False) if one.platform.slug == "instagram"]
    assert report.level == level
    assert any("public address" in finding.sentence for finding in report.findings) is not reachable
