"""An app that acts for a member in the sandbox's LinkedIn."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests

from sandbox.testing import Control

COMMUNITY, SHARE = "sandbox-linkedin-client", "sandbox-linkedin-share"
SECRETS = {COMMUNITY: "sandbox-linkedin-secret", SHARE: "sandbox-linkedin-share-secret"}
MAJA, NORRE, LAMPS = "urn:li:person:782bbtaQ01", "urn:li:organization:10482039", "urn:li:organization:10482040"


class Member:
    """Calls with a token and the headers that LinkedIn wants."""

    def __init__(self, url: str, tokens: dict[str, Any]) -> None:
        self.root = f"{url}/linkedin/api"
        self.tokens = tokens
        self.session = requests.Session()
        self.session.trust_env = False
        self.headers = {
            "Authorization": f"Bearer {tokens['access_token']}",
            "LinkedIn-Version": "202609",
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def call(self, method: str, path: str, *, drop: tuple[str, ...] = (), **others: Any) -> requests.Response:
        address = path if "://" in path else f"{self.root}{path}"
        headers = {name: value for name, value in self.headers.items() if name not in drop}
        headers |= others.pop("headers", None) or {}
        return self.session.request(method, address, headers=headers, timeout=20, **others)

    def get(self, path: str, **others: Any) -> requests.Response:
        return self.call("GET", path, **others)

    def post(self, path: str, body: Any, **others: Any) -> requests.Response:
        return self.call("POST", path, json=body, **others)

    def say(self, commentary: str, author: str = NORRE, **fields: Any) -> requests.Response:
        return self.post("/rest/posts", post(commentary, author, **fields))

    def said(self, commentary: str, author: str = NORRE, **fields: Any) -> str:
        """Post something that must succeed; its URN."""
        answer = self.say(commentary, author, **fields)
        assert answer.status_code == 201, answer.text
        assert answer.content == b""
        return answer.headers["x-restli-id"]

    def begin(self, kind: str, owner: str = NORRE, **others: Any) -> dict[str, Any]:
        asked = {"initializeUploadRequest": {"owner": owner, **others}}
        answer = self.post(f"/rest/{kind}?action=initializeUpload", asked)
        assert answer.status_code == 200, answer.text
        value: dict[str, Any] = answer.json()["value"]
        return value


def post(commentary: str, author: str = NORRE, **fields: Any) -> dict[str, Any]:
    distribution = {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}
    body = {
        "author": author,
        "commentary": commentary,
        "visibility": "PUBLIC",
        "distribution": distribution,
        "lifecycleState": "PUBLISHED",
    }
    return body | fields


def encoded(urn: str) -> str:
    return quote(urn, safe="")


def refusal(answer: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal, in either of LinkedIn's forms."""
    body = answer.json()
    assert body["status"] == answer.status_code
    code = body.get("code") or body["errorDetails"]["inputErrors"][0]["code"]
    return answer.status_code, str(code)


@pytest.fixture
def maker(control: Control, url: str) -> Callable[..., Member]:
    """maker("maja-lindqvist", client_id=…, scopes=[…])."""

    def make(username: str = "maja-lindqvist", client_id: str = COMMUNITY, **others: Any) -> Member:
        return Member(url, control.tokens(username, platform="linkedin", client_id=client_id, **others))

    return make


@pytest.fixture
def maja(maker: Callable[..., Member]) -> Member:
    """With the Community Management product."""
    return maker()


@pytest.fixture
def shared(maker: Callable[..., Member]) -> Member:
    """Maja through the self-serve product."""
    return maker(client_id=SHARE)
