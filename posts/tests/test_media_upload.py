"""The doors of the library: the composer's and the API's. Both refuse the same things for the same reasons."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import User, Workspace
from accounts.roles import Role
from accounts.services import create_api_key
from posts.media import receiving, services, storage, views
from posts.media.inspect import prepare
from posts.models import Media, Post, PostMedia
from posts.tests.factories import Cast, acting, add_member, make_cast, make_user
from posts.tests.media_files import picture, video

pytestmark = pytest.mark.real_commits  # refused calls roll back, which would reach the transaction around a test
API = "/api/v1/media"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """An empty media folder."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    return tmp_path


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def with_key(user: User, workspace: Workspace) -> Client:
    with acting(user, workspace) as actor:
        _, key = create_api_key(actor=actor, name="test")
    return Client(headers={"authorization": f"Bearer {key}"})


def viewer_of(workspace: Workspace) -> User:
    viewer = make_user("Vera")
    add_member(workspace, viewer, Role.VIEWER)
    return viewer


def file(data: bytes = b"", name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or picture(), content_type="image/jpeg")


def page(workspace: Workspace, uid: object = "upload") -> str:
    return f"/w/{workspace.slug}/media/{uid}"


def count(cast: Cast) -> int:
    with acting(cast.alice, cast.workspace):
        return Media.objects.count()


class TestPageUpload:
    def test_it_answers_with_the_media_item(self, cast: Cast) -> None:
        answer = signed_in(cast.bob).post(
            page(cast.workspace), {"file": file(video(turned=90), "clip.txt"), "alt_text": "A clip"}
        )
        told = answer.json()
        assert answer.status_code == 201, told
        assert (told["kind"], told["mime"], told["width"], told["height"]) == ("video", "video/mp4", 48, 64)
        assert (told["alt_text"], told["filename"], told["duration_ms"]) == ("A clip", "clip.txt", 1000)
        assert Client().get(told["url"]).status_code == 200
        assert Client().get(told["preview_url"])["Content-Type"] == "image/webp"

    @pytest.mark.parametrize(
        "data", [b"<html><script>alert(1)</script>", picture()[:-40], b'<svg xmlns="http://www.w3.org/2000/svg"/>']
    )
    def test_it_refuses_with_one_sentence(self, cast: Cast, data: bytes, folder: Path) -> None:
        answer = signed_in(cast.bob).post(page(cast.workspace), {"file": file(data)})
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert answer.json()["errors"][0]["field"] == "file"
        assert (count(cast), list(folder.iterdir())) == (0, [])

    def test_a_stranger_does_not_learn_that_the_workspace_exists(self, cast: Cast) -> None:
        assert signed_in(cast.charlie).post(page(cast.workspace), {"file": file()}).status_code == 404

    def test_it_requires_sign_in(self, cast: Cast) -> None:
        assert Client().post(page(cast.workspace), {"file": file()}).status_code == 401

    def test_a_viewer_is_refused_before_the_body_is_read(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(receiving.LimitedToDisk, "new_file", lambda *_, **__: pytest.fail("the body was read"))
        assert signed_in(viewer_of(cast.workspace)).post(page(cast.workspace), {"file": file()}).status_code == 403

    def test_it_requires_a_csrf_token(self, cast: Cast) -> None:
        client = signed_in(cast.bob, enforce_csrf_checks=True)
        assert client.post(page(cast.workspace), {"file": file()}).status_code == 403
        assert count(cast) == 0

    def test_it_takes_the_csrf_token_from_the_header(self, cast: Cast) -> None:
        client = signed_in(cast.bob, enforce_csrf_checks=True)
        client.cookies["csrftoken"] = "x" * 32
        answer = client.post(page(cast.workspace), {"file": file()}, headers={"X-CSRFToken": "x" * 32})
        assert answer.status_code == 201

    @pytest.mark.parametrize("fields", [{}, {"file": ""}, {"photo": "x"}, {"workspace": "x"}])
    def test_it_requires_a_file_and_refuses_unknown_fields(self, cast: Cast, fields: dict[str, str]) -> None:
        extra = {"file": file()} if "workspace" in fields else {}
        answer = signed_in(cast.bob).post(page(cast.workspace), {**fields, **extra})
        assert answer.status_code == 422
        assert count(cast) == 0

    def test_it_takes_one_file_at_a_time(self, cast: Cast) -> None:
        answer = signed_in(cast.bob).post(page(cast.workspace), {"file": [file(), file()]})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "several")


