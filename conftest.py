"""Starts PostgreSQL and Redis for the run before anything imports the settings; the sandbox when a test asks for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from multivio.testing.environment import prepare

prepare()
os.environ["DJANGO_SETTINGS_MODULE"] = "multivio.settings"
django.setup()

from sandbox.testing import Running, start  # noqa: E402 - after the environment is prepared

pytest_plugins = ["multivio.testing.plugin"]


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox process for the run, on the port that the settings name."""
    data: Path = tmp_path_factory.mktemp("sandbox")
    callbacks = [f"http://localhost:8000/connections/callback/{name}" for name in ("x", "x-oauth1")]
    running = start(data, port=int(os.environ["SANDBOX_PORT"]), redirect_uris=callbacks)
    yield running
    running.stop()


@pytest.fixture
def sandbox(running_sandbox: Running) -> Running:
    """The sandbox as if freshly started: no faults, no posts, default settings."""
    running_sandbox.control.reset()
    return running_sandbox
