"""The token of the moment: refreshed once, in one place, and never given up for a passing trouble."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from multivio import tenancy
from sandbox.testing import Running
from social import platforms, tokens
from social.contract import Account, AppBlocked, NeedsReauth, NotSent, PlatformError, RateLimited
from social.models import Connection, Grant
from social.signals import connection_lost
from social.tests.cast import Cast, all_connections, all_grants, browser, connect
from social.tokens import AT_HAND, account_at_hand, account_for

SOON = timedelta(minutes=4)


@pytest.fixture
def connected(sandbox: Running, cast: Cast) -> Connection:
    connect(sandbox, browser(cast.alice), cast.workspace)
    return all_connections()[0]


@pytest.fixture
def lost() -> Iterator[list[str]]:
    """The reasons of the connections that were lost."""
    reasons: list[str] = []

    def hear(sender: Any, connection: Connection, reason: str, **_kwargs: Any) -> int:
        reasons.append(reason)
        return 3

    connection_lost.connect(hear)
    yield reasons
    connection_lost.disconnect(hear)


def expire(after: timedelta) -> None:
    with tenancy.system("test"):
        Grant.objects.update(expires_at=timezone.now() + after)


def refreshes(sandbox: Running) -> list[dict[str, Any]]:
    return [row for row in sandbox.control.ledger() if row["operation"] == "token_refresh"]


def grant() -> Grant:
    return all_grants()[0]


def test_a_good_token_is_used_as_it_is(sandbox: Running, connected: Connection) -> None:
    account = account_for(connected.pk)
    assert account.access_token == connected.grant.access_token
    assert (account.username, account.remote_id) == ("norrestudio", connected.remote_id)
    assert account.traits["subscription_type"] == "None"
    assert refreshes(sandbox) == []


def test_a_token_that_ends_soon_is_refreshed_and_the_rotation_kept(sandbox: Running, connected: Connection) -> None:
    expire(SOON)
    account = account_for(connected.pk)
    after = grant()
    assert account.access_token == after.access_token != connected.grant.access_token
    assert after.refresh_token != connected.grant.refresh_token
    assert after.revision == connected.grant.revision + 1
    assert after.expires_at is not None
    assert after.expires_at > timezone.now() + timedelta(hours=1)
    assert after.refreshed_at is not None
    expire(SOON)
    account_for(connected.pk)
    assert [row["status"] for row in refreshes(sandbox)] == [200, 200]


def test_the_new_token_works_and_the_answer_was_committed_first(sandbox: Running, connected: Connection) -> None:
    expire(-SOON)
    account = account_for(connected.pk)
    with tenancy.system("test"):
        assert Grant.objects.get().access_token == account.access_token


def test_oauth_1_0a_is_never_refreshed(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace, provider="x-oauth1")
    account = account_for(all_connections()[0].pk, force_refresh=True)
    assert account.token_secret
    assert refreshes(sandbox) == []


def test_it_can_be_asked_to_refresh_but_not_in_a_storm(sandbox: Running, connected: Connection) -> None:
    account_for(connected.pk, force_refresh=True)
    account_for(connected.pk, force_refresh=True)
    assert len(refreshes(sandbox)) == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reject_5xx", NotSent),
        ("html_502", NotSent),
        ("reset", NotSent),
        ("rate_limit", RateLimited),
    ],
)
def test_passing_trouble_never_disconnects(
    sandbox: Running, connected: Connection, lost: list[str], kind: str, error: type[PlatformError]
) -> None:
    expire(-SOON)
    sandbox.control.add_fault(operation="token_refresh", kind=kind)
    with pytest.raises(error):
        account_for(connected.pk)
    assert (grant().refresh_failures, grant().is_dead, lost) == (1, False, [])
    assert all_connections()[0].is_usable
    assert account_for(connected.pk).access_token
    assert grant().refresh_failures == 0


def test_a_token_that_is_still_good_is_used_while_there_is_trouble(sandbox: Running, connected: Connection) -> None:
    expire(SOON)
    sandbox.control.add_fault(operation="token_refresh", kind="reject_5xx")
    assert account_for(connected.pk).access_token == connected.grant.access_token


def test_a_platform_that_cannot_be_reached_is_passing_trouble(connected: Connection, settings: Any) -> None:
    expire(-SOON)
    settings.X_API_URL = "http://127.0.0.1:1"
    with pytest.raises(NotSent):
        account_for(connected.pk)
    assert not grant().is_dead


def test_wrong_keys_of_ours_are_not_the_account_s_fault(connected: Connection, settings: Any, lost: list[str]) -> None:
    expire(-SOON)
    settings.X_CLIENT_SECRET = "mistyped"
    with pytest.raises(AppBlocked):
        account_for(connected.pk)
    assert (grant().is_dead, lost) == (False, [])


def test_a_dead_grant_breaks_the_connection_once(sandbox: Running, connected: Connection, lost: list[str]) -> None:
    expire(-SOON)
    sandbox.control.add_fault(operation="token_refresh", kind="token_revoked")
    for _ in range(2):
        with pytest.raises(NeedsReauth) as caught:
            account_for(connected.pk)
        assert caught.value.sentence == "X has ended our access to this account."
        assert caught.value.next_step
    assert len(refreshes(sandbox)) == 1
    assert grant().dead_reason == "X has ended our access to this account."
    (connection,) = all_connections()
    assert (connection.health, connection.health_reason) == ("broken", "X has ended our access to this account.")
    assert lost == ["X has ended our access to this account."]


def test_a_reconnection_meanwhile_wins_over_a_dead_refresh(
    sandbox: Running, connected: Connection, cast: Cast, monkeypatch: pytest.MonkeyPatch, lost: list[str]
) -> None:
    """Somebody reconnects between the platform's no and our writing it down."""
    expire(-SOON)

    def dead(_refresh_token: str) -> Any:
        raise NeedsReauth("Dead.")

    def reconnect(seen: Connection, error: NeedsReauth) -> Any:
        connect(sandbox, browser(cast.alice), cast.workspace)
        return bury(seen, error)

    bury = tokens._bury
    monkeypatch.setattr(platforms.get("x"), "refresh", dead, raising=False)
    monkeypatch.setattr(tokens, "_bury", reconnect)
    assert account_for(connected.pk).access_token == grant().access_token
    assert (grant().is_dead, lost) == (False, [])