class TestSize:
    def test_a_declared_length_that_is_too_large_is_refused_before_reading(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receiving.LimitedToDisk, "new_file", lambda *_, **__: pytest.fail("the body was read"))
        answer = signed_in(cast.bob).post(
            page(cast.workspace), {"file": file()}, headers={"content-length": str(10 * 1024**4)}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "media_too_large")

    @pytest.mark.parametrize("door", ["page", "session", "key"])
    def test_what_turns_out_too_large_is_refused(self, cast: Cast, settings: Any, door: str) -> None:
        settings.MEDIA_MAX_BYTES = 1000
        client = with_key(cast.bob, cast.workspace) if door == "key" else signed_in(cast.bob)
        answer = client.post(
            page(cast.workspace) if door == "page" else API, {"file": file(b"\xff\xd8\xff" + bytes(3000))}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "media_too_large")

    def test_a_file_is_received_on_disk_whatever_its_size(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Any] = []
        store = services.store_upload

        def noting(*, file: Any, **given: Any) -> Media:
            seen.append(file)
            return store(file=file, **given)

        monkeypatch.setattr(services, "store_upload", noting)
        signed_in(cast.bob).post(page(cast.workspace), {"file": file()})
        with_key(cast.bob, cast.workspace).post(API, {"file": file()})
        assert [hasattr(arrived, "temporary_file_path") for arrived in seen] == [True, True]


class TestTransactions:
    @pytest.mark.parametrize("door", ["page", "session", "key"])
    def test_none_is_open_while_a_file_is_read_and_stored(self, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
        cast = make_cast()
        seen: list[bool] = []

        def noting(what: Callable[..., Any]) -> Callable[..., Any]:
            def inner(*args: Any, **kwargs: Any) -> Any:
                seen.append(connection.in_atomic_block)
                return what(*args, **kwargs)

            return inner

        monkeypatch.setattr(
            receiving.LimitedToDisk, "receive_data_chunk", noting(receiving.LimitedToDisk.receive_data_chunk)
        )
        monkeypatch.setattr("posts.media.services.prepare", noting(prepare))
        monkeypatch.setattr(storage, "save", noting(storage.save))
        client = with_key(cast.bob, cast.workspace) if door == "key" else signed_in(cast.bob, enforce_csrf_checks=True)
        client.cookies["csrftoken"] = "x" * 32
        address = page(cast.workspace) if door == "page" else API
        answer = client.post(address, {"file": file(), "csrfmiddlewaretoken": "x" * 32})
        assert answer.status_code == 201
        assert seen == [False] * 4
        assert count(cast) == 1


class TestPageItem:
    @pytest.fixture
    def media(self, cast: Cast) -> str:
        return str(signed_in(cast.alice).post(page(cast.workspace), {"file": file()}).json()["uid"])

    def patch(self, user: User, workspace: Workspace, uid: str, body: object) -> Any:
        return signed_in(user).patch(page(workspace, uid), json.dumps(body), content_type="application/json")

    def test_it_sets_the_alt_text(self, cast: Cast, media: str) -> None:
        answer = self.patch(cast.bob, cast.workspace, media, {"alt_text": "Two colours"})
        assert (answer.status_code, answer.json()["alt_text"]) == (200, "Two colours")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"alt_text": "x" * 1001},
            {"alt_text": "a\0b"},
            {"alt_text": "\ud800"},
            {"alt_text": "a", "kind": "video"},
            [],
            "x",
        ],
    )
    def test_it_refuses_what_does_not_fit(self, cast: Cast, media: str, body: object) -> None:
        answer = self.patch(cast.bob, cast.workspace, media, body)
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")

    def test_it_refuses_what_is_no_json(self, cast: Cast, media: str) -> None:
        answer = signed_in(cast.bob).patch(page(cast.workspace, media), "{", content_type="application/json")
        assert answer.status_code == 400

    def test_it_deletes(self, cast: Cast, media: str) -> None:
        assert signed_in(cast.bob).delete(page(cast.workspace, media)).status_code == 204
        assert count(cast) == 0

    def test_it_does_not_delete_what_a_post_uses(self, cast: Cast, media: str) -> None:
        with acting(cast.alice, cast.workspace):
            post = Post.objects.create(workspace=cast.workspace, author=cast.alice)
            PostMedia.objects.create(workspace=cast.workspace, post=post, media=Media.objects.get(uid=media))
        answer = signed_in(cast.bob).delete(page(cast.workspace, media))
        assert (answer.status_code, answer.json()["code"]) == (409, "media_in_use")

    def test_a_viewer_may_neither_describe_nor_delete(self, cast: Cast, media: str) -> None:
        viewer = viewer_of(cast.workspace)
        assert self.patch(viewer, cast.workspace, media, {"alt_text": "no"}).status_code == 403
        assert signed_in(viewer).delete(page(cast.workspace, media)).status_code == 403

    def test_another_workspaces_media_are_not_found(self, cast: Cast, media: str) -> None:
        assert self.patch(cast.charlie, cast.elsewhere, media, {"alt_text": "mine"}).status_code == 404
        assert signed_in(cast.charlie).delete(page(cast.elsewhere, media)).status_code == 404
        assert count(cast) == 1

    def test_changing_requires_a_csrf_token(self, cast: Cast, media: str) -> None:
        assert signed_in(cast.bob, enforce_csrf_checks=True).delete(page(cast.workspace, media)).status_code == 403
        assert not getattr(views.item, "csrf_exempt", False)


