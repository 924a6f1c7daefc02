"""What LinkedIn would refuse, told before anything is sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page

from multivio.errors import Problem
from social.contract import MediaKind, VariantMedia
from social.platforms.counting import count
from social.platforms.linkedin_text import escaped, plain
from social.tests.linkedin_making import LINKEDIN, content
from social.tests.making import make_media, variant
from social.tests.test_counting_cases import serve

MEMBER: dict[str, Any] = {"kind": "profile", "lacks": []}
PAGE: dict[str, Any] = {"kind": "page", "lacks": []}
CASES_FILE = Path(django_settings.BASE_DIR) / "social" / "platforms" / "counting_cases.json"
LITTLE: dict[str, Any] = json.loads(CASES_FILE.read_text(encoding="utf-8"))["linkedin"]


def picture(**fields: Any) -> VariantMedia:
    return make_media(mime="image/jpeg", **fields)


def film(**fields: Any) -> VariantMedia:
    values: dict[str, Any] = {
        "mime": "video/mp4",
        "size": 1_000_000,
        "width": 1080,
        "height": 1080,
        "duration_ms": 5000,
        "alt_text": "",
    }
    return make_media(kind=MediaKind.VIDEO, **{**values, **fields})


def document(**fields: Any) -> VariantMedia:
    return make_media(kind=MediaKind.DOCUMENT, mime="application/pdf", alt_text="", **fields)


def codes(found: list[Problem]) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in found]


def check(text: str = "", *media: VariantMedia, traits: Any = None, **options: Any) -> list[tuple[str, str]]:
    return codes(LINKEDIN.problems(content(text, *media, **options), PAGE if traits is None else traits))


LINK = {"link": "https://example.org", "link_title": "A"}
POLL = {"poll_question": "Which?", "poll_answers": ["One", "Two"]}


@pytest.mark.parametrize(
    "found",
    [
        check("Words"),
        check("", picture()),
        check("", *(picture() for _ in range(20))),
        check("", film(), title="A film"),
        check("", document(), title="A report"),
        check("", **LINK),
        check("", picture(), **LINK),
        check("", **POLL),
        check("Words", first_comment="More", no_reshare=True, visibility="LOGGED_IN"),
        check("Words", visibility="CONNECTIONS", traits=MEMBER),
    ],
)
def test_what_linkedin_takes_is_fine(found: list[tuple[str, str]]) -> None:
    assert found == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (check(""), ("parts.0.text", "empty")),
        (check("a" * 3001), ("parts.0.text", "too_long")),
        (check("(" * 1501), ("parts.0.text", "too_long")),
        (check("", *(picture() for _ in range(21))), ("parts.0.media", "too_many_media")),
        (check("", picture(), film()), ("parts.0.media", "mixed_media")),
        (check("", make_media(mime="image/webp")), ("parts.0.media.0", "wrong_type")),
        (check("", picture(size=11 * 1024**2)), ("parts.0.media.0", "too_big")),
        (check("", picture(width=7000, height=6000)), ("parts.0.media.0", "too_many_pixels")),
        (
            check("", make_media(kind=MediaKind.GIF, mime="image/gif", frames=251)),
            ("parts.0.media.0", "too_many_frames"),
        ),
        (check("", film(duration_ms=2900)), ("parts.0.media.0", "too_short")),
        (check("", film(duration_ms=1_801_000)), ("parts.0.media.0", "lasts_too_long")),
        (check("", film(size=70_000)), ("parts.0.media.0", "too_small")),
        (check("", film(size=501 * 1024**2)), ("parts.0.media.0", "too_big")),
        (check("", film(width=3000, height=1000)), ("parts.0.media.0", "wrong_shape")),
        (check("", film(mime="video/quicktime")), ("parts.0.media.0", "wrong_type")),
        (check("", document()), ("options.title", "title_needed")),
        (check("", document(frames=301), title="Long"), ("parts.0.media.0", "too_many_pages")),
        (check("", document(size=101 * 1024**2), title="Big"), ("parts.0.media.0", "too_big")),
        (check("Words", title="Nothing"), ("options.title", "title_not_shown")),
        (check("Words", link="https://example.org"), ("options.link_title", "title_needed")),
        (check("Words", link_title="Lost"), ("options.link_title", "no_link")),
        (check("", film(), **LINK), ("options.link", "link_with_media")),
        (check("", picture(), picture(), **LINK), ("parts.0.media", "too_many_media")),
        (check("", poll_question="Which?"), ("options.poll_answers", "poll_incomplete")),
        (check("", poll_answers=["One", "Two"]), ("options.poll_answers", "poll_incomplete")),
        (check("", **{**POLL, "poll_answers": ["One", "One"]}), ("options.poll_answers", "twice")),
        (check("", **{**POLL, "poll_answers": ["One", "a" * 31]}), ("options.poll_answers", "wrong_option")),
        (check("", picture(), **POLL), ("options.poll_question", "poll_with_media")),
        (check("", **POLL, **LINK), ("options.poll_question", "poll_with_media")),
        (check("Words", visibility="CONNECTIONS"), ("options.visibility", "members_only")),
        (check("Words", visibility="FRIENDS"), ("options.visibility", "wrong_option")),
        (check("Words", first_comment="a" * 1251), ("options.first_comment", "wrong_option")),
        (
            check("Words", first_comment="More", traits={**MEMBER, "lacks": ["w_member_social_feed"]}),
            ("options.first_comment", "may_not_comment"),
        ),
        (codes(LINKEDIN.problems(variant("One", "Two"), PAGE)), ("parts", "no_thread")),
    ],
)
def test_what_it_would_refuse_is_told(found: list[tuple[str, str]], expected: tuple[str, str]) -> None:
    assert expected in found


def test_escapes_are_named_where_they_make_the_difference() -> None:
    (problem,) = LINKEDIN.problems(content("(" * 1501), PAGE)
    assert "3,002 of 3,000" in problem.message
    assert "count twice" in problem.message
    (problem,) = LINKEDIN.problems(content("a" * 3001), PAGE)
    assert "count twice" not in problem.message


def test_only_pictures_are_asked_for_an_alt_text() -> None:
    assert check("", picture(alt_text="")) == [("parts.0.media.0.alt_text", "no_alt_text")]
    assert check("", film()) == []


def test_an_account_is_offered_what_it_may_do(settings: Any) -> None:
    page = LINKEDIN.capabilities_for(PAGE)
    assert (page.reads_back, page.first_comment) == (True, True)
    (visibility,) = [one for one in page.options if one.key == "visibility"]
    assert [choice for choice, _ in visibility.choices] == ["PUBLIC", "LOGGED_IN"]
    bare = LINKEDIN.capabilities_for({**MEMBER, "lacks": ["w_member_social_feed"]})
    assert (bare.reads_back, bare.first_comment) == (False, False)
    assert "first_comment" not in {one.key for one in bare.options}
    settings.LINKEDIN_FREE_COMMENTS = True
    assert LINKEDIN.capabilities_for({**MEMBER, "lacks": ["w_member_social_feed"]}).first_comment


# -- little text -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", LITTLE["cases"], ids=lambda case: case["name"])
def test_it_counts_what_it_sends(case: dict[str, Any]) -> None:
    assert escaped(case["text"]) == case["sent"]
    assert count(case["text"], counter=LITTLE["rule"]["counter"]) == len(case["sent"])


@pytest.mark.parametrize("case", LITTLE["cases"], ids=lambda case: case["name"])
def test_what_is_read_back_is_the_same_as_what_was_sent(case: dict[str, Any]) -> None:
    assert plain(case["sent"]) == plain(escaped(case["text"]))


def test_hashtags_come_back_as_templates() -> None:
    assert plain("{hashtag|\\#|lamps} and \\#") == "#lamps and #"


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    page.route("http://counting.test/**", serve)
    page.goto("http://counting.test/")
    yield page
    page.close()


@pytest.mark.browser
def test_the_browser_counts_as_the_server_does(browser_page: Page) -> None:
    answers = browser_page.evaluate(
        """async ({ rule, texts }) => {
            const { count } = await import("http://counting.test/counting.js");
            return texts.map((text) => count(text, rule).length);
        }""",
        {"rule": LITTLE["rule"], "texts": [case["text"] for case in LITTLE["cases"]]},
    )
    assert answers == [len(case["sent"]) for case in LITTLE["cases"]]
