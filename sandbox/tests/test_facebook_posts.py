"""Posts, photos, comments and lists of a Page in the sandbox, with Facebook's own rules."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.testing import Control
from sandbox.tests.facebook import LAMPS, NORRE, Graph, error, maja, maker, page
from sandbox.tests.test_media import image
from tests.serving import QuietHandler, Server

__all__ = ["maja", "maker", "page"]


def staged(page: Graph, **fields: str) -> str:
    answer = page.post(
        f"/{NORRE}/photos", data={"published": "false", **fields}, files={"source": ("a.png", image(), "image/png")}
    )
    return str(answer.json()["id"])


class TestFeed:
    @pytest.mark.parametrize("form", ["json", "data", "params"])
    def test_a_text_in_every_form_of_a_body(self, page: Graph, control: Control, form: str) -> None:
        answer = page.post(f"/{NORRE}/feed", **{form: {"message": f"As {form}"}})
        (post,) = control.posts("facebook")
        assert answer.json() == {"id": post["id"]}
        assert post["id"].startswith(f"{NORRE}_")

    def test_the_answer_can_hold_the_address(self, page: Graph, control: Control) -> None:
        answer = page.post("/me/feed", params={"fields": "id,permalink_url"}, json={"message": "Where?"})
        assert answer.json()["permalink_url"] == control.posts("facebook")[0]["url"]

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ({}, (100, 0)),
            ({"message": "   "}, (100, 0)),
            ({"message": "x" * 63_207}, (100, 0)),
            ({"message": "a", "link": "nowhere"}, (100, 1609010)),
            ({"message": "a", "link": "https://www.facebook.com/norrestudio"}, (100, 1609008)),
            ({"message": "a", "published": False}, (100, 0)),
            ({"message": "a", "attached_media": [{"media_fbid": "123"}]}, (100, 33)),
        ],
    )
    def test_what_is_refused(self, page: Graph, control: Control, body: dict[str, Any], found: tuple[int, int]) -> None:
        assert error(page.post(f"/{NORRE}/feed", json=body)) == found
        assert control.posts("facebook") == []

    def test_the_same_words_twice_in_a_row_are_refused(self, page: Graph, control: Control) -> None:
        for _ in range(2):
            answer = page.post(f"/{NORRE}/feed", json={"message": "Once"})
        assert error(answer)[0] == 506
        page.post(f"/{NORRE}/feed", json={"message": "Between"})
        assert page.post(f"/{NORRE}/feed", json={"message": "Once"}).status_code == 200
        control.settings(duplicate_filter=False)
        assert page.post(f"/{NORRE}/feed", json={"message": "Once"}).status_code == 200

    def test_only_the_token_of_the_page_itself_will_do(self, page: Graph, maja: Graph) -> None:
        assert error(maja.post(f"/{NORRE}/feed", json={"message": "Me"})) == (190, 2069032)
        assert error(page.post(f"/{LAMPS}/feed", json={"message": "Other"})) == (100, 33)

    def test_a_scope_that_is_missing_is_named(self, maker: Callable[..., Graph]) -> None:
        page = maker(scopes=["pages_show_list", "pages_read_engagement"])
        answer = page.post(f"/{NORRE}/feed", json={"message": "No"})
        assert error(answer)[0] == 200
        assert "pages_manage_posts" in answer.json()["error"]["message"]


class TestPhotos:
    def test_one_at_once(self, page: Graph, control: Control) -> None:
        answer = page.post(
            f"/{NORRE}/photos",
            data={"message": "Lamp", "alt_text_custom": "A lamp"},
            files={"source": ("a.png", image(), "image/png")},
        ).json()
        (post,) = control.posts("facebook")
        assert answer["post_id"] == post["id"]
        assert answer["id"] == post["media"][0]["id"]
        assert post["media"][0]["alt_text"] == "A lamp"

    @pytest.mark.parametrize("style", ["list", "numbered"])
    def test_several_that_waited(self, page: Graph, control: Control, style: str) -> None:
        ids = [staged(page) for _ in range(3)]
        media = [{"media_fbid": one} for one in ids]
        body: dict[str, Any] = {"message": "Lamps", "attached_media": json.dumps(media)}
        if style == "numbered":
            body = {"message": "Lamps", **{f"attached_media[{n}]": json.dumps(one) for n, one in enumerate(media)}}
        page.post(f"/{NORRE}/feed", data=body).raise_for_status()
        assert [one["id"] for one in control.posts("facebook")[0]["media"]] == ids
        rows = page.get(f"/{NORRE}/published_posts", fields="attachments").json()["data"]
        (album,) = rows[0]["attachments"]["data"]
        assert [one["target"]["id"] for one in album["subattachments"]["data"]] == ids

    def test_a_photo_is_posted_once(self, page: Graph) -> None:
        one = staged(page)
        body = {"attached_media": [{"media_fbid": one}]}
        page.post(f"/{NORRE}/feed", json=body).raise_for_status()
        assert error(page.post(f"/{NORRE}/feed", json=body)) == (324, 1366051)
        assert error(page.post(f"/{NORRE}/photo_stories", json={"photo_id": one})) == (324, 1366051)

    @pytest.mark.parametrize(
        ("content", "subcode"), [(b"no picture", 1366051), (b"", 1366051), (b"\x00" * (4 * 1024**2 + 1), 1366046)]
    )
    def test_other_files_are_refused(self, page: Graph, content: bytes, subcode: int) -> None:
        answer = page.post(f"/{NORRE}/photos", data={"published": "false"}, files={"source": ("a.png", content)})
        assert error(answer) == (324, subcode)

    def test_a_staged_photo_can_be_deleted(self, page: Graph, control: Control) -> None:
        one = staged(page)
        assert page.call("DELETE", f"/{one}").json() == {"success": True}
        assert control.call("GET", "facebook/unfinished")["photos"] == 0

    def test_a_story(self, page: Graph, control: Control) -> None:
        one = staged(page)
        answer = page.post(f"/{NORRE}/photo_stories", json={"photo_id": one}).json()
        assert answer["success"] is True
        (row,) = page.get(f"/{NORRE}/stories").json()["data"]
        assert (row["post_id"], row["media_id"], row["status"]) == (answer["post_id"], one, "PUBLISHED")
        assert page.get(f"/{NORRE}/published_posts").json()["data"] == []
        control.advance(86_401)
        assert page.get(f"/{NORRE}/stories").json()["data"][0]["status"] == "ARCHIVED"


class Host(QuietHandler):
    """Serves a picture, a page that is none, a redirect; and remembers who asked."""

    seen: list[tuple[str, str]] = []
    robots = b""

    def do_GET(self) -> None:
        Host.seen.append((self.path, self.headers.get("User-Agent", "")))
        match self.path:
            case "/robots.txt":
                self._say(200, "text/plain", Host.robots)
            case "/lamp.png":
                self._say(200, "image/png", image())
            case "/page":
                self._say(200, "text/html", b"<html>")
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/lamp.png")
                self.end_headers()
            case _:
                self._say(403, "text/plain", b"no")

    def _say(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def host() -> Iterator[str]:
    Host.seen, Host.robots = [], b""
    with Server(Host) as server:
        yield server.url


class TestPulls:
    def test_a_picture_is_fetched_by_facebooks_crawler(self, page: Graph, control: Control, host: str) -> None:
        page.post(f"/{NORRE}/photos", json={"url": f"{host}/lamp.png", "message": "Fetched"}).raise_for_status()
        assert control.posts("facebook")[0]["media"][0]["media_type"] == "image/png"
        assert ("/lamp.png", "facebookexternalhit/1.1") in Host.seen

    @pytest.mark.parametrize("path", ["/page", "/moved", "/forbidden"])
    def test_what_gives_no_picture_is_refused(self, page: Graph, host: str, path: str) -> None:
        assert error(page.post(f"/{NORRE}/photos", json={"url": f"{host}{path}"})) == (100, 2069019)

    def test_robots_txt_counts(self, page: Graph, host: str) -> None:
        Host.robots = b"User-agent: facebookexternalhit\nDisallow: /"
        assert error(page.post(f"/{NORRE}/photos", json={"url": f"{host}/lamp.png"})) == (100, 2069019)
        assert not any(path == "/lamp.png" for path, _ in Host.seen)

    @pytest.mark.parametrize("address", ["http://example.com/a.png", "ftp://127.0.0.1/a", "file:///etc/passwd"])
    def test_nothing_is_fetched_from_elsewhere(self, page: Graph, address: str) -> None:
        assert error(page.post(f"/{NORRE}/photos", json={"url": address})) == (100, 2069019)


class TestLists:
    def test_the_newest_first_and_a_little_late(self, page: Graph, control: Control) -> None:
        control.settings(visibility_delay_seconds=30.0)
        for text in ("One", "Two"):
            page.post(f"/{NORRE}/feed", json={"message": text})
        assert page.get(f"/{NORRE}/published_posts").json()["data"] == []
        control.advance(31)
        rows = page.get(f"/{NORRE}/published_posts", fields="id,message,created_time,permalink_url").json()["data"]
        assert [row["message"] for row in rows] == ["Two", "One"]
        assert rows[0]["created_time"].endswith("+0000")

    def test_a_post_is_read_changed_and_removed(self, page: Graph, control: Control) -> None:
        post = page.post(f"/{NORRE}/feed", json={"message": "Befor"}).json()["id"]
        assert page.post(f"/{post}", json={"message": "Before"}).json() == {"success": True}
        fields = "message,shares,comments.limit(0).summary(true),reactions.limit(0).summary(true)"
        shown = page.get(f"/{post}", fields=fields).json()
        assert (shown["message"], shown["comments"]["summary"]["total_count"]) == ("Before", 0)
        page.call("DELETE", f"/{post}").raise_for_status()
        assert error(page.get(f"/{post}")) == (100, 33)
        assert error(page.call("DELETE", f"/{post}")) == (100, 33)

    def test_posts_of_another_page_are_not_there(self, page: Graph, maker: Callable[..., Graph]) -> None:
        post = page.post(f"/{NORRE}/feed", json={"message": "Mine"}).json()["id"]
        other = maker("almalamps")
        assert error(other.get(f"/{post}")) == (100, 33)
        assert error(other.call("DELETE", f"/{post}")) == (100, 33)
        assert error(other.post(f"/{post}/comments", json={"message": "Hi"})) == (100, 33)


class TestComments:
    def test_a_comment_is_made_read_and_removed(self, page: Graph) -> None:
        post = page.post(f"/{NORRE}/feed", json={"message": "Lamps"}).json()["id"]
        made = page.post(f"/{post}/comments", json={"message": "Order now"}).json()["id"]
        (row,) = page.get(f"/{post}/comments", fields="id,message,from").json()["data"]
        assert (row["id"], row["message"], row["from"]["id"]) == (made, "Order now", NORRE)
        page.call("DELETE", f"/{made}").raise_for_status()
        assert page.get(f"/{post}/comments").json()["data"] == []

    def test_the_newest_can_come_first(self, page: Graph) -> None:
        post = page.post(f"/{NORRE}/feed", json={"message": "Lamps"}).json()["id"]
        for text in ("One", "Two"):
            page.post(f"/{post}/comments", json={"message": text})
        rows = page.get(f"/{post}/comments", order="reverse_chronological", fields="message").json()["data"]
        assert [row["message"] for row in rows] == ["Two", "One"]

    def test_an_empty_one_is_refused(self, page: Graph) -> None:
        post = page.post(f"/{NORRE}/feed", json={"message": "Lamps"}).json()["id"]
        assert error(page.post(f"/{post}/comments", json={"message": ""}))[0] == 100


class TestInsights:
    def test_new_names_give_numbers_and_old_ones_fail_the_whole_call(self, page: Graph, control: Control) -> None:
        post = page.post(f"/{NORRE}/feed", json={"message": "Count"}).json()["id"]
        control.advance(3600)
        names = "post_media_view,post_reactions_by_type_total"
        rows = page.get(f"/{post}/insights", metric=names).json()["data"]
        assert isinstance(rows[0]["values"][0]["value"], int)
        assert isinstance(rows[1]["values"][0]["value"], dict)
        assert error(page.get(f"/{post}/insights", metric=f"{names},post_impressions")) == (100, 0)
        assert page.get(f"/{NORRE}/insights", metric="page_media_view", period="day").json()["data"]
        assert error(page.get(f"/{NORRE}/insights", metric="page_impressions"))[0] == 100


class TestFaultsAndSends:
    def test_a_used_up_limit_says_how_long(self, page: Graph, control: Control) -> None:
        params = {"code": 80001, "minutes": 12}
        control.add_fault(platform="facebook", operation="create_post", kind="rate_limit", params=params)
        answer = page.post(f"/{NORRE}/feed", json={"message": "Busy"})
        assert error(answer)[0] == 80001
        used = json.loads(answer.headers["X-Business-Use-Case-Usage"])[NORRE][0]
        assert (used["type"], used["estimated_time_to_regain_access"]) == ("pages", 12)

    def test_an_effect_without_an_answer_is_witnessed(self, page: Graph, control: Control) -> None:
        control.add_fault(platform="facebook", operation="create_post", kind="accept_then_5xx", params={"status": 500})
        assert page.post(f"/{NORRE}/feed", json={"message": "Quiet"}).status_code == 500
        (row,) = control.ledger(platform="facebook", operation="create_post")
        assert row["effect"]["post_id"] == control.posts("facebook")[0]["id"]
        assert row["username"] == "norrestudio"

    @pytest.mark.parametrize("kind", ["webhook", "deauthorize", "data_deletion"])
    @pytest.mark.parametrize("signature", ["good", "bad", "missing"])
    def test_it_sends_what_facebook_sends_by_itself(
        self, control: Control, kind: str, signature: str, receiver: tuple[str, list[Any]]
    ) -> None:
        url, seen = receiver
        body = {"kind": kind, "url": url, "person": "maja.lindqvist", "signature": signature}
        assert control.call("POST", "facebook/send", body)["status"] == 200
        (headers, content), is_signed = seen[0], signature != "missing"
        if kind == "webhook":
            assert ("X-Hub-Signature-256" in headers) is is_signed
        else:
            assert (b"signed_request=" in content) is is_signed

    def test_the_timeline_shows_what_was_published(self, page: Graph, url: str) -> None:
        post = page.post(f"/{NORRE}/feed", json={"message": "See you at https://example.org"}).json()["id"]
        page.post(f"/{post}/comments", json={"message": "And order"})
        for path in ("/facebook", "/facebook/norrestudio", f"/facebook/{post}"):
            shown = page.session.get(f"{url}{path}").text
            assert "See you at" in shown
            assert "And order" in shown
        assert page.session.get(f"{url}/facebook/nobody").status_code == 404


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[Any]]]:
    seen: list[Any] = []

    class Receiver(QuietHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((dict(self.headers), content))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with Server(Receiver) as server:
        yield f"{server.url}/", seen
