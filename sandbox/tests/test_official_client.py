"""X's own Python client (xdk) against the sandbox. Of its calls, every one used here can be pointed elsewhere."""

import base64
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from xdk import Client
from xdk.media.models import (
    AppendUploadRequest,
    CreateMetadataRequest,
    InitializeUploadRequest,
    UploadRequest,
)
from xdk.oauth1_auth import OAuth1
from xdk.posts.models import CreateRequest

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK
from sandbox.tests.test_media import image, video

__all__ = ["video"]
SCOPES = ["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"]


@pytest.fixture
def client(control: Control, url: str) -> Client:
    # The client speaks the vocabulary of the 2.167 specification.
    control.settings(dialect="new", video_processing_seconds=0)
    token = control.tokens("norrestudio")
    return Client(base_url=f"{url}/x/api", access_token=token["access_token"])


class TestSignIn:
    def test_it_signs_in_with_pkce_and_refreshes(
        self, control: Control, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # oauthlib, underneath, insists on TLS; the sandbox speaks plain HTTP on loopback.
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        client = Client(
            base_url=f"{url}/x/api",
            authorization_base_url=f"{url}/x/i",
            client_id="sandbox-x-client",
            client_secret="sandbox-x-secret",
            redirect_uri=CALLBACK,
            scope=SCOPES,
        )
        location = control.consent(client.get_authorization_url(state="abc"), "alma_lamps")
        token = client.exchange_code(parse_qs(urlsplit(location).query)["code"][0])
        assert token["scope"].split() == SCOPES
        assert client.users.get_me().data.username == "alma_lamps"
        first = token["refresh_token"]
        second = client.refresh_token()["refresh_token"]
        assert second != first
        assert client.users.get_me().data.username == "alma_lamps"


class TestPosts:
    def test_it_posts_threads_reads_and_deletes(self, client: Client, control: Control) -> None:
        root = client.posts.create(CreateRequest(text="From the official client")).data
        reply: Any = {"text": "And a reply", "reply": {"in_reply_to_tweet_id": root.id}}
        second = client.posts.create(CreateRequest(**reply)).data
        user_id = client.users.get_me().data.id
        pages = client.users.get_posts(user_id, max_results=5, post_fields=["created_at", "public_metrics"])
        page = next(iter(pages))
        assert [post.id for post in page.data] == [second.id, root.id]
        assert page.data[0].public_metrics.repost_count == 0
        assert client.posts.get_by_ids([root.id]).data[0].text == "From the official client"
        assert client.posts.get_by_id(root.id).data.id == root.id
        assert client.posts.delete(second.id).data.deleted is True
        assert [post["id"] for post in control.posts()] == [root.id]

    def test_it_walks_through_pages(self, client: Client) -> None:
        for number in range(7):
            client.posts.create(CreateRequest(text=f"number {number}"))
        user_id = client.users.get_me().data.id
        pages = [page.data for page in client.users.get_posts(user_id, max_results=5)]
        assert [len(page) for page in pages if page] == [5, 2]

    def test_it_reads_analytics(self, client: Client, control: Control, url: str) -> None:
        post_id = client.posts.create(CreateRequest(text="count me")).data.id
        start = int(control.clock()["now"])
        control.advance(86400)
        fresh = Client(base_url=f"{url}/x/api", access_token=control.tokens("norrestudio")["access_token"])
        stamps = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + more)) for more in (0, 86400)]
        found = fresh.posts.get_analytics([post_id], stamps[0], stamps[1], "total", analytics_fields=["impressions"])
        assert found.data[0].impressions > 0

    def test_it_meets_errors_as_http_errors(self, client: Client) -> None:
        client.posts.create(CreateRequest(text="once"))
        with pytest.raises(requests.HTTPError) as refused:
            client.posts.create(CreateRequest(text="once"))
        assert refused.value.response.status_code == 403


class TestMedia:
    def test_it_uploads_an_image_and_describes_it(self, client: Client, control: Control) -> None:
        media: Any = {"media": base64.b64encode(image()).decode(), "media_category": "tweet_image"}
        uploaded = client.media.upload(UploadRequest(**media)).data
        described: Any = {"id": uploaded.id, "metadata": {"alt_text": {"text": "A square"}}}
        client.media.create_metadata(CreateMetadataRequest(**described))
        body: Any = {"text": "With a picture", "media": {"media_ids": [uploaded.id]}}
        client.posts.create(CreateRequest(**body))
        assert control.posts()[0]["media"][0]["alt_text"] == "A square"

    def test_it_uploads_a_video_in_chunks(self, client: Client, control: Control, video: bytes) -> None:
        begun: Any = {"media_type": "video/mp4", "total_bytes": len(video), "media_category": "tweet_video"}
        media_id = client.media.initialize_upload(InitializeUploadRequest(**begun)).data.id
        for index, start in enumerate(range(0, len(video), 1000)):
            part: Any = {"media": base64.b64encode(video[start : start + 1000]).decode(), "segment_index": index}
            client.media.append_upload(media_id, AppendUploadRequest(**part))
        client.media.finalize_upload(media_id)
        status = client.media.get_upload_status(media_id, command="STATUS").data
        assert status.processing_info.state == "succeeded"
        body: Any = {"text": "With a video", "media": {"media_ids": [media_id]}}
        client.posts.create(CreateRequest(**body))
        assert control.posts()[0]["media"][0]["size"] == len(video)


class TestOAuth1:
    def test_its_own_signatures_are_accepted(self, control: Control, url: str) -> None:
        token = control.tokens("norrestudio")["oauth1"]
        auth = OAuth1("sandbox-x-key", "sandbox-x-key-secret", CALLBACK, token["token"], token["secret"])
        client = Client(base_url=f"{url}/x/api", auth=auth)
        control.settings(dialect="new")
        assert client.users.get_me().data.username == "norrestudio"
        client.posts.create(CreateRequest(text="Signed by xdk"))
        assert control.posts()[0]["text"] == "Signed by xdk"
