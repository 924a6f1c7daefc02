"""What a deletion means when its answer is not a plain yes, on every platform that deletes; and who says why it cannot be."""

from typing import Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import Account, Capabilities, Metric, NeedsReauth, NotSent, PlatformError, RateLimited, Unknown
from social.tests.instagram_making import account as through_facebook

DELETING = ["x", "facebook", "instagram", "linkedin", "youtube", "threads"]
PERSONS = {"linkedin": "maja-lindqvist", "youtube": "norrestudio"}
IDS = {"linkedin": "urn:li:share:7300000000000000001", "youtube": "abcdefghijk"}
# A reset after the call may have done its work, as may an answer that says nothing.
ANSWERS: list[tuple[str, type[PlatformError]]] = [
    ("reset", Unknown),
    ("reject_5xx", Unknown),
    ("rate_limit", RateLimited),
    ("token_revoked", NeedsReauth),
]


def account(sandbox: Running, slug: str) -> Account:
    if slug == "instagram":
        return through_facebook(sandbox, "facebook")
    granted = sandbox.control.tokens(
        PERSONS.get(slug, "norrestudio"), platform=slug, client_id=f"sandbox-{slug}-client"
    )
    return Account("1", "norrestudio", granted["access_token"])


@pytest.mark.parametrize("slug", DELETING)
@pytest.mark.parametrize(("fault", "meaning"), ANSWERS)
def test_only_a_clear_answer_is_taken_for_one(
    sandbox: Running, slug: str, fault: str, meaning: type[PlatformError]
) -> None:
    who = account(sandbox, slug)
    sandbox.control.add_fault(platform=slug, kind=fault)
    with pytest.raises(meaning) as caught:
        platforms.get(slug).delete(who, IDS.get(slug, "123"))
    assert "published" not in caught.value.sentence
    if meaning is Unknown:
        assert caught.value.next_step == "Ask again: deleting twice does no harm."


@pytest.mark.parametrize("slug", DELETING)
def test_what_never_left_deleted_nothing(settings: Any, slug: str) -> None:
    name = "INSTAGRAM_FACEBOOK_API_URL" if slug == "instagram" else f"{slug.upper()}_API_URL"
    setattr(settings, name, "http://127.0.0.1:9")
    traits = {"login": "facebook"}
    with pytest.raises(NotSent) as caught:
        platforms.get(slug).delete(Account("1", "norrestudio", "token", traits=traits), IDS.get(slug, "123"))
    assert caught.value.sentence.endswith("could not be reached, so nothing was deleted.")


def says_why(capabilities: Capabilities) -> bool:
    deletes = capabilities.deletes is not bool(capabilities.why_no_delete)
    return deletes and bool(capabilities.metrics) is not bool(capabilities.why_no_metrics)


@pytest.mark.parametrize("platform", platforms.all(), ids=lambda one: one.slug)
@pytest.mark.parametrize("traits", [{}, {"login": "instagram"}, {"login": "facebook"}, {"kind": "page"}])
def test_what_cannot_be_done_says_why(platform: Any, traits: dict[str, Any]) -> None:
    everything = ("threads_delete", "threads_manage_insights", "instagram_manage_contents", "instagram_manage_insights")
    lacking = {**traits, "lacks": [*everything, "read_insights", "video.list", "r_member_postAnalytics"]}
    assert says_why(platform.capabilities)
    assert says_why(platform.capabilities_for(traits))
    assert says_why(platform.capabilities_for(lacking))
    assert set(platform.capabilities.metrics) <= set(Metric)


def test_numbers_of_x_can_be_switched_off(settings: Any) -> None:
    settings.X_READ_METRICS = False
    assert "switched off" in platforms.get("x").why_not_measured({}, {})


def test_tiktok_counts_only_what_everybody_sees() -> None:
    tiktok = platforms.get("tiktok")
    assert "everybody may see" in tiktok.why_not_measured({}, {"privacy_level": "SELF_ONLY"})
    assert tiktok.why_not_measured({}, {"privacy_level": "PUBLIC_TO_EVERYONE"}) == ""
