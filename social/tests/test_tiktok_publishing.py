"""Publishing to TikTok: videos, photos, every choice that goes with them, and posts that never get an address."""

from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import Account, NotSent, Processing, Refused
from social.tests.making import Files
from social.tests.tiktok_making import (
    EVERYONE,
    ONLY_ME,
    TIKTOK,
    Naps,
    ServedFiles,
    clip,
    content,
    creator,
    job,
    naps,
    only_post,
    operations,
    photo,
    publish,
    served,
)

__all__ = ["naps", "served"]


def test_a_video(sandbox: Running, naps: Naps) -> None:
    files = Files()
    media = clip(files)
    proof = publish(job(creator(sandbox), content("Lamps at night #lamps @alma_lamps", media), files))
    post = only_post(sandbox)
    assert (post["kind"], post["text"], post["privacy"]) == ("video", "Lamps at night #lamps @alma_lamps", EVERYONE)
    assert post["sha256"] == media.sha256
    assert (proof.remote_id, proof.remote_url) == (post["id"], post["url"])
    assert proof.evidence["publish_id"] == post["publish_id"]
    assert naps.taken


def test_nothing_is_public_before_the_last_byte(sandbox: Running) -> None:
    files = Files()
    one = job(creator(sandbox), content("Not yet", clip(files)), files)
    TIKTOK.prepare(one)
    sandbox.control.advance(600)
    assert sandbox.control.posts("tiktok") == []
    assert operations(sandbox) == ["creator_info", "init_video"]
    TIKTOK.commit(one, 1)
    assert operations(sandbox)[2] == "last_chunk"


def test_a_video_without_words(sandbox: Running) -> None:
    files = Files()
    publish(job(creator(sandbox), content("", clip(files)), files))
    assert only_post(sandbox)["text"] == ""


def test_what_is_off_stays_off_unless_it_is_chosen(sandbox: Running) -> None:
    files = Files()
    publish(job(creator(sandbox), content("Quiet", clip(files)), files))
    assert only_post(sandbox)["options"] == {
        "disable_comment": True,
        "disable_duet": True,
        "disable_stitch": True,
        "brand_content_toggle": False,
        "brand_organic_toggle": False,
        "is_aigc": False,
    }


def test_every_choice_of_a_video(sandbox: Running) -> None:
    files = Files()
    chosen = {
        "allow_comment": True,
        "allow_duet": True,
        "allow_stitch": True,
        "your_brand": True,
        "branded_content": True,
        "ai_generated": True,
        "cover_at_ms": 1500,
    }
    publish(job(creator(sandbox), content("All of it", clip(files), **chosen), files))
    assert only_post(sandbox)["options"] == {
        "disable_comment": False,
        "disable_duet": False,
        "disable_stitch": False,
        "brand_content_toggle": True,
        "brand_organic_toggle": True,
        "is_aigc": True,
        "video_cover_timestamp_ms": 1500,
    }


@pytest.mark.parametrize("number", [1, 3, 35])
def test_photos_are_fetched_in_order(sandbox: Running, served: ServedFiles, number: int) -> None:
    media = tuple(photo(served) for _ in range(number))
    variant = content("Shades", *media, title="New lamps", cover_photo=number, add_music=True, allow_comment=True)
    proof = publish(job(creator(sandbox), variant, served))
    post = only_post(sandbox)
    assert (post["kind"], post["title"], post["description"]) == ("photo", "New lamps", "Shades")
    assert [one["sha256"] for one in post["media"]] == [one.sha256 for one in media]
    assert post["options"]["cover"] == number - 1
    assert post["options"]["auto_add_music"] is True
    assert post["options"]["disable_comment"] is False
    assert proof.remote_id == post["id"]
    assert served.opened == []


def test_webp_will_do(sandbox: Running, served: ServedFiles) -> None:
    publish(job(creator(sandbox), content("", photo(served, "WEBP")), served))
    assert only_post(sandbox)["media"][0]["media_type"] == "image/webp"


def test_nothing_of_photos_is_told_before_they_are_due(sandbox: Running, served: ServedFiles) -> None:
    one = job(creator(sandbox), content("Soon", photo(served)), served)
    TIKTOK.prepare(one)
    assert served.fetched == []
    assert operations(sandbox) == ["creator_info"]


