"""Publishing on YouTube: the video is brought there as private, and the last call lets people see it."""

from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import NotSent, Processing, Refused
from social.tests.making import Files
from social.tests.youtube_making import (
    NORRE,
    PLAYLIST,
    YOUTUBE,
    channel,
    content,
    everything,
    film,
    job,
    naps,
    only_video,
    operations,
    publish,
    thumbnail,
)

__all__ = ["naps"]


def test_a_video_is_private_until_the_last_call(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("How it is made", film(files)), files)
    YOUTUBE.prepare(one)
    assert only_video(sandbox)["privacy"] == "private"
    assert sandbox.control.posts("youtube") == []
    proof = YOUTUBE.commit(one, 1)
    seen = only_video(sandbox)
    assert (seen["privacy"], seen["id"], seen["channel_id"]) == ("public", proof.remote_id, NORRE)
    assert proof.remote_url.endswith(f"/youtube/watch?v={proof.remote_id}")
    assert proof.evidence["privacy"] == "public"


def test_every_word_and_choice_arrives(sandbox: Running) -> None:
    files = Files()
    media = film(files)
    options: dict[str, Any] = {
        "title": "Brass and oak",
        "tags": ["lamp", "old oak"],
        "category": "26",
        "privacy": "unlisted",
        "made_for_kids": "yes",
        "synthetic_media": True,
        "notify_subscribers": False,
        "embeddable": False,
        "license": "creativeCommon",
    }
    publish(job(channel(sandbox), content("Made in Skagen.\nhttps://example.org", media, **options), files))
    seen = only_video(sandbox)
    assert seen["text"] == "Made in Skagen.\nhttps://example.org"
    assert (seen["title"], seen["tags"], seen["category_id"]) == ("Brass and oak", ["lamp", "old oak"], "26")
    assert (seen["privacy"], seen["made_for_kids"], seen["synthetic"]) == ("unlisted", True, True)
    assert (seen["notify"], seen["embeddable"], seen["license"]) == (False, False, "creativeCommon")
    assert (seen["sha256"], seen["size"]) == (media.sha256, media.size)


def test_what_was_not_chosen_is_as_usual(sandbox: Running) -> None:
    files = Files()
    publish(job(channel(sandbox), content("", film(files)), files))
    seen = only_video(sandbox)
    assert (seen["privacy"], seen["category_id"], seen["notify"]) == ("public", "22", True)
    assert (seen["made_for_kids"], seen["synthetic"], seen["tags"]) == (False, False, [])


@pytest.mark.parametrize("privacy", ["public", "unlisted", "private"])
def test_it_becomes_as_visible_as_was_chosen(sandbox: Running, privacy: str) -> None:
    files = Files()
    (proof,) = publish(job(channel(sandbox), content("", film(files), privacy=privacy), files))
    assert only_video(sandbox)["privacy"] == proof.evidence["privacy"] == privacy


def test_a_short_has_an_address_of_its_own(sandbox: Running) -> None:
    files = Files()
    (proof,) = publish(job(channel(sandbox), content("", film(files), kind="short"), files))
    assert proof.remote_url.endswith(f"/shorts/{proof.remote_id}")


def test_words_edited_after_the_upload_cost_no_second_one(sandbox: Running) -> None:
    files, who = Files(), channel(sandbox)
    media = film(files)
    first = job(who, content("Before", media, title="Before"), files)
    YOUTUBE.prepare(first)
    edited = job(who, content("After", media, title="After"), files, stash=first.stash)  # type: ignore[arg-type]
    publish(edited)
    seen = only_video(sandbox)
    assert (seen["title"], seen["text"], seen["privacy"]) == ("After", "After", "public")
    assert operations(sandbox).count("upload_start") == 1


