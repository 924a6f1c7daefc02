"""Fixtures of the publishing tests: the cast, accounts in the sandbox, and an engine that is driven by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Workspace
from billing.tests.conftest import selling, shop  # noqa: F401 - fixtures
from multivio import tenancy
from posts.engine.engine import Engine
from posts.engine.store import Store
from posts.models import Attempt, Publication
from posts.tests.callers import caller
from posts.tests.factories import Cast, make_cast, make_connection
from sandbox.testing import Running
from social.models import Connection

ACCOUNTS = ("norrestudio", "majalindqvist", "alma_lamps", "tomas_eriksen")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def connect(sandbox: Running, workspace: Workspace, username: str = "norrestudio", **fields: Any) -> Connection:
    """A connection whose tokens the sandbox really issued."""
    tokens = sandbox.control.tokens(username)
    return make_connection(
        workspace,
        username=username,
        remote_id=tokens["user_id"],
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        **fields,
    )


@dataclass
class Driven:
    """An engine without loops: every step happens when the test says so."""

    engine: Engine
    pauses: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Claim and publish whatever is due, until nothing is."""
        while self.engine.step():
            assert self.engine.wait_until_idle(20)

    def settle(self) -> int:
        looked = self.engine.settle()
        assert self.engine.wait_until_idle(20)
        return looked


@pytest.fixture
def driven(system_url: str, settings: Settings) -> Iterator[Driven]:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 1.5
    store = Store(system_url, lease_seconds=60, workspace_cap=settings.PUBLISH_WORKSPACE_CAP)
    engine = Engine(store=store, slots=8)
    driven = Driven(engine)
    engine.publisher.pause = driven.pauses.append
    yield driven
    engine.stop(patience_seconds=5)


def publication_of(post: Any) -> Publication:
    """The post's only publication, read past every workspace."""
    with tenancy.system("test"):
        found: Publication = Publication.objects.select_related("connection").get(post_id=post.pk)
        return found


def attempts_of(post: Any) -> list[Attempt]:
    with tenancy.system("test"):
        return list(Attempt.objects.filter(publication__post_id=post.pk).order_by("id"))


Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def api(cast: Cast) -> APIClient:
    """Alice's program, which calls the API with her key."""
    return caller(cast.alice, cast.workspace)