@pytest.mark.parametrize("audience", [ONLY_ME, "MUTUAL_FOLLOW_FRIENDS"])
def test_a_post_that_is_not_public_has_no_address_and_is_published_all_the_same(
    sandbox: Running, audience: str
) -> None:
    files = Files()
    proof = publish(job(creator(sandbox), content("Among us", clip(files), privacy_level=audience), files))
    post = only_post(sandbox)
    assert post["privacy"] == audience
    assert (proof.remote_id, proof.remote_url) == (post["publish_id"], "")
    assert proof.evidence["status"] == "PUBLISH_COMPLETE"


def test_followers_of_a_private_account(sandbox: Running) -> None:
    files = Files()
    variant = content("For you", clip(files), privacy_level="FOLLOWER_OF_CREATOR")
    publish(job(creator(sandbox, "maja.lindqvist"), variant, files))
    assert only_post(sandbox)["privacy"] == "FOLLOWER_OF_CREATOR"


@pytest.mark.parametrize("form", ["list", "scalar", "spelled"])
def test_the_id_is_found_in_whatever_form_tiktok_gives_it(sandbox: Running, form: str) -> None:
    sandbox.control.settings(tiktok_post_id_form=form)
    files = Files()
    assert publish(job(creator(sandbox), content("Id?", clip(files)), files)).remote_id == only_post(sandbox)["id"]


def test_what_takes_long_is_left_to_later_looks(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=900.0)
    files = Files()
    one = job(creator(sandbox), content("Patience", clip(files)), files)
    TIKTOK.prepare(one)
    with pytest.raises(Processing):
        TIKTOK.commit(one, 1)


def test_a_public_post_waits_a_moment_for_its_address(sandbox: Running) -> None:
    sandbox.control.settings(tiktok_moderation_seconds=60.0)
    files = Files()
    one = job(creator(sandbox), content("Moderation", clip(files)), files)
    TIKTOK.prepare(one)
    with pytest.raises(Processing):
        TIKTOK.commit(one, 1)


@pytest.mark.parametrize(
    ("switches", "code"),
    [
        ({"comment_disabled": True}, "switched_off"),
        ({"max_seconds": 2}, "lasts_too_long"),
        ({"is_private": True}, "audience_gone"),
        ({"is_banned": True}, "banned"),
    ],
)
def test_what_the_account_may_do_is_asked_before_each_post(
    sandbox: Running, switches: dict[str, Any], code: str
) -> None:
    files = Files()
    one = job(creator(sandbox), content("Still allowed?", clip(files), allow_comment=True), files)
    sandbox.control.call("POST", "tiktok/creator", {"username": "norrestudio", **switches})
    with pytest.raises(Refused) as refused:
        TIKTOK.prepare(one)
    assert refused.value.code == code
    assert "init_video" not in operations(sandbox)


def test_committing_without_what_was_prepared_sends_nothing(sandbox: Running) -> None:
    files = Files()
    with pytest.raises(NotSent):
        TIKTOK.commit(job(creator(sandbox), content("Too early", clip(files)), files), 1)
    assert operations(sandbox) == []


def test_nothing_can_be_deleted(sandbox: Running) -> None:
    files = Files()
    proof = publish(job(creator(sandbox), content("For ever", clip(files)), files))
    with pytest.raises(Refused, match="lets no application delete"):
        TIKTOK.delete(creator(sandbox), proof.remote_id)
    assert not TIKTOK.capabilities.deletes


def test_addresses(settings: Any) -> None:
    settings.TIKTOK_WEB_URL = "https://www.tiktok.com"
    assert TIKTOK.permalink("norre", "7300000000000000001") == "https://www.tiktok.com/@norre/video/7300000000000000001"
    assert TIKTOK.permalink("norre", "v_pub_file~v2-1.7300") == ""
    assert TIKTOK.profile_url("norre") == "https://www.tiktok.com/@norre"


def test_another_accounts_task_is_not_gone_on_with(sandbox: Running) -> None:
    files = Files()
    media = clip(files)
    one = job(creator(sandbox), content("Whose?", media), files)
    TIKTOK.prepare(one)
    other = creator(sandbox, "alma_lamps")
    with pytest.raises(NotSent):
        TIKTOK.commit(job(Account(other.remote_id, "alma_lamps", other.access_token), one.variant, files), 1)
    assert sandbox.control.posts("tiktok") == []
