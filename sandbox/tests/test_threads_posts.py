"""Threads in the sandbox: containers and their clock, what may be in them, publishing, replies, quotas, lists, numbers."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from sandbox.testing import Control, Running
from sandbox.tests.threads import DAY, NORRE, SECRET, Files, Threads, error, files, film, maker, norre, picture

__all__ = ["files", "maker", "norre"]


# -- containers --------------------------------------------------------------------------------------


def test_words_are_ready_at_once_and_published_once(norre: Threads, control: Control) -> None:
    container = norre.made(text="Fog")
    assert norre.status(container) == {"id": container, "status": "FINISHED"}
    assert control.posts("threads") == []
    post = norre.publish(container).json()["id"]
    assert post != container
    assert norre.status(container)["status"] == "PUBLISHED"
    assert error(norre.publish(container)) == (24, 4279009)
    assert len(control.posts("threads")) == 1


def test_pictures_and_videos_take_their_time(norre: Threads, control: Control, files: Files) -> None:
    control.settings(threads_image_seconds=3.0, video_processing_seconds=30.0)
    image = norre.made("IMAGE", image_url=files.put(picture()))
    video = norre.made("VIDEO", video_url=files.put(film(), "video/mp4"))
    assert [norre.status(one)["status"] for one in (image, video)] == ["IN_PROGRESS"] * 2
    assert error(norre.publish(image)) == (24, 4279009)
    control.advance(4)
    assert [norre.status(one)["status"] for one in (image, video)] == ["FINISHED", "IN_PROGRESS"]
    control.advance(30)
    assert norre.publish(video).status_code == norre.publish(image).status_code == 200
    assert [post["kind"] for post in control.posts("threads")] == ["VIDEO", "IMAGE"]


def test_a_container_is_worthless_after_a_day_unless_it_was_published(norre: Threads, control: Control) -> None:
    waiting, gone = norre.made(text="Waits"), norre.made(text="Goes")
    norre.publish(gone)
    control.advance(DAY)
    assert norre.status(waiting)["status"] == "EXPIRED"
    assert norre.status(gone)["status"] == "PUBLISHED"
    assert error(norre.publish(waiting)) == (24, 4279009)


@pytest.mark.parametrize(
    ("content", "mime", "reason"),
    [
        (b"", "video/mp4", "FAILED_DOWNLOADING_VIDEO"),
        (b"no video", "video/mp4", "FAILED_PROCESSING_VIDEO"),
        (film(rate=12), "video/mp4", "INVALID_FRAME_RATE"),
        (film(), "text/html", "FAILED_DOWNLOADING_VIDEO"),
    ],
)
def test_a_video_that_cannot_be_used_fails_later(
    norre: Threads, control: Control, files: Files, content: bytes, mime: str, reason: str
) -> None:
    container = norre.made("VIDEO", video_url=files.put(content, mime))
    assert norre.status(container)["status"] == "IN_PROGRESS"
    control.advance(60)
    assert norre.status(container) == {"id": container, "status": "ERROR", "error_message": reason}


def test_a_picture_that_cannot_be_fetched_is_refused_at_once(norre: Threads, files: Files) -> None:
    answer = norre.make("IMAGE", image_url=f"{files.address}/nothing")
    assert error(answer) == (9004, 2207052)
    assert "could not be fetched from this URI" in answer.json()["error"]["message"]
    assert error(norre.make("IMAGE", image_url="https://example.com/lamp.jpg")) == (9004, 2207052)


@pytest.mark.parametrize(("form", "size"), [("GIF", (64, 48)), ("JPEG", (1100, 100))])
def test_a_picture_of_the_wrong_kind_or_shape_fails(
    norre: Threads, control: Control, files: Files, form: str, size: tuple[int, int]
) -> None:
    container = norre.made("IMAGE", image_url=files.put(picture(form, size)))
    control.advance(5)
    assert norre.status(container)["status"] == "ERROR"


def test_every_failure_can_be_asked_for(norre: Threads, control: Control, files: Files) -> None:
    control.settings(threads_container_error="INVALID_AUDIO_CHANNELS")
    container = norre.made("IMAGE", image_url=files.put(picture()))
    control.advance(5)
    assert norre.status(container)["error_message"] == "INVALID_AUDIO_CHANNELS"
    with pytest.raises(requests.HTTPError):
        control.settings(threads_container_error="INVALID_MOOD")


# -- what may be in them -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "fields"),
    [
        ("TEXT", {}),
        ("TEXT", {"text": "a" * 501}),
        ("TEXT", {"text": "a" * 497 + "💡"}),
        ("TEXT", {"text": " ".join(f"https://example.com/{n}" for n in range(6))}),
        ("TEXT", {"text": "Fog", "topic_tag": "No. 1"}),
        ("TEXT", {"text": "Fog", "topic_tag": "Salt & Sea"}),
        ("TEXT", {"text": "Fog", "topic_tag": "x" * 51}),
        ("TEXT", {"text": "Fog", "topic_tag": ""}),
        ("TEXT", {"text": "Fog", "reply_control": "nobody"}),
        ("TEXT", {"text": "Fog", "alt_text": "A lamp"}),
        ("TEXT", {"text": "Fog", "image_url": "http://127.0.0.1/a.jpg"}),
        ("TEXT", {"text": "Fog", "is_carousel_item": "true"}),
        ("TEXT", {"text": "Fog", "link_attachment": "norre.studio"}),
        ("TEXT", {"text": "Fog", "poll_attachment": json.dumps({"option_a": "One"})}),
        ("TEXT", {"text": "Fog", "poll_attachment": json.dumps({"option_a": "One", "option_b": "x" * 26})}),
        ("TEXT", {"text": "Fog", "mood": "calm"}),
        ("IMAGE", {}),
        ("VIDEO", {"image_url": "http://127.0.0.1/a.jpg"}),
        ("CAROUSEL", {}),
        ("CAROUSEL", {"children": "1,2"}),
        ("REEL", {"text": "Fog"}),
    ],
)
def test_what_threads_does_not_take_is_refused(norre: Threads, media_type: str, fields: dict[str, str]) -> None:
    assert error(norre.make(media_type, **fields))[0] == 100


def test_links_beyond_five_have_a_name_of_their_own(norre: Threads) -> None:
    answer = norre.make(
        text=" ".join(f"https://example.com/{n}" for n in range(5)), link_attachment="https://a.example"
    )
    assert "THREADS_API__LINK_LIMIT_EXCEEDED" in answer.json()["error"]["message"]
    same = " ".join("https://example.com/same" for _ in range(9))
    assert norre.make(text=same).status_code == 200


def test_an_emoji_counts_its_bytes(norre: Threads) -> None:
    assert norre.make(text="a" * 496 + "💡").status_code == 200
    assert norre.make(text="é" * 500).status_code == 200


def test_the_first_hashtag_is_the_topic(norre: Threads, control: Control) -> None:
    norre.say("#42 fog over #Lamps, #Sea")
    norre.say("Fog #Lamps", topic_tag="Salt")
    assert [post["topic"] for post in control.posts("threads")] == ["Lamps", "Salt"]


def test_a_carousel_holds_two_to_twenty(norre: Threads, control: Control, files: Files) -> None:
    address = files.put(picture())
    pieces = [norre.made("IMAGE", image_url=address, is_carousel_item="true", alt_text=f"No {n}") for n in range(21)]
    assert error(norre.publish(pieces[0])) == (24, 4279009)
    assert error(norre.make("CAROUSEL", children=",".join(pieces[:2]))) == (24, 4279009)
    control.advance(5)
    assert error(norre.make("CAROUSEL", children=pieces[0]))[0] == 100
    assert error(norre.make("CAROUSEL", children=",".join(pieces)))[0] == 100
    norre_id = norre.made("CAROUSEL", children=",".join(pieces[:20]), text="Twenty")
    control.advance(5)
    norre.publish(norre_id)
    (post,) = control.posts("threads")
    assert [one["alt_text"] for one in post["media"]] == [f"No {n}" for n in range(20)]


def test_words_alone_can_be_published_in_one_call(norre: Threads, control: Control) -> None:
    post = norre.made(text="At once", auto_publish_text="true")
    assert [one["id"] for one in control.posts("threads")] == [post]


# -- publishing --------------------------------------------------------------------------------------


def test_a_container_that_is_ready_can_be_refused_once(norre: Threads, control: Control) -> None:
    control.settings(threads_publish_flake=True)
    container = norre.made(text="Now?")
    assert error(norre.publish(container)) == (24, 4279009)
    assert norre.status(container)["status"] == "FINISHED"
    assert norre.publish(container).status_code == 200


def test_a_lost_answer_leaves_a_published_container(norre: Threads, control: Control) -> None:
    container = norre.made(text="Lost")
    control.add_fault(platform="threads", operation="create_post", kind="accept_then_reset")
    with pytest.raises(requests.ConnectionError):
        norre.publish(container)
    assert norre.status(container)["status"] == "PUBLISHED"
    (row,) = control.ledger(platform="threads", operation="create_post")
    assert row["effect"]["container_id"] == container
    assert row["effect"]["post_id"] == control.posts("threads")[0]["id"]


def test_replies_make_a_chain(norre: Threads, control: Control) -> None:
    first = norre.say("One")
    second = norre.say("Two", reply_to_id=first)
    third = norre.say("Three", reply_to_id=second)
    assert [post["reply_to"] for post in control.posts("threads")] == [None, first, second]
    body = norre.get(f"/{third}", fields="root_post,replied_to,is_reply").json()
    assert (body["root_post"], body["replied_to"], body["is_reply"]) == ({"id": first}, {"id": second}, True)


def test_a_parent_may_not_be_there_yet_or_not_at_all(norre: Threads, control: Control) -> None:
    control.settings(threads_reply_delay_seconds=5.0)
    first = norre.say("One")
    assert error(norre.make(text="Two", reply_to_id=first)) == (24, 4279009)
    control.advance(6)
    assert norre.make(text="Two", reply_to_id=first).status_code == 200
    assert error(norre.make(text="Two", reply_to_id="123")) == (24, 4279009)


def test_replying_wants_a_permission_and_a_root_of_ones_own(norre: Threads, maker: Callable[..., Threads]) -> None:
    first = norre.say("One")
    plain = maker(scopes=["threads_basic", "threads_content_publish"])
    assert error(plain.make(text="Two", reply_to_id=first))[0] == 10
    assert error(maker("almalamps").make(text="Hi", reply_to_id=first))[0] == 10
    scopes = ["threads_basic", "threads_content_publish", "threads_manage_replies", "threads_manage_mentions"]
    assert maker("almalamps", scopes=scopes).make(text="Hi", reply_to_id=first).status_code == 200


def test_quotas_of_posts_and_replies_are_apart(norre: Threads, control: Control) -> None:
    control.settings(threads_quota_posts=1, threads_quota_replies=1)
    first = norre.say("One")
    norre.say("Two", reply_to_id=first)
    assert error(norre.publish(norre.made(text="Another"))) == (9, 2207042)
    assert error(norre.publish(norre.made(text="Three", reply_to_id=first))) == (9, 2207042)
    control.advance(DAY + 1)
    assert norre.publish(norre.made(text="Another day")).status_code == 200


def test_quotas_are_told(norre: Threads) -> None:
    norre.say("One")
    fields = "quota_usage,config,reply_quota_usage,reply_config,delete_quota_usage,delete_config"
    (row,) = norre.get("/me/threads_publishing_limit", fields=fields).json()["data"]
    assert (row["quota_usage"], row["reply_quota_usage"], row["delete_quota_usage"]) == (1, 0, 0)
    assert row["config"] == {"quota_total": 250, "quota_duration": DAY}
    assert (row["reply_config"]["quota_total"], row["delete_config"]["quota_total"]) == (1000, 100)


# -- afterwards --------------------------------------------------------------------------------------


def test_lists_lag_behind_and_are_read_by_cursors(norre: Threads, control: Control) -> None:
    control.settings(visibility_delay_seconds=10.0)
    posts = [norre.say(f"No {number}") for number in range(3)]
    norre.say("A reply", reply_to_id=posts[0])
    assert norre.get("/me/threads").json()["data"] == []
    control.advance(11)
    control.settings(threads_page_size=2)
    first = norre.get("/me/threads", fields="id,text", limit=50).json()
    assert [row["text"] for row in first["data"]] == ["No 2", "No 1"]
    second = norre.get("/me/threads", fields="id", after=first["paging"]["cursors"]["after"]).json()
    assert [row["id"] for row in second["data"]] == [posts[0]]
    assert "after" not in second["paging"]["cursors"]
    (reply,) = norre.get("/me/replies", fields="text,replied_to").json()["data"]
    assert (reply["text"], reply["replied_to"]) == ("A reply", {"id": posts[0]})


def test_a_post_shows_what_it_is(norre: Threads, control: Control, files: Files, url: str) -> None:
    container = norre.made("IMAGE", image_url=files.put(picture()), text="Lamp", alt_text="A lamp")
    control.advance(5)
    post = norre.publish(container).json()["id"]
    body = norre.get(f"/{post}", fields="permalink,shortcode,media_type,media_url,alt_text,timestamp,username").json()
    assert body["permalink"] == f"{url}/threads/@norrestudio/post/{body['shortcode']}"
    assert (body["media_type"], body["alt_text"], body["username"]) == ("IMAGE", "A lamp", "norrestudio")
    assert requests.get(body["media_url"], timeout=10).content == picture()
    page = requests.get(body["permalink"], timeout=10).text
    assert "Lamp" in page
    assert "/static/threads.css" in page


def test_deleting_takes_one_post_and_has_a_quota(norre: Threads, control: Control) -> None:
    control.settings(threads_quota_deletes=1)
    first = norre.say("One")
    norre.say("Two", reply_to_id=first)
    assert norre.call("DELETE", f"/{first}").json() == {"success": True, "deleted_id": first}
    assert [post["text"] for post in control.posts("threads")] == ["Two"]
    assert error(norre.call("DELETE", f"/{first}")) == (100, 33)
    assert error(norre.call("DELETE", f"/{control.posts('threads')[0]['id']}")) == (9, 2207042)


def test_numbers_grow(norre: Threads, control: Control) -> None:
    post = norre.say("Count me")
    metric = "views,likes,replies,reposts,quotes,shares"

    def views() -> int:
        rows = norre.get(f"/{post}/insights", metric=metric).json()["data"]
        assert [row["name"] for row in rows] == metric.split(",")
        return int(rows[0]["values"][0]["value"])

    young = views()
    control.advance(DAY)
    assert views() > young
    assert error(norre.get(f"/{post}/insights", metric="reach"))[0] == 100


def test_numbers_of_a_profile_come_in_three_shapes(norre: Threads) -> None:
    rows = norre.get("/me/threads_insights", metric="views,likes,clicks,followers_count").json()["data"]
    assert [next(name for name in row if name.endswith(("values", "value"))) for row in rows] == [
        "values",
        "total_value",
        "link_total_values",
        "total_value",
    ]
    assert error(norre.get("/me/threads_insights", metric="views", since=1))[0] == 100
    assert error(norre.get("/me/threads_insights", metric="followers_count", since=1_712_991_600))[0] == 100


def test_the_timeline_shows_threads_with_what_answers_them(norre: Threads, url: str) -> None:
    first = norre.say("Fog <b>today</b> https://norre.studio/a")
    norre.say("And tomorrow", reply_to_id=first)
    for path in ("/threads", "/threads/@norrestudio"):
        page = requests.get(f"{url}{path}", timeout=10).text
        assert "And tomorrow" in page
        assert "&lt;b&gt;today" in page
        assert 'href="https://norre.studio/a"' in page
    assert requests.get(f"{url}/threads/@nobody", timeout=10).status_code == 404


def test_what_is_in_the_making_outlives_a_crash(running: Running, norre: Threads, control: Control) -> None:
    container = norre.made(text="Still here")
    running.kill()
    running.restart()
    norre.control = running.control
    assert norre.publish(container).status_code == 200
    assert norre.status(container)["status"] == "PUBLISHED"


# -- what Threads sends ------------------------------------------------------------------------------


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize("kind", ["uninstall", "data_deletion"])
def test_notices_to_the_app_are_signed_with_the_secret_of_threads(control: Control, files: Files, kind: str) -> None:
    body: dict[str, Any] = {"kind": kind, "url": f"{files.address}/notices", "person": "norrestudio"}
    assert control.call("POST", "threads/send", body)["status"] == 200
    (content, _headers) = files.told[0]
    signature, _, payload = parse_qs(content.decode())["signed_request"][0].partition(".")
    assert decoded(signature) == hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).digest()
    assert json.loads(decoded(payload))["user_id"] == NORRE


def test_notices_go_to_this_machine_only(control: Control) -> None:
    with pytest.raises(requests.HTTPError):
        control.call("POST", "threads/send", {"kind": "uninstall", "url": "https://example.com", "person": "almalamps"})


@pytest.mark.parametrize(("signature", "is_right"), [("good", True), ("bad", False), ("missing", None)])
def test_publishing_is_told_to_a_webhook(
    norre: Threads, control: Control, files: Files, signature: str, is_right: bool | None
) -> None:
    body = {"kind": "webhook", "url": files.address, "post": norre.say("News"), "signature": signature}
    control.call("POST", "threads/send", body)
    content, headers = files.told[0]
    told = json.loads(content)
    assert (told["topic"], told["values"]["field"]) == ("interaction", "publish")
    assert told["values"]["value"]["id"] == body["post"]
    given = headers.get("x-hub-signature-256")
    right = f"sha256={hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()}"
    assert (None if given is None else given == right) is is_right
