"""Numbers of posts on LinkedIn, and what the set-up doctor says of its versions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social import doctor
from social.contract import NotSent
from social.platforms.linkedin_api import version_ends
from social.tests.linkedin_making import COMMUNITY, LINKEDIN, content, film, job, member, naps, page, publish
from social.tests.making import Files

__all__ = ["naps"]
NAMES = {"impressions", "reach", "clicks", "reactions", "comments", "shares"}


def test_a_pages_numbers_come_for_every_kind_of_post(sandbox: Running) -> None:
    files, who = Files(), page(sandbox)
    (words,) = publish(job(who, content("Words")))
    (video,) = publish(job(who, content("A film", film(files)), files))
    sandbox.control.advance(86_400)
    found = LINKEDIN.metrics(who, [words.remote_id, video.remote_id])
    assert set(found) == {words.remote_id, video.remote_id}
    assert words.remote_id.startswith("urn:li:share:")
    assert video.remote_id.startswith("urn:li:ugcPost:")
    values = found[words.remote_id].values
    assert set(values) == NAMES
    assert values["impressions"] > values["reach"] > 0


def test_a_post_without_any_numbers_is_left_out(sandbox: Running) -> None:
    who = page(sandbox)
    (quiet,) = publish(job(who, content("Just now")))
    assert LINKEDIN.metrics(who, [quiet.remote_id]) == {}


def test_a_post_of_a_page_that_is_gone_is_told_as_such(sandbox: Running) -> None:
    who = page(sandbox)
    (away,) = publish(job(who, content("Away")))
    LINKEDIN.delete(who, away.remote_id)
    assert LINKEDIN.metrics(who, [away.remote_id])[away.remote_id].is_gone


def test_a_members_numbers_come_one_by_one(sandbox: Running) -> None:
    who = member(sandbox, client_id=COMMUNITY)
    (words,) = publish(job(who, content("Words")))
    sandbox.control.advance(86_400)
    found = LINKEDIN.metrics(who, [words.remote_id, "urn:li:share:1", "urn:li:comment:(urn:li:activity:1,2)"])
    assert set(found) == {words.remote_id}
    assert set(found[words.remote_id].values) == NAMES - {"clicks"}


def test_members_of_the_self_serve_product_have_none(sandbox: Running) -> None:
    who = member(sandbox)
    before = len(sandbox.control.ledger(platform="linkedin"))
    assert LINKEDIN.metrics(who, ["urn:li:share:1"]) == {}
    assert len(sandbox.control.ledger(platform="linkedin")) == before


def test_trouble_is_told(sandbox: Running) -> None:
    who = page(sandbox)
    sandbox.control.add_fault(platform="linkedin", operation="statistics", kind="reject_5xx")
    with pytest.raises(NotSent):
        LINKEDIN.metrics(who, ["urn:li:share:1"])


# -- the doctor --------------------------------------------------------------------------------------


def findings() -> list[tuple[str, str]]:
    report = next(one for one in doctor.examine(ask=False) if one.platform.slug == "linkedin")
    return [(finding.level, finding.sentence) for finding in report.findings]


def about_versions() -> list[str]:
    return [level for level, sentence in findings() if "retire" in sentence or "not a year and a month" in sentence]


@pytest.mark.parametrize(
    ("version", "ends"),
    [("202511", "2026-11-15"), ("202601", "2027-01-15"), ("202604", "2027-04-15"), ("202609", "2027-09-15")],
)
def test_a_version_lives_for_a_year(version: str, ends: str) -> None:
    found = version_ends(version)
    assert found is not None
    assert found.date().isoformat() == ends


@pytest.mark.parametrize("version", ["", "2026", "202613", "latest", "20260901"])
def test_what_is_no_version_has_no_end(version: str) -> None:
    assert version_ends(version) is None


@pytest.mark.parametrize(("days", "level"), [(-400, "bad"), (200, "ok"), (30, "warn")])
def test_the_doctor_says_in_time_that_a_version_ends(settings: Any, days: int, level: str) -> None:
    # The version that ends so many days from now, give or take half a month.
    ends = datetime.now(UTC) + timedelta(days=days - 15)
    settings.LINKEDIN_API_VERSION = f"{ends.year - 1}{ends.month:02d}"
    assert about_versions() == [level]


def test_the_doctor_says_that_a_version_is_none(settings: Any) -> None:
    settings.LINKEDIN_API_VERSION = "latest"
    assert about_versions() == ["bad"]


def test_the_doctor_says_that_pages_need_another_product(settings: Any) -> None:
    assert not any("own profiles" in sentence for _, sentence in findings())
    settings.LINKEDIN_PRODUCT = "share"
    assert (
        "warn",
        "Only people's own profiles can be connected: pages need LinkedIn's Community Management API product.",
    ) in findings()
    settings.LINKEDIN_PRODUCT = "pages"
    assert any(level == "bad" and "LINKEDIN_PRODUCT is pages" in sentence for level, sentence in findings())
