import io
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command

from multivio.embedded.keeper import Keeper
from multivio.embedded.postgres import SUPERUSER, Postgres
from multivio.embedded.servers import ephemeral_home

pytestmark = pytest.mark.processes


class Bare:
    """A PostgreSQL that has never heard of Multivio, and the addresses we would like to use."""

    def __init__(self, server: Postgres) -> None:
        self.admin = server.url(SUPERUSER, "postgres")
        self.landlord = self.admin.replace(SUPERUSER, "landlord").replace(server.passwords()[SUPERUSER], "rent")
        self.urls = {
            "DATABASE_OWNER_URL": server.url("mv_owner", "posts"),
            "DATABASE_URL": server.url("mv_app", "posts"),
            "DATABASE_SYSTEM_URL": server.url("mv_system", "posts"),
        }

    def prepare(self, **env: str) -> str:
        """What the command prints, run with our addresses and `env` over them."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.urls, **env}.items():
                patch.setenv(name, value)
            call_command("prepare_database", stdout=said)
        return said.getvalue()

    def run(self, statement: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as admin:
            admin.execute(statement.encode())


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    home = ephemeral_home()
    home.make()
    keeper = Keeper()
    keeper.remove(home.path)
    postgres = Postgres(home, keeper, ephemeral=True)
    postgres.launch()
    with postgres._superuser():
        yield postgres
    postgres.stop()
    keeper.close()


@pytest.fixture
def bare(server: Postgres) -> Iterator[Bare]:
    bare = Bare(server)
    yield bare
    bare.run("drop database if exists posts")
    for role in ("mv_app", "mv_system", "mv_owner", "landlord"):
        bare.run(f"drop role if exists {role}")


class TestPrepareDatabase:
    def test_an_administrator_makes_everything_and_may_do_so_again(self, bare: Bare) -> None:
        assert "Database posts is ready" in bare.prepare(DATABASE_ADMIN_URL=bare.admin)
        with psycopg.connect(bare.urls["DATABASE_URL"]) as app:
            app.execute("set local role mv_system")
        assert "is ready" in bare.prepare()  # as the owner, now that all is there

    def test_a_hosts_administrator_need_not_be_a_superuser(self, bare: Bare) -> None:
        bare.run("create role landlord login createrole createdb password 'rent'")
        assert "is ready" in bare.prepare(DATABASE_ADMIN_URL=bare.landlord)
        bare.run("drop owned by landlord cascade")

    def test_where_roles_cannot_be_made_it_says_what_to_ask_for(self, bare: Bare) -> None:
        bare.run("create role landlord login password 'rent'")
        with pytest.raises(CommandError, match="does not let landlord create roles") as refusal:
            bare.prepare(DATABASE_ADMIN_URL=bare.landlord)
        assert "create role mv_app login noinherit" in str(refusal.value)

    def test_an_app_role_that_passes_row_level_security_by_is_refused(self, bare: Bare) -> None:
        bare.prepare(DATABASE_ADMIN_URL=bare.admin)
        bare.run("alter role mv_app bypassrls")
        with pytest.raises(CommandError, match="alter role mv_app nosuperuser nobypassrls"):
            bare.prepare()

    def test_another_users_address_is_refused(self, bare: Bare) -> None:
        with pytest.raises(CommandError, match="DATABASE_URL has to log in as mv_app"):
            bare.prepare(DATABASE_URL=bare.admin)

    def test_a_missing_address_is_named(self, bare: Bare) -> None:
        with pytest.raises(CommandError, match="DATABASE_SYSTEM_URL is not set"):
            bare.prepare(DATABASE_SYSTEM_URL="")

    def test_a_wrong_password_is_told_without_a_traceback(self, bare: Bare) -> None:
        with pytest.raises(CommandError, match="Logging in to the database as landlord failed"):
            bare.prepare(DATABASE_ADMIN_URL=bare.landlord)
