"""Connecting accounts of Instagram: the whole way by either log-in, what may be left out, and how the tokens live on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from multivio import tenancy
from sandbox.platforms.graph import signed_request
from sandbox.testing import Running
from social import keeping_alive, platforms
from social.contract import Account, NeedsReauth, NotSent, Refused, Tokens
from social.models import Connection, Grant
from social.platforms import graph_api, instagram_api, instagram_pages
from social.sync import look_for_more
from social.tests.cast import HOST, Cast, acting, all_connections, all_grants, browser, come_back, start, told
from social.tests.hosting import Host
from social.tests.instagram_making import (
    ALMA,
    FACEBOOK_CLIENT,
    INSTAGRAM,
    NORRE,
    SCOPES,
    content,
    granted,
    host,
    job,
    naps,
    only_post,
    operations,
    photo,
    publish,
)

__all__ = ["host", "naps"]
MAJA = "10158203905537001"
NORRE_PAGE, LAMPS_PAGE = "104820391450001", "104820391450002"
DAY = 86_400


def connect(sandbox: Running, client: Client, cast: Cast, username: str | None = "norrestudio", **others: Any) -> Any:
    """The whole way over Instagram's own dialog; None denies."""
    address = start(client, cast.workspace, "instagram")
    return come_back(client, sandbox.control.consent(address, username, platform="instagram", **others))


def connect_pages(
    sandbox: Running, client: Client, cast: Cast, person: str | None = "maja.lindqvist", **others: Any
) -> Any:
    """The whole way over Facebook's dialog."""
    address = start(client, cast.workspace, "instagram-facebook")
    return come_back(client, sandbox.control.consent(address, person, platform="facebook", **others))


def through_pages(sandbox: Running, person: str = "maja.lindqvist", **others: Any) -> Tokens:
    """What Facebook's log-in gives."""
    values = {"scopes": SCOPES} | others
    minted = sandbox.control.tokens(person, platform="facebook", client_id=FACEBOOK_CLIENT, **values)
    token = minted["access_token"]
    return Tokens(token, f"{instagram_pages.MARK}{token}", scopes=tuple(minted["scope"].split(",")))


# -- Instagram's own log-in ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["flat", "wrapped"])
def test_approving_opens_the_account(sandbox: Running, cast: Cast, shape: str) -> None:
    sandbox.control.settings(instagram_answer_shape=shape)
    alice = browser(cast.alice)
    assert "Connected @norrestudio on Instagram." in told(alice, connect(sandbox, alice, cast))
    (connection,) = all_connections()
    assert (connection.remote_id, connection.username, connection.name) == (NORRE, "norrestudio", "Norre Studio")
    assert connection.health == Connection.Health.OK
    assert connection.traits["login"] == "instagram"
    assert connection.traits["account_type"] == "BUSINESS"
    assert connection.traits["lacks"] == []
    assert connection.avatar_url.endswith("/avatars/instagram/norrestudio.png")
    assert connection.access_token == ""


