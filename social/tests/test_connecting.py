"""Connecting an account: the whole way over HTTP and the sandbox's consent page, and everything that may not work."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.db import connection as database
from django.test import Client

from accounts.models import Member, User
from accounts.roles import Role
from multivio import http, tenancy
from sandbox.testing import Running
from social.models import Connection, Grant
from social.providers.x.provider import XProvider
from social.signals import connection_restored
from social.tests.cast import (
    HOST,
    Cast,
    add_member,
    all_connections,
    all_grants,
    browser,
    come_back,
    connect,
    start,
    told,
)

PROVIDERS = ["x", "x-oauth1"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_approving_connects_the_account(sandbox: Running, cast: Cast, provider: str) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast.workspace, provider=provider)
    assert answer["Location"] == f"/w/{cast.workspace.slug}/connections/"
    assert told(alice, answer) == ["Connected @norrestudio on X."]
    (connection,) = all_connections()
    assert (connection.username, connection.name) == ("norrestudio", "Norre Studio")
    assert connection.workspace == cast.workspace
    assert connection.connected_by == cast.alice
    assert connection.health == Connection.Health.OK
    assert connection.traits["subscription_type"] == "None"
    assert "_normal" not in connection.avatar_url


def test_oauth_2_keeps_both_tokens_scopes_and_expiry(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    (grant,) = all_grants()
    assert grant.protocol == Grant.Protocol.OAUTH2
    assert grant.access_token
    assert grant.refresh_token
    assert not grant.token_secret
    assert set(grant.scopes) == {"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"}
    assert grant.expires_at is not None
    assert grant.granted_by == cast.alice


def test_oauth_1_0a_keeps_token_and_secret_for_ever(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace, provider="x-oauth1")
    (grant,) = all_grants()
    assert grant.protocol == Grant.Protocol.OAUTH1
    assert grant.access_token
    assert grant.token_secret
    assert not grant.refresh_token
    assert grant.expires_at is None


def test_the_way_there_asks_for_what_publishing_needs(sandbox: Running, cast: Cast) -> None:
    asked = parse_qs(urlsplit(start(browser(cast.alice), cast.workspace)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://{HOST}/connections/callback/x"]
    assert set(asked["scope"][0].split()) == {
        "tweet.read",
        "tweet.write",
        "users.read",
        "media.write",
        "offline.access",
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_denying_ends_with_one_sentence(sandbox: Running, cast: Cast, provider: str) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast.workspace, None, provider)
    assert told(alice, answer) == _sentence(provider, "was not connected, because access was denied there.")
    assert all_connections() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_callback_works_once(sandbox: Running, cast: Cast, provider: str) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, provider), "norrestudio")
    come_back(alice, back)
    before = all_grants()[0].revision
    again = come_back(alice, back)
    assert "started in another browser, or too long ago" in told(alice, again)[-1]
    assert (len(all_connections()), all_grants()[0].revision) == (1, before)


@pytest.mark.parametrize(
    "address",
    [
        "/connections/callback/x",
        "/connections/callback/x?code=a&state=b",
        "/connections/callback/x?error=access_denied",
        "/connections/callback/x-oauth1",
        "/connections/callback/x-oauth1?oauth_token=a&oauth_verifier=b",
        "/connections/callback/x-oauth1?denied=a",
    ],
)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_forged_callback_does_nothing(sandbox: Running, cast: Cast, address: str, is_signed_in: bool) -> None:
    client = browser(cast.alice if is_signed_in else None)
    users = User.objects.count()
    answer = client.get(address)
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session or not is_signed_in
    assert all_connections() == []
    assert User.objects.count() == users
    assert not any(row["operation"].startswith("token") for row in sandbox.control.ledger())


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("other", ["bob", "nobody"])
def test_the_callback_in_another_browser_does_nothing(sandbox: Running, cast: Cast, provider: str, other: str) -> None:
    back = sandbox.control.consent(start(browser(cast.alice), cast.workspace, provider), "norrestudio")
    come_back(browser(cast.bob if other == "bob" else None), back)
    assert all_connections() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_somebody_else_who_signed_in_meanwhile_gets_nothing(sandbox: Running, cast: Cast, provider: str) -> None:
    """The state is in the session; a session that now belongs to somebody else still names who began."""
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, provider), "norrestudio")
    states = alice.session["socialaccount_states"]
    add_member(cast.workspace, cast.charlie, Role.ADMIN)
    charlie = browser(cast.charlie)
    session = charlie.session
    session["socialaccount_states"] = states
    session.save()
    answer = come_back(charlie, back)
    assert "somebody else was signed in" in told(charlie, answer)[-1]
    assert all_connections() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_membership_lost_in_between_connects_nothing(sandbox: Running, cast: Cast, provider: str) -> None:
    add_member(cast.workspace, cast.charlie, Role.ADMIN)
    charlie = browser(cast.charlie)
    back = sandbox.control.consent(start(charlie, cast.workspace, provider), "norrestudio")
    with tenancy.system("test"):
        Member.objects.filter(workspace=cast.workspace, user=cast.charlie).delete()
    answer = come_back(charlie, back)
    assert all_connections() == []
    assert cast.workspace.slug not in answer["Location"]


def test_a_role_lost_in_between_connects_nothing_and_gives_the_grant_back(sandbox: Running, cast: Cast) -> None:
    add_member(cast.workspace, cast.charlie, Role.ADMIN)
    charlie = browser(cast.charlie)
    back = sandbox.control.consent(start(charlie, cast.workspace), "norrestudio")
    with tenancy.system("test"):
        Member.objects.filter(workspace=cast.workspace, user=cast.charlie).update(role=Role.EDITOR)
    answer = come_back(charlie, back)
    assert "you may not connect accounts" in told(charlie, answer)[-1]
    assert all_connections() == []
    assert [row["operation"] for row in sandbox.control.ledger()][-1] == "token_revoke"


@pytest.mark.parametrize("role", [Role.EDITOR, Role.CONTRIBUTOR, Role.VIEWER])
def test_only_admins_may_begin(sandbox: Running, cast: Cast, role: Role) -> None:
    add_member(cast.workspace, cast.charlie, role)
    charlie = browser(cast.charlie)
    answer = charlie.post(f"/w/{cast.workspace.slug}/connections/connect/x/")
    assert answer["Location"] == f"/w/{cast.workspace.slug}/connections/"
    assert "may not connect" in told(charlie, answer)[-1]
    assert "socialaccount_states" not in charlie.session


def test_a_stranger_finds_no_such_page(sandbox: Running, cast: Cast) -> None:
    charlie = browser(cast.charlie)
    for path in ("", "connect/x/", "0190b3c8-0000-7000-8000-000000000000/disconnect/"):
        address = f"/w/{cast.workspace.slug}/connections/{path}"
        assert (charlie.get(address) if not path else charlie.post(address)).status_code == 404


def test_who_is_not_signed_in_is_asked_to(sandbox: Running, cast: Cast) -> None:
    answer = browser().post(f"/w/{cast.workspace.slug}/connections/connect/x/")
    assert answer["Location"].startswith("/accounts/login/")


def test_looking_does_not_begin_anything(cast: Cast) -> None:
    assert browser(cast.alice).get(f"/w/{cast.workspace.slug}/connections/connect/x/").status_code == 405


@pytest.mark.parametrize("provider", ["google", "nobody"])
def test_an_unknown_way_is_refused(cast: Cast, provider: str) -> None:
    alice = browser(cast.alice)
    answer = alice.post(f"/w/{cast.workspace.slug}/connections/connect/{provider}/")
    assert told(alice, answer) == ["There is no such way to connect an account."]


def test_without_keys_it_is_not_offered(cast: Cast, settings: Any) -> None:
    settings.X_CLIENT_ID = ""
    alice = browser(cast.alice)
    answer = alice.post(f"/w/{cast.workspace.slug}/connections/connect/x/")
    assert "its keys are missing" in told(alice, answer)[-1]
    page = alice.get(f"/w/{cast.workspace.slug}/connections/").content.decode()
    assert "/connections/connect/x-oauth1/" in page
    assert "/connections/connect/x/" not in page


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_account_can_be_in_two_workspaces(sandbox: Running, cast: Cast, provider: str) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace, provider=provider)
    connect(sandbox, browser(cast.charlie), cast.elsewhere, provider=provider)
    first, second = all_connections()
    assert first.remote_id == second.remote_id
    assert (first.workspace, second.workspace) == (cast.workspace, cast.elsewhere)
    assert first.grant.access_token != second.grant.access_token


def test_two_accounts_in_one_workspace(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    connect(sandbox, alice, cast.workspace, "tomas_eriksen")
    assert [connection.username for connection in all_connections()] == ["norrestudio", "tomas_eriksen"]
    assert all_connections()[1].traits["subscription_type"] == "Premium"


def test_reconnecting_keeps_the_connection_and_heals_it(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    (before,) = all_connections()
    with tenancy.system("test"):
        Connection.objects.update(health="broken", health_reason="X has ended our access to this account.")
        Grant.objects.update(dead_at=before.connected_at, dead_reason="Gone")
    restored: list[Connection] = []

    def hear(sender: Any, connection: Connection, **_kwargs: Any) -> None:
        restored.append(connection)

    connection_restored.connect(hear)
    connect(sandbox, alice, cast.workspace)
    (after,) = all_connections()
    assert (after.pk, after.uid, after.grant_id) == (before.pk, before.uid, before.grant_id)
    assert after.is_usable
    assert after.health_reason == ""
    assert not after.grant.is_dead
    assert after.grant.revision == before.grant.revision + 1
    assert after.grant.access_token != before.grant.access_token
    assert [one.pk for one in restored] == [after.pk]


def test_coming_back_by_the_other_protocol_keeps_the_connection_and_drops_the_old_tokens(
    sandbox: Running, cast: Cast
) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    (before,) = all_connections()
    connect(sandbox, alice, cast.workspace, provider="x-oauth1")
    (after,) = all_connections()
    assert after.pk == before.pk
    assert [grant.protocol for grant in all_grants()] == [Grant.Protocol.OAUTH1]


def test_scopes_that_were_not_given_are_named(sandbox: Running, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(XProvider, "get_default_scope", lambda self: ["tweet.read", "users.read", "offline.access"])
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast.workspace)
    (connection,) = all_connections()
    assert connection.health == Connection.Health.BROKEN
    assert "tweet.write, media.write" in connection.health_reason
    assert told(alice, answer) == [connection.health_reason]


def test_an_exchange_that_fails_says_try_again(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace), "norrestudio")
    sandbox.control.advance(31)
    answer = come_back(alice, back)
    (sentence,) = told(alice, answer)
    assert sentence == "X was not connected, because it did not confirm the access in time. Try again."
    assert all_connections() == []


@pytest.mark.parametrize(
    ("provider", "operation"),
    [("x", "token_exchange"), ("x", "users_me"), ("x-oauth1", "oauth1_access_token"), ("x-oauth1", "users_me")],
)
def test_trouble_on_the_way_back_says_try_again(sandbox: Running, cast: Cast, provider: str, operation: str) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, provider), "norrestudio")
    sandbox.control.add_fault(operation=operation, kind="reject_5xx")
    answer = come_back(alice, back)
    assert told(alice, answer)[-1].endswith("Try again.")
    assert all_connections() == []


def test_trouble_on_the_way_there_says_try_again(sandbox: Running, cast: Cast) -> None:
    sandbox.control.add_fault(operation="oauth1_request_token", kind="reject_5xx")
    alice = browser(cast.alice)
    answer = alice.post(f"/w/{cast.workspace.slug}/connections/connect/x-oauth1/")
    assert told(alice, answer)[-1].endswith("Try again.")


def test_two_tabs_connect_to_the_workspace_each_was_opened_in(sandbox: Running, cast: Cast) -> None:
    add_member(cast.elsewhere, cast.alice, Role.ADMIN)
    for provider in PROVIDERS:
        alice = browser(cast.alice)
        first = start(alice, cast.workspace, provider)
        second = start(alice, cast.elsewhere, provider)
        come_back(alice, sandbox.control.consent(first, "norrestudio"))
        come_back(alice, sandbox.control.consent(second, "tomas_eriksen"))
    found = {(connection.workspace_id, connection.username) for connection in all_connections()}
    assert found == {(cast.workspace.pk, "norrestudio"), (cast.elsewhere.pk, "tomas_eriksen")}


# -- never a log-in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("process", ["login", "connect", "redirect", None])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_handshake_signs_anybody_in(sandbox: Running, cast: Cast, provider: str, process: str | None) -> None:
    """Even with a state of another purpose in the session, as if somebody had found a way to begin one."""
    client = browser(cast.alice)
    authorize = start(client, cast.workspace, provider)
    session = client.session
    states = session["socialaccount_states"]
    for state, *_ in states.values():
        state["process"] = process
        state["data"] = {} if process in (None, "redirect") else state["data"]
    session["socialaccount_states"] = states
    for key in ("_auth_user_id", "_auth_user_backend", "_auth_user_hash"):
        session.pop(key)
    session.save()
    users = User.objects.count()
    answer = come_back(client, sandbox.control.consent(authorize, "norrestudio"))
    assert answer.status_code == 302
    assert "_auth_user_id" not in client.session
    assert (User.objects.count(), SocialAccount.objects.count(), SocialToken.objects.count()) == (users, 0, 0)
    assert all_connections() == []


@pytest.mark.parametrize("path", ["x/login/", "x-oauth1/login/", "x/login/callback/", "x_oauth1/login/"])
def test_allauth_has_no_addresses_of_its_own_for_them(cast: Cast, path: str) -> None:
    assert Client(headers={"host": HOST}).get(f"/accounts/{path}").status_code == 404


def test_the_sign_in_page_offers_none_of_them(db: None) -> None:
    for path in ("/accounts/login/", "/accounts/signup/"):
        page = browser().get(path)
        assert page.status_code == 200
        assert b"connections/" not in page.content
        assert page.context.get("socialaccount_providers", []) == []


def _sentence(provider: str, rest: str) -> list[str]:
    label = {"x": "X", "x-oauth1": "X with OAuth 1.0a"}[provider]
    return [f"{label} {rest} Try again."]


@pytest.mark.real_commits
@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_transaction_is_open_while_the_platform_is_called(
    sandbox: Running, cast: Cast, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, bool]] = []
    request = http.request

    def watched(method: str, url: str, **details: Any) -> http.Response:
        calls.append((urlsplit(url).path.rpartition("/")[2], database.in_atomic_block))
        return request(method, url, **details)

    monkeypatch.setattr(http, "request", watched)
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace, provider=provider)
    (connection,) = all_connections()
    alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
    expected = {"x": ["me", "revoke"], "x-oauth1": ["request_token", "access_token", "me"]}[provider]
    assert calls == [(name, False) for name in expected]
