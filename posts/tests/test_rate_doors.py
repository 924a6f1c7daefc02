"""Rates at the doors: every answer of the API says what is left, and nobody gets round them by writing another address."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from accounts.services import create_api_key
from accounts.tests.people import Cast, acting, make_cast
from posts.models import Media, Post
from posts.tests.factories import make_connection, make_post
from posts.tests.media_files import picture
from posts.tests.pages import browser

POSTS = "/api/v1/posts"
POLICY = re.compile(r'"[a-z-]+";q=\d+;w=\d+')
LIMIT = re.compile(r'"[a-z-]+";r=\d+;t=\d+')


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def key_of(cast: Cast) -> APIClient:
    with acting(cast.alice, cast.workspace) as actor:
        _row, key = create_api_key(actor=actor, name="script")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def fresh_file() -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("a.jpg", picture(), "image/jpeg")}


class HeaderTests:
    def test_every_answer_of_the_api_has_them(self, cast: Cast) -> None:
        api = key_of(cast)
        answers = [
            api.get(POSTS),
            api.post(POSTS, {"text": "Hi"}),
            api.post(POSTS, {"nonsense": 1}),
            api.get(f"{POSTS}/00000000-0000-0000-0000-000000000000"),
            api.get("/api/v1/nothing"),
            api.delete(POSTS),
            APIClient().get(POSTS),
            APIClient().get("/api/v1/schema"),
            APIClient().get(POSTS, HTTP_AUTHORIZATION="Bearer mv_wrong"),
        ]
        for answer in answers:
            assert POLICY.fullmatch(answer.headers["RateLimit-Policy"]), answer
            assert LIMIT.fullmatch(answer.headers["RateLimit"]), answer

    def test_they_count_down(self, cast: Cast) -> None:
        api = key_of(cast)
        left = [int(re.findall(r"r=(\d+)", api.get(POSTS).headers["RateLimit"])[0]) for _ in range(3)]
        assert left == [599, 598, 597]

    def test_pages_do_not_have_them(self, cast: Cast) -> None:
        assert "RateLimit" not in Client().get("/accounts/login/").headers


class CallerTests:
    def test_each_key_has_a_rate_of_its_own_and_429_says_when(self, cast: Cast, settings: Any) -> None:
        settings.RATE_LIMITS = {"api": (3, 60)}
        one, two = key_of(cast), key_of(cast)
        assert [one.get(POSTS).status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = one.get(POSTS)
        assert refused.json()["code"] == "too_many_requests"
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert 0 < int(refused.headers["Retry-After"]) <= 120
        assert refused.headers["RateLimit"].startswith('"api";r=0;')
        assert two.get(POSTS).status_code == 200

    def test_a_refused_call_changes_nothing(self, cast: Cast, settings: Any) -> None:
        settings.RATE_LIMITS = {"api": (1, 60)}
        api = key_of(cast)
        api.get(POSTS)
        assert api.post(POSTS, {"text": "Hi"}).status_code == 429
        with acting(cast.alice, cast.workspace):
            assert not Post.objects.exists()

    def test_guessing_at_keys_is_counted_by_address(self, cast: Cast, settings: Any) -> None:
        settings.RATE_LIMITS = {"refused": (3, 60)}
        codes = []
        for number in range(6):
            headers: Any = {"HTTP_AUTHORIZATION": f"Bearer mv_{number}", "HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
            codes.append(APIClient().get(POSTS, **headers).status_code)
        assert codes == [401, 401, 401, 429, 429, 429]
        assert APIClient().get(POSTS, REMOTE_ADDR="198.51.100.1").status_code == 401

    def test_behind_a_proxy_it_is_the_visitor_who_is_counted(self, cast: Cast, settings: Any) -> None:
        settings.RATE_LIMITS = {"refused": (2, 60)}
        settings.TRUSTED_PROXIES = 1

        def knock(forwarded: str) -> int:
            return int(APIClient().get(POSTS, HTTP_X_FORWARDED_FOR=forwarded).status_code)

        assert [knock(f"1.2.3.{n}, 198.51.100.1") for n in range(3)] == [401, 401, 429]
        assert knock("198.51.100.2") == 401


class CostlyTests:
    @pytest.mark.real_commits
    def test_uploads_are_counted_by_every_door(self, cast: Cast, settings: Any) -> None:
        settings.RATE_LIMITS = {"uploads": (2, 3600)}
        api, page = key_of(cast), browser(cast.alice)
        assert api.post("/api/v1/media", fresh_file(), format="multipart").status_code == 201
        assert page.post(f"/w/{cast.workspace.slug}/media/upload", fresh_file()).status_code == 201
        refused = page.post(f"/w/{cast.workspace.slug}/media/upload", fresh_file())
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert api.post("/api/v1/media", fresh_file(), format="multipart").status_code == 429
        with acting(cast.alice, cast.workspace):
            assert Media.objects.count() == 2

    def test_publishing_is_counted_for_a_person_and_for_the_workspace(self, cast: Cast, settings: Any) -> None:
        settings.RATE_LIMITS = {"publishing": (2, 3600), "workspace-publishing": (3, 3600)}
        connection = make_connection(cast.workspace)
        sent = {"text": "Hi", "connections": [str(connection.uid)], "publish_now": True}
        alice = key_of(cast)
        assert [alice.post(POSTS, sent).status_code for _ in range(3)] == [201, 201, 429]
        assert alice.post(POSTS, {"text": "A draft"}).status_code == 201
        draft = make_post(cast.alice, cast.workspace, connection)
        page = browser(cast.bob)
        address = f"/w/{cast.workspace.slug}/posts/{draft.uid}/publish/"
        assert page.post(address).status_code == 302
        with acting(cast.alice, cast.workspace):
            assert Post.objects.get(pk=draft.pk).state == "scheduled"
        second = make_post(cast.bob, cast.workspace, connection)
        answer = page.post(f"/w/{cast.workspace.slug}/posts/{second.uid}/publish/", follow=True)
        assert "This workspace had too many posts" in answer.content.decode()
        with acting(cast.alice, cast.workspace):
            assert Post.objects.get(pk=second.pk).state == "draft"


class CorsTests:
    def preflight(self, origin: str, path: str = POSTS) -> Any:
        headers = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, multivio-workspace",
        }
        return Client().options(path, headers=headers)

    def test_only_configured_origins_may_call_and_never_with_cookies(self, cast: Cast, settings: Any) -> None:
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
        allowed = self.preflight("https://app.example.com")
        assert allowed.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
        assert "multivio-workspace" in allowed.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in allowed.headers
        for origin in ("https://evil.example.com", "https://app.example.com.evil.example", "null"):
            assert "Access-Control-Allow-Origin" not in self.preflight(origin).headers
        assert (
            "Access-Control-Allow-Origin" not in self.preflight("https://app.example.com", "/accounts/login/").headers
        )

    def test_without_configuration_there_is_none(self, cast: Cast) -> None:
        assert "Access-Control-Allow-Origin" not in self.preflight("https://app.example.com").headers
