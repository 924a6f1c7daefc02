"""Publishing to Threads: every kind of content, over HTTP against the sandbox."""

import hashlib
from dataclasses import replace

import pytest

from sandbox.testing import Running
from social.contract import NeedsReauth, NotSent, Part, Refused, Unknown, Variant
from social.tests.hosting import Host, host
from social.tests.making import MemoryStash
from social.tests.threads_making import (
    THREADS,
    Naps,
    after,
    clip,
    content,
    job,
    naps,
    only_post,
    operations,
    photo,
    posts,
    profile,
    publish,
)

__all__ = ["host", "naps"]


# -- one part ----------------------------------------------------------------------------------------


def test_words_are_published_with_their_address(sandbox: Running) -> None:
    (proof,) = publish(job(profile(sandbox), content("Fog at Skagen\n\nThe lamp turns.")))
    post = only_post(sandbox)
    assert (post["kind"], post["text"]) == ("TEXT", "Fog at Skagen\n\nThe lamp turns.")
    assert (proof.remote_id, proof.remote_url) == (post["id"], post["url"])
    assert "/@norrestudio/post/" in proof.remote_url


def test_nothing_is_public_before_the_call_that_publishes(sandbox: Running, host: Host) -> None:
    one = job(profile(sandbox), content("Wait for it", media=(photo(host), clip(host))), host)
    THREADS.prepare(one)
    assert posts(sandbox) == []
    assert "create_post" not in operations(sandbox)
    THREADS.commit(one, 1)
    assert operations(sandbox).count("create_post") == 1


def test_a_picture_is_fetched_from_its_address_with_its_alt_text(sandbox: Running, host: Host) -> None:
    media = photo(host, alt_text="A lamp in fog")
    publish(job(profile(sandbox), content("Lamp", media=(media,)), host))
    post = only_post(sandbox)
    (piece,) = post["media"]
    assert (post["kind"], piece["alt_text"], piece["sha256"]) == ("IMAGE", "A lamp in fog", media.sha256)
    assert host.seen == [media.uid]


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_alone_is_a_post(sandbox: Running, host: Host, form: str) -> None:
    publish(job(profile(sandbox), content("", media=(photo(host, form),)), host))
    assert only_post(sandbox)["text"] == ""


def test_a_video_is_waited_for_until_it_is_ready(sandbox: Running, host: Host, naps: Naps) -> None:
    sandbox.control.settings(video_processing_seconds=40.0)
    media = clip(host, alt_text="The lamp turns")
    publish(job(profile(sandbox), content("Turning", media=(media,)), host))
    post = only_post(sandbox)
    assert (post["kind"], post["media"][0]["sha256"]) == (
        "VIDEO",
        hashlib.sha256(host.files.contents[media.uid]).hexdigest(),
    )
    assert sum(naps.taken) >= 40


def test_a_carousel_mixes_pictures_and_videos_in_order(sandbox: Running, host: Host) -> None:
    media = (photo(host, alt_text="First"), clip(host, alt_text="Second"), photo(host, "PNG", alt_text="Third"))
    publish(job(profile(sandbox), content("Three", media=media), host))
    post = only_post(sandbox)
    assert post["kind"] == "CAROUSEL"
    assert [piece["alt_text"] for piece in post["media"]] == ["First", "Second", "Third"]
    assert [piece["sha256"] for piece in post["media"]] == [one.sha256 for one in media]


def test_twenty_pieces_fit_a_carousel(sandbox: Running, host: Host) -> None:
    publish(job(profile(sandbox), content("", media=tuple(photo(host) for _ in range(20))), host))
    assert len(only_post(sandbox)["media"]) == 20


# -- what was chosen ---------------------------------------------------------------------------------


def test_topic_and_audience_go_along(sandbox: Running) -> None:
    variant = content("Fog", topic_tag="Lighthouses", reply_control="followers_only")
    publish(job(profile(sandbox), variant))
    post = only_post(sandbox)
    assert (post["topic"], post["reply_control"]) == ("Lighthouses", "followers_only")


def test_a_link_is_attached(sandbox: Running) -> None:
    publish(job(profile(sandbox), content("Read", link="https://norre.studio/lamp")))
    assert only_post(sandbox)["link"] == "https://norre.studio/lamp"


def test_a_link_alone_is_a_post(sandbox: Running) -> None:
    variant = content("", link="https://norre.studio/lamp")
    assert THREADS.problems(variant, {}) == []
    publish(job(profile(sandbox), variant))
    assert only_post(sandbox)["text"] == ""


def test_a_poll_is_asked(sandbox: Running) -> None:
    publish(job(profile(sandbox), content("Which?", poll=["Fog", " Sun ", "Snow"])))
    assert only_post(sandbox)["poll"] == ["Fog", "Sun", "Snow"]


