"""Publishing to a Page: every kind of content, the first comment, deleting."""

from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import Job, NotSent, Processing, Refused, Unknown
from social.tests.facebook_making import (
    FACEBOOK,
    NORRE,
    Naps,
    clip,
    content,
    job,
    naps,
    only_post,
    operations,
    page,
    photo,
    publish,
)
from social.tests.making import Files, MemoryStash, moving_gif

__all__ = ["naps"]


def test_a_text(sandbox: Running) -> None:
    (proof,) = publish(job(page(sandbox), content("Every lamp has a story.")))
    post = only_post(sandbox)
    assert (post["kind"], post["text"]) == ("text", "Every lamp has a story.")
    assert proof.remote_id == post["id"] == f"{NORRE}_{post['number']}"
    assert proof.remote_url == post["url"]


def test_a_link_with_and_without_words(sandbox: Running) -> None:
    who = page(sandbox)
    publish(job(who, content("Read this", link="https://example.org/lamps")))
    publish(job(who, content("", link="https://example.org/shades")))
    assert [(post["kind"], post["link"], post["text"]) for post in sandbox.control.posts("facebook")] == [
        ("link", "https://example.org/lamps", "Read this"),
        ("link", "https://example.org/shades", ""),
    ]


@pytest.mark.parametrize("number", [1, 2, 10])
def test_pictures_in_order_with_alt_texts(sandbox: Running, number: int) -> None:
    files = Files()
    media = tuple(photo(files, alt_text=f"Lamp {index}") for index in range(number))
    (proof,) = publish(job(page(sandbox), content("Lamps", *media), files))
    post = only_post(sandbox)
    assert proof.remote_id == post["id"]
    assert [one["sha256"] for one in post["media"]] == [one.sha256 for one in media]
    assert [one["alt_text"] for one in post["media"]] == [one.alt_text for one in media]


def test_pictures_are_seen_by_nobody_before_the_post(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("Lamps", photo(files), photo(files)), files)
    FACEBOOK.prepare(one)
    assert sandbox.control.posts("facebook") == []
    assert sandbox.control.call("GET", "facebook/unfinished")["photos"] == 2
    assert operations(sandbox) == ["photo", "photo"]


def test_a_gif(sandbox: Running) -> None:
    files = Files()
    gif = files.add(moving_gif(), mime="image/gif")
    publish(job(page(sandbox), content("It may move", gif), files))
    assert only_post(sandbox)["media"][0]["media_type"] == "image/gif"


def test_a_video_is_public_when_it_is_processed(sandbox: Running, naps: Naps) -> None:
    files = Files()
    media = clip(files)
    (proof,) = publish(job(page(sandbox), content("A film", media, title="Lamps at night"), files))
    post = only_post(sandbox)
    assert (post["kind"], post["text"], post["video"]["title"]) == ("video", "A film", "Lamps at night")
    assert post["video"]["sha256"] == media.sha256
    assert proof.remote_id == post["id"]
    assert proof.remote_url.startswith("http")
    assert post["video"]["id"] in proof.remote_url
    assert naps.taken


def test_a_post_of_a_video_may_be_named_late(sandbox: Running) -> None:
    sandbox.control.settings(facebook_post_id_delay_seconds=600.0)
    files = Files()
    (proof,) = publish(job(page(sandbox), content("A film", clip(files)), files))
    assert proof.remote_id == only_post(sandbox)["video"]["id"]


def test_a_comment_finds_its_post_by_the_video_alone(sandbox: Running) -> None:
    sandbox.control.settings(facebook_post_id_delay_seconds=600.0)
    files = Files()
    publish(job(page(sandbox), content("A film", clip(files), first_comment="More at our place"), files))
    assert [one["message"] for one in only_post(sandbox)["comments"]] == ["More at our place"]


def test_a_reel(sandbox: Running) -> None:
    files = Files()
    media = clip(files)
    (proof,) = publish(job(page(sandbox), content("Turn it on", media, kind="reel", ai_generated=True), files))
    post = only_post(sandbox)
    assert (post["kind"], post["text"], post["video"]["is_ai_generated"]) == ("reel", "Turn it on", True)
    assert post["video"]["sha256"] == media.sha256
    assert f"/reel/{post['video']['id']}" in proof.remote_url


@pytest.mark.parametrize("make", [photo, clip])
def test_a_story(sandbox: Running, make: Any) -> None:
    files = Files()
    (proof,) = publish(job(page(sandbox), content("", make(files), kind="story"), files))
    post = only_post(sandbox)
    assert post["kind"] == "story"
    assert proof.remote_id == str(post["number"])
    assert proof.remote_url == post["url"]


def test_a_story_and_a_post_of_the_same_picture_have_a_copy_each(sandbox: Running) -> None:
    files, stash = Files(), MemoryStash()
    who, media = page(sandbox), photo(files)
    publish(job(who, content("Lamps", media), files, stash=stash))
    publish(job(who, content("", media, kind="story"), files, stash=stash))
    assert [post["kind"] for post in sandbox.control.posts("facebook")] == ["photo", "story"]


