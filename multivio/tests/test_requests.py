"""What every request gets: one transaction, headers, health, and a request id that follows it."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from accounts.models import User
from multivio import tenancy
from multivio.celery import app
from multivio.health import heartbeat
from multivio.logs import hide_secrets
from multivio.request_log import RequestLog
from multivio.tenancy import TenantTask, outside_transaction
from posts.tests.factories import make_user

pytestmark = pytest.mark.django_db


def write_then_fail(_request: HttpRequest) -> HttpResponse:
    User.objects.create_user("half@example.org")
    raise RuntimeError("after the write")


def write_then_answer_500(_request: HttpRequest) -> HttpResponse:
    User.objects.create_user("half@example.org")
    return HttpResponse(status=500)


def say_context(request: HttpRequest) -> HttpResponse:
    context = tenancy.current()
    return HttpResponse(f"{context.user_id}|{context.system}")


urlpatterns = [
    path("fails", write_then_fail),
    path("says-500", write_then_answer_500),
    path("inside", say_context),
    path("outside", outside_transaction(lambda _request: HttpResponse(str(tenancy.current().user_id)))),
]


@pytest.fixture
def client() -> Iterator[Client]:
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


class TransactionTests:
    @pytest.mark.parametrize("address", ["/fails", "/says-500"])
    def test_a_failed_view_writes_nothing(self, client: Client, address: str) -> None:
        assert client.get(address).status_code == 500
        assert not User.objects.filter(email="half@example.org").exists()

    def test_the_signed_in_user_is_the_context(self, client: Client) -> None:
        user = make_user("Alice")
        client.force_login(user)
        assert client.get("/inside").content.decode() == f"{user.pk}|"
        assert client.get("/outside").content.decode() == "None"

    def test_the_context_is_gone_after_the_request(self, client: Client) -> None:
        client.force_login(make_user("Alice"))
        client.get("/inside")
        assert tenancy.current() == tenancy.Context()


class HealthTests:
    def test_healthz_answers_without_anything(self) -> None:
        assert Client().get("/healthz", headers={"host": "10.0.0.1"}).content == b"ok"

    @pytest.mark.real_commits
    def test_readyz_names_what_is_missing(self) -> None:
        answer = Client().get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["parts"] == {
            "database": "ok", "redis": "ok", "worker": "silent", "dispatcher": "silent",
        }  # fmt: skip

    @pytest.mark.real_commits
    def test_readyz_is_ready_with_both_heartbeats(self) -> None:
        heartbeat("worker")
        heartbeat("dispatcher")
        assert Client().get("/readyz").status_code == 200


class HeaderTests:
    def test_the_policy_allows_our_own_scripts_and_styles_only(self) -> None:
        policy = Client().get("/accounts/login/").headers["Content-Security-Policy"]
        parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert parts["script-src"] == parts["style-src"] == parts["default-src"] == "'self'"
        assert parts["frame-ancestors"] == parts["object-src"] == parts["base-uri"] == "'none'"
        assert "unsafe" not in policy

    def test_only_the_readers_of_the_api_relax_styles(self) -> None:
        for address in ("/docs", "/redoc"):
            policy = Client().get(address).headers["Content-Security-Policy"]
            assert "script-src 'self';" in policy + ";"
            assert "style-src 'self' 'unsafe-inline'" in policy


class LogTests:
    def test_a_request_is_logged_without_what_follows_the_question_mark(self, rf: RequestFactory) -> None:
        request = rf.get("/connections/callback/x?code=secret-code&state=secret-state")
        assert RequestLog.format_request(request) == "GET /connections/callback/x"

    def test_values_whose_names_say_secret_are_hidden(self) -> None:
        event = hide_secrets(
            None, "info", {"event": "x", "access_token": "abc", "Authorization": "Bearer abc", "post": 7}
        )
        assert event == {"event": "x", "access_token": "[hidden]", "Authorization": "[hidden]", "post": 7}


class RequestIdTests:
    def test_it_follows_a_request_into_its_task(self) -> None:
        seen: dict[str, Any] = {}

        @app.task(name="test.request_id")
        def note() -> None:
            seen.update(structlog.contextvars.get_contextvars())

        headers: dict[str, Any] = {}
        from django_structlog.celery.receivers import CeleryReceiver  # noqa: PLC0415 - only this test

        structlog.contextvars.bind_contextvars(request_id="abc-123")
        CeleryReceiver().receiver_before_task_publish(headers=headers)
        structlog.contextvars.clear_contextvars()
        assert headers["__django_structlog__"]["request_id"] == "abc-123"

    def test_a_task_carries_the_callers_context(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: dict[str, Any] = {}

        @app.task(name="test.context", base=TenantTask)
        def nothing() -> None: ...

        monkeypatch.setattr(app, "send_task", lambda *_a, **options: sent.update(options), raising=True)
        monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *_a, **options: sent.update(options))
        user = make_user("Alice")
        with tenancy.tenant(user_id=user.pk, workspace_id=7):
            nothing.apply_async()
        assert sent["headers"] == {"multivio_context": [user.pk, 7]}
