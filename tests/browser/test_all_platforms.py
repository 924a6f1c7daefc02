"""One post for all platforms: each account gets its own words and options, and each timeline shows it once."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from playwright.sync_api import Page, expect
from rest_framework.test import APIClient

from multivio import tenancy
from posts.tests.callers import caller
from social import platforms
from social.models import Connection
from social.tests.facebook_making import padded
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live

WORDS = "Alma, our first lamp that needs no plug"
SLUGS = ("x", "facebook", "instagram", "linkedin", "youtube", "tiktok", "threads")
OWN = {slug: f"{WORDS}, told for {slug}" for slug in SLUGS if slug != "x"}
TITLE = "Alma without a plug"
LONGEST_MS = 90_000


def film() -> bytes:
    """What every platform takes: upright, four seconds, 24 pictures a second, and at least 75 KB (LinkedIn)."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 540, 960, "yuv420p"
        image = Image.new("RGB", (540, 960), (20, 120, 80))
        for _ in range(4 * 24):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return padded(out.getvalue(), 80_000)


FILM = film()


@pytest.fixture
def accounts(maja: Visitor, studio: Studio) -> dict[str, Connection]:
    """An account on every platform, each connected over its own consent page; X's is there already."""
    for slug in SLUGS[1:]:
        connect(maja, studio, slug)
    with tenancy.system("test"):
        found = Connection.objects.filter(workspace=studio.workspace).select_related("grant").order_by("-id")
        return {connection.platform: connection for connection in found}


def connect(maja: Visitor, studio: Studio, slug: str) -> None:
    page, name = maja.page, platforms.get(slug).name
    maja.go(f"{studio.path}/connections/")
    page.get_by_role("button", name=f"Connect {name}", exact=True).click()
    page.wait_for_url(re.compile(r"/dialog|authorize|authorization|/o/oauth2|/auth"))
    who = page.get_by_role("radio").and_(page.locator("xpath=//label[contains(., '@norrestudio')]//input"))
    if who.count():
        who.first.check()
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url(re.compile(re.escape(maja.url)))
    if page.get_by_role("button", name="Keep the ticked ones").is_visible():
        for box in page.get_by_role("checkbox").all()[1:]:
            box.uncheck()
        page.get_by_role("button", name="Keep the ticked ones").click()
    expect(page.locator(f"table .mark.{slug}").first).to_be_visible()


def choose(page: Page, account: Connection, label: str, value: str) -> None:
    field = page.locator(f"#own-{account.uid}").get_by_label(label)
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def shown(live: Live, words: str) -> dict[str, int]:
    """How often each timeline shows these words, of posts that are public there."""
    found = {}
    for slug in SLUGS:
        posts = [post for post in live.sandbox.control.posts(slug) if words in str(post["text"])]
        found[slug] = len([post for post in posts if post.get("privacy") != "private"])
    return found


def test_one_post_from_the_composer_is_once_on_every_timeline(
    maja: Visitor, studio: Studio, accounts: dict[str, Connection], live: Live, tmp_path: Path
) -> None:
    page = maja.page
    film = tmp_path / "alma.mp4"
    film.write_bytes(FILM)
    maja.go(f"{studio.path}/compose/")
    for box in page.get_by_role("group", name="Publish to").get_by_role("checkbox").all():
        box.check(force=True)
    page.locator("textarea.writing").first.fill(WORDS)
    page.locator("input[type=file]").first.set_input_files(film)
    expect(page.locator("[data-media]")).to_have_count(1)
    for slug, words in OWN.items():
        own = page.locator(f"#own-{accounts[slug].uid}")
        if own.get_attribute("open") is None:
            own.locator("summary").click()
        choose(page, accounts[slug], "Other words", words)
    choose(page, accounts["youtube"], "Title", TITLE)
    choose(page, accounts["youtube"], "Made for kids", "no")
    choose(page, accounts["tiktok"], "Who can see it", "PUBLIC_TO_EVERYONE")
    expect(page.locator("[data-previews] .thread")).to_have_count(len(SLUGS))
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url("**/posts/*/")
    rows = page.locator(".publication-row")
    expect(rows).to_have_count(len(SLUGS))
    expect(page.locator(".publication-row[data-state=published]")).to_have_count(len(SLUGS), timeout=LONGEST_MS)
    assert shown(live, WORDS) == dict.fromkeys(SLUGS, 1)
    for slug, words in OWN.items():
        (post,) = [post for post in live.sandbox.control.posts(slug) if WORDS in str(post["text"])]
        assert words in post["text"]
        page.goto(f"{live.sandbox.url}/{slug}")
        # YouTube's front shows titles; the words are below the film.
        expect(page.get_by_text(TITLE if slug == "youtube" else words).first).to_be_visible()


def test_the_same_by_the_api(
    studio: Studio, accounts: dict[str, Connection], live: Live, maja: Visitor, tmp_path: Path
) -> None:
    api = caller(studio.maja, studio.workspace)
    media = upload(api, FILM)
    chosen: dict[str, dict[str, Any]] = {
        "youtube": {"title": TITLE, "made_for_kids": "no"},
        "tiktok": {"privacy_level": "PUBLIC_TO_EVERYONE"},
    }
    body = {
        "text": WORDS,
        "media": [media],
        "connections": [str(account.uid) for account in accounts.values()],
        "variants": [
            {"connection": str(accounts[slug].uid), "texts": [words], "options": chosen.get(slug, {})}
            for slug, words in OWN.items()
        ],
        "publish_now": True,
    }
    assert api.post("/api/v1/posts/validate", body).json()["ok"] is True
    answer = api.post("/api/v1/posts", body)
    assert answer.status_code == 201, answer.json()
    page = maja.page
    maja.go(f"{studio.path}/posts/{answer.json()['id']}/")
    expect(page.locator(".publication-row[data-state=published]")).to_have_count(len(SLUGS), timeout=LONGEST_MS)
    assert shown(live, WORDS) == dict.fromkeys(SLUGS, 1)
    states = {
        one["connection"]["platform"]: one["state"]
        for one in api.get(answer.json()["links"]["self"]).json()["publications"]
    }
    assert states == dict.fromkeys(SLUGS, "published")


def upload(api: APIClient, content: bytes) -> str:
    file = SimpleUploadedFile("alma.mp4", content, content_type="video/mp4")
    answer = api.post("/api/v1/media", {"file": file}, format="multipart")
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["uid"])
