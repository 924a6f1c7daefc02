"""Numbers of posts on TikTok."""

from dataclasses import replace

import pytest

from sandbox.testing import Running
from social.contract import NeedsReauth, RateLimited
from social.platforms.tiktok import TikTok
from social.tests.making import Files
from social.tests.tiktok_making import ONLY_ME, clip, content, creator, job, naps, operations, publish

__all__ = ["naps"]
PLATFORM = TikTok()


def posted(sandbox: Running, text: str = "Count me", **options: str) -> str:
    files = Files()
    return publish(job(creator(sandbox), content(text, clip(files), **options), files)).remote_id


def test_numbers_come_by_our_names(sandbox: Running) -> None:
    remote_id = posted(sandbox)
    sandbox.control.advance(86_400)
    found = PLATFORM.metrics(creator(sandbox), [remote_id])[remote_id].values
    assert set(found) == {"impressions", "reactions", "comments", "shares"}
    assert found["impressions"] > found["reactions"] >= found["comments"] >= 0


def test_a_post_that_is_not_public_has_none(sandbox: Running) -> None:
    public, private = posted(sandbox), posted(sandbox, "Quiet", privacy_level=ONLY_ME)
    assert set(PLATFORM.metrics(creator(sandbox), [private, public])) == {public}


def test_one_that_got_its_address_late_is_counted_by_its_task(sandbox: Running) -> None:
    remote_id = posted(sandbox)
    (post,) = sandbox.control.posts("tiktok")
    assert remote_id == post["id"]
    assert set(PLATFORM.metrics(creator(sandbox), [post["publish_id"]])) == {post["publish_id"]}


def test_a_post_that_is_gone_or_unknown_is_left_out(sandbox: Running) -> None:
    kept, gone = posted(sandbox), posted(sandbox, "Gone")
    sandbox.control.delete_post(gone, "tiktok")
    assert set(PLATFORM.metrics(creator(sandbox), [kept, gone, "v_pub_file~v2-1.1"])) == {kept}


def test_twenty_are_asked_for_at_once(sandbox: Running) -> None:
    who = creator(sandbox)
    sandbox.control.clear_ledger()
    assert PLATFORM.metrics(who, [str(number) for number in range(1, 42)]) == {}
    assert operations(sandbox) == ["video_query"] * 3


def test_nothing_to_ask_asks_nothing(sandbox: Running) -> None:
    who = creator(sandbox)
    sandbox.control.clear_ledger()
    assert PLATFORM.metrics(who, []) == {}
    assert operations(sandbox) == []


def test_without_the_right_to_read_them_there_are_none(sandbox: Running) -> None:
    who = replace(creator(sandbox, scopes=["user.info.basic", "video.publish"]), traits={"lacks": ["video.list"]})
    assert PLATFORM.metrics(who, ["7300000000000000001"]) == {}


def test_a_dead_access_and_a_limit_are_told(sandbox: Running) -> None:
    remote_id = posted(sandbox)
    with pytest.raises(NeedsReauth):
        PLATFORM.metrics(creator(sandbox, scopes=["user.info.basic"]), [remote_id])
    sandbox.control.add_fault(platform="tiktok", operation="video_query", kind="rate_limit")
    with pytest.raises(RateLimited):
        PLATFORM.metrics(creator(sandbox), [remote_id])
