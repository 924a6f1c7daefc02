"""An app that acts for a Page or a person in the sandbox's Facebook."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox.testing import Control

CLIENT, SECRET = "sandbox-facebook-client", "sandbox-facebook-secret"
NORRE, LAMPS = "104820391450001", "104820391450002"
MAJA = "10158203905537001"


class Graph:
    """Calls with a token in a header and the proof of the app's secret."""

    def __init__(self, url: str, tokens: dict[str, Any]) -> None:
        self.url = url
        self.root = f"{url}/facebook/api/v26.0"
        self.token: str = tokens["access_token"]
        self.tokens = tokens
        self.session = requests.Session()
        self.session.trust_env = False

    @property
    def proof(self) -> str:
        return hmac.new(SECRET.encode(), self.token.encode(), hashlib.sha256).hexdigest()

    def call(self, method: str, path: str, *, scheme: str = "Bearer", **others: Any) -> requests.Response:
        address = path if "://" in path else f"{self.root}{path}"
        params = {"appsecret_proof": self.proof, **(others.pop("params", None) or {})}
        headers = {"Authorization": f"{scheme} {self.token}", **(others.pop("headers", None) or {})}
        return self.session.request(method, address, params=params, headers=headers, timeout=20, **others)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, **others: Any) -> requests.Response:
        return self.call("POST", path, **others)


def error(answer: requests.Response) -> tuple[int, int]:
    """Code and subcode of a refusal."""
    told = answer.json()["error"]
    assert told["fbtrace_id"]
    return told["code"], told.get("error_subcode", 0)


@pytest.fixture
def maker(control: Control, url: str) -> Callable[..., Graph]:
    """maker("norrestudio", scopes=[...])."""

    def make(username: str = "norrestudio", **others: Any) -> Graph:
        return Graph(url, control.tokens(username, platform="facebook", client_id=CLIENT, **others))

    return make


@pytest.fixture
def page(maker: Callable[..., Graph]) -> Graph:
    """Norre Studio."""
    return maker()


@pytest.fixture
def maja(maker: Callable[..., Graph]) -> Graph:
    """Who runs it."""
    return maker("maja.lindqvist")
