"""A browser, the running product, and somebody who is signed in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from accounts.models import User, Workspace
from posts.tests.conftest import connect
from posts.tests.factories import make_user, make_workspace
from social.models import Connection
from tests.browser.live import Live

# Chromium reports an answer that the page asked for as an error; the tests check those answers themselves.
ASKED_FOR = re.compile(r"the server responded with a status of (409|412|422)")
EXPECT_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser against other processes, so its rows really have to be committed."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def running(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    live = Live(tmp_path_factory.mktemp("live"))
    try:
        yield live.start()
    finally:
        live.stop()


@pytest.fixture
def live(running: Live) -> Live:
    """The running product, with a sandbox as if freshly started."""
    running.sandbox.control.reset()
    return running


@dataclass
class Visitor:
    """A browser window, and everything it complained about."""

    context: BrowserContext
    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, user: User) -> None:
        """Past the form, which has a test of its own."""
        client = Client()
        client.force_login(user)
        self.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.url}])

    def hear(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(f"{said.type}: {said.text}")

    def wear(self, theme: str) -> None:
        self.context.add_cookies([{"name": "theme", "value": theme, "url": self.url}])


Open = Callable[..., Visitor]


@pytest.fixture
def visit(chromium: Browser, live: Live, transactional_db: None) -> Iterator[Open]:
    """`visit(width=1280, theme="light")`: a fresh window. The test fails if any of its pages complained.

    Windows close before the database is emptied, so that none of them still asks.
    """
    expect.set_options(timeout=EXPECT_MS)
    visitors: list[Visitor] = []

    def open_window(*, width: int = 1280, height: int = 860, theme: str = "light") -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        context.set_default_timeout(EXPECT_MS)
        visitor = Visitor(context, context.new_page(), live.url)
        context.on("console", visitor.hear)
        context.on("weberror", lambda broke: visitor.complaints.append(str(broke.error)))
        visitor.wear(theme)
        visitors.append(visitor)
        return visitor

    yield open_window
    for visitor in visitors:
        visitor.context.close()
    complaints = [said for visitor in visitors for said in visitor.complaints if not ASKED_FOR.search(said)]
    assert complaints == []


@dataclass
class Studio:
    """Maja, her workspace, and an X account that the sandbox really granted."""

    maja: User
    workspace: Workspace
    account: Connection

    @property
    def path(self) -> str:
        return f"/w/{self.workspace.slug}"


@pytest.fixture
def studio(live: Live, transactional_db: None) -> Studio:
    maja = make_user("Maja")
    workspace = make_workspace(maja)
    return Studio(maja, workspace, connect(live.sandbox, workspace, "norrestudio", name="Norre Studio"))


@pytest.fixture
def maja(visit: Open, studio: Studio) -> Visitor:
    """Maja's window, signed in."""
    visitor = visit()
    visitor.sign_in(studio.maja)
    return visitor
