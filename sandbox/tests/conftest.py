"""One real sandbox process for the whole suite, made new again before each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from stripe import StripeClient

from sandbox.testing import Control, Running, start

CALLBACK = "http://localhost:8000/accounts/x/callback"


class Caller:
    """An app that acts for one account with a bearer token."""

    def __init__(self, url: str, tokens: dict[str, Any]) -> None:
        self.api = f"{url}/x/api"
        self.user_id: str = tokens["user_id"]
        self.tokens = tokens
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.session.get(f"{self.api}{path}", params=params, timeout=10)

    def post(self, path: str, **others: Any) -> requests.Response:
        return self.session.post(f"{self.api}{path}", **{"timeout": 10, **others})

    def say(self, text: str, **others: Any) -> requests.Response:
        return self.post("/2/tweets", json={"text": text, **others})

    def said(self, text: str, **others: Any) -> str:
        """Post something that must succeed; returns the id."""
        answer = self.say(text, **others)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def timeline(self, **params: Any) -> dict[str, Any]:
        answer = self.get(f"/2/users/{self.user_id}/tweets", **params)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    sandbox = start(tmp_path_factory.mktemp("sandbox"), redirect_uris=[CALLBACK])
    yield sandbox
    sandbox.stop()


@pytest.fixture
def control(running: Running) -> Control:
    running.control.reset(keep_accounts=False)
    return running.control


@pytest.fixture
def url(running: Running) -> str:
    return running.url


@pytest.fixture
def caller(control: Control, url: str) -> Callable[..., Caller]:
    """Make a caller: caller("norrestudio", scopes=[...])."""

    def make(username: str = "norrestudio", **others: Any) -> Caller:
        return Caller(url, control.tokens(username, **others))

    return make


@pytest.fixture
def norre(caller: Callable[..., Caller]) -> Caller:
    return caller("norrestudio")


@pytest.fixture
def tomas(caller: Callable[..., Caller]) -> Caller:
    """A Premium account."""
    return caller("tomas_eriksen")


@pytest.fixture
def sandbox(running: Running) -> Running:
    """With a Stripe that has never heard of anybody."""
    running.control.reset(platform="stripe")
    return running


@pytest.fixture
def client(sandbox: Running) -> Any:
    """Stripe's own."""
    return StripeClient("sk_test_sandbox", base_addresses={"api": f"{sandbox.url}/stripe/api"}, max_network_retries=0)
