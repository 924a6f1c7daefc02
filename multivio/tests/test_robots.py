"""robots.txt lets Meta's fetcher have media, and keeps crawlers out of workspaces."""

from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client

MEDIA = "https://example.org/media/abc-def/0197/0198.jpg"


@pytest.fixture
def rules() -> RobotFileParser:
    answer = Client(headers={"host": "localhost:8000"}).get("/robots.txt")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    parser = RobotFileParser()
    parser.parse(answer.content.decode().splitlines())
    return parser


@pytest.mark.parametrize("agent", ["facebookexternalhit/1.1", "meta-externalfetcher/1.1", "Googlebot"])
def test_media_may_be_fetched(rules: RobotFileParser, agent: str) -> None:
    assert rules.can_fetch(agent, MEDIA)


@pytest.mark.parametrize("path", ["/w/norre/", "/api/v1/posts", "/admin/", "/accounts/login/"])
def test_workspaces_are_nothing_for_crawlers(rules: RobotFileParser, path: str) -> None:
    assert not rules.can_fetch("Googlebot", f"https://example.org{path}")