def test_without_a_refresh_token_the_end_is_the_end(connected: Connection) -> None:
    with tenancy.system("test"):
        row = Grant.objects.get()
        row.refresh_token, row.expires_at = "", timezone.now() - timedelta(seconds=1)
        row.save()
    with pytest.raises(NeedsReauth):
        account_for(connected.pk)


def test_a_disconnected_account_has_no_token(connected: Connection) -> None:
    with tenancy.system("test"):
        Connection.objects.update(disconnected_at=timezone.now())
    with pytest.raises(NeedsReauth) as caught:
        account_for(connected.pk)
    assert caught.value.code == "disconnected"


def test_an_unknown_connection_has_no_token(db: None) -> None:
    with pytest.raises(NeedsReauth):
        account_for(0)


def test_a_lost_key_of_ours_is_told_and_nothing_is_broken(connected: Connection, settings: Any) -> None:
    settings.FIELD_KEYS = ["other:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    for forced in (False, True):
        with pytest.raises(NotSent) as caught:
            account_for(connected.pk, force_refresh=forced)
        assert caught.value.code == "unreadable_secret"
    assert not grant().is_dead


@pytest.mark.real_commits
def test_two_at_once_refresh_once_and_both_get_the_new_token(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    (connected,) = all_connections()
    expire(-SOON)
    sandbox.control.add_fault(operation="token_refresh", kind="slow", params={"seconds": 0.5})
    found: list[str] = []
    barrier = threading.Barrier(6)

    def ask() -> None:
        barrier.wait()
        found.append(account_for(connected.pk).access_token)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(refreshes(sandbox)) == 1
    assert found == [grant().access_token] * 6
    assert grant().revision == connected.grant.revision + 1


@pytest.mark.real_commits
def test_it_refuses_to_refresh_inside_a_transaction(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    (connected,) = all_connections()
    expire(-SOON)
    with pytest.raises(RuntimeError), transaction.atomic():
        account_for(connected.pk)
    assert refreshes(sandbox) == []


@pytest.mark.real_commits
def test_it_keeps_no_connection_of_the_database_for_itself(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    (connected,) = all_connections()
    left_open: list[bool] = []

    def ask() -> None:
        account_for(connected.pk)
        left_open.append(database.connection is not None)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(10)
    assert left_open == [False]


# -- many at once -----------------------------------------------------------------------------------


def at_hand() -> Account | None:
    """What a plain SQL reader gets for the only connection."""
    with tenancy.system("test"), database.cursor() as cursor:
        cursor.execute(f"select {AT_HAND} from social_connection c join social_grant g on g.id = c.grant_id")
        names = [column.name for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
    row["traits"] = json.loads(row["traits"]) if isinstance(row["traits"], str) else row["traits"]
    return account_at_hand(row)


@pytest.mark.parametrize("provider", ["x", "x-oauth1"])
def test_an_account_at_hand_is_the_same_without_a_query(sandbox: Running, cast: Cast, provider: str) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace, provider=provider)
    assert at_hand() == account_for(all_connections()[0].pk)


@pytest.mark.parametrize("change", ["expires soon", "dead", "disconnected", "key lost"])
def test_what_needs_looking_after_is_not_at_hand(connected: Connection, settings: Any, change: str) -> None:
    with tenancy.system("test"):
        match change:
            case "expires soon":
                Grant.objects.update(expires_at=timezone.now() + SOON)
            case "dead":
                Grant.objects.update(dead_at=timezone.now())
            case "disconnected":
                Connection.objects.update(disconnected_at=timezone.now())
            case "key lost":
                settings.FIELD_KEYS = ["other:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    assert at_hand() is None


def test_a_token_that_cannot_be_refreshed_is_at_hand_to_its_end(connected: Connection) -> None:
    with tenancy.system("test"):
        row = Grant.objects.get()
        row.refresh_token, row.expires_at = "", timezone.now() + timedelta(seconds=20)
        row.save()
    assert at_hand() is not None
    expire(-timedelta(seconds=1))
    assert at_hand() is None
