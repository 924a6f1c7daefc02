"""The page of API keys: the secret is in the answer that made it and nowhere else."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey
from accounts.roles import Role
from accounts.services import create_api_key
from accounts.tests.people import Cast, acting, add_member, make_cast, make_user

MOST_QUERIES = 10
# Inside a test's own transaction the context is also put back by hand at the end; in a request the commit does that.
FRAME = ("SAVEPOINT", "RELEASE", "select set_config('app.user_id', '', true)")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice)
    return client


@pytest.fixture
def page(cast: Cast) -> str:
    return f"/w/{cast.workspace.slug}/settings/keys/"


def secret_in(answer: Any) -> str:
    found = re.search(r'value="(mv_[\w-]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def test_a_key_is_shown_once_and_works(client: Client, page: str) -> None:
    answer = client.post(page, {"name": "Website", "scopes": ["publish"], "lifetime": "30"})
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    key = secret_in(answer)
    assert Client().get("/api/v1/posts", headers={"authorization": f"Bearer {key}"}).status_code == 200
    assert key not in client.get(page).content.decode()
    assert all(key not in session.session_data for session in Session.objects.all())


def test_rotating_shows_the_successor_and_revoking_ends_it(client: Client, page: str, cast: Cast) -> None:
    client.post(page, {"name": "Website", "lifetime": "never"})
    with acting(cast.alice, cast.workspace):
        uid = ApiKey.objects.get().uid
    answer = client.post(f"{page}{uid}/rotate/")
    assert answer.status_code == 201
    key = secret_in(answer)
    with acting(cast.alice, cast.workspace):
        successor = ApiKey.objects.get(replaces__isnull=False)
    assert client.post(f"{page}{successor.uid}/revoke/").status_code == 302
    assert Client().get("/api/v1/posts", headers={"authorization": f"Bearer {key}"}).status_code == 401


def test_what_the_role_does_not_cover_is_not_offered_and_not_taken(cast: Cast, page: str) -> None:
    client = Client()
    client.force_login(cast.bob)
    shown = client.get(page).content.decode()
    assert 'value="publish"' in shown
    assert 'value="manage"' not in shown
    assert client.post(page, {"name": "Mine", "scopes": ["manage"], "lifetime": "30"}).status_code == 422
    vera = make_user("Vera")
    add_member(cast.workspace, vera, Role.VIEWER)
    client.force_login(vera)
    assert 'name="scopes"' not in client.get(page).content.decode()
    assert client.post(page, {"name": "Reader", "lifetime": "30"}).status_code == 201


def test_a_refusal_comes_back_as_a_notice(cast: Cast, page: str) -> None:
    with acting(cast.bob, cast.workspace) as actor:
        row, _key = create_api_key(actor=actor, name="Bob's")
    client = Client()
    client.force_login(cast.alice)
    answer = client.post(f"{page}{row.uid}/rotate/", follow=True)
    assert "Only who made a key" in answer.content.decode()


def test_strangers_and_other_ids_find_nothing(cast: Cast, page: str) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        row, _key = create_api_key(actor=actor, name="Mine")
    stranger = Client()
    stranger.force_login(cast.charlie)
    assert stranger.get(page).status_code == 404
    assert stranger.post(f"/w/{cast.elsewhere.slug}/settings/keys/{row.uid}/revoke/").status_code == 404
    bob = Client()
    bob.force_login(cast.bob)
    assert bob.post(f"{page}{row.uid}/revoke/").status_code == 404


def test_the_page_asks_the_database_a_fixed_number_of_times(client: Client, page: str, cast: Cast) -> None:
    counted = []
    for number in (1, 12):
        with acting(cast.alice, cast.workspace) as actor:
            for _ in range(number):
                create_api_key(actor=actor, name="One")
        client.get(page)
        with CaptureQueriesContext(database) as caught:
            assert client.get(page).status_code == 200
        counted.append(len([query for query in caught.captured_queries if not query["sql"].startswith(FRAME)]))
    assert counted[0] == counted[1] <= MOST_QUERIES