def test_a_thread_is_quoted_by_its_number(sandbox: Running) -> None:
    who = profile(sandbox)
    (first,) = publish(job(who, content("Quote me")))
    publish(job(who, content("As I said", quote=first.remote_id)))
    assert posts(sandbox)[1]["quote"] == first.remote_id


# -- threads -----------------------------------------------------------------------------------------


def test_a_thread_reads_in_one_line(sandbox: Running) -> None:
    proofs = publish(job(profile(sandbox), content("One", "Two", "Three")))
    found = posts(sandbox)
    assert [post["text"] for post in found] == ["One", "Two", "Three"]
    assert [post["id"] for post in found] == [proof.remote_id for proof in proofs]
    assert [post["reply_to"] for post in found] == [None, proofs[0].remote_id, proofs[1].remote_id]
    assert {post["root"] for post in found} == {proofs[0].remote_id}


def test_what_was_chosen_is_for_the_first_part(sandbox: Running) -> None:
    variant = content("One", "Two", topic_tag="Lamps", link="https://norre.studio", reply_control="mentioned_only")
    publish(job(profile(sandbox), variant))
    first, second = posts(sandbox)
    assert (first["topic"], first["link"], first["reply_control"]) == (
        "Lamps",
        "https://norre.studio",
        "mentioned_only",
    )
    assert (second["topic"], second["link"], second["reply_control"]) == ("", "", "everyone")


def test_every_part_has_its_own_media(sandbox: Running, host: Host) -> None:
    first, second, third, fourth = photo(host), clip(host), photo(host), photo(host)
    parts = (Part("Picture", (first,)), Part("Video", (second,)), Part("Two", (third, fourth)))
    publish(job(profile(sandbox), Variant(parts), host))
    assert [post["kind"] for post in posts(sandbox)] == ["IMAGE", "VIDEO", "CAROUSEL"]
    assert [[one["sha256"] for one in post["media"]] for post in posts(sandbox)] == [
        [first.sha256],
        [second.sha256],
        [third.sha256, fourth.sha256],
    ]


def test_a_file_that_threads_cannot_use_is_found_out_before_the_thread_begins(sandbox: Running, host: Host) -> None:
    parts = (Part("Fine"), Part("Not fine", (clip(host, b"no video at all"),)))
    with pytest.raises(Refused, match="could not be processed"):
        publish(job(profile(sandbox), Variant(parts), host))
    assert posts(sandbox) == []


