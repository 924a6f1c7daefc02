"""Feeds: their entries listed, one of them made into a post; what is no feed, or no safe one, says so."""

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.roles import Role
from accounts.tests.people import Cast, add_member, make_user
from ai import material
from ai.tests.cast import AI, caller, turns
from ai.tests.web import Pages, serve_feed
from sandbox.testing import Running

LONG = "Alma runs for sixty hours, and every part of it can be bought by itself. " * 10
ITEM = "<item><title>Alma &amp;amp; us</title><link>/alma</link><guid>1</guid><description>{}</description>{}</item>"
DATED = ITEM.format(LONG, "<pubDate>Fri, 27 Nov 2026 08:00:00 +0100</pubDate>")


def listed(api: APIClient, link: str) -> dict[str, Any]:
    answer = api.post(f"{AI}/feed", {"link": link})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def repurpose(api: APIClient, **body: Any) -> Any:
    return api.post(f"{AI}/generate", {"task": "repurpose", **body})


def test_entries_are_listed_with_title_date_and_link(api: APIClient, pages: str) -> None:
    serve_feed(DATED, "<item><title>Two</title></item>")
    found = listed(api, f"{pages}/feed")
    first, second = found["entries"]
    assert (found["title"], first["title"], first["link"]) == ("Lamps", "Alma & us", f"{pages}/alma")
    assert first["published_at"].startswith("2026-11-27T07:00:00")
    assert (second["published_at"], second["link"]) == (None, "")
    assert api.get(f"{AI}/usage").json()["used"] == 0


def test_the_chosen_one_becomes_a_post_with_its_own_address(sandbox: Running, api: APIClient, pages: str) -> None:
    serve_feed("<item><title>Other</title><description>Nothing of Alma</description></item>", DATED)
    link = f"{pages}/feed"
    chosen = listed(api, link)["entries"][1]["id"]
    answer = repurpose(api, link=link, entry=chosen)
    assert answer.status_code == 200, answer.content
    person = turns(sandbox.control.grok_was_asked()[0])[1]
    assert f"address: {pages}/alma" in person
    assert "sixty hours" in person
    assert "Other" not in person


def test_of_a_short_one_its_page_is_read(sandbox: Running, api: APIClient, pages: str) -> None:
    serve_feed(ITEM.format("A beginning", ""))
    Pages.others["/alma"] = ("text/html", f"<p>The whole: {LONG}</p>")
    link = f"{pages}/feed"
    repurpose(api, link=link, entry=listed(api, link)["entries"][0]["id"])
    assert "The whole" in turns(sandbox.control.grok_was_asked()[0])[1]


@pytest.mark.parametrize("target", ["http://10.0.0.8/", "http://169.254.169.254/", "file:///etc/passwd"])
def test_an_entry_leads_nowhere_inside(sandbox: Running, api: APIClient, pages: str, target: str) -> None:
    serve_feed(f"<item><title>A</title><link>{target}</link><description>A beginning</description></item>")
    link = f"{pages}/feed"
    answer = repurpose(api, link=link, entry=listed(api, link)["entries"][0]["id"])
    assert answer.status_code == 200, answer.content
    assert "A beginning" in turns(sandbox.control.grok_was_asked()[0])[1]


def test_a_feed_without_a_choice_asks_for_one(sandbox: Running, api: APIClient, pages: str) -> None:
    serve_feed(DATED)
    answer = repurpose(api, link=f"{pages}/feed")
    assert (answer.status_code, answer.json()["code"]) == (422, "link_is_feed")
    assert sandbox.control.grok_was_asked() == []


def test_an_entry_that_went_is_said(api: APIClient, pages: str) -> None:
    serve_feed(DATED)
    answer = repurpose(api, link=f"{pages}/feed", entry="gone")
    assert answer.json()["errors"][0]["field"] == "entry"


def test_of_a_page_the_feeds_are_named(api: APIClient, pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    link = "<link rel='{}' type='{}' title='{}' href='{}'>"
    html = (
        "<title>Lamps</title>"
        + link.format("alternate", "application/rss+xml", "All of it", "/feed")
        + link.format("stylesheet", "text/css", "", "/css")
        + link.format("alternate", "application/atom+xml", "", "javascript:alert(1)")
    )
    monkeypatch.setattr(Pages, "html", html)
    found = listed(api, f"{pages}/")
    assert (found["entries"], found["feeds"]) == ([], [{"title": "All of it", "link": f"{pages}/feed"}])


def test_a_page_without_one_says_so(api: APIClient, pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pages, "html", "<p>Lamps</p>")
    answer = api.post(f"{AI}/feed", {"link": f"{pages}/"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "link")
    assert answer.json()["detail"].startswith("There is no feed at this address")


def test_no_feed_leads_inside_either(api: APIClient) -> None:
    answer = api.post(f"{AI}/feed", {"link": "http://10.0.0.8/"})
    assert "not on the public internet" in answer.json()["detail"]


def test_a_viewer_lists_none(cast: Cast) -> None:
    viewer = make_user("Vera")
    add_member(cast.workspace, viewer, Role.VIEWER)
    assert caller(viewer, cast.workspace).post(f"{AI}/feed", {"link": "https://example.org/"}).status_code == 403


@pytest.mark.parametrize("path", ["generate", "stream"])
class BeforeReadingTests:
    """No page is fetched for somebody who may not ask about it."""

    @pytest.fixture(autouse=True)
    def read(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        links: list[str] = []

        def of_link(link: str, entry: str = "") -> tuple[str, str]:
            links.append(link)
            return "Lamps are lit.", link

        monkeypatch.setattr(material, "of_link", of_link)
        return links

    def ask(self, api: APIClient, path: str, **others: Any) -> Any:
        return api.post(f"{AI}/{path}", {"task": "repurpose", "link": "https://example.org/", **others})

    def test_the_rate_is_asked_first_and_once(
        self, sandbox: Running, api: APIClient, settings: Settings, read: list[str], path: str
    ) -> None:
        settings.RATE_LIMITS = {"ai": (2, 600)}
        assert [self.ask(api, path).status_code for _ in range(3)] == [200, 200, 429]
        assert len(read) == 2

    def test_so_are_the_credits(
        self, sandbox: Running, api: APIClient, settings: Settings, read: list[str], path: str
    ) -> None:
        settings.AI_MONTHLY_CREDITS = 0
        answer = self.ask(api, path)
        assert (answer.status_code, answer.json()["code"], read) == (402, "ai_credits_used_up", [])


def test_each_version_is_counted(
    sandbox: Running, api: APIClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material, "of_link", lambda link, entry="": ("Lamps are lit.", link))
    settings.RATE_LIMITS = {"ai": (3, 600)}
    results = [len(repurpose(api, link="https://example.org/", versions=2).json()["results"]) for _ in range(2)]
    assert results == [2, 1]