def test_publishing_twice_is_the_same_video(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    (first,), (second,) = publish(one), publish(one)
    assert first.remote_id == second.remote_id == only_video(sandbox)["id"]


# -- what YouTube says that the video is -------------------------------------------------------------


def test_a_project_that_was_not_audited_is_told_plainly(sandbox: Running) -> None:
    sandbox.control.settings(youtube_forced_private=True)
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    with pytest.raises(Refused, match="not audited") as refused:
        publish(one)
    assert refused.value.code == "forced_private"
    assert "audit" in refused.value.next_step
    assert only_video(sandbox)["privacy"] == "private"


def test_such_a_project_can_still_publish_privately(sandbox: Running) -> None:
    sandbox.control.settings(youtube_forced_private=True)
    files = Files()
    publish(job(channel(sandbox), content("", film(files), privacy="private"), files))


def test_a_video_that_is_still_processed_is_not_called_published(sandbox: Running) -> None:
    sandbox.control.settings(video_processing_seconds=9000.0)
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    YOUTUBE.prepare(one)
    with pytest.raises(Processing):
        YOUTUBE.commit(one, 1)
    assert only_video(sandbox)["privacy"] == "public"


def test_processing_is_awaited_before_people_see_it(sandbox: Running, naps: Any) -> None:
    sandbox.control.settings(video_processing_seconds=15.0)
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    YOUTUBE.prepare(one)
    assert only_video(sandbox)["status"] == "processed"
    assert naps.taken == [2.0, 3.0, 5.0, 10.0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"video_fails": True}, "could not convert"),
        ({"youtube_rejection": "copyright"}, "others own"),
        ({"youtube_rejection": "duplicate"}, "already has it"),
        ({"youtube_rejection": "length"}, "longer than this channel"),
    ],
)
def test_a_video_that_youtube_does_not_want_never_becomes_public(
    sandbox: Running, settings: dict[str, Any], words: str
) -> None:
    sandbox.control.settings(**settings)
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    with pytest.raises(Refused, match=words):
        YOUTUBE.prepare(one)
    assert only_video(sandbox)["privacy"] == "private"


def test_publishing_again_after_a_rejection_uploads_anew(sandbox: Running) -> None:
    sandbox.control.settings(youtube_rejection="claim")
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    with pytest.raises(Refused):
        YOUTUBE.prepare(one)
    sandbox.control.settings(youtube_rejection="")
    publish(one)
    assert [video["privacy"] for video in everything(sandbox)] == ["private", "public"]


def test_a_file_that_is_no_video_is_refused(sandbox: Running) -> None:
    files = Files()
    media = film(files)
    files.contents[media.uid] = bytes(media.size)
    with pytest.raises(Refused, match="kind of file"):
        YOUTUBE.prepare(job(channel(sandbox), content("", media), files))


def test_a_video_deleted_before_it_was_published_is_not_brought_back_by_itself(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    YOUTUBE.prepare(one)
    sandbox.control.delete_post(only_video(sandbox)["id"], "youtube")
    with pytest.raises(Refused) as refused:
        YOUTUBE.commit(one, 1)
    assert refused.value.next_step.startswith("Publish again")
    publish(one)
    assert len(sandbox.control.posts("youtube")) == 1


def test_preparing_notices_that_it_was_deleted(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files)), files)
    YOUTUBE.prepare(one)
    sandbox.control.delete_post(only_video(sandbox)["id"], "youtube")
    with pytest.raises(Refused) as refused:
        YOUTUBE.prepare(one)
    assert refused.value.code == "deleted_there"


def test_without_an_upload_nothing_is_sent(sandbox: Running) -> None:
    files = Files()
    with pytest.raises(NotSent):
        YOUTUBE.commit(job(channel(sandbox), content("", film(files)), files), 1)
    assert operations(sandbox) == []


# -- thumbnail, playlist, comment --------------------------------------------------------------------