def test_a_thread_goes_on_after_its_last_public_part(sandbox: Running) -> None:
    one = job(profile(sandbox), content("One", "Two", "Three"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    later = replace(after(one, first), stash=MemoryStash())
    publish(later)
    assert [post["text"] for post in posts(sandbox)] == ["One", "Two", "Three"]


def test_a_part_answers_the_one_before_it_and_no_other(sandbox: Running) -> None:
    """Somebody told us that another post is the first part: what was prepared under the old one is not for it."""
    who = profile(sandbox)
    one, (other,) = job(who, content("One", "Two")), publish(job(who, content("One")))
    THREADS.prepare(one)
    THREADS.prepare(after(one, THREADS.commit(one, 1)))
    publish(after(one, other))
    assert posts(sandbox)[-1]["reply_to"] == other.remote_id


def test_a_part_that_was_just_made_may_not_be_there_yet(sandbox: Running, naps: Naps) -> None:
    sandbox.control.settings(threads_reply_delay_seconds=4.0)
    publish(job(profile(sandbox), content("One", "Two")))
    assert [post["text"] for post in posts(sandbox)] == ["One", "Two"]
    assert naps.taken[:2] == [2.0, 3.0]


def test_a_part_that_is_gone_ends_the_thread_after_a_while(sandbox: Running) -> None:
    one = job(profile(sandbox), content("One", "Two"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    sandbox.control.delete_post(first.remote_id, "threads")
    with pytest.raises(NotSent) as not_yet:
        THREADS.commit(after(one, first), 2)
    assert not_yet.value.code == "not_ready"
    with pytest.raises(Refused) as gone:
        THREADS.prepare(after(one, first))
    assert gone.value.code == "parent_gone"
    assert posts(sandbox) == []


@pytest.mark.parametrize("params", [{"code": 24, "subcode": 4279009}, {"code": 100, "subcode": 33}])
def test_whatever_words_say_that_the_part_before_is_not_there_cost_no_log_in(
    sandbox: Running, params: dict[str, int]
) -> None:
    one = job(profile(sandbox), content("One", "Two"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    sandbox.control.add_fault(platform="threads", operation="container", kind="refuse", params=params, times=2)
    THREADS.commit(after(one, first), 2)
    assert [post["text"] for post in posts(sandbox)] == ["One", "Two"]


def test_a_thread_that_is_to_be_quoted_and_is_gone_is_told(sandbox: Running) -> None:
    one = job(profile(sandbox), content("As I said", quote="17890000000000001"))
    with pytest.raises(NotSent):
        THREADS.prepare(one)
    with pytest.raises(Refused, match="to quote"):
        THREADS.prepare(one)


def test_a_slow_video_of_a_later_part_is_left_to_the_next_try(sandbox: Running, host: Host) -> None:
    parts = (Part("One"), Part("Two", (clip(host),)))
    one = job(profile(sandbox), Variant(parts), host)
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    sandbox.control.settings(video_processing_seconds=200.0)
    with pytest.raises(NotSent) as later:
        THREADS.commit(after(one, first), 2)
    assert later.value.code == "still_processing"
    made = operations(sandbox).count("container")
    assert len(publish(after(one, first))) == 2
    assert operations(sandbox).count("container") == made
    assert [post["kind"] for post in posts(sandbox)] == ["TEXT", "VIDEO"]


def test_a_part_is_not_published_when_its_time_is_nearly_over(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = job(profile(sandbox), content("One", "Two"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    monkeypatch.setattr("social.platforms.threads._left", lambda _until: 10.0)
    with pytest.raises(NotSent) as late:
        THREADS.commit(after(one, first), 2)
    assert late.value.code == "too_slow"
    assert len(posts(sandbox)) == 1
    monkeypatch.undo()
    assert operations(sandbox).count("container") == 2


def test_threads_need_a_permission_of_their_own(sandbox: Running) -> None:
    who = profile(sandbox, scopes=["threads_basic", "threads_content_publish"])
    one = job(who, content("One", "Two"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    with pytest.raises(NeedsReauth):
        THREADS.commit(after(one, first), 2)


# -- going on ----------------------------------------------------------------------------------------


def test_preparing_again_makes_nothing_new(sandbox: Running, host: Host) -> None:
    one = job(profile(sandbox), content("Two", media=(photo(host), photo(host))), host)
    THREADS.prepare(one)
    made = operations(sandbox).count("container")
    THREADS.prepare(one)
    assert operations(sandbox).count("container") == made == 3


def test_other_words_make_another_container(sandbox: Running) -> None:
    who, stash = profile(sandbox), MemoryStash()
    THREADS.prepare(job(who, content("Before"), stash=stash))
    publish(job(who, content("After"), stash=stash))
    assert only_post(sandbox)["text"] == "After"


def test_a_container_of_yesterday_is_made_anew(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Late"))
    THREADS.prepare(one)
    sandbox.control.advance(25 * 3600)
    publish(one)
    assert operations(sandbox).count("container") == 2
    assert only_post(sandbox)["text"] == "Late"


def test_a_video_that_takes_minutes_is_waited_for_by_the_next_try(sandbox: Running, host: Host) -> None:
    sandbox.control.settings(video_processing_seconds=900.0)
    one = job(profile(sandbox), content("Long", media=(clip(host),)), host)
    with pytest.raises(NotSent) as waiting:
        THREADS.prepare(one)
    assert waiting.value.code == "still_processing"
    publish(one)
    assert operations(sandbox).count("container") == 1


def test_a_container_that_is_ready_may_be_refused_once(sandbox: Running, naps: Naps) -> None:
    sandbox.control.settings(threads_publish_flake=True)
    publish(job(profile(sandbox), content("Now?")))
    assert operations(sandbox).count("container") == 1
    assert operations(sandbox).count("create_post") == 2
    assert only_post(sandbox)["text"] == "Now?"


def test_one_that_is_never_found_is_made_anew(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Where are you?"))
    THREADS.prepare(one)
    params = {"code": 24, "subcode": 4279009}
    sandbox.control.add_fault(platform="threads", operation="create_post", kind="refuse", params=params, times=4)
    with pytest.raises(NotSent) as error:
        THREADS.commit(one, 1)
    assert error.value.code == "not_ready"
    publish(one)
    assert operations(sandbox).count("container") == 2
    assert len(posts(sandbox)) == 1


def test_one_that_may_be_public_is_never_made_anew(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Only once"))
    THREADS.prepare(one)
    sandbox.control.add_fault(platform="threads", operation="create_post", kind="accept_then_reset")
    with pytest.raises(Unknown):
        THREADS.commit(one, 1)
    # Threads now says that the container does not exist, and its status cannot be read.
    sandbox.control.add_fault(platform="threads", operation="container_status", kind="reject_5xx", times=5)
    with pytest.raises(NotSent):
        THREADS.commit(one, 1)
    THREADS.prepare(one)
    with pytest.raises(Unknown):
        THREADS.commit(one, 1)
    assert operations(sandbox).count("container") == 1
    assert len(posts(sandbox)) == 1
