"""Publishing every kind of post to Instagram, by both log-ins, over real HTTP."""

import json
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import NotSent, RateLimited
from social.tests.hosting import Host
from social.tests.instagram_making import (
    INSTAGRAM,
    LOGINS,
    Naps,
    account,
    clip,
    containers,
    content,
    host,
    job,
    naps,
    only_post,
    operations,
    photo,
    publish,
)

__all__ = ["host", "naps"]


@pytest.mark.parametrize("login", LOGINS)
def test_a_picture_is_published_with_its_words(sandbox: Running, host: Host, login: str) -> None:
    media = photo(host, alt_text="A lamp on a table")
    (proof,) = publish(job(account(sandbox, login), content("Lamps #light & more", media), host))
    post = only_post(sandbox)
    assert (post["kind"], post["text"]) == ("IMAGE", "Lamps #light & more")
    assert (proof.remote_id, proof.remote_url) == (post["id"], post["url"])
    assert post["media"][0]["alt_text"] == "A lamp on a table"
    assert post["media"][0]["sha256"] == media.sha256


@pytest.mark.parametrize("login", LOGINS)
def test_one_video_becomes_a_reel(sandbox: Running, host: Host, naps: Naps, login: str) -> None:
    publish(job(account(sandbox, login), content("A film", clip(host)), host))
    post = only_post(sandbox)
    assert (post["kind"], post["text"]) == ("REELS", "A film")
    assert post["details"]["share_to_feed"] == "true"
    assert naps.taken


def test_a_reel_takes_its_options(sandbox: Running, host: Host) -> None:
    options: dict[str, Any] = {
        "share_to_feed": False,
        "thumb_offset": 1500,
        "audio_name": "Foghorn",
        "cover_url": "https://example.org/cover.jpg",
        "collaborators": ["@alma.lamps", "skagen"],
        "ai_generated": True,
    }
    publish(job(account(sandbox), content("A film", clip(host), **options), host))
    details = only_post(sandbox)["details"]
    assert details["share_to_feed"] == "false"
    assert details["thumb_offset"] == "1500"
    assert details["audio_name"] == "Foghorn"
    assert details["cover_url"] == "https://example.org/cover.jpg"
    assert details["collaborators"] == "alma.lamps,skagen"
    assert details["is_ai_generated"] == "true"


@pytest.mark.parametrize(("trial", "strategy"), [("manual", "MANUAL"), ("automatic", "SS_PERFORMANCE")])
def test_a_trial_reel_names_its_strategy(sandbox: Running, host: Host, trial: str, strategy: str) -> None:
    publish(job(account(sandbox), content("A try", clip(host), trial=trial), host))
    assert json.loads(only_post(sandbox)["details"]["trial_params"]) == {"graduation_strategy": strategy}


@pytest.mark.parametrize("login", LOGINS)
def test_several_become_a_carousel_in_their_order(sandbox: Running, host: Host, login: str) -> None:
    media = (photo(host, alt_text="First"), clip(host), photo(host, alt_text="Last"))
    publish(job(account(sandbox, login), content("Three", *media), host))
    post = only_post(sandbox)
    assert (post["kind"], post["text"]) == ("CAROUSEL", "Three")
    assert [one["sha256"] for one in post["media"]] == [one.sha256 for one in media]
    assert [one["alt_text"] for one in post["media"]] == ["First", None, "Last"]


@pytest.mark.parametrize("make", [photo, clip])
def test_a_story_is_published_without_words(sandbox: Running, host: Host, make: Any) -> None:
    (proof,) = publish(job(account(sandbox), content("Not shown", make(host), kind="story"), host))
    post = only_post(sandbox)
    assert (post["kind"], post["text"]) == ("STORIES", "")
    assert proof.remote_url.endswith(f"/stories/norrestudio/{post['id']}")


@pytest.mark.parametrize("login", LOGINS)
def test_the_first_comment_follows(sandbox: Running, host: Host, login: str) -> None:
    one = job(account(sandbox, login), content("Lamps", photo(host), first_comment="More in the shop"), host)
    post, comment = publish(one)
    (said,) = only_post(sandbox)["comments"]
    assert (said["text"], said["id"]) == ("More in the shop", comment.remote_id)
    assert comment.remote_url == post.remote_url