def test_a_picture_becomes_the_thumbnail(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files), thumbnail(files)), files)
    YOUTUBE.prepare(one)
    assert (only_video(sandbox)["thumbnail"], only_video(sandbox)["privacy"]) == ("image/jpeg", "private")
    publish(one)
    assert operations(sandbox).count("thumbnail") == 1


def test_a_thumbnail_that_is_not_taken_costs_nobody_the_video(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox, "tomaseriksen"), content("", film(files), thumbnail(files)), files)
    (proof,) = publish(one)
    assert only_video(sandbox)["privacy"] == "public"
    assert "did not take the picture as thumbnail" in proof.evidence["note"]


def test_another_thumbnail_replaces_the_first(sandbox: Running) -> None:
    files, who = Files(), channel(sandbox)
    media = film(files)
    first = job(who, content("", media, thumbnail(files)), files)
    YOUTUBE.prepare(first)
    other = job(who, content("", media, thumbnail(files)), files, stash=first.stash)  # type: ignore[arg-type]
    publish(other)
    assert operations(sandbox).count("thumbnail") == 2


@pytest.mark.parametrize("kind", ["", "accept_then_reset", "reset"])
def test_it_is_in_the_playlist_once(sandbox: Running, kind: str) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files), playlist=PLAYLIST), files)
    if kind:
        sandbox.control.add_fault(platform="youtube", operation="playlist_add", kind=kind)
        with pytest.raises(NotSent):
            YOUTUBE.prepare(one)
    publish(one)
    assert only_video(sandbox)["playlists"] == [PLAYLIST]


def test_a_playlist_that_is_not_there_stops_it_before_it_is_public(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files), playlist="PLnowhere"), files)
    with pytest.raises(Refused, match="no such playlist"):
        YOUTUBE.prepare(one)
    assert sandbox.control.posts("youtube") == []


def test_the_first_comment_follows(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files), first_comment="Ask me anything"), files)
    video, comment = publish(one)
    (said,) = only_video(sandbox)["comments"]
    assert (said["text"], said["id"], said["channel_id"]) == ("Ask me anything", comment.remote_id, NORRE)
    assert comment.remote_url == f"{video.remote_url}&lc={comment.remote_id}"


def test_going_on_with_the_comment_touches_the_video_no_more(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files), first_comment="Hello"), files)
    YOUTUBE.prepare(one)
    proof = YOUTUBE.commit(one, 1)
    before = operations(sandbox)
    publish(job(one.account, one.variant, files, committed=(proof,)))
    assert operations(sandbox)[len(before) :] == ["create_comment"]


def test_a_video_that_comments_do_not_know_yet_is_waited_for(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files), first_comment="Hello"), files)
    params = {"status": 404, "reason": "videoNotFound"}
    sandbox.control.add_fault(platform="youtube", operation="create_comment", kind="refuse", times=2, params=params)
    publish(one)
    assert len(only_video(sandbox)["comments"]) == 1


def test_comments_that_are_switched_off_are_told(sandbox: Running) -> None:
    files = Files()
    one = job(channel(sandbox), content("", film(files), first_comment="Hello"), files)
    params = {"status": 403, "reason": "commentsDisabled"}
    sandbox.control.add_fault(platform="youtube", operation="create_comment", kind="refuse", params=params)
    with pytest.raises(Refused, match="takes no comments"):
        publish(one)


def test_deleting_takes_it_away_and_twice_is_harmless(sandbox: Running) -> None:
    files, who = Files(), channel(sandbox)
    (proof,) = publish(job(who, content("", film(files)), files))
    YOUTUBE.delete(who, proof.remote_id)
    YOUTUBE.delete(who, proof.remote_id)
    assert everything(sandbox) == []


def test_the_video_of_somebody_else_cannot_be_deleted(sandbox: Running) -> None:
    files = Files()
    (proof,) = publish(job(channel(sandbox), content("", film(files)), files))
    with pytest.raises(Refused):
        YOUTUBE.delete(channel(sandbox, "almalamps"), proof.remote_id)