def test_the_first_comment_comes_second(sandbox: Running) -> None:
    post, comment = publish(job(page(sandbox), content("Lamps", first_comment="Order at https://example.org")))
    (shown,) = only_post(sandbox)["comments"]
    assert shown["message"] == "Order at https://example.org"
    assert shown["from"]["id"] == NORRE
    assert comment.remote_id == shown["id"]
    assert comment.remote_url == f"{post.remote_url}?comment_id={shown['id']}"


def test_a_comment_waits_for_its_post_and_then_says_that_it_is_gone(sandbox: Running, naps: Naps) -> None:
    variant = content("Lamps", first_comment="Order now")
    one = job(page(sandbox), variant)
    post = FACEBOOK.commit(one, 1)
    sandbox.control.add_fault(
        platform="facebook", operation="create_comment", kind="refuse", params={"code": 100, "subcode": 33}
    )
    later = Job(one.account, variant, one.stash, (post,))
    FACEBOOK.commit(later, 2)
    assert len(only_post(sandbox)["comments"]) == 1
    sandbox.control.delete_post(only_post(sandbox)["number"], "facebook")
    with pytest.raises(Refused) as refused:
        FACEBOOK.commit(later, 2)
    assert refused.value.code == "not_found"
    assert naps.taken == [2.0, 2.0, 4.0]


def test_a_story_has_no_comment_to_write() -> None:
    assert FACEBOOK.commits(content("", kind="story", first_comment="Hello")) == 1
    assert FACEBOOK.commits(content("Hi", first_comment="  ")) == 1
    assert FACEBOOK.commits(content("Hi", first_comment="Hello")) == 2


def test_a_slow_video_is_taken_and_looked_after_later(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=900.0)
    files = Files()
    one = job(page(sandbox), content("A long film", clip(files)), files)
    FACEBOOK.prepare(one)
    with pytest.raises(Processing):
        FACEBOOK.commit(one, 1)
    assert operations(sandbox).count("create_video") == 1


def test_a_video_that_processing_refuses_is_refused_and_brought_anew(sandbox: Running) -> None:
    files = Files()
    one = job(page(sandbox), content("A film", clip(files)), files)
    sandbox.control.settings(video_fails=True)
    with pytest.raises(Refused) as refused:
        publish(one)
    assert refused.value.code == "media_refused"
    assert sandbox.control.posts("facebook") == []
    sandbox.control.settings(video_fails=False)
    publish(one)
    assert only_post(sandbox)["kind"] == "video"


def test_a_number_that_cannot_be_written_down_does_not_look_like_nothing_was_sent(sandbox: Running) -> None:
    class Lost(MemoryStash):
        def put(self, name: str, value: Any, *, lives_seconds: int) -> None:
            if ":videos:" in name and value:
                raise NotSent("Another worker has taken this over.", code="lease_lost")
            super().put(name, value, lives_seconds=lives_seconds)

    files = Files()
    one = job(page(sandbox), content("A film", clip(files)), files, stash=Lost())
    FACEBOOK.prepare(one)
    with pytest.raises(Unknown):
        FACEBOOK.commit(one, 1)
    assert operations(sandbox).count("create_video") == 1


def test_a_look_that_fails_says_nothing_of_the_video(sandbox: Running) -> None:
    files = Files()
    sandbox.control.add_fault(platform="facebook", operation="node", kind="unauthorized")
    (proof,) = publish(job(page(sandbox), content("A film", clip(files)), files))
    assert proof.remote_id == only_post(sandbox)["id"]


def test_an_account_of_the_day_before_uploads_anew(sandbox: Running) -> None:
    files, stash = Files(), MemoryStash()
    who, media = page(sandbox), photo(files)
    one = job(who, content("Lamps", media), files, stash=stash)
    with pytest.raises(NotSent) as error:
        FACEBOOK.commit(one, 1)
    assert error.value.code == "upload_expired"


def test_an_edit_never_sends_what_was_there_before(sandbox: Running) -> None:
    files, stash = Files(), MemoryStash()
    who, first, second = page(sandbox), photo(files), photo(files, alt_text="Shade")
    FACEBOOK.prepare(job(who, content("Lamps", first), files, stash=stash))
    FACEBOOK.prepare(job(who, content("Lamps", second), files, stash=stash))
    FACEBOOK.commit(job(who, content("Lamps", second), files, stash=stash), 1)
    (shown,) = only_post(sandbox)["media"]
    assert (shown["sha256"], shown["alt_text"]) == (second.sha256, "Shade")


def test_deleting_twice_is_harmless(sandbox: Running) -> None:
    who = page(sandbox)
    (proof,) = publish(job(who, content("Gone soon")))
    FACEBOOK.delete(who, proof.remote_id)
    assert sandbox.control.posts("facebook") == []
    FACEBOOK.delete(who, proof.remote_id)


def test_addresses_of_pages_and_posts_can_be_opened(sandbox: Running) -> None:
    who = page(sandbox)
    (proof,) = publish(job(who, content("Look at me")))
    session = sandbox.control.session
    for address in (proof.remote_url, FACEBOOK.permalink("", proof.remote_id)):
        assert "Look at me" in session.get(address).text
    assert "Norre Studio" in session.get(FACEBOOK.profile_url("norrestudio")).text
    assert "Norre Studio" in session.get(FACEBOOK.profile_url(NORRE)).text
