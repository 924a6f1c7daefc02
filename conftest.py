"""Starts PostgreSQL and Redis for the run before anything imports the settings; the sandbox when a test asks for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from playwright.sync_api import Browser, sync_playwright

from multivio.testing.environment import prepare

prepare()
os.environ["DJANGO_SETTINGS_MODULE"] = "multivio.settings"
django.setup()

from accounts import origin  # noqa: E402 - after the environment is prepared
from multivio.supervisor.plan import CALLBACKS  # noqa: E402 - as above
from sandbox.testing import Running, start  # noqa: E402 - after the environment is prepared
from tests.browser.chromium import ARGUMENTS, executable  # noqa: E402 - as above

pytest_plugins = ["multivio.testing.plugin"]


@pytest.fixture(autouse=True)
def nobody_asks() -> None:
    """Whose request one test played is not remembered in the next."""
    origin.leave()


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox process for the run, on the port that the settings name."""
    data: Path = tmp_path_factory.mktemp("sandbox")
    callbacks = [f"http://localhost:8000{path}" for path in CALLBACKS]
    running = start(data, port=int(os.environ["SANDBOX_PORT"]), redirect_uris=callbacks)
    yield running
    running.stop()


@pytest.fixture
def sandbox(running_sandbox: Running) -> Running:
    """The sandbox as if freshly started: no faults, no posts, default settings."""
    running_sandbox.control.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the process, in which Playwright runs only once.

    Without a browser the tests are skipped, unless REQUIRE_BROWSER says that they may not be.
    """
    path = executable()
    if path is None and not os.environ.get("REQUIRE_BROWSER"):
        pytest.skip("no Chromium or Chrome is installed")
    # Playwright's loop runs in this thread, which Django would take for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before