class TestApi:
    @pytest.mark.parametrize("caller", ["key", "session"])
    def test_it_uploads_lists_reads_describes_and_deletes(self, cast: Cast, caller: str) -> None:
        client = with_key(cast.bob, cast.workspace) if caller == "key" else signed_in(cast.bob)
        made = client.post(API, {"file": file(picture("PNG")), "alt_text": "Red"})
        assert made.status_code == 201, made.content
        uid = made.json()["uid"]
        assert made.json()["mime"] == "image/png"
        assert [item["uid"] for item in client.get(API).json()["results"]] == [uid]
        assert client.get(f"{API}/{uid}").json()["alt_text"] == "Red"
        told = client.patch(f"{API}/{uid}", {"alt_text": "Blue"}, content_type="application/json")
        assert (told.status_code, told.json()["alt_text"]) == (200, "Blue")
        assert client.delete(f"{API}/{uid}").status_code == 204
        assert client.get(f"{API}/{uid}").status_code == 404

    def test_it_refuses_a_file_that_is_none(self, cast: Cast) -> None:
        answer = with_key(cast.bob, cast.workspace).post(API, {"file": file(b"<!doctype html>")})
        assert (answer.status_code, answer.json()["code"]) == (422, "media_type")

    def test_it_refuses_unknown_fields(self, cast: Cast) -> None:
        client = with_key(cast.bob, cast.workspace)
        answer = client.post(API, {"file": file(), "folder": "x"})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_field")
        assert answer.json()["errors"][0]["field"] == "folder"

    def test_it_refuses_json(self, cast: Cast) -> None:
        answer = with_key(cast.bob, cast.workspace).post(API, {"file": "aGk="}, content_type="application/json")
        assert answer.status_code == 415

    def test_it_requires_a_key_or_a_session(self, cast: Cast) -> None:
        assert Client().post(API, {"file": file()}).status_code == 401
        assert Client().get(API).status_code == 401
        wrong = Client(headers={"authorization": "Bearer mv_wrong"})
        assert wrong.post(API, {"file": file()}).status_code == 401
        assert count(cast) == 0

    def test_a_session_requires_a_csrf_token(self, cast: Cast) -> None:
        client = signed_in(cast.bob, enforce_csrf_checks=True)
        assert client.post(API, {"file": file()}).status_code == 403
        client.cookies["csrftoken"] = "x" * 32
        assert client.post(API, {"file": file()}, headers={"X-CSRFToken": "x" * 32}).status_code == 201
        assert client.post(API, {"file": file(), "csrfmiddlewaretoken": "x" * 32}).status_code == 201

    def test_a_viewers_key_is_refused_before_the_body_is_read(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = with_key(viewer_of(cast.workspace), cast.workspace)
        monkeypatch.setattr(receiving.LimitedToDisk, "new_file", lambda *_, **__: pytest.fail("the body was read"))
        assert client.post(API, {"file": file()}).status_code == 403

    def test_another_workspaces_media_are_not_found(self, cast: Cast) -> None:
        uid = with_key(cast.bob, cast.workspace).post(API, {"file": file()}).json()["uid"]
        other = with_key(cast.charlie, cast.elsewhere)
        assert other.get(API).json()["results"] == []
        assert other.get(f"{API}/{uid}").status_code == 404
        assert other.patch(f"{API}/{uid}", {"alt_text": "mine"}, content_type="application/json").status_code == 404
        assert other.delete(f"{API}/{uid}").status_code == 404
        assert count(cast) == 1

    def test_the_list_takes_a_constant_number_of_queries(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        client = with_key(cast.bob, cast.workspace)
        for _ in range(5):
            client.post(API, {"file": file()})
        with django_assert_max_num_queries(14):
            assert len(client.get(API).json()["results"]) == 5

    def test_the_browsable_page_shows_a_form_for_files(self, cast: Cast) -> None:
        answer = signed_in(cast.bob).get(API, headers={"accept": "text/html"})
        assert answer.status_code == 200
        assert b'type="file"' in answer.content

    def test_the_schema_tells_of_a_file_in_a_form(self) -> None:
        paths = Client().get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"}).json()["paths"]
        form = paths["/api/v1/media"]["post"]["requestBody"]["content"]
        assert list(form) == ["multipart/form-data"]
        assert set(paths["/api/v1/media/{uid}"]) == {"get", "patch", "delete"}
