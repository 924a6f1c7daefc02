"""Disconnecting an account: our tokens go, the platform is told, the posts wait, the history stays."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import requests
from django.conf import settings

from accounts.roles import Role
from sandbox.testing import Running
from social.hanging import Hanging
from social.models import Connection
from social.platforms import sentences
from social.signals import connection_lost, connection_restored, hanging_asked
from social.tests.cast import Cast, add_member, all_connections, all_grants, browser, connect, told


@pytest.fixture
def held() -> Iterator[list[Connection]]:
    """A listener that holds three posts of every lost connection, and counts five on each."""
    heard: list[Connection] = []

    def hear(sender: Any, connection: Connection, **_kwargs: Any) -> int:
        heard.append(connection)
        return 3

    def count(sender: Any, connections: Sequence[Connection], **_kwargs: Any) -> dict[int, Hanging]:
        return {connection.pk: Hanging(scheduled=5) for connection in connections}

    connection_lost.connect(hear)
    hanging_asked.connect(count)
    yield heard
    connection_lost.disconnect(hear)
    hanging_asked.disconnect(count)


def disconnect(client: Any, cast: Cast, connection: Connection) -> Any:
    return client.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")


def works(token: str) -> bool:
    answer = requests.get(f"{settings.X_API_URL}/2/users/me", headers={"Authorization": f"Bearer {token}"}, timeout=5)
    return answer.status_code == 200


def test_the_tokens_are_gone_here_and_dead_there(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    (before,) = all_connections()
    token = str(before.grant.access_token)
    assert works(token)
    answer = disconnect(alice, cast, before)
    assert told(alice, answer) == ["Connected @norrestudio on X.", "Disconnected @norrestudio on X."]
    (after,) = all_connections()
    assert after.disconnected_at is not None
    assert not after.is_usable
    assert (after.grant.access_token, after.grant.refresh_token, after.grant.token_secret) == ("", "", "")
    assert after.grant.dead_reason == "Disconnected by Alice."
    assert not works(token)


def test_it_says_how_many_posts_will_wait_before_and_after(
    sandbox: Running, cast: Cast, held: list[Connection]
) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    (connection,) = all_connections()
    page = alice.get(f"/w/{cast.workspace.slug}/connections/")
    assert page.context["connections"][0]["scheduled"] == 5
    answer = disconnect(alice, cast, connection)
    assert "3 scheduled posts will wait" in told(alice, answer)[-1]
    assert [one.pk for one in held] == [connection.pk]


def test_twice_is_once(sandbox: Running, cast: Cast, held: list[Connection]) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    (connection,) = all_connections()
    disconnect(alice, cast, connection)
    assert disconnect(alice, cast, connection).status_code == 302
    assert len(held) == 1


def test_a_platform_that_does_not_hear_it_is_told_to_the_person(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    sandbox.control.add_fault(operation="token_revoke", kind="reject_5xx")
    answer = disconnect(alice, cast, all_connections()[0])
    assert told(alice, answer)[-1] == sentences.not_revoked_yet("X")
    assert all_grants()[0].access_token == ""


def test_oauth_1_0a_says_what_is_left_to_do(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace, provider="x-oauth1")
    answer = disconnect(alice, cast, all_connections()[0])
    assert "remove the access in your settings" in told(alice, answer)[-1]
    assert all_grants()[0].token_secret == ""


def test_another_workspace_keeps_its_access_to_the_same_account(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    connect(sandbox, browser(cast.charlie), cast.elsewhere)
    here, there = all_connections()
    sandbox.control.clear_ledger()
    disconnect(alice, cast, here)
    assert works(str(there.grant.access_token))
    assert not any(row["operation"] == "token_revoke" for row in sandbox.control.ledger())
    here, there = all_connections()
    assert (here.is_usable, there.is_usable) == (False, True)


def test_reconnecting_revives_the_same_connection(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    (before,) = all_connections()
    disconnect(alice, cast, before)
    restored: list[int] = []

    def hear(sender: Any, connection: Connection, **_kwargs: Any) -> None:
        restored.append(connection.pk)

    connection_restored.connect(hear)
    connect(sandbox, alice, cast.workspace)
    (after,) = all_connections()
    assert (after.pk, after.uid) == (before.pk, before.uid)
    assert after.is_usable
    assert restored == [before.pk]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.CONTRIBUTOR, Role.VIEWER])
def test_only_admins_may(sandbox: Running, cast: Cast, role: Role) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    add_member(cast.workspace, cast.charlie, role)
    charlie = browser(cast.charlie)
    answer = disconnect(charlie, cast, all_connections()[0])
    assert "may not connect and disconnect accounts" in told(charlie, answer)[-1]
    assert all_connections()[0].is_usable


def test_an_account_of_another_workspace_is_not_found(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.charlie), cast.elsewhere)
    assert disconnect(browser(cast.alice), cast, all_connections()[0]).status_code == 404
    assert all_connections()[0].is_usable


def test_the_page_lists_what_is_connected_and_offers_the_rest_to_admins(sandbox: Running, cast: Cast) -> None:
    alice, bob = browser(cast.alice), browser(cast.bob)
    connect(sandbox, alice, cast.workspace)
    address = f"/w/{cast.workspace.slug}/connections/"
    for client, may in ((alice, True), (bob, False)):
        page = client.get(address).content.decode()
        assert "norrestudio" in page
        assert ("/connections/connect/x/" in page) is may
        assert ("/disconnect/" in page) is may
    assert browser(cast.charlie).get(address).status_code == 404


def test_the_page_asks_the_database_the_same_number_of_times_for_many(
    sandbox: Running, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    alice = browser(cast.alice)
    for username in ("norrestudio", "tomas_eriksen", "alma_lamps", "majalindqvist"):
        connect(sandbox, alice, cast.workspace, username)
    address = f"/w/{cast.workspace.slug}/connections/"
    alice.get(address)
    with django_assert_max_num_queries(23):
        alice.get(address)
