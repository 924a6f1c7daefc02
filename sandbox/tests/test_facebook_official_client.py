"""Meta's own Python client (facebook-business) against the sandbox. Its host is an attribute of the session."""

from typing import Any

import pytest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from sandbox.testing import Control
from sandbox.tests.facebook import CLIENT, NORRE, SECRET, Graph, maja, maker, page
from sandbox.tests.test_facebook_videos import fill, film
from sandbox.tests.test_media import image

__all__ = ["maja", "maker", "page"]


def client(url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> FacebookAdsApi:
    monkeypatch.setattr(FacebookSession, "GRAPH", f"{url}/facebook/api")
    session = FacebookSession(CLIENT, SECRET, token)
    session.requests.trust_env = False
    return FacebookAdsApi(session)


@pytest.fixture
def api(page: Graph, url: str, monkeypatch: pytest.MonkeyPatch) -> FacebookAdsApi:
    return client(url, page.token, monkeypatch)


def test_it_lists_pages(maja: Graph, url: str, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    control.settings(facebook_page_size=1)
    api = client(url, maja.token, monkeypatch)
    found = list(User("me", api=api).get_accounts(fields=["id", "name", "tasks", "access_token"]))
    assert [one["name"] for one in found] == ["Norre Studio", "Alma Lamps", "Norre Studio Archive"]
    assert all(one["access_token"].startswith("EAA") for one in found)


def test_it_publishes_reads_comments_and_deletes(api: FacebookAdsApi, control: Control) -> None:
    made = Page(NORRE, api=api).create_feed(params={"message": "From the official client"})
    assert made["id"] == control.posts("facebook")[0]["id"]
    post = PagePost(made["id"], api=api)
    read = post.api_get(fields=["message", "permalink_url", "created_time"])
    assert read["message"] == "From the official client"
    post.create_comment(params={"message": "A comment"})
    assert [one["message"] for one in post.get_comments(fields=["message"])] == ["A comment"]
    listed = Page(NORRE, api=api).get_published_posts(fields=["id"])
    assert [one["id"] for one in listed] == [made["id"]]
    post.api_delete()
    assert control.posts("facebook") == []


def test_it_publishes_photos(api: FacebookAdsApi, control: Control, page: Graph) -> None:
    files: Any = {"source": ("a.png", image(), "image/png")}
    staged = page.post(f"/{NORRE}/photos", data={"published": "false"}, files=files).json()["id"]
    params = {"message": "With a picture", "attached_media": [{"media_fbid": staged}]}
    Page(NORRE, api=api).create_feed(params=params)
    assert control.posts("facebook")[0]["media"][0]["id"] == staged


def test_it_publishes_a_reel_and_a_story(api: FacebookAdsApi, control: Control, page: Graph) -> None:
    target = Page(NORRE, api=api)
    for edge, make in (("video_reels", target.create_video_reel), ("video_stories", target.create_video_story)):
        begun = make(params={"upload_phase": "start"})
        fill(page, begun["upload_url"], film())
        make(params={"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED"})
        assert edge in control.ledger(platform="facebook")[-1]["path"]
    control.advance(3)
    assert [post["kind"] for post in control.posts("facebook")] == ["reel", "story"]


def test_it_meets_errors_as_its_own(api: FacebookAdsApi) -> None:
    target = Page(NORRE, api=api)
    target.create_feed(params={"message": "Once"})
    with pytest.raises(FacebookRequestError) as refused:
        target.create_feed(params={"message": "Once"})
    assert (refused.value.api_error_code(), refused.value.http_status()) == (506, 400)


def test_it_reads_insights(api: FacebookAdsApi, control: Control) -> None:
    made = Page(NORRE, api=api).create_feed(params={"message": "Count"})
    control.advance(3600)
    rows = PagePost(made["id"], api=api).get_insights(params={"metric": ["post_media_view"]})
    assert rows[0]["values"][0]["value"] >= 0