def test_the_token_lives_sixty_days_and_renews_itself(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (grant,) = all_grants()
    assert grant.remote_user_id == NORRE
    assert grant.access_token == grant.refresh_token
    assert grant.expires_at is not None
    assert timedelta(days=59) < grant.expires_at - timezone.now() < timedelta(days=61)
    assert set(INSTAGRAM.scopes) <= set(grant.scopes)


def test_the_way_there_asks_for_what_publishing_needs(sandbox: Running, cast: Cast) -> None:
    address = urlsplit(start(browser(cast.alice), cast.workspace, "instagram"))
    asked = parse_qs(address.query)
    assert address.path.endswith("/instagram/oauth/authorize")
    assert {*INSTAGRAM.scopes, "instagram_business_manage_comments"} <= set(asked["scope"][0].split(","))
    assert asked["force_reauth"] == ["true"]
    assert "code_challenge" not in asked


def test_denying_ends_with_one_sentence(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    assert "access was denied there" in told(alice, connect(sandbox, alice, cast, None))[0]
    assert all_connections() == []


def test_the_mark_at_the_end_of_the_address_is_no_part_of_the_code(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, "instagram"), "norrestudio", platform="instagram")
    assert back.endswith("#_")
    parts = urlsplit(back)
    said = {name: values[0] for name, values in parse_qs(parts.query).items()}
    alice.get(parts.path, {**said, "code": f"{said['code']}#_"})
    assert len(all_connections()) == 1


def test_a_permission_left_out_is_named_on_the_connection(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast, ticks={"scope": ["instagram_business_manage_comments"]})
    assert "Missing: instagram_business_content_publish" in told(alice, answer)[0]
    (connection,) = all_connections()
    assert connection.health == Connection.Health.BROKEN


def test_permissions_for_comments_and_numbers_may_be_left_out(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, ticks={"scope": ["instagram_business_content_publish"]})
    (connection,) = all_connections()
    assert connection.health == Connection.Health.OK
    assert connection.traits["lacks"] == ["instagram_business_manage_comments", "instagram_business_manage_insights"]


def test_several_accounts_are_several_grants(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    connect(sandbox, alice, cast, "alma.lamps")
    assert {one.remote_id for one in all_connections()} == {NORRE, ALMA}
    assert len(all_grants()) == 2


def test_a_personal_account_is_refused_by_the_dialog_itself(sandbox: Running, cast: Cast) -> None:
    address = start(browser(cast.alice), cast.workspace, "instagram")
    with pytest.raises(Exception, match="400"):
        sandbox.control.consent(address, "tomas.private", platform="instagram")


def test_a_personal_account_is_told_what_to_do(sandbox: Running) -> None:
    sandbox.control.add_account("fru.berg", platform="instagram", account_type="PERSONAL")
    with pytest.raises(Refused, match="personal account"):
        INSTAGRAM.profiles(granted(sandbox, "fru.berg"))


TROUBLES = ["reject_5xx", "garbage_200", "missing_id"]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [*((name, kind) for name in ("token_exchange", "token_long") for kind in TROUBLES), ("users_me", "reject_5xx")],
)
def test_trouble_on_the_way_connects_nothing(sandbox: Running, cast: Cast, operation: str, kind: str) -> None:
    sandbox.control.add_fault(platform="instagram", operation=operation, kind=kind)
    alice = browser(cast.alice)
    assert "did not confirm the access in time" in told(alice, connect(sandbox, alice, cast))[0]
    assert all_connections() == []


def test_a_callback_works_once(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, "instagram"), "norrestudio", platform="instagram")
    come_back(alice, back)
    assert "started in another browser, or too long ago" in told(alice, come_back(alice, back))[-1]


def test_nobody_can_sign_in_with_instagram(sandbox: Running, cast: Cast) -> None:
    assert "/instagram" not in browser().get("/accounts/login/").content.decode().lower()
    for name in ("instagram", "instagram-facebook"):
        assert browser().get(f"/accounts/{name}/login/").status_code == 404


