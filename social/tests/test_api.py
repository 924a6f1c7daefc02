"""`/api/v1/connections` and `/api/v1/platforms`."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import create_api_key
from multivio import tenancy
from sandbox.testing import Running
from social.contract import MediaKind
from social.models import Connection
from social.platforms import get
from social.tests.cast import Cast, acting, all_connections, all_grants, browser, connect


def api(cast: Cast) -> Client:
    """Alice's program, with a key to her workspace."""
    with acting(cast.alice, cast.workspace) as actor:
        _, key = create_api_key(actor=actor, name="test")
    return Client(headers={"authorization": f"Bearer {key}", "host": "localhost:8000"})


@pytest.fixture
def connected(sandbox: Running, cast: Cast) -> list[Connection]:
    alice = browser(cast.alice)
    for username in ("norrestudio", "tomas_eriksen"):
        connect(sandbox, alice, cast.workspace, username)
    connect(sandbox, browser(cast.charlie), cast.elsewhere, "alma_lamps")
    return all_connections()


def test_it_lists_the_workspace_s_own_accounts(connected: list[Connection], cast: Cast) -> None:
    answer = api(cast).get("/api/v1/connections").json()
    assert [row["username"] for row in answer["results"]] == ["tomas_eriksen", "norrestudio"]
    row = answer["results"][1]
    assert row["id"] == str(connected[0].uid)
    assert (row["platform"], row["health"], row["usable"], row["disconnected_at"]) == ("x", "ok", True, None)
    assert row["profile_url"].endswith("/x/norrestudio")


def test_each_account_has_the_capabilities_of_its_tier(connected: list[Connection], cast: Cast) -> None:
    premium, ordinary = api(cast).get("/api/v1/connections").json()["results"]
    assert premium["capabilities"]["text"]["limit"] == 25_000
    assert ordinary["capabilities"]["text"]["limit"] == 280


def test_no_answer_holds_a_secret(connected: list[Connection], cast: Cast) -> None:
    client = api(cast)
    answers = [client.get("/api/v1/connections"), client.get(f"/api/v1/connections/{connected[0].uid}")]
    for grant in all_grants():
        for answer in answers:
            assert str(grant.access_token) not in answer.content.decode()
            assert b"mv1." not in answer.content
            assert b"token" not in answer.content


def test_a_disconnected_account_is_read_by_its_id_only(connected: list[Connection], cast: Cast) -> None:
    with tenancy.system("test"):
        Connection.objects.filter(pk=connected[0].pk).update(disconnected_at=timezone.now())
    client = api(cast)
    assert [row["username"] for row in client.get("/api/v1/connections").json()["results"]] == ["tomas_eriksen"]
    row = client.get(f"/api/v1/connections/{connected[0].uid}").json()
    assert row["usable"] is False
    assert row["disconnected_at"]


def test_another_workspace_s_account_is_not_there(connected: list[Connection], cast: Cast) -> None:
    answer = api(cast).get(f"/api/v1/connections/{connected[2].uid}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_filters_narrow_and_unknown_ones_are_refused(connected: list[Connection], cast: Cast) -> None:
    with tenancy.system("test"):
        Connection.objects.filter(pk=connected[0].pk).update(health="broken")
    client = api(cast)
    broken = client.get("/api/v1/connections?health=broken&platform=x").json()["results"]
    assert [row["username"] for row in broken] == ["norrestudio"]
    assert client.get("/api/v1/connections?helth=broken").status_code == 422
    assert client.get("/api/v1/connections?health=splendid").status_code == 422


def test_pages_follow_a_cursor(connected: list[Connection], cast: Cast) -> None:
    client = api(cast)
    first = client.get("/api/v1/connections?limit=1").json()
    second = client.get(first["next"]).json()
    assert [row["username"] for page in (first, second) for row in page["results"]] == ["tomas_eriksen", "norrestudio"]
    assert second["next"] is None


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_accounts_are_neither_made_nor_ended_here(connected: list[Connection], cast: Cast, method: str) -> None:
    answer = getattr(api(cast), method)(f"/api/v1/connections/{connected[0].uid}", {}, content_type="application/json")
    assert answer.status_code == 405


@pytest.mark.parametrize("path", ["connections"])
def test_it_wants_to_know_who_asks(db: None, path: str) -> None:
    assert Client(headers={"host": "localhost:8000"}).get(f"/api/v1/{path}").status_code == 401


def test_platforms_tell_what_they_accept_as_data(cast: Cast) -> None:
    x = next(one for one in api(cast).get("/api/v1/platforms").json()["results"] if one["id"] == "x")
    assert (x["id"], x["name"], x["enabled"], x["sandbox"]) == ("x", "X", True, True)
    assert x["capabilities"]["text"] == {
        "counter": "x-weighted",
        "limit": 280,
        "url_weight": 23,
        "required_without_media": True,
    }
    rules = {rule["kind"]: rule for rule in x["capabilities"]["media"]}
    assert rules["image"] == {
        "kind": "image",
        "most": 4,
        "mimes": ["image/jpeg", "image/png", "image/webp"],
        "max_bytes": 5 * 1024**2,
        "max_width": None,
        "max_height": None,
        "min_seconds": None,
        "max_seconds": None,
        "max_frames": None,
        "max_pixels": None,
        "ratio": None,
    }
    assert rules["video"]["max_seconds"] == 1200
    assert rules["video"]["ratio"] == [pytest.approx(1 / 3), 3]
    assert (x["capabilities"]["thread"], x["capabilities"]["max_parts"]) == (True, 25)


def test_the_data_are_those_of_the_validator(cast: Cast) -> None:
    x = next(one for one in api(cast).get("/api/v1/platforms").json()["results"] if one["id"] == "x")
    gif = next(rule for rule in get("x").capabilities.media if rule.kind == MediaKind.GIF)
    shown = next(rule for rule in x["capabilities"]["media"] if rule["kind"] == "gif")
    assert {name: shown[name] for name in ("max_width", "max_frames", "max_pixels")} == {
        "max_width": gif.max_width,
        "max_frames": gif.max_frames,
        "max_pixels": gif.max_pixels,
    }


def test_a_platform_without_keys_is_listed_as_switched_off(cast: Cast, settings: Any) -> None:
    settings.X_CLIENT_ID = settings.X_CONSUMER_KEY = ""
    x = next(one for one in api(cast).get("/api/v1/platforms").json()["results"] if one["id"] == "x")
    assert x["enabled"] is False


def test_platforms_and_their_capabilities_need_no_key(db: None) -> None:
    stranger = Client()
    slugs = [one["id"] for one in stranger.get("/api/v1/platforms").json()["results"]]
    assert "x" in slugs
    found = stranger.get("/api/v1/platforms/x/capabilities").json()
    assert found["text"]["limit"] == 280
    assert stranger.get("/api/v1/platforms/myspace/capabilities").status_code == 404
