"""Containers of the sandbox's Instagram: what may be in one, how long they live, and that each is published once."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox.testing import Control, Running
from sandbox.tests.instagram import (
    ALMA,
    NORRE,
    Files,
    Insta,
    error,
    files,
    film,
    jpeg,
    maker,
    norre,
    picture,
    video,
)

__all__ = ["files", "maker", "norre", "picture", "video"]
DAY = 86_400


def test_a_picture_is_made_and_published(control: Control, norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture, caption="Lamps", alt_text="A lamp")
    assert norre.status(container) == "FINISHED"
    media = norre.publish(container).json()["id"]
    assert media != container
    assert norre.status(container) == "PUBLISHED"
    (post,) = control.posts("instagram")
    assert (post["id"], post["text"], post["media"][0]["alt_text"]) == (media, "Lamps", "A lamp")


def test_a_film_takes_its_time(control: Control, norre: Insta, video: str) -> None:
    container = norre.made(media_type="REELS", video_url=video)
    assert norre.status(container) == "IN_PROGRESS"
    assert error(norre.publish(container)) == (9007, 2207027)
    control.advance(2)
    assert norre.status(container) == "FINISHED"
    assert norre.publish(container).status_code == 200


def test_a_container_is_published_once(control: Control, norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture)
    norre.publish(container)
    assert error(norre.publish(container)) == (24, 2207006)
    assert len(control.posts("instagram")) == 1


def test_a_torn_connection_leaves_a_published_container(control: Control, norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture)
    control.add_fault(platform="instagram", operation="create_post", kind="accept_then_reset")
    with pytest.raises(requests.ConnectionError):
        norre.publish(container)
    assert norre.status(container) == "PUBLISHED"


def test_an_answer_of_trouble_leaves_a_published_container(control: Control, norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture)
    control.add_fault(platform="instagram", operation="create_post", kind="accept_then_5xx")
    assert norre.publish(container).status_code == 503
    assert norre.status(container) == "PUBLISHED"


def test_it_expires_after_a_day(control: Control, norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture)
    control.advance(DAY)
    assert norre.status(container) == "EXPIRED"
    assert error(norre.publish(container)) == (24, 2207008)


def test_a_published_one_stays_published(control: Control, norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture)
    norre.publish(container)
    control.advance(DAY)
    assert norre.status(container) == "PUBLISHED"


def test_it_belongs_to_one_account(maker: Callable[..., Insta], norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture)
    alma = maker("alma.lamps")
    assert error(alma.call("POST", f"/{ALMA}/media_publish", data={"creation_id": container})) == (24, 2207006)
    assert error(alma.call("POST", f"/{NORRE}/media", data={"image_url": picture})) == (100, 33)
    assert error(alma.get(f"/{container}", fields="status_code")) == (100, 33)


def test_containers_survive_a_restart(control: Control, running: Running, norre: Insta, picture: str) -> None:
    container = norre.made(image_url=picture)
    running.kill()
    running.restart()
    assert norre.publish(container).status_code == 200


# -- carousels ---------------------------------------------------------------------------------------


def children(norre: Insta, address: str, number: int) -> list[str]:
    return [norre.made(image_url=address, is_carousel_item="true") for _ in range(number)]


def test_a_carousel_has_its_children_in_order(control: Control, norre: Insta, picture: str) -> None:
    ids = children(norre, picture, 3)
    norre.published(media_type="CAROUSEL", children=",".join(ids), caption="Three")
    (post,) = control.posts("instagram")
    assert (post["kind"], len(post["media"])) == ("CAROUSEL", 3)


@pytest.mark.parametrize("number", [0, 1, 11])
def test_a_carousel_has_two_to_ten(norre: Insta, picture: str, number: int) -> None:
    answer = norre.make(media_type="CAROUSEL", children=",".join(children(norre, picture, number)))
    assert error(answer) == (100, 2207028)


def test_a_child_is_not_published_alone(norre: Insta, picture: str) -> None:
    (child,) = children(norre, picture, 1)
    assert error(norre.publish(child)) == (100, 0)


def test_a_child_that_is_not_ready_makes_no_carousel(norre: Insta, picture: str, video: str) -> None:
    (first,) = children(norre, picture, 1)
    second = norre.made(media_type="VIDEO", video_url=video, is_carousel_item="true")
    assert error(norre.make(media_type="CAROUSEL", children=f"{first},{second}")) == (9007, 2207027)


def test_what_was_not_made_for_a_carousel_is_no_child(norre: Insta, picture: str) -> None:
    ids = f"{norre.made(image_url=picture)},{norre.made(image_url=picture)}"
    assert error(norre.make(media_type="CAROUSEL", children=ids)) == (100, 0)


# -- what may be said --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"media_type": "VIDEO"},
        {"media_type": "POSTER"},
        {"is_carousel_item": "true", "caption": "Not here"},
        {"is_carousel_item": "true", "is_ai_generated": "true"},
        {"media_type": "STORIES", "caption": "Not here"},
        {"media_type": "STORIES", "collaborators": "alma"},
        {"media_type": "REELS"},
        {"share_to_feed": "true"},
        {"collaborators": "a,b,c,d"},
        {"alt_text": "x" * 1001},
    ],
)
def test_what_does_not_belong_there_is_refused(norre: Insta, picture: str, said: dict[str, str]) -> None:
    assert error(norre.make(image_url=picture, **said))[0] == 100


@pytest.mark.parametrize("caption", ["x" * 2201, "#a " * 31, "@a " * 21])
def test_a_caption_has_its_limits(norre: Insta, picture: str, caption: str) -> None:
    assert error(norre.make(image_url=picture, caption=caption)) == (36004, 2207010)


def test_trial_reels_are_not_for_everybody(control: Control, norre: Insta, video: str) -> None:
    control.settings(instagram_trial_reels=False)
    trial = '{"graduation_strategy":"MANUAL"}'
    assert error(norre.make(media_type="REELS", video_url=video, trial_params=trial)) == (100, 2207081)


# -- media that are fetched --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "subcode"),
    [
        (jpeg(form="PNG"), "image/png", 2207005),
        (jpeg(form="WEBP"), "image/webp", 2207005),
        (jpeg((400, 600)), "image/jpeg", 2207009),
        (jpeg((800, 400)), "image/jpeg", 2207009),
        (b"<html>", "text/html", 2207052),
        (b"", "image/jpeg", 2207052),
    ],
)
def test_a_picture_is_looked_at(norre: Insta, files: Files, content: bytes, kind: str, subcode: int) -> None:
    assert error(norre.make(image_url=files("/file", content, kind)))[1] == subcode


def test_a_picture_may_not_be_too_large(norre: Insta, files: Files) -> None:
    content = jpeg() + bytes(8 * 1024**2)
    assert error(norre.make(image_url=files("/file", content, "image/jpeg"))) == (36000, 2207004)


def test_a_story_may_be_upright(norre: Insta, files: Files) -> None:
    norre.made(media_type="STORIES", image_url=files("/file", jpeg((360, 640)), "image/jpeg"))


def test_a_redirect_is_not_followed(norre: Insta, files: Files, picture: str) -> None:
    files.moved.add("/picture.jpg")
    assert error(norre.make(image_url=picture)) == (9004, 2207052)


def test_it_is_fetched_once_and_without_asking_first(norre: Insta, files: Files, picture: str) -> None:
    norre.made(image_url=picture)
    assert files.seen == [("GET", "/robots.txt"), ("GET", "/picture.jpg")]


def test_robots_txt_counts(norre: Insta, files: Files, picture: str) -> None:
    files("/robots.txt", b"User-agent: facebookexternalhit\nDisallow: /", "text/plain")
    assert error(norre.make(image_url=picture)) == (9004, 2207052)


@pytest.mark.parametrize(
    ("content", "subcode"), [(b"no film", 2207026), (film(1), 2207026), (b"", 2207052)], ids=["text", "short", "gone"]
)
def test_what_is_wrong_with_a_film_its_container_says(
    control: Control, norre: Insta, files: Files, content: bytes, subcode: int
) -> None:
    container = norre.made(media_type="REELS", video_url=files("/film", content, "video/mp4"))
    control.advance(2)
    body = norre.get(f"/{container}", fields="status_code,status").json()
    assert body["status_code"] == "ERROR"
    assert str(subcode) in body["status"]


def test_the_subcode_of_a_failure_can_be_chosen(control: Control, norre: Insta, picture: str) -> None:
    control.settings(instagram_container_fails=2207053)
    body = norre.get(f"/{norre.made(image_url=picture)}", fields="status_code,status").json()
    assert (body["status_code"], "2207053" in body["status"]) == ("ERROR", True)


# -- limits, comments, lists -------------------------------------------------------------------------


def test_the_quota_is_told_and_kept(control: Control, norre: Insta, picture: str) -> None:
    control.settings(instagram_quota_total=1)
    norre.published(image_url=picture)
    (row,) = norre.get(f"/{NORRE}/content_publishing_limit", fields="quota_usage,config").json()["data"]
    assert row == {"quota_usage": 1, "config": {"quota_total": 1, "quota_duration": DAY}}
    assert error(norre.publish(norre.made(image_url=picture))) == (9, 2207042)
    control.advance(DAY)
    norre.published(image_url=picture)


def test_containers_are_counted_by_the_day(control: Control, norre: Insta, picture: str) -> None:
    control.settings(instagram_containers_a_day=2)
    norre.made(image_url=picture)
    norre.made(image_url=picture)
    assert error(norre.make(image_url=picture)) == (9, 2207042)
    control.advance(DAY)
    norre.made(image_url=picture)


def test_a_comment_with_fields_is_made_and_denied(control: Control, norre: Insta, picture: str) -> None:
    media = norre.published(image_url=picture)
    assert error(norre.call("POST", f"/{media}/comments", data={"message": "Hi", "fields": "id"})) == (20, 1772107)
    (said,) = norre.get(f"/{media}/comments", fields="id,text,username,from").json()["data"]
    assert (said["text"], said["username"], said["from"]["id"]) == ("Hi", "norrestudio", NORRE)


def test_a_new_post_shows_up_a_little_later(control: Control, norre: Insta, picture: str) -> None:
    control.settings(visibility_delay_seconds=30.0)
    media = norre.published(image_url=picture)
    assert norre.get(f"/{NORRE}/media").json()["data"] == []
    assert error(norre.get(f"/{media}", fields="permalink")) == (100, 33)
    control.advance(30)
    (row,) = norre.get(f"/{NORRE}/media", fields="id,permalink,media_product_type").json()["data"]
    assert row["id"] == media
    assert row["media_product_type"] == "FEED"


def test_stories_have_a_list_of_their_own_for_a_day(control: Control, norre: Insta, picture: str) -> None:
    media = norre.published(media_type="STORIES", image_url=picture)
    assert norre.get(f"/{NORRE}/media").json()["data"] == []
    assert [row["id"] for row in norre.get(f"/{NORRE}/stories").json()["data"]] == [media]
    control.advance(DAY + 1)
    assert norre.get(f"/{NORRE}/stories").json()["data"] == []


def test_numbers_that_are_gone_are_refused(control: Control, norre: Insta, picture: str) -> None:
    media = norre.published(image_url=picture)
    control.advance(DAY)
    (row,) = norre.get(f"/{media}/insights", metric="views").json()["data"]
    assert row["period"] == "lifetime"
    assert row["values"][0]["value"] > 0
    assert error(norre.get(f"/{media}/insights", metric="impressions")) == (100, 0)


def test_deleting_is_not_for_this_log_in(norre: Insta, picture: str) -> None:
    media = norre.published(image_url=picture)
    assert error(norre.call("DELETE", f"/{media}")) == (10, 0)


def test_every_answer_tells_how_much_is_used(norre: Insta) -> None:
    assert '"instagram"' in norre.get("/me").headers["x-business-use-case-usage"]


def test_a_used_up_limit_is_80002(control: Control, norre: Insta) -> None:
    control.add_fault(platform="instagram", operation="users_me", kind="rate_limit")
    answer = norre.get("/me")
    assert error(answer) == (80002, 0)
    assert "estimated_time_to_regain_access" in answer.headers["x-business-use-case-usage"]


@pytest.mark.parametrize("path", ["", "/norrestudio", "{permalink}"])
def test_people_see_it(control: Control, url: str, norre: Insta, picture: str, path: str) -> None:
    media = norre.published(image_url=picture, caption="Lamps <b>here</b>")
    permalink = norre.get(f"/{media}", fields="permalink").json()["permalink"]
    address = permalink if path == "{permalink}" else f"{url}/instagram{path}"
    page: Any = norre.session.get(address, timeout=10)
    assert page.status_code == 200
    assert "Lamps &lt;b&gt;here" in page.text
