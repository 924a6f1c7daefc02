"""Threads in the browser: the preview, and a thread with a picture from the composer to the profile."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from multivio import tenancy
from posts.tests.media_files import picture
from social.models import Connection, Grant
from social.platforms.threads_api import asked_scopes
from tests.browser.conftest import Studio, Visitor
from tests.browser.live import Live


@pytest.fixture
def profile(live: Live, studio: Studio) -> Connection:
    """A profile with a token that the sandbox really issued."""
    minted = live.sandbox.control.tokens("norrestudio", platform="threads", client_id="sandbox-threads-client")
    with tenancy.system("test set-up"):
        grant = Grant.objects.create(
            workspace=studio.workspace,
            platform="threads",
            remote_user_id=minted["user_id"],
            access_token=minted["access_token"],
            refresh_token=minted["access_token"],
            scopes=list(asked_scopes()),
            expires_at=timezone.now() + timedelta(days=60),
        )
        return Connection.objects.create(
            workspace=studio.workspace,
            grant=grant,
            platform="threads",
            remote_id=minted["user_id"],
            username="norrestudio",
            name="Norre Studio",
        )


def test_a_thread_with_a_picture_goes_from_the_composer_to_the_profile(
    maja: Visitor, studio: Studio, profile: Connection, live: Live, tmp_path: Path
) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.get_by_role("checkbox", name="X, @norrestudio").uncheck()
    page.get_by_role("checkbox", name="Threads, @norrestudio").check()
    page.locator("textarea.writing").first.fill("Fog at Skagen #Lighthouses and @almalamps")
    file = tmp_path / "lamp.jpg"
    file.write_bytes(picture(size=(640, 480)))
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator(".preview.as-threads .pics img")).to_have_count(1)
    page.get_by_role("button", name="Add to thread").click()
    page.locator("textarea.writing").nth(1).fill("Read on: https://www.norre.studio/lamp")
    cards = page.locator(".preview.as-threads")
    expect(cards).to_have_count(2)
    expect(cards.nth(0).locator(".topic")).to_have_text("Lighthouses")
    expect(cards.nth(0).locator(".link")).to_have_text(["#Lighthouses", "@almalamps"])
    expect(cards.nth(0).locator(".card")).to_be_hidden()
    expect(cards.nth(1).locator(".card")).to_have_text("norre.studio")
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".publication-row")).to_have_attribute("data-state", "published", timeout=30_000)
    first, second = live.sandbox.control.posts("threads")
    assert (first["kind"], first["topic"]) == ("IMAGE", "Lighthouses")
    assert (second["text"], second["reply_to"]) == ("Read on: https://www.norre.studio/lamp", first["id"])


def test_what_is_chosen_for_threads_shows_in_the_preview(maja: Visitor, studio: Studio, profile: Connection) -> None:
    page = maja.page
    maja.go(f"{studio.path}/compose/")
    page.get_by_role("checkbox", name="X, @norrestudio").uncheck()
    page.get_by_role("checkbox", name="Threads, @norrestudio").check()
    page.locator("textarea.writing").first.fill("Which one?")
    own = page.locator(f"#own-{profile.uid}")
    own.locator("summary").click()
    own.get_by_label("Topic").fill("Lamps")
    own.get_by_label("Poll, answer 1").fill("Brass")
    own.get_by_label("Poll, answer 2").fill("Glass")
    own.get_by_label("Who can reply").select_option("followers_only")
    card = page.locator(".preview.as-threads")
    expect(card.locator(".topic")).to_have_text("Lamps")
    expect(card.locator(".answers li")).to_have_text(["Brass", "Glass"])
    expect(card).to_contain_text("Your followers can reply")
