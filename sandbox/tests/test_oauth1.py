"""OAuth 1.0a as an independent client (requests-oauthlib) signs it."""

import time
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from PIL import Image
from requests_oauthlib import OAuth1, OAuth1Session

from sandbox.testing import Control
from sandbox.tests.conftest import CALLBACK

KEY, SECRET = "sandbox-x-key", "sandbox-x-key-secret"


@pytest.fixture
def session(control: Control) -> Iterator[OAuth1Session]:
    token = control.tokens("norrestudio")["oauth1"]
    with OAuth1Session(KEY, SECRET, token["token"], token["secret"]) as session:
        yield session


def png() -> bytes:
    target = BytesIO()
    Image.new("RGB", (8, 8), "red").save(target, "PNG")
    return target.getvalue()


class TestDance:
    def test_it_leads_from_request_token_to_a_working_access_token(self, control: Control, url: str) -> None:
        session = OAuth1Session(KEY, SECRET, callback_uri=CALLBACK)
        asked = session.fetch_request_token(f"{url}/x/api/oauth/request_token")
        assert asked["oauth_callback_confirmed"] == "true"
        page = session.authorization_url(f"{url}/x/api/oauth/authorize")
        session.parse_authorization_response(control.consent(page, "tomas_eriksen"))
        granted = session.fetch_access_token(f"{url}/x/api/oauth/access_token")
        assert granted["screen_name"] == "tomas_eriksen"
        assert session.get(f"{url}/x/api/2/users/me").json()["data"]["id"] == granted["user_id"]

    def test_it_can_be_refused(self, control: Control, url: str) -> None:
        session = OAuth1Session(KEY, SECRET, callback_uri=CALLBACK)
        token = session.fetch_request_token(f"{url}/x/api/oauth/request_token")["oauth_token"]
        location = control.consent(session.authorization_url(f"{url}/x/api/oauth/authenticate"), None)
        assert parse_qs(urlsplit(location).query) == {"denied": [token]}

    def test_it_wants_the_verifier_that_the_browser_brought(self, control: Control, url: str) -> None:
        session = OAuth1Session(KEY, SECRET, callback_uri=CALLBACK)
        token = session.fetch_request_token(f"{url}/x/api/oauth/request_token")
        control.consent(session.authorization_url(f"{url}/x/api/oauth/authorize"), "tomas_eriksen")
        auth = OAuth1(KEY, SECRET, token["oauth_token"], token["oauth_token_secret"], verifier="guessed")
        assert requests.post(f"{url}/x/api/oauth/access_token", auth=auth, timeout=10).status_code == 401

    def test_it_shows_a_pin_where_there_is_no_callback(self, control: Control, url: str) -> None:
        session = OAuth1Session(KEY, SECRET, callback_uri="oob")
        session.fetch_request_token(f"{url}/x/api/oauth/request_token")
        page = session.authorization_url(f"{url}/x/api/oauth/authorize")
        browser = requests.Session()
        ask = browser.get(page, timeout=10).text.split('name="ask" value="')[1].split('"')[0]
        account = control.accounts()[0]["id"]
        form = {"ask": ask, "decision": "approve", "account": account}
        shown = browser.post(page.partition("?")[0], data=form, timeout=10)
        pin = shown.text.split("<code>")[1].split("</code>")[0]
        assert session.fetch_access_token(f"{url}/x/api/oauth/access_token", verifier=pin)["user_id"] == account

    def test_it_refuses_a_callback_that_is_not_registered(self, control: Control, url: str) -> None:
        auth = OAuth1(KEY, SECRET, callback_uri="http://evil.example/")
        answer = requests.post(f"{url}/x/api/oauth/request_token", auth=auth, timeout=10)
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["code"] == 415


class TestSignedCalls:
    def test_it_posts_json_which_is_not_signed(self, session: OAuth1Session, url: str, control: Control) -> None:
        answer = session.post(f"{url}/x/api/2/tweets", json={"text": "Signed, & sent: 100% ✓"})
        assert answer.status_code == 201
        assert control.posts()[0]["text"] == "Signed, & sent: 100% ✓"

    def test_it_signs_odd_query_values(self, session: OAuth1Session, url: str, control: Control) -> None:
        user_id = control.accounts()[0]["id"]
        params = {"start_time": "2020-01-01T00:00:00+00:00", "max_results": "5", "tweet.fields": "created_at,text"}
        answer = session.get(f"{url}/x/api/2/users/{user_id}/tweets", params=params)
        assert answer.status_code == 200, answer.text

    def test_it_uploads_a_multipart_body(self, session: OAuth1Session, url: str) -> None:
        answer = session.post(
            f"{url}/x/api/2/media/upload",
            data={"media_category": "tweet_image"},
            files={"media": ("a.png", png(), "image/png")},
        )
        assert answer.status_code == 200, answer.text

    def test_it_refuses_a_wrong_secret(self, control: Control, url: str) -> None:
        token = control.tokens("norrestudio")["oauth1"]
        for consumer_secret, token_secret in ((SECRET, "wrong"), ("wrong", token["secret"])):
            auth = OAuth1(KEY, consumer_secret, token["token"], token_secret)
            answer = requests.get(f"{url}/x/api/2/users/me", auth=auth, timeout=10)
            assert answer.status_code == 401

    def test_it_refuses_a_signature_made_for_another_request(self, control: Control, url: str) -> None:
        token = control.tokens("norrestudio")["oauth1"]
        auth = OAuth1(KEY, SECRET, token["token"], token["secret"])
        signed = requests.Request("GET", f"{url}/x/api/2/users/me", auth=auth).prepare()
        header = {"Authorization": signed.headers["Authorization"]}
        answer = requests.get(f"{url}/x/api/2/users/me?user.fields=id", headers=header, timeout=10)
        assert answer.status_code == 401

    def test_it_refuses_a_replay(self, control: Control, url: str) -> None:
        token = control.tokens("norrestudio")["oauth1"]
        auth = OAuth1(KEY, SECRET, token["token"], token["secret"])
        signed = requests.Request("GET", f"{url}/x/api/2/users/me", auth=auth).prepare()
        with requests.Session() as client:
            assert [client.send(signed).status_code for _ in range(2)] == [200, 401]

    @pytest.mark.parametrize("drift", [-400, 400])
    def test_it_refuses_a_timestamp_far_from_now(self, control: Control, url: str, drift: int) -> None:
        token = control.tokens("norrestudio")["oauth1"]
        stamp = str(int(time.time()) + drift)
        auth = OAuth1(KEY, SECRET, token["token"], token["secret"], timestamp=stamp)
        assert requests.get(f"{url}/x/api/2/users/me", auth=auth, timeout=10).status_code == 401

    def test_a_read_only_app_may_read_but_not_write(self, control: Control, url: str) -> None:
        control.add_app("reader", consumer_key="read-key", consumer_secret="read-secret", permissions="read")
        token = control.tokens("norrestudio", client_id="reader")["oauth1"]
        auth = OAuth1("read-key", "read-secret", token["token"], token["secret"])
        assert requests.get(f"{url}/x/api/2/users/me", auth=auth, timeout=10).status_code == 200
        answer = requests.post(f"{url}/x/api/2/tweets", json={"text": "no"}, auth=auth, timeout=10)
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("/oauth1-permissions")
