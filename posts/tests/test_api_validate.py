"""POST /api/v1/posts/validate: what stands in the way, connection by connection, and nothing is stored."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from posts.models import Post
from posts.tests.factories import Cast, acting, make_connection

VALIDATE = "/api/v1/posts/validate"


def codes(problems: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(found["field"], found["code"]) for found in problems]


def test_a_good_post_is_fine_everywhere(api: APIClient, cast: Cast) -> None:
    connections = [str(make_connection(cast.workspace).uid) for _ in range(2)]
    answer = api.post(VALIDATE, {"text": "Hi", "connections": connections, "publish_now": True})
    body = answer.json()
    assert (answer.status_code, body["ok"], body["problems"]) == (200, True, [])
    assert {found["connection"]["id"] for found in body["connections"]} == set(connections)
    assert all(found["ok"] and found["problems"] == [] for found in body["connections"])


def test_each_connection_has_its_own_problems(api: APIClient, cast: Cast) -> None:
    good, broken = make_connection(cast.workspace), make_connection(cast.workspace, health="broken")
    body = api.post(VALIDATE, {"text": "Hi", "connections": [str(good.uid), str(broken.uid)]}).json()
    assert body["ok"] is False
    found = {entry["connection"]["id"]: (entry["ok"], codes(entry["problems"])) for entry in body["connections"]}
    assert found == {
        str(good.uid): (True, []),
        str(broken.uid): (False, [("connections", "broken_connection")]),
    }


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"text": "x" * 281}, "text"), ({"parts": [{"text": "a"}, {"text": "x" * 281}]}, "parts.1.text")],
)
def test_a_problem_names_the_field_that_was_sent(api: APIClient, cast: Cast, sent: dict[str, Any], field: str) -> None:
    connection = str(make_connection(cast.workspace).uid)
    body = api.post(VALIDATE, {**sent, "connections": [connection]}).json()
    assert codes(body["connections"][0]["problems"]) == [(field, "too_long")]


GENERAL: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("connections", "no_connection"), ("text", "empty")]),
    ({"text": "Hi"}, [("connections", "no_connection")]),
    ({"text": "Hi", "media": ["01a2058d-cdda-7379-b290-8a89f06943bc"]}, [("media.0", "unknown_media")]),
]


@pytest.mark.parametrize(("sent", "expected"), GENERAL)
def test_what_concerns_no_connection_alone_is_told_once(
    api: APIClient, sent: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    body = api.post(VALIDATE, sent).json()
    assert (body["ok"], codes(body["problems"])) == (False, expected)


def test_a_time_in_the_past_is_a_problem_of_the_post(api: APIClient, cast: Cast) -> None:
    connection = str(make_connection(cast.workspace).uid)
    sent = {"text": "Hi", "connections": [connection], "publish_at": "2020-01-01T00:00:00Z"}
    body = api.post(VALIDATE, sent).json()
    assert (body["ok"], codes(body["problems"])) == (False, [("publish_at", "past_time")])


def test_a_warning_stops_nothing(api: APIClient, cast: Cast) -> None:
    connection = str(make_connection(cast.workspace).uid)
    skipped = {"date": "2027-03-28", "time": "02:30", "zone": "Europe/Copenhagen"}
    body = api.post(VALIDATE, {"text": "Hi", "connections": [connection], "publish_at": skipped}).json()
    assert (body["ok"], body["connections"][0]["ok"]) == (True, True)
    assert [(p["field"], p["severity"]) for p in body["problems"]] == [("publish_at.time", "warning")]


def test_what_cannot_be_read_is_refused_as_everywhere(api: APIClient) -> None:
    assert api.post(VALIDATE, {"txt": "Hi"}).status_code == 422


def test_nothing_is_stored(api: APIClient, cast: Cast) -> None:
    connection = str(make_connection(cast.workspace).uid)
    api.post(VALIDATE, {"text": "Hi", "connections": [connection], "publish_now": True})
    with acting(cast.alice, cast.workspace):
        assert not Post.objects.exists()
