"""Posting on the sandbox's TikTok: chunk maths, strict order, the clock of a task, photos, lists and pages."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from sandbox.testing import Control, Running
from sandbox.tests.tiktok import App, code, data, film, maker, norre, put
from tests.serving import QuietHandler, Server

__all__ = ["maker", "norre"]
MB = 1_000_000


class TestInit:
    @pytest.mark.parametrize(
        ("size", "chunk", "count"),
        [
            (4_194_304, 4_194_304, 1),
            (64_000_000, 64_000_000, 1),
            (64_000_001, 10_000_000, 6),
            (50_000_123, 10_000_000, 5),
            (4_000_000_000, 10_000_000, 400),
        ],
    )
    def test_plans_that_are_right(self, norre: App, size: int, chunk: int, count: int) -> None:
        begun = data(norre.init(size, chunk, count))
        assert len(begun["publish_id"]) <= 64
        assert len(begun["upload_url"]) <= 256

    @pytest.mark.parametrize(
        ("size", "chunk", "count"),
        [
            (64_000_001, 10_000_000, 7),  # rounded up
            (64_000_001, 64_000_001, 1),
            (4_000_000, 2_000_000, 2),
            (20 * MB, 4 * MB, 5),
            (200 * MB, 65 * MB, 3),
            (4_000_000_001, 10_000_000, 400),
            (10 * MB, 20 * MB, 1),
            (0, 0, 0),
        ],
    )
    def test_plans_that_are_wrong(self, norre: App, size: int, chunk: int, count: int) -> None:
        assert code(norre.init(size, chunk, count)) == "invalid_param"

    @pytest.mark.parametrize(
        ("info", "expected"),
        [
            ({"title": "💡" * 1100}, "ok"),
            ({"title": "💡" * 1101}, "invalid_param"),
            ({"privacy_level": ""}, "privacy_level_option_mismatch"),
            ({"privacy_level": "FOLLOWER_OF_CREATOR"}, "privacy_level_option_mismatch"),
            ({"brand_content_toggle": True, "privacy_level": "SELF_ONLY"}, "invalid_param"),
            ({"colour": "red"}, "invalid_params"),
            ({"disable_duet": "yes"}, "invalid_params"),
            ({"video_cover_timestamp_ms": True}, "invalid_params"),
            ({"auto_add_music": True}, "invalid_params"),
        ],
    )
    def test_what_goes_with_a_video(self, norre: App, info: dict[str, Any], expected: str) -> None:
        assert code(norre.init(**info)) == expected

    def test_six_a_minute_and_no_header_says_so(self, control: Control, norre: App) -> None:
        answers = [norre.init() for _ in range(7)]
        assert [code(answer) for answer in answers] == ["ok"] * 6 + ["rate_limit_exceeded"]
        assert answers[-1].status_code == 429
        assert not any("limit" in name.lower() or name == "Retry-After" for name in answers[-1].headers)
        control.advance(60)
        assert code(norre.init()) == "ok"

    def test_without_an_audit_only_privately_on_private_accounts(
        self, control: Control, norre: App, maker: Callable[..., App]
    ) -> None:
        control.settings(tiktok_unaudited=True)
        wanted = "unaudited_client_can_only_post_to_private_accounts"
        assert code(norre.init(privacy_level="SELF_ONLY")) == wanted
        maja = maker("maja.lindqvist")
        assert code(maja.init(privacy_level="MUTUAL_FOLLOW_FRIENDS")) == wanted
        assert code(maja.init(privacy_level="SELF_ONLY")) == "ok"

    def test_the_scope_is_needed(self, maker: Callable[..., App]) -> None:
        answer = maker(scopes=["user.info.basic"]).init()
        assert (answer.status_code, code(answer)) == (401, "scope_not_authorized")


class TestUpload:
    def test_chunks_in_order(self, norre: App) -> None:
        size = 16 * MB
        begun = data(norre.init(size, 8 * MB, 2))
        first = put(begun["upload_url"], bytes(8 * MB), 0, size)
        assert (first.status_code, first.headers["Content-Range"]) == (206, f"bytes 0-{8 * MB}/{size}")
        assert norre.status(begun["publish_id"])["uploaded_bytes"] == 8 * MB
        assert put(begun["upload_url"], bytes(8 * MB), 8 * MB, size).status_code == 201

    def test_out_of_order_and_twice(self, norre: App) -> None:
        size = 16 * MB
        begun = data(norre.init(size, 8 * MB, 2))
        assert put(begun["upload_url"], bytes(8 * MB), 8 * MB, size).status_code == 416
        assert put(begun["upload_url"], bytes(8 * MB), 0, size).status_code == 206
        again = put(begun["upload_url"], bytes(8 * MB), 0, size)
        assert (again.status_code, again.headers["Content-Range"]) == (416, f"bytes 0-{8 * MB}/{size}")

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-Range": "bytes 0-998/1000"},
            {"Content-Range": "bytes 0-999/2000"},
            {"Content-Range": "0-999"},
            {"Content-Type": "application/octet-stream"},
        ],
    )
    def test_headers_that_are_wrong(self, norre: App, headers: dict[str, str]) -> None:
        begun = data(norre.init(1000))
        assert put(begun["upload_url"], bytes(1000), 0, 1000, **headers).status_code == 400

    def test_a_chunk_of_another_size_than_agreed(self, norre: App) -> None:
        begun = data(norre.init(16 * MB, 8 * MB, 2))
        assert put(begun["upload_url"], bytes(6 * MB), 0, 16 * MB).status_code == 400

    def test_an_address_is_good_for_an_hour(self, control: Control, norre: App) -> None:
        begun = data(norre.init(1000))
        control.advance(3601)
        assert put(begun["upload_url"], bytes(1000), 0, 1000).status_code == 403

    def test_an_address_that_was_made_up(self, norre: App) -> None:
        begun = data(norre.init(1000))
        assert put(begun["upload_url"] + "x", bytes(1000), 0, 1000).status_code == 404

    def test_what_was_uploaded_survives_a_crash(self, running: Running, control: Control, norre: App) -> None:
        size = 16 * MB
        begun = data(norre.init(size, 8 * MB, 2))
        put(begun["upload_url"], bytes(8 * MB), 0, size)
        running.kill()
        running.restart()
        assert norre.status(begun["publish_id"])["uploaded_bytes"] == 8 * MB
        assert put(begun["upload_url"], bytes(8 * MB), 8 * MB, size).status_code == 201


class TestTask:
    def test_its_way_through_processing_and_moderation(self, control: Control, norre: App) -> None:
        control.settings(video_processing_seconds=30.0, tiktok_moderation_seconds=60.0)
        publish_id = norre.film()
        assert norre.status(publish_id)["status"] == "PROCESSING_UPLOAD"
        control.advance(31)
        body = norre.status(publish_id)
        assert (body["status"], body["publicaly_available_post_id"]) == ("PUBLISH_COMPLETE", [])
        control.advance(60)
        (number,) = norre.status(publish_id)["publicaly_available_post_id"]
        assert isinstance(number, int)

    @pytest.mark.parametrize("audience", ["SELF_ONLY", "MUTUAL_FOLLOW_FRIENDS"])
    def test_only_public_posts_get_an_id(self, control: Control, norre: App, audience: str) -> None:
        publish_id = norre.film(privacy_level=audience)
        control.advance(86_400)
        control.settings(rate_limits=False)
        body = App(
            norre.url, control.tokens("norrestudio", platform="tiktok", client_id="sandbox-tiktok-client")
        ).status(publish_id)
        assert (body["status"], body["publicaly_available_post_id"]) == ("PUBLISH_COMPLETE", [])

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"no video at all", "file_format_check_failed"),
            (film(rate=12), "frame_rate_check_failed"),
            (film(320, 640), "picture_size_check_failed"),
        ],
    )
    def test_files_that_will_not_do(self, control: Control, norre: App, content: bytes, reason: str) -> None:
        publish_id = norre.film(content)
        control.advance(10)
        body = norre.status(publish_id)
        assert (body["status"], body["fail_reason"]) == ("FAILED", reason)

    def test_a_video_longer_than_the_creator_may(self, control: Control, norre: App) -> None:
        control.call("POST", "tiktok/creator", {"username": "norrestudio", "max_seconds": 1})
        publish_id = norre.film(film(seconds=3))
        control.advance(10)
        assert norre.status(publish_id)["fail_reason"] == "duration_check_failed"

    def test_somebody_elses_and_nobodys(self, norre: App, maker: Callable[..., App]) -> None:
        begun = data(norre.init(1000))
        path = "/v2/post/publish/status/fetch/"
        other = maker("alma_lamps").post(path, {"publish_id": begun["publish_id"]})
        assert code(other) == "token_not_authorized_for_specified_publish_id"
        assert code(norre.post(path, {"publish_id": "v_pub_file~v2-1.1"})) == "invalid_publish_id"

    def test_a_revoked_access_ends_what_is_under_way(
        self, control: Control, norre: App, maker: Callable[..., App]
    ) -> None:
        control.settings(video_processing_seconds=60.0)
        publish_id = norre.film()
        control.add_fault(platform="tiktok", operation="status", kind="token_revoked")
        norre.post("/v2/post/publish/status/fetch/", {"publish_id": publish_id})
        body = maker().status(publish_id)
        assert (body["status"], body["fail_reason"]) == ("FAILED", "auth_removed")

    def test_the_day_has_so_many_posts(self, control: Control, norre: App) -> None:
        control.settings(tiktok_daily_posts=2)
        norre.film()
        norre.film()
        answer = norre.init()
        assert (answer.status_code, code(answer)) == (403, "spam_risk_too_many_posts")


@pytest.fixture
def pictures() -> Iterator[str]:
    """An address of this machine with /good.jpg, /good.webp, /bad.png, /huge.jpg and /moved.jpg."""

    def drawn(form: str, size: tuple[int, int] = (64, 48)) -> bytes:
        out = BytesIO()
        Image.new("RGB", size, (90, 20, 20)).save(out, form)
        return out.getvalue()

    files = {
        "/good.jpg": drawn("JPEG"),
        "/good.webp": drawn("WEBP"),
        "/bad.png": drawn("PNG"),
        "/huge.jpg": drawn("JPEG", (1200, 1100)),
    }

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            body = files.get(self.path, b"")
            self.send_response(302 if self.path == "/moved.jpg" else 200 if body else 404)
            if self.path == "/moved.jpg":
                self.send_header("Location", "/good.jpg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with Server(Handler) as server:
        yield server.url


class TestPhotos:
    @pytest.mark.parametrize("name", ["good.jpg", "good.webp"])
    def test_they_are_fetched_and_posted(self, control: Control, norre: App, pictures: str, name: str) -> None:
        publish_id = data(norre.photos([f"{pictures}/{name}"], title="T", description="D"))["publish_id"]
        assert publish_id.startswith("p_pub_url~")
        assert norre.status(publish_id)["status"] == "PROCESSING_DOWNLOAD"
        control.advance(10)
        assert norre.status(publish_id)["status"] == "PUBLISH_COMPLETE"

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("gone.jpg", "photo_pull_failed"),
            ("moved.jpg", "photo_pull_failed"),
            ("bad.png", "file_format_check_failed"),
            ("huge.jpg", "picture_size_check_failed"),
        ],
    )
    def test_what_cannot_be_used_fails_later(
        self, control: Control, norre: App, pictures: str, name: str, reason: str
    ) -> None:
        publish_id = data(norre.photos([f"{pictures}/good.jpg", f"{pictures}/{name}"]))["publish_id"]
        control.advance(10)
        body = norre.status(publish_id)
        assert (body["status"], body["fail_reason"]) == ("FAILED", reason)

    def test_one_to_thirty_five_and_a_cover_among_them(self, norre: App, pictures: str) -> None:
        one = f"{pictures}/good.jpg"
        assert code(norre.photos([])) == "invalid_param"
        assert code(norre.photos([one] * 36)) == "invalid_param"
        assert code(norre.photos([one], cover=1)) == "invalid_param"

    def test_the_owner_of_the_address_must_be_known(self, control: Control, norre: App, pictures: str) -> None:
        assert code(norre.photos(["https://elsewhere.example/a.jpg"])) == "url_ownership_unverified"
        control.settings(tiktok_verified_prefixes="http://127.0.0.1:1/")
        assert code(norre.photos([f"{pictures}/good.jpg"])) == "url_ownership_unverified"

    @pytest.mark.parametrize(
        ("info", "expected"),
        [
            ({"title": "x" * 91}, "invalid_param"),
            ({"description": "x" * 4001}, "invalid_param"),
            ({"disable_duet": True}, "invalid_params"),
            ({"is_aigc": True}, "invalid_params"),
        ],
    )
    def test_what_goes_with_photos(self, norre: App, pictures: str, info: dict[str, Any], expected: str) -> None:
        assert code(norre.photos([f"{pictures}/good.jpg"], **info)) == expected

    def test_fetching_can_be_cancelled_and_nothing_else(self, control: Control, norre: App, pictures: str) -> None:
        publish_id = data(norre.photos([f"{pictures}/good.jpg"]))["publish_id"]
        path = "/v2/post/publish/cancel/"
        assert code(norre.post(path, {"publish_id": publish_id})) == "ok"
        assert norre.status(publish_id)["fail_reason"] == "publish_cancelled"
        assert code(norre.post(path, {"publish_id": publish_id})) == "publish_not_cancellable"


class TestLists:
    def test_public_posts_newest_first_with_words_cut(self, control: Control, norre: App) -> None:
        norre.film(title="First")
        norre.film(title="Private", privacy_level="SELF_ONLY")
        control.advance(10)
        norre.film(title="x" * 200)
        control.advance(10)
        body = data(norre.post("/v2/video/list/", {"max_count": 1}, fields="id,title,video_description,create_time"))
        assert (body["has_more"], body["videos"][0]["video_description"]) == (True, "x" * 150)
        rest = data(norre.post("/v2/video/list/", {"cursor": body["cursor"]}, fields="id,title"))
        assert [one["title"] for one in rest["videos"]] == ["First"]

    def test_numbers_of_ones_own(self, control: Control, norre: App, maker: Callable[..., App]) -> None:
        publish_id = norre.film()
        control.advance(86_400)
        norre, alma = maker(), maker("alma_lamps")
        (number,) = norre.status(publish_id)["publicaly_available_post_id"]
        body = {"filters": {"video_ids": [str(number)]}}
        (found,) = data(norre.post("/v2/video/query/", body, fields="id,view_count,like_count"))["videos"]
        assert (found["id"], found["view_count"] > found["like_count"] > 0) == (str(number), True)
        assert data(alma.post("/v2/video/query/", body, fields="id"))["videos"] == []

    def test_fields_are_asked_for(self, norre: App) -> None:
        assert code(norre.post("/v2/video/list/")) == "invalid_params"
        assert code(norre.post("/v2/video/list/", fields="id,secrets")) == "invalid_params"


class TestPages:
    def test_the_timeline_shows_what_the_world_sees(self, control: Control, norre: App) -> None:
        norre.film(title="For everybody #lamps")
        norre.film(title="For nobody", privacy_level="SELF_ONLY")
        page = f"{norre.url}/tiktok"
        assert "For everybody" not in requests.get(page, timeout=10).text
        control.advance(10)
        shown = requests.get(page, timeout=10).text
        assert "For everybody <b>#lamps</b>" in shown
        assert "For nobody" not in shown
        assert "tiktok.css" in shown

    def test_the_profile_shows_its_author_the_rest(self, control: Control, norre: App) -> None:
        norre.film(title="For nobody", privacy_level="SELF_ONLY")
        control.advance(10)
        shown = requests.get(f"{norre.url}/tiktok/@norrestudio", timeout=10).text
        assert "For nobody" in shown
        assert "Only me" in shown

    def test_a_post_has_a_page_and_its_bytes(self, control: Control, norre: App) -> None:
        norre.film(title="<script>alert(1)</script>")
        control.advance(10)
        (post,) = control.posts("tiktok")
        shown = requests.get(post["url"], timeout=10)
        assert shown.status_code == 200
        assert "<script>" not in shown.text
        file = requests.get(f"{norre.url}/tiktok/media/{post['id']}.mp4", timeout=10)
        assert file.content == film()

    def test_a_photo_post_shows_its_photos(self, control: Control, norre: App, pictures: str) -> None:
        norre.photos([f"{pictures}/good.jpg", f"{pictures}/good.webp"], title="Two", description="lamps")
        control.advance(10)
        (post,) = control.posts("tiktok")
        shown = requests.get(post["url"], timeout=10).text
        assert shown.count("/tiktok/media/photo-") == 2
        address = shown.partition('<img src="/tiktok/media/photo-')[2].partition('"')[0]
        assert (
            requests.get(f"{norre.url}/tiktok/media/photo-{address}", timeout=10).headers["content-type"]
            == "image/jpeg"
        )

    def test_what_is_gone_is_gone(self, control: Control, norre: App) -> None:
        norre.film()
        control.advance(10)
        (post,) = control.posts("tiktok")
        control.delete_post(post["id"], "tiktok")
        assert requests.get(post["url"], timeout=10).status_code == 404
        assert requests.get(f"{norre.url}/tiktok/@nobody", timeout=10).status_code == 404
