"""Pausing, the rule for missed posts and the decision about them, over the API."""

import pytest
from rest_framework.test import APIClient

from accounts.roles import Role
from posts.services import Now
from posts.tests import outcomes
from posts.tests.callers import caller, fields_and_codes
from posts.tests.conftest import publication_of
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user

PUBLISHING = "/api/v1/publishing"


def test_pause_and_go_on(api: APIClient, cast: Cast) -> None:
    make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
    assert api.post(f"{PUBLISHING}/pause").json() == {"waiting": 1, "on_their_way": 0}
    body = api.get(PUBLISHING).json()
    assert body["paused_at"]
    assert body["paused_by"] == cast.alice.get_full_name()
    assert api.post(f"{PUBLISHING}/resume").json() == {"waiting": 1, "missed": 0}
    assert api.get(PUBLISHING).json()["paused_at"] is None


def test_one_account(api: APIClient, cast: Cast) -> None:
    connection = make_connection(cast.workspace)
    address = f"/api/v1/connections/{connection.uid}"
    assert api.post(f"{address}/pause").status_code == 200
    assert api.get(address).json()["paused_at"]
    assert api.post(f"{address}/resume").status_code == 200
    assert api.get(address).json()["paused_at"] is None


def test_an_account_of_others_is_not_there(api: APIClient, cast: Cast) -> None:
    theirs = make_connection(cast.elsewhere)
    assert api.post(f"/api/v1/connections/{theirs.uid}/pause").status_code == 404


def test_the_rule_changes_field_by_field(api: APIClient) -> None:
    assert api.patch(PUBLISHING, {"missed_minutes": 60}).json()["missed_policy"] == "ask"
    body = api.patch(PUBLISHING, {"missed_policy": "publish"}).json()
    assert (body["missed_policy"], body["missed_minutes"]) == ("publish", 60)


@pytest.mark.parametrize(
    ("said", "field"),
    [({"missed_minutes": 0}, "missed_minutes"), ({"missed_policy": "no"}, "missed_policy"), ({"paused": 1}, "paused")],
)
def test_a_bad_rule_is_refused(api: APIClient, said: dict[str, object], field: str) -> None:
    answer = api.patch(PUBLISHING, said)
    assert answer.status_code == 422
    assert [found for found, _code in fields_and_codes(answer)] == [field]


def test_one_decision_for_all_that_missed_their_time(api: APIClient, cast: Cast) -> None:
    posts = [make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now()) for _ in range(3)]
    held = [outcomes.held(post) for post in posts]
    assert api.get(PUBLISHING).json()["missed"] == 3
    one = {"decision": "cancel", "publications": [str(held[0].uid)]}
    assert api.post(f"{PUBLISHING}/missed", one).json() == {"done": 1, "left": 0}
    assert api.post(f"{PUBLISHING}/missed", {"decision": "publish"}).json() == {"done": 2, "left": 0}
    assert [publication_of(post).state for post in posts] == ["cancelled", "scheduled", "scheduled"]
    assert api.post(f"{PUBLISHING}/missed", {"decision": "publish"}).status_code == 409


def test_a_contributor_may_not(cast: Cast) -> None:
    erin = make_user("Erin")
    add_member(cast.workspace, erin, Role.CONTRIBUTOR)
    client = caller(erin, cast.workspace)
    assert client.post(f"{PUBLISHING}/pause").status_code == 403
    assert client.patch(PUBLISHING, {"missed_minutes": 60}).status_code == 403
    assert client.get(PUBLISHING).status_code == 200
