import os
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from multivio.testing import databases
from multivio.testing.environment import with_database

Rows = list[tuple[Any, ...]]


@pytest.mark.django_db
class TestTheDatabaseOfATest:
    def test_it_is_never_the_real_one(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select current_database()")
            assert cursor.fetchone()[0].startswith("test_")

    def test_it_is_used_as_the_app_role(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            assert cursor.fetchone() == ("mv_app",)

    def test_the_app_role_may_not_change_the_schema(self) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("create table public.forbidden ()")

    def test_owner_sql_runs_as_the_owner(self, owner_sql: Callable[..., Rows]) -> None:
        assert owner_sql("select current_user, %s::int", [7]) == [("mv_owner", 7)]

    @pytest.mark.parametrize("variable", ["DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_OWNER_URL"])
    def test_every_role_finds_the_same_one(self, variable: str) -> None:
        with psycopg.connect(os.environ[variable]) as other, connection.cursor() as cursor:
            cursor.execute("select current_database()")
            assert other.info.dbname == cursor.fetchone()[0]


@pytest.mark.real_commits
class TestRealCommits:
    def test_what_is_committed_is_seen_by_others(self, owner_sql: Callable[..., Rows]) -> None:
        Session.objects.create(session_key="one", session_data="", expire_date=timezone.now())
        assert owner_sql("select session_key from django_session") == [("one",)]

    def test_emptying_spares_what_the_migrations_made(self, owner_sql: Callable[..., Rows]) -> None:
        before = databases.filled_tables()
        Session.objects.create(session_key="two", session_data="", expire_date=timezone.now())
        databases.empty_tables(keep=before)
        assert "django_migrations" in before
        assert databases.filled_tables() == before


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("postgresql://a:b@/one?host=/tmp/s", "postgresql://a:b@/two?host=/tmp/s"),
            ("postgresql://a:b@host:5432/one", "postgresql://a:b@host:5432/two"),
            ("postgresql://a@host/one?sslmode=require", "postgresql://a@host/two?sslmode=require"),
        ],
    )
    def test_another_database_of_the_same_server(self, url: str, expected: str) -> None:
        assert with_database(url, "two") == expected

    def test_a_real_database_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://a:b@/multivio?host=/tmp/s")
        with pytest.raises(RuntimeError, match="multivio is not a test database"):
            databases.own_name()
