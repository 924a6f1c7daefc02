"""One workspace never sees another's rows: held by the database, in every table, for every door."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.checks import run_checks
from django.db import ProgrammingError, connection, transaction

from accounts.models import ApiKey, Member, Workspace
from accounts.services import actor_for_key, create_api_key, enter
from multivio import tenancy
from multivio.checks import unprotected_tables
from posts.models import Post, Publication
from posts.tests.factories import Cast, acting, make_cast, make_connection, make_post
from social.models import Connection, Grant

pytestmark = pytest.mark.django_db
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return int(cursor.fetchone()[0])


class TableTests:
    def test_every_table_with_a_workspace_is_protected(self) -> None:
        assert unprotected_tables() == []

    def test_a_table_without_protection_is_found(self, owner_sql: Sql) -> None:
        owner_sql("alter table posts_post no force row level security")
        try:
            assert unprotected_tables() == ["posts_post"]
        finally:
            owner_sql("alter table posts_post force row level security")

    def test_tests_run_as_the_app_role(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "select current_user, rolsuper, rolbypassrls, rolinherit from pg_roles where rolname = current_user"
            )
            assert cursor.fetchone() == ("mv_app", False, False, False)

    def test_the_system_checks_accept_this_database(self) -> None:
        assert [str(found) for found in run_checks(tags=["database"], databases=["default"])] == []

    def test_the_app_role_owns_nothing_and_may_not_change_tables(self) -> None:
        with (
            pytest.raises(ProgrammingError, match="must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("alter table posts_post disable row level security")


class RowTests:
    def test_without_context_there_are_no_rows(self, cast: Cast) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        for model in (Workspace, Member, Post, Publication, Connection, Grant, ApiKey):
            assert model.objects.count() == 0, model

    def test_a_member_sees_her_workspace_and_a_stranger_does_not(self, cast: Cast) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        for user in (cast.alice, cast.bob):
            with acting(user, cast.workspace):
                assert [Post.objects.count(), Publication.objects.count(), Connection.objects.count()] == [1, 1, 1]
        with acting(cast.charlie, cast.elsewhere):
            assert [Post.objects.count(), Publication.objects.count(), Connection.objects.count()] == [0, 0, 0]

    def test_a_stranger_cannot_enter(self, cast: Cast) -> None:
        with tenancy.tenant(user_id=cast.charlie.pk):
            assert enter(user=cast.charlie, slug=cast.workspace.slug) is None

    def test_naming_another_workspace_in_the_context_gives_nothing(self, cast: Cast) -> None:
        make_post(cast.alice, cast.workspace)
        with tenancy.tenant(user_id=cast.charlie.pk, workspace_id=cast.workspace.pk):
            assert count("posts_post") == 0

    def test_a_row_cannot_be_written_into_another_workspace(self, cast: Cast) -> None:
        with acting(cast.charlie, cast.elsewhere), pytest.raises(ProgrammingError, match="row-level security"):
            with transaction.atomic():
                Post.objects.create(workspace=cast.workspace, text="intruder")

    def test_a_row_cannot_be_moved_into_another_workspace(self, cast: Cast) -> None:
        post = make_post(cast.charlie, cast.elsewhere)
        with acting(cast.charlie, cast.elsewhere), pytest.raises(ProgrammingError, match="row-level security"):
            with transaction.atomic():
                Post.objects.filter(pk=post.pk).update(workspace=cast.workspace)

    def test_nobody_makes_himself_a_member(self, cast: Cast) -> None:
        with acting(cast.charlie, cast.elsewhere), pytest.raises(ProgrammingError, match="permission denied"):
            with transaction.atomic():
                Member.objects.create(workspace=cast.workspace, user=cast.charlie, role="owner")

    def test_lanes_are_the_systems_alone(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace), pytest.raises(ProgrammingError, match="permission denied"):
            with transaction.atomic():
                count("posts_lane")

    def test_an_api_key_opens_its_own_workspace_only(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="test")
        with tenancy.tenant(user_id=None):
            found = actor_for_key(key)
            assert found is not None
            assert found[0].workspace == cast.workspace
            assert tenancy.current().workspace_id == cast.workspace.pk
        with tenancy.tenant(user_id=None):
            assert actor_for_key(key + "x") is None


class ContextTests:
    def test_a_context_ends_with_its_block(self, cast: Cast) -> None:
        make_post(cast.alice, cast.workspace)
        with acting(cast.alice, cast.workspace):
            assert count("posts_post") == 1
        assert count("posts_post") == 0

    def test_contexts_nest_and_come_back(self, cast: Cast) -> None:
        make_post(cast.alice, cast.workspace)
        with acting(cast.alice, cast.workspace):
            with tenancy.system("test"):
                assert count("posts_lane") == 0
            with acting(cast.charlie, cast.elsewhere):
                assert count("posts_post") == 0
            assert count("posts_post") == 1
            with pytest.raises(ProgrammingError), transaction.atomic():
                count("posts_lane")

    def test_a_failure_inside_brings_the_outer_context_back(self, cast: Cast) -> None:
        make_post(cast.alice, cast.workspace)
        with acting(cast.alice, cast.workspace):
            with pytest.raises(ZeroDivisionError), tenancy.system("test"):
                raise ZeroDivisionError
            assert count("posts_post") == 1
            assert tenancy.current().system == ""


@pytest.mark.real_commits
def test_naming_somebody_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="open transaction"):
        tenancy.identify(user_id=1, workspace_id=None)


@pytest.mark.real_commits
def test_nothing_survives_on_a_reused_connection(app_url: str) -> None:
    with psycopg.connect(app_url) as session:
        session.execute("select set_config('app.user_id', '1', true), set_config('app.workspace_id', '1', true)")
        session.commit()
        assert session.execute("select mv_user(), mv_workspace()").fetchone() == (None, None)
