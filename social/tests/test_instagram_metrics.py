"""Numbers of posts on Instagram, and taking posts away."""

import pytest

from sandbox.testing import Running
from social.contract import Refused
from social.tests.hosting import Host
from social.tests.instagram_making import (
    INSTAGRAM,
    LOGINS,
    account,
    clip,
    content,
    host,
    job,
    naps,
    operations,
    photo,
    publish,
)

__all__ = ["host", "naps"]
ALL = {"impressions", "reach", "reactions", "comments", "saves", "shares"}


@pytest.mark.parametrize("login", LOGINS)
def test_numbers_come_by_our_names(sandbox: Running, host: Host, login: str) -> None:
    who = account(sandbox, login)
    ids = [publish(job(who, content("Count me", make(host)), host))[0].remote_id for make in (photo, clip)]
    sandbox.control.advance(86_400)
    found = INSTAGRAM.metrics(who, ids)
    for remote_id in ids:
        values = found[remote_id].values
        assert set(values) == ALL
        assert values["impressions"] > values["reach"] > values["saves"] >= 0


def test_a_story_has_numbers_of_its_own(sandbox: Running, host: Host) -> None:
    who = account(sandbox)
    (proof,) = publish(job(who, content("", photo(host), kind="story"), host))
    sandbox.control.advance(3600)
    found = INSTAGRAM.metrics(who, [proof.remote_id])[proof.remote_id].values
    assert {"impressions", "reach", "shares", "comments"} <= set(found)
    assert "saves" not in found


def test_one_name_that_instagram_refuses_costs_only_that_number(sandbox: Running, host: Host) -> None:
    who = account(sandbox)
    (proof,) = publish(job(who, content("Count me", photo(host)), host))
    sandbox.control.advance(86_400)
    sandbox.control.add_fault(platform="instagram", operation="insights", kind="refuse", times=3)
    found = INSTAGRAM.metrics(who, [proof.remote_id])[proof.remote_id].values
    assert "impressions" not in found
    assert "reach" in found


def test_a_post_that_is_gone_is_told_as_such(sandbox: Running, host: Host) -> None:
    who = account(sandbox, "facebook")
    kept, gone = (publish(job(who, content(words, photo(host)), host))[0].remote_id for words in ("Kept", "Gone"))
    INSTAGRAM.delete(who, gone)
    found = INSTAGRAM.metrics(who, [kept, gone])
    assert (found[kept].is_gone, found[gone].is_gone) == (False, True)


def test_through_facebook_a_post_can_be_deleted_twice(sandbox: Running, host: Host) -> None:
    who = account(sandbox, "facebook")
    (proof,) = publish(job(who, content("Away", photo(host)), host))
    INSTAGRAM.delete(who, proof.remote_id)
    INSTAGRAM.delete(who, proof.remote_id)
    assert sandbox.control.posts("instagram") == []


def test_with_instagrams_own_log_in_it_says_where_to_delete(sandbox: Running, host: Host) -> None:
    who = account(sandbox)
    (proof,) = publish(job(who, content("Stays", photo(host)), host))
    with pytest.raises(Refused) as caught:
        INSTAGRAM.delete(who, proof.remote_id)
    assert caught.value.next_step == "Delete it in the Instagram app."
    assert "delete" not in operations(sandbox)