def test_a_comment_waits_until_the_post_is_there(sandbox: Running, host: Host, naps: Naps) -> None:
    sandbox.control.settings(visibility_delay_seconds=5.0)
    one = job(account(sandbox), content("Lamps", photo(host), first_comment="More"), host)
    publish(one)
    assert naps.taken == [2.0, 4.0]
    assert len(only_post(sandbox)["comments"]) == 1


def test_a_post_without_its_address_is_published_all_the_same(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    sandbox.control.add_fault(platform="instagram", operation="node", kind="reject_5xx")
    proof = INSTAGRAM.commit(one, 1)
    assert proof.remote_id == only_post(sandbox)["id"]
    assert proof.remote_url.endswith("/instagram/norrestudio")


def test_containers_are_made_once(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Two", photo(host), photo(host)), host)
    INSTAGRAM.prepare(one)
    INSTAGRAM.prepare(one)
    assert operations(sandbox).count("create_container") == 3
    INSTAGRAM.commit(one, 1)
    only_post(sandbox)


def test_a_break_between_the_pictures_makes_the_rest_alone(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Two", photo(host), photo(host)), host)
    sandbox.control.add_fault(platform="instagram", operation="create_container", kind="accept_then_reset")
    with pytest.raises(NotSent):
        INSTAGRAM.prepare(one)
    publish(one)
    # The one whose answer was lost expires by itself.
    assert len(containers(sandbox)) == 4
    assert len(only_post(sandbox)["media"]) == 2


def test_a_video_that_takes_long_is_waited_for_by_the_next_try(sandbox: Running, host: Host) -> None:
    sandbox.control.settings(video_processing_seconds=300.0)
    one = job(account(sandbox), content("A film", clip(host)), host)
    with pytest.raises(NotSent, match="still preparing"):
        INSTAGRAM.prepare(one)
    publish(one)
    assert len(containers(sandbox)) == 1
    only_post(sandbox)


def test_an_expired_container_is_made_anew(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host)), host)
    INSTAGRAM.prepare(one)
    sandbox.control.advance(25 * 3600)
    with pytest.raises(NotSent):
        INSTAGRAM.commit(one, 1)
    publish(one)
    assert [row["status"] for row in containers(sandbox)] == ["EXPIRED", "PUBLISHED"]


def test_other_words_are_another_container(sandbox: Running, host: Host) -> None:
    who, media = account(sandbox), photo(host)
    first = job(who, content("Lamps", media), host)
    INSTAGRAM.prepare(first)
    publish(job(who, content("Other lamps", media), host, stash=first.stash))  # type: ignore[arg-type]
    assert only_post(sandbox)["text"] == "Other lamps"


def test_a_used_up_day_waits(sandbox: Running, host: Host) -> None:
    sandbox.control.settings(instagram_quota_total=1)
    who = account(sandbox)
    publish(job(who, content("One", photo(host)), host))
    with pytest.raises(RateLimited, match="1 of 1"):
        INSTAGRAM.prepare(job(who, content("Two", photo(host)), host))
    sandbox.control.advance(25 * 3600)
    publish(job(who, content("Two", photo(host)), host))
    assert len(sandbox.control.posts("instagram")) == 2


def test_a_quota_that_cannot_be_read_keeps_nobody_from_publishing(sandbox: Running, host: Host) -> None:
    sandbox.control.add_fault(platform="instagram", operation="quota", kind="reject_5xx", times=-1)
    publish(job(account(sandbox), content("One", photo(host)), host))
    only_post(sandbox)


def test_the_last_of_the_day_is_refused_by_the_call_itself(sandbox: Running, host: Host) -> None:
    sandbox.control.settings(instagram_quota_total=1)
    who = account(sandbox)
    first, second = (job(who, content(words, photo(host)), host) for words in ("One", "Two"))
    INSTAGRAM.prepare(first)
    INSTAGRAM.prepare(second)
    INSTAGRAM.commit(first, 1)
    with pytest.raises(RateLimited, match="as much as"):
        INSTAGRAM.commit(second, 1)
    assert len(containers(sandbox)) == 2


def test_what_was_committed_is_not_prepared_again(sandbox: Running, host: Host) -> None:
    one = job(account(sandbox), content("Lamps", photo(host), first_comment="More"), host)
    INSTAGRAM.prepare(one)
    proof = INSTAGRAM.commit(one, 1)
    left = job(one.account, one.variant, host, committed=(proof,))
    before = len(operations(sandbox))
    INSTAGRAM.prepare(left)
    assert len(operations(sandbox)) == before
