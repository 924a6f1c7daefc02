"""Connecting TikTok accounts: the whole way over HTTP, scopes that were left out, tokens that rotate."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from sandbox.testing import Running
from social.contract import AppBlocked, NeedsReauth, NotSent, RateLimited, Tokens
from social.models import Connection
from social.tests.cast import Cast, all_connections, all_grants, browser, come_back, start, told
from social.tests.tiktok_making import CLIENT, TIKTOK, naps

__all__ = ["naps"]
NORRE = "-000NorreStudioOpenId0000000000000001"


def connect(sandbox: Running, client: Client, cast: Cast, person: str | None = "norrestudio", **ticks: Any) -> Any:
    """The whole way over the page; None denies, `ticks` leaves scopes out."""
    address = start(client, cast.workspace, "tiktok")
    return come_back(client, sandbox.control.consent(address, person, platform="tiktok", ticks=ticks or None))


def granted(sandbox: Running, person: str = "norrestudio", **others: Any) -> Tokens:
    minted = sandbox.control.tokens(person, platform="tiktok", client_id=CLIENT, **others)
    return Tokens(minted["access_token"], minted["refresh_token"], scopes=tuple(minted["scope"].split(",")))


# -- the handshake -----------------------------------------------------------------------------------


def test_approving_opens_the_account_with_what_it_may_do(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert "Connected @norrestudio on TikTok." in told(alice, answer)
    (connection,) = all_connections()
    assert (connection.remote_id, connection.username, connection.name) == (NORRE, "norrestudio", "Norre Studio")
    assert connection.health == Connection.Health.OK
    assert connection.traits["audiences"] == ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    assert connection.traits["max_seconds"] == 600
    assert connection.traits["lacks"] == []
    assert connection.avatar_url.endswith("/avatars/tiktok/norrestudio.png")


def test_the_tokens_live_as_long_as_tiktok_says(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (grant,) = all_grants()
    assert grant.access_token.startswith("act.")
    assert grant.refresh_token.startswith("rft.")
    assert "video.publish" in grant.scopes
    assert grant.expires_at is not None
    assert 7000 < (grant.expires_at - grant.created_at).total_seconds() <= 7200


def test_the_page_is_asked_in_tiktoks_own_way(sandbox: Running, cast: Cast) -> None:
    parts = urlsplit(start(browser(cast.alice), cast.workspace, "tiktok"))
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path.endswith("/v2/auth/authorize/")
    assert asked["client_key"] == CLIENT
    assert "client_id" not in asked
    assert set(asked["scope"].split(",")) >= {"user.info.basic", "video.publish", "video.list"}
    # Back on this machine: PKCE with the hexadecimal digest.
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 64
    assert int(asked["code_challenge"], 16)


def test_apps_of_the_web_need_no_challenge(cast: Cast, settings: Any) -> None:
    settings.BASE_URL = "https://app.example.com"
    assert "code_challenge" not in start(browser(cast.alice), cast.workspace, "tiktok")


def test_denying_connects_nothing(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    assert "access was denied" in " ".join(told(alice, connect(sandbox, alice, cast, None)))
    assert all_connections() == []


def test_a_scope_that_publishing_needs_is_named_when_it_is_left_out(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, scope=["user.info.basic", "user.info.profile"])
    (connection,) = all_connections()
    assert connection.health == Connection.Health.BROKEN
    assert "video.publish" in connection.health_reason


def test_what_only_numbers_need_may_be_left_out(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, scope=["user.info.basic", "video.publish"])
    (connection,) = all_connections()
    assert connection.health == Connection.Health.OK
    assert connection.username == "norrestudio"
    assert set(connection.traits["lacks"]) == {"user.info.profile", "user.info.stats", "video.list"}


def test_several_accounts_live_side_by_side(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    for person in ("norrestudio", "alma_lamps", "norrestudio"):
        connect(sandbox, alice, cast, person)
    assert [one.username for one in all_connections()] == ["norrestudio", "alma_lamps"]
    assert len(all_grants()) == 2


def test_an_error_with_status_200_is_no_success(sandbox: Running, cast: Cast) -> None:
    sandbox.control.settings(tiktok_oauth_errors_200=True)
    alice = browser(cast.alice)
    address = start(alice, cast.workspace, "tiktok")
    back = sandbox.control.consent(address, "norrestudio", platform="tiktok")
    sandbox.control.advance(601)
    assert "did not confirm the access" in " ".join(told(alice, come_back(alice, back)))
    assert all_connections() == []


def test_disconnecting_takes_the_access_back(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    (connection,) = all_connections()
    alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
    (row,) = [row for row in sandbox.control.ledger(platform="tiktok") if row["operation"] == "token_revoke"]
    assert row["status"] == 200


def test_nobody_can_sign_in_with_tiktok(sandbox: Running, cast: Cast) -> None:
    assert "/tiktok/" not in browser().get("/accounts/login/").content.decode()
    assert browser().get("/accounts/tiktok/login/").status_code == 404


# -- profiles ------------------------------------------------------------------------------------------


def test_a_creator_that_may_not_post_today_can_be_connected_all_the_same(sandbox: Running) -> None:
    sandbox.control.settings(tiktok_creator_error="spam_risk_too_many_posts")
    (profile,) = TIKTOK.profiles(granted(sandbox))
    assert profile.username == "norrestudio"
    assert "audiences" not in profile.traits


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("maja.lindqvist", {"audiences": ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]}),
        ("alma_lamps", {"comment_disabled": True, "duet_disabled": True, "stitch_disabled": True, "max_seconds": 60}),
    ],
)
def test_what_an_account_may_do_is_kept(sandbox: Running, person: str, expected: dict[str, Any]) -> None:
    (profile,) = TIKTOK.profiles(granted(sandbox, person))
    assert expected.items() <= profile.traits.items()


# -- tokens --------------------------------------------------------------------------------------------


def test_a_refresh_gives_both_tokens_anew_and_ends_the_old_one(sandbox: Running) -> None:
    old = granted(sandbox)
    new = TIKTOK.refresh(old.refresh_token)
    assert new.access_token != old.access_token
    assert new.refresh_token not in ("", old.refresh_token)
    assert set(TIKTOK.scopes) <= set(new.scopes)
    with pytest.raises(NeedsReauth):
        TIKTOK.refresh(old.refresh_token)


def test_nothing_is_assumed_of_how_long_tokens_live(sandbox: Running) -> None:
    first = TIKTOK.refresh(granted(sandbox).refresh_token)
    sandbox.control.settings(tiktok_old_lifetimes=True)
    second = TIKTOK.refresh(first.refresh_token)
    assert first.expires_at is not None
    assert second.expires_at is not None
    assert (second.expires_at - first.expires_at).total_seconds() > 70_000


def test_an_account_kept_alive_lives_on_after_its_first_refresh_token(sandbox: Running) -> None:
    tokens = granted(sandbox)
    for _ in range(3):
        sandbox.control.advance(100 * 86_400)
        tokens = TIKTOK.refresh(tokens.refresh_token)
    assert TIKTOK.profiles(tokens)


@pytest.mark.parametrize("with_200", [False, True])
def test_a_refresh_token_that_ran_out_is_dead(sandbox: Running, with_200: bool) -> None:
    sandbox.control.settings(tiktok_oauth_errors_200=with_200)
    tokens = granted(sandbox)
    sandbox.control.advance(181 * 86_400)
    with pytest.raises(NeedsReauth):
        TIKTOK.refresh(tokens.refresh_token)


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("reject_5xx", {}, NotSent),
        ("html_502", {}, NotSent),
        ("accept_then_reset", {}, NotSent),
        ("garbage_200", {}, NotSent),
        ("refuse", {"code": "invalid_request"}, NotSent),
        ("refuse", {"code": "something_new", "status": 401}, NotSent),
        ("refuse", {"code": "invalid_client", "status": 401}, AppBlocked),
        ("refuse", {"code": "rate_limit_exceeded", "status": 429}, RateLimited),
        ("token_revoked", {}, NeedsReauth),
    ],
)
def test_only_a_dead_grant_asks_to_reconnect(
    sandbox: Running, kind: str, params: dict[str, Any], error: type[Exception]
) -> None:
    tokens = granted(sandbox)
    sandbox.control.add_fault(platform="tiktok", operation="token_refresh", kind=kind, params=params)
    with pytest.raises(error) as raised:
        TIKTOK.refresh(tokens.refresh_token)
    assert type(raised.value) is error


def test_keys_that_are_wrong_blame_nobody(sandbox: Running, settings: Any) -> None:
    tokens = granted(sandbox)
    settings.TIKTOK_CLIENT_SECRET = "another"
    with pytest.raises(AppBlocked):
        TIKTOK.refresh(tokens.refresh_token)


def test_a_revocation_that_was_not_confirmed_is_told(sandbox: Running) -> None:
    tokens = granted(sandbox)
    TIKTOK.revoke(tokens)
    with pytest.raises(NeedsReauth):
        TIKTOK.profiles(tokens)
    with pytest.raises(NotSent):
        TIKTOK.revoke(Tokens("act.nobody"))
