"""Connecting Pages: the whole way over HTTP and Facebook's dialog, and everything that may be left out in it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from sandbox.testing import Running
from social.contract import Account, NeedsReauth, NotSent, Profile, Refused, Tokens
from social.models import Connection
from social.platforms.facebook_api import tokens_for
from social.tests.cast import Cast, all_connections, all_grants, browser, come_back, start, told
from social.tests.facebook_making import CLIENT, FACEBOOK, content, job, naps

__all__ = ["naps"]
MAJA = "10158203905537001"
NORRE, LAMPS, ARCHIVE = "104820391450001", "104820391450002", "104820391450003"
DIALOG = {"page": [NORRE], "scope": ["pages_show_list", "pages_manage_posts", "pages_read_engagement"]}


def connect(sandbox: Running, client: Client, cast: Cast, person: str | None = "maja.lindqvist", **ticks: Any) -> Any:
    """The whole way over the dialog; None denies, `ticks` leaves things out."""
    address = start(client, cast.workspace, "facebook")
    return come_back(client, sandbox.control.consent(address, person, platform="facebook", ticks=ticks.get("ticks")))


def granted(sandbox: Running, person: str = "maja.lindqvist", **others: Any) -> Tokens:
    minted = sandbox.control.tokens(person, platform="facebook", client_id=CLIENT, **others)
    token = minted.get("user_token", minted["access_token"])
    return Tokens(token, token, scopes=tuple(minted["scope"].split(",")))


def test_approving_opens_every_page_one_may_publish_on(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert "Connected @norrestudio on Facebook." in told(alice, answer)
    connections = {one.remote_id: one for one in all_connections()}
    assert set(connections) == {NORRE, LAMPS, ARCHIVE}
    norre = connections[NORRE]
    assert (norre.username, norre.name, norre.kind) == ("norrestudio", "Norre Studio", "page")
    assert norre.health == Connection.Health.OK
    assert norre.traits["category"] == "Design studio"
    assert norre.traits["lacks"] == []
    assert norre.traits["data_access_ends_at"]
    assert connections[ARCHIVE].username == ARCHIVE
    assert norre.avatar_url.endswith("/avatars/facebook/norrestudio.png")


def test_one_grant_of_the_person_opens_them_all(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (grant,) = all_grants()
    assert grant.remote_user_id == MAJA
    assert {one.grant_id for one in all_connections()} == {grant.pk}
    assert grant.expires_at is None
    assert grant.access_token == grant.refresh_token
    assert "pages_manage_posts" in grant.scopes


def test_connecting_again_adds_new_pages_to_the_same_grant(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast, ticks=DIALOG)
    assert [one.remote_id for one in all_connections()] == [NORRE]
    connect(sandbox, alice, cast)
    assert {one.remote_id for one in all_connections()} == {NORRE, LAMPS, ARCHIVE}
    assert len(all_grants()) == 1


def test_the_way_there_asks_for_what_publishing_needs(sandbox: Running, cast: Cast) -> None:
    address = urlsplit(start(browser(cast.alice), cast.workspace, "facebook"))
    asked = parse_qs(address.query)
    assert address.path.endswith("/v26.0/dialog/oauth")
    assert {*FACEBOOK.scopes, "pages_manage_engagement"} <= set(asked["scope"][0].split(","))
    assert asked["auth_type"] == ["rerequest"]
    assert "code_challenge" not in asked


def test_a_login_configuration_takes_the_place_of_the_scopes(sandbox: Running, cast: Cast, settings: Any) -> None:
    settings.FACEBOOK_CONFIG_ID = "sandbox-config"
    client = browser(cast.alice)
    address = start(client, cast.workspace, "facebook")
    assert "scope" not in parse_qs(urlsplit(address).query)
    come_back(client, sandbox.control.consent(address, "maja.lindqvist", platform="facebook"))
    assert len(all_connections()) == 3


def test_denying_ends_with_one_sentence(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast, None)
    assert "access was denied there" in told(alice, answer)[0]
    assert all_connections() == []


def test_no_page_ticked_says_what_to_do(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast, ticks={**DIALOG, "page": []})
    assert "tick your Pages" in told(alice, answer)[0]
    assert all_connections() == []


def test_a_role_that_may_not_publish_says_so(sandbox: Running, cast: Cast) -> None:
    sandbox.control.call("POST", "facebook/roles", {"person": "tomas.eriksen", "page": "almalamps"})
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast, "tomas.eriksen")
    assert "Ask whoever runs the Page" in told(alice, answer)[0]
    assert all_connections() == []


def test_a_page_without_the_right_to_publish_is_left_out(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, "tomas.eriksen")
    assert [one.remote_id for one in all_connections()] == [LAMPS]


def test_a_permission_left_out_is_named_on_the_connection(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    ticks = {**DIALOG, "scope": ["pages_show_list", "pages_read_engagement"]}
    answer = connect(sandbox, alice, cast, ticks=ticks)
    assert "Missing: pages_manage_posts" in told(alice, answer)[0]
    (connection,) = all_connections()
    assert connection.health == Connection.Health.BROKEN


def test_permissions_for_comments_may_be_left_out(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, ticks=DIALOG)
    (connection,) = all_connections()
    assert connection.health == Connection.Health.OK
    assert connection.traits["lacks"] == ["pages_manage_engagement", "pages_read_user_content", "read_insights"]


@pytest.mark.parametrize("operation", ["token_exchange", "token_long", "permissions", "users_me", "pages"])
def test_trouble_on_the_way_connects_nothing(sandbox: Running, cast: Cast, operation: str) -> None:
    sandbox.control.add_fault(platform="facebook", operation=operation, kind="reject_5xx")
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert "did not confirm the access in time" in told(alice, answer)[0]
    assert all_connections() == []


def test_a_callback_works_once(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    address = start(alice, cast.workspace, "facebook")
    back = sandbox.control.consent(address, "maja.lindqvist", platform="facebook")
    come_back(alice, back)
    again = come_back(alice, back)
    assert "started in another browser, or too long ago" in told(alice, again)[-1]


def test_grants_of_one_person_in_two_workspaces_do_not_end_each_other(sandbox: Running, cast: Cast) -> None:
    alice, charlie = browser(cast.alice), browser(cast.charlie)
    connect(sandbox, alice, cast, ticks=DIALOG)
    back = sandbox.control.consent(
        start(charlie, cast.elsewhere, "facebook"),
        "maja.lindqvist",
        platform="facebook",
        ticks={**DIALOG, "page": [LAMPS]},
    )
    come_back(charlie, back)
    first, _ = all_connections()
    alice.post(f"/w/{cast.workspace.slug}/connections/{first.uid}/disconnect/")
    assert "revoke" not in [row["operation"] for row in sandbox.control.ledger(platform="facebook")]


def test_an_unused_grant_does_not_end_a_living_one(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    other = browser(cast.charlie)
    back = sandbox.control.consent(start(other, cast.elsewhere, "facebook"), "maja.lindqvist", platform="facebook")
    states = other.session["socialaccount_states"]
    bob = browser(cast.bob)
    session = bob.session
    session["socialaccount_states"] = states
    session.save()
    come_back(bob, back)
    assert "revoke" not in [row["operation"] for row in sandbox.control.ledger(platform="facebook")]


def test_the_last_page_of_a_person_takes_the_grant_back(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    operations = []
    for connection in all_connections():
        alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
        operations.append([row["operation"] for row in sandbox.control.ledger(platform="facebook")].count("revoke"))
    assert operations == [0, 0, 1]


def test_nobody_can_sign_in_with_facebook(sandbox: Running, cast: Cast) -> None:
    assert "/facebook/" not in browser().get("/accounts/login/").content.decode()
    assert browser().get("/accounts/facebook/login/").status_code == 404


# -- profiles, tokens --------------------------------------------------------------------------------


def test_pages_are_read_over_several_pages_of_the_list(sandbox: Running) -> None:
    sandbox.control.settings(facebook_page_size=1)
    found = FACEBOOK.profiles(granted(sandbox))
    assert {one.remote_id for one in found} == {NORRE, LAMPS, ARCHIVE}
    assert all(one.owner_id == MAJA for one in found)


def test_a_token_of_a_page_publishes_for_that_page(sandbox: Running) -> None:
    for profile in FACEBOOK.profiles(granted(sandbox)):
        FACEBOOK.commit(job(_account(profile), content(f"Hello from {profile.name}")), 1)
    assert {post["page_id"] for post in sandbox.control.posts("facebook")} == {NORRE, LAMPS, ARCHIVE}


def _account(profile: Profile) -> Account:
    return Account(profile.remote_id, profile.username, profile.access_token)


def test_a_pages_token_lives_on_when_the_persons_has_run_out(sandbox: Running) -> None:
    profile = FACEBOOK.profiles(granted(sandbox))[0]
    sandbox.control.advance(61 * 86_400)
    FACEBOOK.commit(job(_account(profile), content("Still here")), 1)
    assert len(sandbox.control.posts("facebook")) == 1


def test_businesses_are_read_only_with_their_permission(sandbox: Running) -> None:
    plain = granted(sandbox)
    wide = granted(sandbox, scopes=[*plain.scopes, "business_management"])
    assert "104820391450004" not in {one.remote_id for one in FACEBOOK.profiles(plain)}
    assert "104820391450004" in {one.remote_id for one in FACEBOOK.profiles(wide)}


def test_a_business_that_cannot_be_read_keeps_no_page_away(sandbox: Running) -> None:
    plain = granted(sandbox)
    wide = granted(sandbox, scopes=[*plain.scopes, "business_management"])
    sandbox.control.add_fault(platform="facebook", operation="owned_pages", kind="reject_5xx")
    assert len(FACEBOOK.profiles(wide)) == 3


def test_a_missing_lifetime_does_not_matter(sandbox: Running) -> None:
    sandbox.control.settings(facebook_expires_in_missing=True)
    short = granted(sandbox)
    tokens = tokens_for(short.access_token)
    assert tokens.access_token not in ("", short.access_token)
    assert tokens.expires_at is None
    assert set(FACEBOOK.scopes) <= set(tokens.scopes)


def test_a_good_token_is_renewed(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(50 * 86_400)
    new = FACEBOOK.refresh(old.refresh_token)
    sandbox.control.advance(50 * 86_400)
    assert new.access_token == new.refresh_token != old.access_token
    assert FACEBOOK.profiles(new)


def test_one_that_merely_ran_out_costs_nobody_the_pages(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(61 * 86_400)
    kept = FACEBOOK.refresh(old.refresh_token)
    assert (kept.access_token, kept.expires_at) == (old.access_token, None)


def test_one_that_was_taken_away_is_dead(sandbox: Running) -> None:
    old = granted(sandbox)
    FACEBOOK.revoke(old)
    with pytest.raises(NeedsReauth):
        FACEBOOK.refresh(old.refresh_token)


def test_trouble_while_renewing_kills_nothing(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.add_fault(platform="facebook", operation="token_long", kind="reject_5xx")
    with pytest.raises(NotSent):
        FACEBOOK.refresh(old.refresh_token)


def test_a_person_without_pages_is_told_so(sandbox: Running) -> None:
    with pytest.raises(Refused, match="no Page"):
        FACEBOOK.profiles(granted(sandbox, "alma.berg"))
