"""Connecting channels: the whole way over Google's consent page, and how their access is renewed and ends."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from sandbox.testing import Running
from social import keeping_alive, tokens
from social.contract import AppBlocked, NeedsReauth, NotSent, RateLimited, Refused, Tokens
from social.models import Connection
from social.platforms.youtube import SCOPE
from social.platforms.youtube_api import tokens_from
from social.platforms.youtube_metrics import ANALYTICS_SCOPE
from social.tests.cast import Cast, all_connections, all_grants, browser, come_back, start, told
from social.tests.youtube_making import CLIENT, LAMPS, NORRE, TOMAS, YOUTUBE, naps, operations

__all__ = ["naps"]


def connect(
    sandbox: Running, client: Client, cast: Cast, channel: str | None = "norrestudio", scopes: list[str] | None = None
) -> Any:
    """The whole way over the consent page; None denies, `scopes` are what stays ticked."""
    address = start(client, cast.workspace, "youtube")
    ticks = None if scopes is None else {"scope": scopes}
    return come_back(client, sandbox.control.consent(address, channel, platform="youtube", ticks=ticks))


def granted(sandbox: Running, username: str = "norrestudio", **others: Any) -> Tokens:
    return tokens_from(sandbox.control.tokens(username, platform="youtube", client_id=CLIENT, **others))


def test_approving_opens_the_channel(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert told(alice, answer) == ["Connected @norrestudio on YouTube."]
    (connection,) = all_connections()
    assert (connection.remote_id, connection.username, connection.name) == (NORRE, "norrestudio", "Norre Studio")
    assert (connection.kind, connection.health) == ("channel", Connection.Health.OK)
    assert connection.traits == {"uploads": f"UU{NORRE[2:]}", "long_uploads": "allowed", "lacks": []}
    assert connection.avatar_url.endswith("/avatars/youtube/norrestudio.png")
    (grant,) = all_grants()
    assert (grant.remote_user_id, grant.refresh_token.startswith("1//")) == (NORRE, True)
    assert grant.expires_at is not None
    assert timedelta(minutes=55) < grant.expires_at - datetime.now(UTC) < timedelta(hours=1)


def test_the_way_there_asks_for_lasting_access_and_as_little_as_possible(sandbox: Running, cast: Cast) -> None:
    address = urlsplit(start(browser(cast.alice), cast.workspace, "youtube"))
    asked = {name: value[0] for name, value in parse_qs(address.query).items()}
    assert address.path == "/youtube/o/oauth2/v2/auth"
    assert set(asked["scope"].split()) == {SCOPE, ANALYTICS_SCOPE}
    assert (asked["access_type"], "consent" in asked["prompt"].split()) == ("offline", True)
    assert (asked["include_granted_scopes"], asked["code_challenge_method"]) == ("true", "S256")


def test_each_channel_has_a_grant_of_its_own(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    for channel in ("norrestudio", "almalamps", "tomaseriksen"):
        connect(sandbox, alice, cast, channel)
    assert {one.remote_id for one in all_connections()} == {NORRE, LAMPS, TOMAS}
    assert {one.remote_user_id for one in all_grants()} == {NORRE, LAMPS, TOMAS}
    assert len({one.refresh_token for one in all_grants()}) == 3


def test_connecting_again_keeps_the_connection(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    before = all_connections()[0].uid
    connect(sandbox, alice, cast)
    assert [one.uid for one in all_connections()] == [before]
    assert len(all_grants()) == 1


def test_a_refresh_token_that_does_not_come_again_never_replaces_one_that_works(
    sandbox: Running, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    kept = all_grants()[0].refresh_token
    address = start(alice, cast.workspace, "youtube").replace("prompt=consent+select_account", "prompt=select_account")
    answer = come_back(alice, sandbox.control.consent(address, "norrestudio", platform="youtube"))
    assert "access for an hour only" in told(alice, answer)[-1]
    assert all_grants()[0].refresh_token == kept


def test_denying_ends_with_one_sentence(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    assert "access was denied there" in told(alice, connect(sandbox, alice, cast, None))[0]
    assert all_connections() == []


def test_an_account_without_a_channel_is_not_connected(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    assert "has no channel" in told(alice, connect(sandbox, alice, cast, "alma.berg"))[0]
    assert all_connections() == []


def test_one_that_youtube_calls_not_signed_up_is_the_same(sandbox: Running) -> None:
    params = {"status": 401, "reason": "youtubeSignupRequired"}
    sandbox.control.add_fault(platform="youtube", operation="users_me", kind="refuse", params=params)
    with pytest.raises(Refused, match="has no channel"):
        YOUTUBE.profiles(granted(sandbox))


@pytest.fixture
def strangers(sandbox: Running) -> None:
    """Nobody has granted anything before: Google adds what was granted earlier to what is ticked now."""
    sandbox.control.reset(keep_accounts=False)


@pytest.mark.usefixtures("strangers")
def test_without_the_permission_that_all_hangs_on_nothing_is_connected(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast, scopes=[ANALYTICS_SCOPE])
    assert "leave everything ticked" in told(alice, answer)[0]
    assert all_connections() == []


def test_what_was_granted_before_counts_as_well(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    connect(sandbox, alice, cast, scopes=[ANALYTICS_SCOPE])
    (connection,) = all_connections()
    assert (connection.health, connection.traits["lacks"]) == (Connection.Health.OK, [])


@pytest.mark.usefixtures("strangers")
def test_numbers_may_be_left_out(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, scopes=[SCOPE])
    (connection,) = all_connections()
    assert (connection.health, connection.traits["lacks"]) == (Connection.Health.OK, [ANALYTICS_SCOPE])


@pytest.mark.parametrize("operation", ["token_exchange", "users_me"])
def test_trouble_on_the_way_connects_nothing(sandbox: Running, cast: Cast, operation: str) -> None:
    sandbox.control.add_fault(platform="youtube", operation=operation, kind="reject_5xx")
    alice = browser(cast.alice)
    assert "did not confirm the access in time" in told(alice, connect(sandbox, alice, cast))[0]
    assert all_connections() == []


def test_a_callback_works_once(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, "youtube"), "norrestudio", platform="youtube")
    come_back(alice, back)
    assert "started in another browser, or too long ago" in told(alice, come_back(alice, back))[-1]


def test_nobody_can_sign_in_with_it(sandbox: Running, cast: Cast) -> None:
    assert "/youtube/" not in browser().get("/accounts/login/").content.decode()
    assert browser().get("/accounts/youtube/login/").status_code == 404


def test_disconnecting_ends_the_access_at_google(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    grant, (connection,) = all_grants()[0], all_connections()
    refresh_token = grant.refresh_token
    alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
    assert "revoke" in operations(sandbox)
    with pytest.raises(NeedsReauth):
        YOUTUBE.refresh(refresh_token)


def test_a_channel_in_two_workspaces_keeps_its_access(sandbox: Running, cast: Cast) -> None:
    alice, charlie = browser(cast.alice), browser(cast.charlie)
    connect(sandbox, alice, cast)
    address = start(charlie, cast.elsewhere, "youtube")
    come_back(charlie, sandbox.control.consent(address, "norrestudio", platform="youtube"))
    first, _ = all_connections()
    alice.post(f"/w/{cast.workspace.slug}/connections/{first.uid}/disconnect/")
    assert "revoke" not in operations(sandbox)


def test_taking_back_what_is_dead_already_is_harmless(sandbox: Running) -> None:
    one = granted(sandbox)
    YOUTUBE.revoke(one)
    YOUTUBE.revoke(one)


# -- renewing ----------------------------------------------------------------------------------------


def test_a_refresh_brings_an_access_token_and_no_refresh_token(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(3600)
    new = YOUTUBE.refresh(old.refresh_token)
    assert (new.refresh_token, new.access_token != old.access_token) == ("", True)
    assert YOUTUBE.profiles(new)
    assert SCOPE in new.scopes


def test_the_stored_refresh_token_outlives_every_refresh(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (before,), (connection,) = all_grants(), all_connections()
    account = tokens.account_for(connection.pk, early=timedelta(hours=2))
    (after,) = all_grants()
    assert account.access_token == after.access_token != before.access_token
    assert after.refresh_token == before.refresh_token
    assert after.revision == before.revision + 1


def test_tokens_are_renewed_before_they_end(sandbox: Running, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(sandbox, browser(cast.alice), cast)
    monkeypatch.setattr(YOUTUBE, "refresh_early", timedelta(hours=3), raising=False)
    assert keeping_alive.renew_due() == 1
    assert operations(sandbox)[-1] == "token_refresh"


@pytest.mark.parametrize("days", [7, 8])
def test_in_testing_mode_access_ends_after_a_week(sandbox: Running, days: int) -> None:
    sandbox.control.settings(youtube_testing_mode=True)
    one = granted(sandbox)
    sandbox.control.advance(days * 86_400)
    with pytest.raises(NeedsReauth) as ended:
        YOUTUBE.refresh(one.refresh_token)
    assert "invalid_grant" in ended.value.detail


def test_a_grant_that_was_taken_away_breaks_the_connection(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (connection,) = all_connections()
    sandbox.control.add_fault(platform="youtube", operation="token_refresh", kind="token_revoked")
    with pytest.raises(NeedsReauth):
        tokens.account_for(connection.pk, early=timedelta(hours=2))
    (connection,) = all_connections()
    assert (connection.health, connection.grant.is_dead) == (Connection.Health.BROKEN, True)


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("refuse", {"reason": "invalid_grant"}, NeedsReauth),
        ("refuse", {"reason": "invalid_client", "status": 401}, AppBlocked),
        ("refuse", {"reason": "unauthorized_client", "status": 401}, AppBlocked),
        ("refuse", {"reason": "invalid_request"}, NotSent),
        ("refuse", {"reason": "somethingElse", "status": 403}, NotSent),
        ("rate_limit", {}, RateLimited),
        ("reject_5xx", {}, NotSent),
        ("html_502", {}, NotSent),
        ("reset", {}, NotSent),
        ("garbage_200", {}, NotSent),
    ],
)
def test_only_a_dead_grant_is_called_dead(
    sandbox: Running, kind: str, params: dict[str, Any], error: type[Exception]
) -> None:
    one = granted(sandbox)
    sandbox.control.add_fault(platform="youtube", operation="token_refresh", kind=kind, params=params)
    with pytest.raises(error) as raised:
        YOUTUBE.refresh(one.refresh_token)
    assert type(raised.value) is error


def test_a_channel_without_a_handle_is_reached_by_its_id() -> None:
    assert YOUTUBE.profile_url(NORRE).endswith(f"/channel/{NORRE}")
    assert YOUTUBE.profile_url("norrestudio").endswith("/@norrestudio")
