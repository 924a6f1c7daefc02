"""Idempotency-Key: whoever asks twice acts once, whatever happened in between."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework.views import APIView

from multivio import tenancy
from multivio.idempotency import GIVEN_UP, KEPT, IdempotentMixin
from multivio.models import IdempotencyKey
from multivio.tasks import purge_idempotency_keys
from posts import services
from posts.models import Media, Post
from posts.tests.callers import caller, fields_and_codes
from posts.tests.factories import NOW, Cast, acting, make_cast, make_connection, make_post
from posts.tests.media_files import picture

POSTS = "/api/v1/posts"
KEY: Any = {"HTTP_IDEMPOTENCY_KEY": "4f4cbd1c-9f6e-4e3c-8a53-6a35b3b3f0ee"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def api(cast: Cast) -> APIClient:
    return caller(cast.alice, cast.workspace)


def number_of_posts(cast: Cast) -> int:
    with acting(cast.alice, cast.workspace):
        return Post.objects.count()


def age(**by: float) -> None:
    with tenancy.system("test clock"):
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(**by))


class ReplayTests:
    def test_the_second_request_gets_the_first_answer_and_nothing_happens(self, api: APIClient, cast: Cast) -> None:
        first = api.post(POSTS, {"text": "Hi"}, **KEY)
        second = api.post(POSTS, {"text": "Hi"}, **KEY)
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.content == first.content
        assert second.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        for name in ("Location", "ETag"):
            assert second.headers[name] == first.headers[name]
        assert number_of_posts(cast) == 1

    def test_the_answer_is_that_of_then_not_of_now(self, api: APIClient, cast: Cast) -> None:
        first = api.post(POSTS, {"text": "Hi"}, **KEY).json()
        api.patch(f"{POSTS}/{first['id']}", {"text": "Ho"})
        assert api.post(POSTS, {"text": "Hi"}, **KEY).json() == first

    def test_another_spelling_of_the_same_json_is_the_same_request(self, api: APIClient, cast: Cast) -> None:
        api.generic("POST", POSTS, '{"text":"Hi","media":[]}', "application/json", **KEY)
        answer = api.generic("POST", POSTS, '{"media": [], "text": "\\u0048i"}', "application/json", **KEY)
        assert answer.headers["Idempotency-Replayed"] == "true"

    def test_without_a_key_every_request_acts(self, api: APIClient, cast: Cast) -> None:
        assert api.post(POSTS, {"text": "Hi"}).json()["id"] != api.post(POSTS, {"text": "Hi"}).json()["id"]

    def test_after_a_day_the_key_is_free_again(self, api: APIClient, cast: Cast) -> None:
        first = api.post(POSTS, {"text": "Hi"}, **KEY).json()
        age(hours=KEPT.total_seconds() / 3600 - 1)
        assert api.post(POSTS, {"text": "Hi"}, **KEY).json() == first
        age(hours=KEPT.total_seconds() / 3600 + 1)
        assert api.post(POSTS, {"text": "Other"}, **KEY).json()["id"] != first["id"]

    def test_other_methods_are_not_concerned(self, api: APIClient, cast: Cast) -> None:
        post = api.post(POSTS, {"text": "Hi"}).json()
        for text in ("One", "Two"):
            assert api.patch(f"{POSTS}/{post['id']}", {"text": text}, **KEY).json()["parts"][0]["text"] == text

    def test_every_action_can_be_repeated(self, api: APIClient, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        first = api.post(f"{POSTS}/{post.uid}/cancel", **KEY)
        second = api.post(f"{POSTS}/{post.uid}/cancel", **KEY)
        assert (second.status_code, second.content) == (200, first.content)
        assert second.headers["Idempotency-Replayed"] == "true"


class OtherRequestTests:
    def test_another_body_is_refused(self, api: APIClient, cast: Cast) -> None:
        api.post(POSTS, {"text": "Hi"}, **KEY)
        answer = api.post(POSTS, {"text": "Ho"}, **KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert number_of_posts(cast) == 1

    def test_another_address_is_refused(self, api: APIClient, cast: Cast) -> None:
        api.post(POSTS, {"text": "Hi"}, **KEY)
        assert api.post(f"{POSTS}/validate", {"text": "Hi"}, **KEY).status_code == 422

    def test_a_refused_request_leaves_its_key_free(self, api: APIClient, cast: Cast) -> None:
        assert fields_and_codes(api.post(POSTS, {"text": 1}, **KEY)) == [("text", "not_text")]
        assert api.post(POSTS, {"text": "Hi"}, **KEY).status_code == 201

    def test_the_same_key_of_another_workspace_is_another_key(self, api: APIClient, cast: Cast) -> None:
        first = api.post(POSTS, {"text": "Hi"}, **KEY).json()
        second = caller(cast.charlie, cast.elsewhere).post(POSTS, {"text": "Hi"}, **KEY)
        assert second.status_code == 201
        assert second.json()["id"] != first["id"]

    def test_a_key_gives_nobody_an_answer_without_signing_in(self, api: APIClient, cast: Cast) -> None:
        api.post(POSTS, {"text": "Hi"}, **KEY)
        assert APIClient().post(POSTS, {"text": "Hi"}, **KEY).status_code == 401

    @pytest.mark.parametrize("key", ["", "x" * 256, "kø", "a\tb"])
    def test_a_key_that_is_none_is_refused(self, api: APIClient, cast: Cast, key: str) -> None:
        answer = api.post(POSTS, {"text": "Hi"}, HTTP_IDEMPOTENCY_KEY=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
        assert number_of_posts(cast) == 0


@pytest.mark.real_commits
class UploadTests:
    """An upload works outside a transaction, so its key is held by a row."""

    def upload(self, api: APIClient, cast: Cast, data: bytes, **headers: Any) -> Any:
        from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

        return api.post("/api/v1/media", {"file": SimpleUploadedFile("a.png", data)}, format="multipart", **headers)

    def test_the_same_file_is_stored_once(self, api: APIClient, cast: Cast) -> None:
        first = self.upload(api, cast, picture("PNG"), **KEY)
        second = self.upload(api, cast, picture("PNG"), **KEY)
        assert (first.status_code, second.content) == (201, first.content)
        with acting(cast.alice, cast.workspace):
            assert Media.objects.count() == 1

    def test_another_file_is_refused(self, api: APIClient, cast: Cast) -> None:
        self.upload(api, cast, picture("PNG"), **KEY)
        assert self.upload(api, cast, picture("JPEG"), **KEY).status_code == 422

    def test_a_refused_file_leaves_its_key_free(self, api: APIClient, cast: Cast) -> None:
        assert self.upload(api, cast, b"no picture", **KEY).status_code == 422
        assert self.upload(api, cast, picture("PNG"), **KEY).status_code == 201

    def test_one_that_is_still_at_work_is_not_started_twice(self, api: APIClient, cast: Cast) -> None:
        first = self.upload(api, cast, picture("PNG"), **KEY)
        with tenancy.system("test"):
            IdempotencyKey.objects.update(status=None)
        assert first.status_code == 201
        assert self.upload(api, cast, picture("PNG"), **KEY).json()["code"] == "request_in_flight"
        age(seconds=GIVEN_UP.total_seconds() + 1)
        assert self.upload(api, cast, picture("PNG"), **KEY).status_code == 201


@pytest.mark.real_commits
class AtOnceTests:
    """Two requests at the same time, in two connections that really commit."""

    def together(self, *calls: Callable[[], Any]) -> list[Any]:
        answers: list[Any] = []

        def run(call: Callable[[], Any]) -> None:
            try:
                answers.append(call())
            finally:
                database.close()

        threads = [threading.Thread(target=run, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return answers

    def test_exactly_one_of_two_acts(self, api: APIClient, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        begun, may_end = threading.Event(), threading.Event()
        real = services.create_post

        def slow(**arguments: Any) -> Any:
            post = real(**arguments)
            begun.set()
            assert may_end.wait(20)
            return post

        monkeypatch.setattr(services, "create_post", slow)

        def second() -> Any:
            assert begun.wait(20)
            try:
                return api.post(POSTS, {"text": "Hi"}, **KEY)
            finally:
                may_end.set()

        one = caller(cast.alice, cast.workspace)
        answers = self.together(lambda: one.post(POSTS, {"text": "Hi"}, **KEY), second)
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["code"] == "request_in_flight"
        assert number_of_posts(cast) == 1
        monkeypatch.undo()
        replayed = api.post(POSTS, {"text": "Hi"}, **KEY)
        assert replayed.headers["Idempotency-Replayed"] == "true"

    def test_many_at_once_act_once(self, cast: Cast) -> None:
        clients = [caller(cast.alice, cast.workspace) for _ in range(6)]
        gate = threading.Barrier(len(clients))

        def call(client: APIClient) -> Any:
            gate.wait(20)
            return client.post(POSTS, {"text": "Hi"}, **KEY)

        answers = self.together(*[lambda client=client: call(client) for client in clients])
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
        assert number_of_posts(cast) == 1

    def test_a_failure_of_ours_keeps_neither_the_post_nor_the_key(
        self, api: APIClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = services.create_post

        def broken(**arguments: Any) -> Any:
            real(**arguments)
            raise RuntimeError("after the write")

        monkeypatch.setattr(services, "create_post", broken)
        api.raise_request_exception = False
        answer = api.post(POSTS, {"text": "Hi"}, **KEY)
        assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
        assert number_of_posts(cast) == 0
        monkeypatch.undo()
        assert api.post(POSTS, {"text": "Hi"}, **KEY).status_code == 201

    def test_a_key_that_cannot_be_stored_undoes_the_post(
        self, api: APIClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_arguments: Any) -> None:
            raise RuntimeError("no room")

        monkeypatch.setattr("multivio.idempotency.keep", fail)
        api.raise_request_exception = False
        assert api.post(POSTS, {"text": "Hi"}, **KEY).status_code == 500
        assert number_of_posts(cast) == 0


class HousekeepingTests:
    def test_old_answers_are_purged_and_young_ones_kept(self, api: APIClient, cast: Cast) -> None:
        api.post(POSTS, {"text": "Old"}, HTTP_IDEMPOTENCY_KEY="old")
        age(hours=25)
        api.post(POSTS, {"text": "New"}, HTTP_IDEMPOTENCY_KEY="new")
        purge_idempotency_keys()
        with tenancy.system("test"):
            assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]

    def test_another_workspace_does_not_see_the_answers(self, api: APIClient, cast: Cast) -> None:
        api.post(POSTS, {"text": "Hi"}, **KEY)
        with acting(cast.charlie, cast.elsewhere):
            assert not IdempotencyKey.objects.exists()
        with acting(cast.alice, cast.workspace):
            assert IdempotencyKey.objects.count() == 1


def _patterns(resolver: Any, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in resolver.url_patterns:
        address = prefix + str(pattern.pattern)
        found += _patterns(pattern, address) if isinstance(pattern, URLResolver) else [(address, pattern)]
    return found


def test_every_post_of_the_api_takes_a_key() -> None:
    taking = 0
    for address, pattern in _patterns(get_resolver()):
        view: Any = pattern.callback
        cls = getattr(view, "cls", None)
        if not address.startswith("api/v1/") or cls is None:
            continue
        actions = getattr(view, "actions", None)
        if "post" in (actions if actions is not None else dir(cls)):
            assert issubclass(cls, IdempotentMixin), address
            assert cls.__mro__.index(IdempotentMixin) < cls.__mro__.index(APIView), address
            taking += 1
    assert taking >= 8