def test_disconnecting_says_that_instagram_cannot_be_told(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    (connection,) = all_connections()
    answer = alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
    assert any("remove the access in your settings there" in words for words in told(alice, answer))
    (grant,) = all_grants()
    assert grant.access_token == ""


# -- accounts behind Pages ---------------------------------------------------------------------------


def test_facebooks_log_in_opens_the_accounts_behind_pages(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect_pages(sandbox, alice, cast)
    assert "Connected @norrestudio on Instagram." in told(alice, answer)
    (connection,) = all_connections()
    assert (connection.platform, connection.remote_id) == ("instagram", NORRE)
    assert connection.traits["login"] == "facebook"
    assert connection.traits["page"] == "Norre Studio"
    assert connection.access_token
    (grant,) = all_grants()
    assert (grant.remote_user_id, grant.expires_at) == (MAJA, None)


def test_its_dialog_asks_for_instagrams_permissions(sandbox: Running, cast: Cast, settings: Any) -> None:
    settings.INSTAGRAM_FACEBOOK_EXTRA_SCOPES = ["business_management"]
    asked = parse_qs(urlsplit(start(browser(cast.alice), cast.workspace, "instagram-facebook")).query)
    wanted = {*instagram_pages.NEEDED, "instagram_manage_contents", "business_management"}
    assert wanted <= set(asked["scope"][0].split(","))
    assert asked["auth_type"] == ["rerequest"]


def test_a_login_configuration_takes_the_place_of_the_scopes(sandbox: Running, cast: Cast, settings: Any) -> None:
    settings.INSTAGRAM_FACEBOOK_CONFIG_ID = "sandbox-config"
    asked = parse_qs(urlsplit(start(browser(cast.alice), cast.workspace, "instagram-facebook")).query)
    assert "scope" not in asked
    assert asked["config_id"] == ["sandbox-config"]


def test_no_account_behind_the_pages_says_what_to_do(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    ticks = {"page": [LAMPS_PAGE], "scope": list(SCOPES)}
    assert "has an Instagram account behind it" in told(alice, connect_pages(sandbox, alice, cast, ticks=ticks))[0]
    assert all_connections() == []


def test_a_role_that_may_not_publish_says_so(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect_pages(sandbox, alice, cast, "tomas.eriksen")
    assert "Ask whoever runs it for a role" in told(alice, answer)[0]


def test_a_missing_permission_has_its_name_of_that_log_in(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    ticks = {"page": [NORRE_PAGE], "scope": ["pages_show_list", "pages_read_engagement", "instagram_basic"]}
    answer = connect_pages(sandbox, alice, cast, ticks=ticks)
    assert "Missing: instagram_content_publish." in told(alice, answer)[0]


def test_the_other_log_in_takes_over_the_same_account(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect_pages(sandbox, alice, cast)
    connect(sandbox, alice, cast)
    (connection,) = all_connections()
    (grant,) = all_grants()
    assert connection.traits["login"] == "instagram"
    assert connection.access_token == ""
    assert grant.remote_user_id == NORRE


def test_what_the_dialog_gave_publishes(sandbox: Running, cast: Cast, host: Host) -> None:
    connect_pages(sandbox, browser(cast.alice), cast)
    (connection,) = all_connections()
    who = Account(connection.remote_id, connection.username, connection.access_token, traits=connection.traits)
    publish(job(who, content("Through the Page", photo(host)), host))
    assert only_post(sandbox)["owner_id"] == NORRE


def test_looking_again_finds_what_was_linked_since(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, "alma.lamps")
    connect_pages(sandbox, browser(cast.alice), cast)
    with acting(cast.alice, cast.workspace) as actor:
        pass
    assert look_for_more(actor=actor, platform="instagram") == []
    assert len(all_connections()) == 2


def test_giving_back_leaves_facebook_its_permissions(sandbox: Running) -> None:
    tokens = through_pages(sandbox)
    INSTAGRAM.revoke(tokens)
    with pytest.raises(NeedsReauth):
        publish_with(sandbox, tokens)
    assert platforms.get("facebook").profiles(replace(tokens, refresh_token=tokens.access_token))


def publish_with(sandbox: Running, tokens: Tokens) -> None:
    graph = instagram_api.on_facebook()
    graph_api.repeatable(graph, "GET", f"/{NORRE}/content_publishing_limit", tokens.access_token)


def test_disconnecting_pages_does_not_end_instagram(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    come_back(
        alice,
        sandbox.control.consent(start(alice, cast.workspace, "facebook"), "maja.lindqvist", platform="facebook"),
    )
    connect_pages(sandbox, alice, cast)
    for connection in all_connections():
        if connection.platform == "facebook":
            alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
    assert "revoke" not in [row["operation"] for row in sandbox.control.ledger(platform="facebook")]


# -- how tokens live on ------------------------------------------------------------------------------


def test_a_token_of_a_month_is_renewed(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(31 * DAY)
    new = INSTAGRAM.refresh(old.refresh_token)
    assert new.access_token == new.refresh_token != old.access_token
    assert new.expires_at is not None
    assert new.expires_at > datetime.now(UTC) + timedelta(days=59)
    sandbox.control.advance(45 * DAY)
    assert INSTAGRAM.profiles(new)


def test_one_that_is_too_young_is_not_renewed_and_not_dead(sandbox: Running) -> None:
    with pytest.raises(NotSent):
        INSTAGRAM.refresh(granted(sandbox).refresh_token)


def test_one_that_ran_out_is_dead(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(61 * DAY)
    with pytest.raises(NeedsReauth):
        INSTAGRAM.refresh(old.refresh_token)


@pytest.mark.parametrize("kind", ["reject_5xx", "reset", "html_502", "missing_id", "garbage_200"])
def test_trouble_while_renewing_kills_nothing(sandbox: Running, kind: str) -> None:
    old = granted(sandbox)
    sandbox.control.advance(31 * DAY)
    sandbox.control.add_fault(platform="instagram", operation="token_refresh", kind=kind)
    with pytest.raises(NotSent):
        INSTAGRAM.refresh(old.refresh_token)


def test_it_is_renewed_although_nothing_is_published(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    sandbox.control.advance(46 * DAY)
    with tenancy.system("test"):
        Grant.objects.update(expires_at=timezone.now() + timedelta(days=14))
    assert keeping_alive.renew_due() == 1
    (grant,) = all_grants()
    assert grant.expires_at is not None
    assert grant.expires_at > timezone.now() + timedelta(days=59)


def test_the_token_of_a_person_is_renewed_as_facebooks(sandbox: Running) -> None:
    old = through_pages(sandbox)
    sandbox.control.advance(50 * DAY)
    new = INSTAGRAM.refresh(old.refresh_token)
    assert new.refresh_token == f"{instagram_pages.MARK}{new.access_token}"
    assert new.access_token != old.access_token
    assert new.expires_at is None
    assert INSTAGRAM.profiles(replace(new, scopes=old.scopes))


def test_a_person_whose_token_merely_ran_out_keeps_the_accounts(sandbox: Running) -> None:
    old = through_pages(sandbox)
    sandbox.control.advance(61 * DAY)
    assert INSTAGRAM.refresh(old.refresh_token).access_token == old.access_token


def test_a_person_who_took_the_access_away_does_not(sandbox: Running) -> None:
    old = through_pages(sandbox)
    platforms.get("facebook").revoke(replace(old, refresh_token=old.access_token))
    with pytest.raises(NeedsReauth):
        INSTAGRAM.refresh(old.refresh_token)


# -- keys, notices -----------------------------------------------------------------------------------


def test_either_pair_of_keys_switches_it_on(settings: Any) -> None:
    assert INSTAGRAM.enabled()
    settings.INSTAGRAM_CLIENT_ID = ""
    assert INSTAGRAM.enabled()
    settings.INSTAGRAM_FACEBOOK_CLIENT_SECRET = ""
    assert not INSTAGRAM.enabled()


@pytest.mark.parametrize("by", ["id", "scoped id"])
def test_removing_the_app_in_instagrams_settings_ends_the_grant(sandbox: Running, cast: Cast, by: str) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (connection,) = all_connections()
    named = NORRE if by == "id" else connection.traits["scoped_id"]
    said = {"algorithm": "HMAC-SHA256", "issued_at": int(datetime.now(UTC).timestamp()) + 60, "user_id": named}
    value = signed_request(said, "sandbox-instagram-secret")
    sender = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    assert sender.post("/connections/meta/deauthorize", {"signed_request": value}).status_code == 200
    (grant,) = all_grants()
    assert grant.is_dead
    assert grant.access_token == ""


def test_a_notice_of_instagrams_app_ends_nothing_of_facebook(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, "facebook"), "maja.lindqvist", platform="facebook")
    come_back(alice, back)
    said = {"algorithm": "HMAC-SHA256", "issued_at": int(datetime.now(UTC).timestamp()) + 60, "user_id": MAJA}
    value = signed_request(said, "sandbox-instagram-secret")
    Client(headers={"host": HOST}).post("/connections/meta/deauthorize", {"signed_request": value})
    (grant,) = all_grants()
    assert not grant.is_dead


def test_no_operation_is_called_with_a_token_in_the_address(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    assert "users_me" in operations(sandbox)
    assert all("IGAA" not in row["path"] for row in sandbox.control.ledger(platform="instagram"))
