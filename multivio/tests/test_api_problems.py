"""Every refusal of the API has one shape, whatever refused: a parser, a serializer, a service, a route or a failure."""

import json
import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from posts import services
from posts.models import Post
from posts.tests.callers import caller
from posts.tests.factories import Cast, acting, make_cast

POSTS = "/api/v1/posts"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def api(cast: Cast) -> APIClient:
    return caller(cast.alice, cast.workspace)


def send(api: APIClient, body: Any, kind: str = "application/json") -> Any:
    return api.generic("POST", POSTS, body, kind)


BODIES: list[tuple[bytes, int, str]] = [
    (b"{", 400, "parse_error"),
    (b"nonsense", 400, "parse_error"),
    (b'{"text": NaN}', 400, "parse_error"),
    (b'{"text": Infinity}', 400, "parse_error"),
    (b"\xff\xfe", 400, "parse_error"),
    (b'{"text": "\\ud800"}', 400, "parse_error"),
    (b'{"\\ud800": 1}', 400, "parse_error"),
    (b"[" * 100_000, 400, "parse_error"),
    (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "parse_error"),
    (b'{"fold": ' + b"9" * 5000 + b"}", 400, "parse_error"),
    (b'{"text": "' + b"x" * (5 * 1024**2) + b'"}', 413, "too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=lambda value: str(value)[:40])
def test_a_body_that_cannot_be_read_is_refused(api: APIClient, cast: Cast, body: bytes, status: int, code: str) -> None:
    answer = send(api, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    with acting(cast.alice, cast.workspace):
        assert not Post.objects.exists()


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_only_json_is_taken(api: APIClient, kind: str) -> None:
    answer = send(api, "text=Hi", kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_every_problem_carries_the_request_id(api: APIClient) -> None:
    answer = api.post(POSTS, {"text": 1})
    assert uuid.UUID(answer.json()["request_id"])
    assert set(answer.json()) == {"type", "title", "status", "code", "detail", "request_id", "errors"}


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/v1/posts/", "/api/v1/posts/5", "/api/v1/posts/x/publish"])
def test_an_address_that_does_not_exist_says_so(api: APIClient, address: str) -> None:
    for client in (api, APIClient()):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_route")


def test_a_method_that_is_not_taken_names_those_that_are(api: APIClient) -> None:
    answer = api.delete(POSTS)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_another_format_than_json_is_refused_in_json(api: APIClient) -> None:
    answer = api.get(POSTS, HTTP_ACCEPT="application/xml")
    assert answer.status_code == 406
    assert json.loads(answer.content)["code"] == "not_acceptable"


def test_a_failure_of_ours_tells_no_details_and_undoes_what_was_done(
    api: APIClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.create_post

    def broken(**arguments: Any) -> Any:
        real(**arguments)
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(services, "create_post", broken)
    api.raise_request_exception = False
    answer = api.post(POSTS, {"text": "Hi"})
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "hunter2" not in answer.content.decode()
    with acting(cast.alice, cast.workspace):
        assert not Post.objects.exists()
