"""The composer's drawing of YouTube: the title from the account's options, the thumbnail, and what is still missing."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from multivio import tenancy
from posts.tests.media_files import picture, video
from social.models import Connection, Grant
from tests.browser.conftest import Studio, Visitor


@pytest.fixture
def channel(studio: Studio) -> Connection:
    with tenancy.system("test set-up"):
        grant = Grant.objects.create(
            workspace=studio.workspace,
            platform="youtube",
            remote_user_id="UC1",
            access_token="token",
            expires_at=timezone.now() + timedelta(hours=1),
        )
        found: Connection = Connection.objects.create(
            workspace=studio.workspace,
            grant=grant,
            platform="youtube",
            remote_id="UC1",
            username="norrefilm",
            name="Norre Film",
            kind="channel",
        )
        return found


@pytest.fixture
def page(maja: Visitor, studio: Studio, channel: Connection) -> Page:
    """The composer with the channel alone."""
    maja.go(f"{studio.path}/compose/")
    maja.page.get_by_role("checkbox", name="YouTube, @norrefilm").check()
    return maja.page


def attach(page: Page, folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    before = page.locator("[data-media]").count()
    page.locator("[data-upload] input[type=file]").first.set_input_files(folder / name)
    expect(page.locator("[data-media]")).to_have_count(before + 1)


def test_it_follows_title_and_choices(page: Page, tmp_path: Path) -> None:
    drawn = page.locator(".preview.as-youtube")
    expect(drawn).to_contain_text("YouTube publishes videos: add one.")
    attach(page, tmp_path, "film.mp4", video())
    expect(drawn).to_contain_text("It still needs one.")
    page.get_by_label("Title").fill("Brass and oak")
    expect(drawn.locator("[data-title]")).to_have_text("Brass and oak")
    expect(drawn).to_contain_text("YouTube takes the thumbnail out of the video")
    page.get_by_label("Visibility").select_option("unlisted")
    expect(drawn.get_by_text("Unlisted")).to_be_visible()
    page.get_by_label("Made for kids").select_option("yes")
    expect(drawn.get_by_text("Made for kids")).to_be_visible()
    attach(page, tmp_path, "lamp.jpg", picture())
    expect(drawn.locator("img[data-picture]")).to_be_visible()
    expect(drawn).not_to_contain_text("out of the video")


def test_a_short_is_upright(page: Page, tmp_path: Path) -> None:
    attach(page, tmp_path, "film.mp4", video(size=(48, 64)))
    page.get_by_label("Kind").select_option("short")
    expect(page.locator(".preview.as-youtube[data-short]")).to_be_visible()


def test_long_words_are_folded(page: Page) -> None:
    page.locator("textarea.writing").fill("lamp " * 60)
    drawn = page.locator(".preview.as-youtube")
    expect(drawn.get_by_text("…more")).to_be_visible()
    assert len(drawn.locator("[data-text]").inner_text()) <= 157
