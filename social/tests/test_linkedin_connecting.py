"""Connecting LinkedIn: the whole way over HTTP and the consent page, for members alone and for their pages as well."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from multivio import tenancy
from sandbox.testing import Running
from social import keeping_alive
from social import tokens as token_store
from social.contract import AppBlocked, NeedsReauth, NotSent, RateLimited, Tokens
from social.models import Connection
from social.platforms.linkedin_api import SCOPES, left_out, refreshed
from social.tests.cast import Cast, all_connections, all_grants, browser, come_back, start, told
from social.tests.linkedin_making import COMMUNITY, LAMPS, LINKEDIN, MAJA, NORRE, SHARE, naps

__all__ = ["naps"]
DAY = 86_400


def connect(sandbox: Running, client: Client, cast: Cast, person: str | None = "maja-lindqvist") -> Any:
    """The whole way over the consent page; None turns back."""
    address = start(client, cast.workspace, "linkedin")
    return come_back(client, sandbox.control.consent(address, person, platform="linkedin"))


@pytest.fixture
def members_only(settings: Any) -> None:
    """An application with the self-serve product: no pages, no refresh tokens."""
    settings.LINKEDIN_PRODUCT = "share"
    settings.LINKEDIN_CLIENT_ID, settings.LINKEDIN_CLIENT_SECRET = SHARE, "sandbox-linkedin-share-secret"


def granted(sandbox: Running, person: str = "maja-lindqvist", **others: Any) -> Tokens:
    minted = sandbox.control.tokens(person, platform="linkedin", **{"client_id": COMMUNITY, **others})
    return Tokens(minted["access_token"], minted.get("refresh_token", ""), scopes=tuple(minted["scope"].split(",")))


# -- the handshake -----------------------------------------------------------------------------------


def test_approving_opens_the_member_and_the_pages_they_may_post_on(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert "/connections/choose/" in answer["Location"]
    assert "Connected @norre-studio on LinkedIn." in told(alice, answer)
    connections = {one.remote_id: one for one in all_connections()}
    assert set(connections) == {MAJA, NORRE, LAMPS}
    norre, maja = connections[NORRE], connections[MAJA]
    assert (norre.username, norre.name, norre.kind) == ("norre-studio", "Norre Studio", "page")
    assert (maja.username, maja.name, maja.kind) == ("maja-lindqvist", "Maja Lindqvist", "profile")
    assert {one.health for one in connections.values()} == {Connection.Health.OK}


def test_one_grant_of_the_member_opens_them_all(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (grant,) = all_grants()
    assert grant.remote_user_id == MAJA
    assert {one.grant_id for one in all_connections()} == {grant.pk}
    assert grant.refresh_token
    assert grant.expires_at is not None
    assert timedelta(days=59) < grant.expires_at - timezone.now() < timedelta(days=61)


def test_the_choice_of_accounts_keeps_what_was_ticked(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    kept = next(one for one in all_connections() if one.remote_id == NORRE)
    alice.post(f"{answer['Location']}keep/", {"keep": [str(kept.uid)]})
    assert [one.remote_id for one in all_connections() if one.disconnected_at is None] == [NORRE]


@pytest.mark.usefixtures("members_only")
def test_without_the_product_for_pages_it_is_the_member_and_says_why(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    sentences = told(alice, answer)
    assert sentences[0] == "Connected Maja Lindqvist on LinkedIn."
    assert "we may not list your pages and read their numbers (rw_organization_admin)" in sentences[1]
    assert "Community Management API" in sentences[1]
    (connection,) = all_connections()
    assert (connection.remote_id, connection.username, connection.name) == (MAJA, "", "Maja Lindqvist")
    assert connection.avatar_url.endswith("/avatars/linkedin/maja-lindqvist.png")
    (grant,) = all_grants()
    assert grant.refresh_token == ""


@pytest.mark.parametrize("product", ["share", "community"])
def test_the_way_there_always_asks_for_the_same_list(cast: Cast, settings: Any, product: str) -> None:
    settings.LINKEDIN_PRODUCT = product
    address = urlsplit(start(browser(cast.alice), cast.workspace, "linkedin"))
    asked = parse_qs(address.query)
    assert address.path.endswith("/oauth/v2/authorization")
    assert set(asked["scope"][0].split()) == set(SCOPES[product])
    assert "code_challenge" not in asked


def test_a_list_of_ones_own_takes_its_place(cast: Cast, settings: Any) -> None:
    settings.LINKEDIN_SCOPES = ["r_basicprofile", "w_member_social"]
    asked = parse_qs(urlsplit(start(browser(cast.alice), cast.workspace, "linkedin")).query)
    assert set(asked["scope"][0].split()) == {"r_basicprofile", "w_member_social"}


def test_turning_back_ends_with_one_sentence(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    assert "access was denied there" in told(alice, connect(sandbox, alice, cast, None))[0]
    assert all_connections() == []


@pytest.mark.parametrize("error", ["user_cancelled_login", "user_cancelled_authorize"])
def test_both_of_linkedins_words_for_turning_back_are_known(cast: Cast, error: str) -> None:
    alice = browser(cast.alice)
    state = parse_qs(urlsplit(start(alice, cast.workspace, "linkedin")).query)["state"][0]
    answer = alice.get("/connections/callback/linkedin", {"error": error, "state": state})
    assert "access was denied there" in told(alice, answer)[0]


def test_a_scope_the_application_was_not_given_connects_nothing(sandbox: Running, cast: Cast, settings: Any) -> None:
    settings.LINKEDIN_CLIENT_ID, settings.LINKEDIN_CLIENT_SECRET = SHARE, "sandbox-linkedin-share-secret"
    alice = browser(cast.alice)
    address = start(alice, cast.workspace, "linkedin")
    answer = sandbox.control.session.get(address, allow_redirects=False)
    assert "unauthorized_scope_error" in answer.headers["location"]
    assert "did not confirm the access" in told(alice, come_back(alice, answer.headers["location"]))[0]


@pytest.mark.parametrize("operation", ["token_exchange", "me", "acls", "lookup"])
def test_trouble_on_the_way_connects_nothing(sandbox: Running, cast: Cast, operation: str) -> None:
    sandbox.control.add_fault(platform="linkedin", operation=operation, kind="reject_5xx")
    alice = browser(cast.alice)
    assert "did not confirm the access in time" in told(alice, connect(sandbox, alice, cast))[0]
    assert all_connections() == []


def test_a_callback_works_once(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, "linkedin"), "maja-lindqvist", platform="linkedin")
    come_back(alice, back)
    assert "started in another browser, or too long ago" in told(alice, come_back(alice, back))[-1]


def test_the_last_account_of_a_member_takes_the_grant_back(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    revoked = []
    for connection in all_connections():
        alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
        revoked.append([row["operation"] for row in sandbox.control.ledger(platform="linkedin")].count("revoke"))
    assert revoked == [0, 0, 1]


def test_looking_for_more_finds_a_page_that_was_added_since(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    sandbox.control.add_account(
        "norre-lab", platform="linkedin", name="Norre Lab", about="Research", admins=["maja-lindqvist"]
    )
    answer = alice.post(f"/w/{cast.workspace.slug}/connections/look/linkedin/")
    assert "New on LinkedIn: Norre Lab." in told(alice, answer)


def test_nobody_can_sign_in_with_linkedin() -> None:
    assert browser().get("/accounts/linkedin/login/").status_code == 404


def test_each_kind_of_account_has_its_own_address(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    page = alice.get(f"/w/{cast.workspace.slug}/connections/").content.decode()
    assert "/linkedin/company/norre-studio/posts/" in page
    assert "/linkedin/in/maja-lindqvist/recent-activity/all/" in page
    for address in ("company/norre-studio/posts/", "in/maja-lindqvist/recent-activity/all/"):
        assert sandbox.control.session.get(f"{sandbox.url}/linkedin/{address}").status_code == 200


# -- pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["organization", "organizationTarget"])
def test_pages_are_read_over_several_pages_of_the_list(sandbox: Running, key: str) -> None:
    sandbox.control.settings(linkedin_page_size=1, linkedin_acl_key=key)
    sandbox.control.call(
        "POST",
        "linkedin/roles",
        {"person": "maja-lindqvist", "organisation": "norre-studio", "role": "CONTENT_ADMIN"},
    )
    assert LINKEDIN.profiles(granted(sandbox))[1].remote_id == NORRE


def test_a_role_that_may_not_post_opens_nothing(sandbox: Running) -> None:
    found = LINKEDIN.profiles(granted(sandbox, "tomas-eriksen"))
    assert {one.remote_id for one in found[1:]} == {LAMPS}


def test_a_member_without_pages_is_still_a_member(sandbox: Running) -> None:
    (alma,) = LINKEDIN.profiles(granted(sandbox, "alma-berg"))
    assert (alma.kind, alma.owner_id) == ("profile", alma.remote_id)


def test_what_an_account_lacks_is_noted(sandbox: Running) -> None:
    scopes = [scope for scope in SCOPES["community"] if not scope.endswith("_feed")]
    maja, norre, _ = LINKEDIN.profiles(granted(sandbox, scopes=scopes))
    assert maja.traits["lacks"] == ["w_member_social_feed"]
    assert norre.traits["lacks"] == ["w_organization_social_feed", "r_organization_social_feed"]


def test_the_words_for_missing_permissions(settings: Any) -> None:
    assert left_out(SCOPES["community"]) == ""
    settings.LINKEDIN_PRODUCT = "community"
    sentence = left_out(("r_basicprofile", "w_member_social", "rw_organization_admin", "r_organization_social"))
    assert "publish for your pages (w_organization_social)." in sentence
    assert "Connect again" in sentence


# -- tokens ------------------------------------------------------------------------------------------


def test_a_refresh_keeps_the_refresh_token_and_its_end(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(50 * DAY)
    new = refreshed(old.refresh_token)
    assert new.refresh_token == old.refresh_token
    assert new.access_token != old.access_token
    assert new.expires_at is not None
    assert new.expires_at - timezone.now() > timedelta(days=59)
    assert not new.is_last


def test_a_refresh_token_that_brings_nothing_more_is_let_go(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(320 * DAY)
    last = LINKEDIN.refresh(old.refresh_token)
    assert (last.refresh_token, last.is_last) == ("", True)
    assert last.expires_at is not None
    assert timedelta(days=44) < last.expires_at - timezone.now() < timedelta(days=46)


def test_the_last_refresh_leaves_the_end_to_a_person(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (grant,) = all_grants()
    sandbox.control.advance(355 * DAY)
    with tenancy.system("test"):
        type(grant).objects.update(expires_at=timezone.now() + timedelta(days=2))
    assert keeping_alive.renew_due() == 1
    (grant,) = all_grants()
    assert grant.refresh_token == ""
    assert keeping_alive.renew_due() == 0
    keeping_alive.warn_of_ends()
    assert "LinkedIn: connect" in mail.outbox[0].subject
    assert "within 14 days" in mail.outbox[0].subject


@pytest.mark.usefixtures("members_only")
def test_members_without_a_refresh_token_are_written_to_in_time(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    keeping_alive.warn_of_ends()
    assert mail.outbox == []
    (grant,) = all_grants()
    for days, subject in ((14, "within 14 days"), (7, "within 7 days"), (1, "tomorrow")):
        with tenancy.system("test"):
            type(grant).objects.update(expires_at=timezone.now() + timedelta(days=days, minutes=-5))
        keeping_alive.warn_of_ends()
        assert "Maja Lindqvist" in mail.outbox[-1].subject
        assert mail.outbox[-1].subject.endswith(f"access ends {subject}")
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("members_only")
def test_a_token_that_ran_out_asks_to_reconnect(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (connection,) = all_connections()
    with tenancy.system("test"):
        type(connection.grant).objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NeedsReauth):
        token_store.account_for(connection.pk)


def test_a_dead_refresh_token_is_dead(sandbox: Running) -> None:
    old = granted(sandbox)
    LINKEDIN.revoke(old)
    with pytest.raises(NeedsReauth):
        LINKEDIN.refresh(old.refresh_token)


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("reject_5xx", {}, NotSent),
        ("html_502", {}, NotSent),
        ("reset", {}, NotSent),
        ("rate_limit", {}, RateLimited),
        ("refuse", {"status": 400, "code": "SOMETHING"}, NotSent),
    ],
)
def test_trouble_while_renewing_kills_nothing(
    sandbox: Running, kind: str, params: dict[str, Any], error: type[Exception]
) -> None:
    old = granted(sandbox)
    sandbox.control.add_fault(platform="linkedin", operation="token_refresh", kind=kind, params=params)
    with pytest.raises(error):
        LINKEDIN.refresh(old.refresh_token)
    assert LINKEDIN.refresh(old.refresh_token).access_token


def test_wrong_keys_are_the_operators_matter(sandbox: Running, settings: Any) -> None:
    old = granted(sandbox)
    settings.LINKEDIN_CLIENT_SECRET = "wrong"
    with pytest.raises(AppBlocked):
        LINKEDIN.refresh(old.refresh_token)


def test_another_set_of_scopes_ends_the_earlier_tokens(sandbox: Running) -> None:
    old = granted(sandbox)
    granted(sandbox, scopes=["r_basicprofile", "w_member_social"])
    with pytest.raises(NeedsReauth):
        LINKEDIN.profiles(old)
