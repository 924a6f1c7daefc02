"""Connecting Threads: the whole way over HTTP and the consent page, tokens of 60 days, and what ends them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from multivio import tenancy
from sandbox.testing import Running
from social import keeping_alive, tokens
from social.contract import NeedsReauth, NotSent, Tokens
from social.models import Connection, Grant
from social.platforms import threads_api
from social.tests.cast import Cast, all_connections, all_grants, browser, come_back, start, told
from social.tests.threads_making import CLIENT, NORRE, THREADS, content, job, naps, operations, posts, profile, publish

__all__ = ["naps"]
DAY = 86_400


def connect(sandbox: Running, client: Client, cast: Cast, person: str | None = "norrestudio", **ticks: Any) -> Any:
    address = start(client, cast.workspace, "threads")
    return come_back(client, sandbox.control.consent(address, person, platform="threads", **ticks))


def granted(sandbox: Running, **others: Any) -> Tokens:
    minted = sandbox.control.tokens("norrestudio", platform="threads", client_id=CLIENT, **others)
    return Tokens(minted["access_token"], minted["access_token"], scopes=tuple(minted["scope"].split(",")))


# -- the way there and back --------------------------------------------------------------------------


def test_the_profile_is_connected_with_a_token_of_sixty_days(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert told(alice, answer) == ["Connected @norrestudio on Threads."]
    (connection,), (grant,) = all_connections(), all_grants()
    assert (connection.remote_id, connection.username, connection.name) == (NORRE, "norrestudio", "Norre Studio")
    assert connection.avatar_url.endswith("/avatars/threads/norrestudio.png")
    assert connection.traits == {"verified": False, "lacks": []}
    assert grant.remote_user_id == NORRE
    assert grant.access_token == grant.refresh_token
    assert grant.expires_at is not None
    assert timedelta(days=59) < grant.expires_at - datetime.now(UTC) <= timedelta(days=60)
    assert set(threads_api.PUBLISHING) <= set(grant.scopes)


def test_the_way_there_asks_with_commas_and_without_a_challenge(sandbox: Running, cast: Cast) -> None:
    address = urlsplit(start(browser(cast.alice), cast.workspace, "threads"))
    asked = parse_qs(address.query)
    assert address.path.endswith("/oauth/authorize")
    assert set(asked["scope"][0].split(",")) == set(threads_api.asked_scopes())
    assert asked["response_type"] == ["code"]
    assert "code_challenge" not in asked


def test_the_settings_may_ask_for_more(sandbox: Running, cast: Cast, settings: Any) -> None:
    settings.THREADS_EXTRA_SCOPES = ["threads_location_tagging"]
    connect(sandbox, browser(cast.alice), cast)
    assert "threads_location_tagging" in all_grants()[0].scopes


def test_what_threads_hangs_behind_the_address_is_no_part_of_the_code(sandbox: Running, cast: Cast) -> None:
    back = sandbox.control.consent(
        start(browser(cast.alice), cast.workspace, "threads"), "norrestudio", platform="threads"
    )
    assert back.endswith("#_")


def test_denying_ends_with_one_sentence(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast, None)
    assert "access was denied there" in told(alice, answer)[0]
    assert all_connections() == []


def test_a_missing_permission_to_publish_is_named_on_the_connection(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast, ticks={"scope": ["threads_read_replies"]})
    assert "Missing: threads_content_publish" in told(alice, answer)[0]
    assert all_connections()[0].health == Connection.Health.BROKEN


def test_permissions_beside_publishing_may_be_left_out(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast, ticks={"scope": ["threads_content_publish", "threads_delete"]})
    (connection,) = all_connections()
    assert connection.health == Connection.Health.OK
    assert connection.traits["lacks"] == ["threads_manage_replies", "threads_read_replies", "threads_manage_insights"]


def test_several_profiles_stand_side_by_side(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    connect(sandbox, alice, cast, "almalamps")
    assert [one.username for one in all_connections()] == ["norrestudio", "almalamps"]
    assert len(all_grants()) == 2


def test_connecting_again_renews_the_same_connection(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    connect(sandbox, alice, cast)
    assert len(all_connections()) == len(all_grants()) == 1


@pytest.mark.parametrize("operation", ["token_exchange", "token_long", "debug_token", "users_me"])
def test_trouble_on_the_way_connects_nothing(sandbox: Running, cast: Cast, operation: str) -> None:
    sandbox.control.add_fault(platform="threads", operation=operation, kind="reject_5xx")
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert "did not confirm the access in time" in told(alice, answer)[0]
    assert all_connections() == []


def test_where_threads_does_not_tell_the_permissions_they_are_what_was_asked(sandbox: Running, cast: Cast) -> None:
    sandbox.control.add_fault(platform="threads", operation="debug_token", kind="refuse")
    connect(sandbox, browser(cast.alice), cast)
    assert set(all_grants()[0].scopes) == set(threads_api.asked_scopes())


def test_a_callback_works_once(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    back = sandbox.control.consent(start(alice, cast.workspace, "threads"), "norrestudio", platform="threads")
    come_back(alice, back)
    again = come_back(alice, back)
    assert "started in another browser, or too long ago" in told(alice, again)[-1]


def test_nobody_can_sign_in_with_threads(sandbox: Running, cast: Cast) -> None:
    assert "/threads/" not in browser().get("/accounts/login/").content.decode()
    assert browser().get("/accounts/threads/login/").status_code == 404


def test_disconnecting_says_that_threads_cannot_be_told(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    (connection,) = all_connections()
    answer = alice.post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/disconnect/")
    assert any("remove the access in your settings there" in sentence for sentence in told(alice, answer))
    assert all_grants()[0].access_token == ""


# -- renewing ----------------------------------------------------------------------------------------


def test_a_token_is_renewed_and_the_old_one_lives_on(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(40 * DAY)
    new = THREADS.refresh(old.refresh_token)
    assert new.access_token == new.refresh_token != old.access_token
    assert new.expires_at is not None
    assert THREADS.profiles(old)
    sandbox.control.advance(40 * DAY)
    assert THREADS.profiles(new)


def test_one_of_the_first_day_is_kept_as_it_is(sandbox: Running) -> None:
    young = granted(sandbox)
    kept = THREADS.refresh(young.refresh_token)
    assert (kept.access_token, kept.refresh_token) == (young.access_token, young.access_token)
    assert kept.expires_at is not None
    assert timedelta(days=59) < kept.expires_at - datetime.now(UTC) <= timedelta(days=60)


def test_one_that_ran_out_is_over_for_good(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(61 * DAY)
    with pytest.raises(NeedsReauth):
        THREADS.refresh(old.refresh_token)


def test_one_that_was_taken_away_is_over(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.add_fault(platform="threads", operation="users_me", kind="token_revoked")
    with pytest.raises(NeedsReauth):
        THREADS.profiles(old)
    sandbox.control.advance(2 * DAY)
    with pytest.raises(NeedsReauth):
        THREADS.refresh(old.refresh_token)


@pytest.mark.parametrize("operation", ["token_refresh", "users_me"])
def test_trouble_while_renewing_kills_nothing(sandbox: Running, operation: str) -> None:
    old = granted(sandbox)
    sandbox.control.advance(40 * DAY)
    sandbox.control.add_fault(platform="threads", operation=operation, kind="reject_5xx")
    with pytest.raises(NotSent):
        THREADS.refresh(old.refresh_token)
    assert THREADS.profiles(old)


def test_a_new_token_that_does_not_answer_for_itself_is_not_believed(sandbox: Running) -> None:
    old = granted(sandbox)
    sandbox.control.advance(40 * DAY)
    sandbox.control.add_fault(platform="threads", operation="users_me", kind="unauthorized")
    with pytest.raises(NotSent):
        THREADS.refresh(old.refresh_token)


def _ends_in(days: float) -> None:
    with tenancy.system("test"):
        Grant.objects.update(expires_at=datetime.now(UTC) + timedelta(days=days))


def test_a_quiet_account_is_kept_alive(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    (before,) = all_grants()
    sandbox.control.advance(50 * DAY)
    _ends_in(10)
    assert keeping_alive.renew_due() == 1
    (after,) = all_grants()
    assert after.access_token != before.access_token
    assert after.expires_at is not None
    assert after.expires_at > datetime.now(UTC) + timedelta(days=59)
    assert after.scopes == before.scopes
    assert keeping_alive.renew_due() == 0


def test_one_that_has_more_than_a_month_is_left_alone(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    _ends_in(31)
    assert keeping_alive.renew_due() == 0
    assert "token_refresh" not in operations(sandbox)


def test_a_dead_grant_is_put_down_with_its_reason(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    sandbox.control.advance(61 * DAY)
    _ends_in(10)
    keeping_alive.renew_due()
    (grant,), (connection,) = all_grants(), all_connections()
    assert grant.is_dead
    assert connection.health == Connection.Health.BROKEN


def test_an_early_end_costs_one_renewal_before_anybody_is_asked(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast)
    sandbox.control.advance(3 * DAY)
    account = tokens.account_for(all_connections()[0].pk, force_refresh=True)
    publish(job(account, content("With a new token")))
    assert len(posts(sandbox)) == 1


def test_a_person_without_a_name_goes_by_the_username(sandbox: Running) -> None:
    sandbox.control.add_account("nameless", platform="threads")
    who = profile(sandbox, "nameless")
    (found,) = THREADS.profiles(Tokens(who.access_token))
    assert (found.username, found.name) == ("nameless", "nameless")
