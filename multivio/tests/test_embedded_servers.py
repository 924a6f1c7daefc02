import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from multivio.embedded.binaries import postgres_programs
from multivio.embedded.home import CHECKOUT, Home
from multivio.embedded.servers import HomeBusy, Servers, ephemeral_home
from multivio.testing.waiting import eventually, processes_naming, tied

pytestmark = pytest.mark.processes

RUN_SERVERS = """
import sys, signal
from pathlib import Path
from multivio.embedded.home import Home
from multivio.embedded.servers import Servers
with Servers(Home(Path(sys.argv[1])), ephemeral=sys.argv[2] == "ephemeral"):
    print("up", flush=True)
    signal.pause()
"""


@pytest.fixture
def home() -> Iterator[Home]:
    home = ephemeral_home()
    yield home
    subprocess.run(["rm", "-rf", home.path], check=True)


@contextmanager
def in_another_process(home: Home, kind: str) -> Iterator[subprocess.Popen[str]]:
    """Servers held by a process of their own, so that the test can kill it."""
    command = tied([sys.executable, "-c", RUN_SERVERS, str(home.path), kind])
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
        eventually(lambda: not processes_naming(home.path))


def is_unlocked(home: Home) -> bool:
    locked = home.lock()
    home.unlock()
    return locked


class TestEmbeddedServers:
    def test_they_answer_only_to_their_passwords(self, home: Home) -> None:
        with Servers(home, ephemeral=True) as servers:
            env = servers.environment()
            with psycopg.connect(env["DATABASE_URL"]) as connection:
                assert connection.info.server_version >= 180000
                assert connection.execute("select current_user").fetchone() == ("mv_app",)
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(f"postgresql://mv_app:wrong@/multivio?host={home.path}/s")
            with redis.Redis.from_url(env["REDIS_URL"]) as client:
                assert client.ping()
            with (
                redis.Redis(unix_socket_path=f"{home.path}/s/redis.sock", retry=Retry(NoBackoff(), 0)) as client,
                pytest.raises(redis.AuthenticationError),
            ):
                client.ping()

    def test_their_roles_are_no_wider_than_they_need_to_be(self, home: Home) -> None:
        with (
            Servers(home, redis=False, ephemeral=True) as servers,
            psycopg.connect(servers.environment()["DATABASE_URL"]) as app,
        ):
            roles = app.execute(
                "select rolname, rolsuper, rolbypassrls, rolcreatedb, rolinherit from pg_roles"
                " where rolname in ('mv_owner', 'mv_app', 'mv_system') order by rolname"
            ).fetchall()
            assert roles == [
                ("mv_app", False, False, False, False),
                ("mv_owner", False, False, True, True),
                ("mv_system", False, False, False, True),
            ]
            app.execute("set local role mv_system")
            assert app.execute("select current_user").fetchone() == ("mv_system",)
            app.rollback()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("create table forbidden ()")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
    def test_under_root_they_run_as_nobody(self, home: Home) -> None:
        with Servers(home, ephemeral=True) as servers:
            assert servers.postgres
            assert servers.postgres.process
            assert servers.redis
            assert servers.redis.process
            for server in (servers.postgres.process, servers.redis.process):
                assert psutil.Process(server.pid).username() == "nobody"
                assert psutil.Process(server.pid).gids().real == 65534

    def test_a_home_has_one_pair_of_servers_at_a_time(self, home: Home) -> None:
        with Servers(home, postgres=False, ephemeral=True), pytest.raises(HomeBusy):
            Servers(Home(home.path), postgres=False, ephemeral=True).start()

    def test_no_password_is_on_a_command_line(self, home: Home) -> None:
        with Servers(home, ephemeral=True):
            lines = " ".join(" ".join(process.cmdline()) for process in processes_naming(home.path))
            state = home.read()
            assert "postgres" in lines
            assert "redis-server" in lines
            for password in (*state["database_passwords"].values(), state["redis_password"]):
                assert password not in lines


class TestAfterAKill:
    def test_nothing_of_a_throw_away_pair_is_left(self, home: Home) -> None:
        with in_another_process(home, "ephemeral") as process:
            assert len(processes_naming(home.path)) > 2
            process.send_signal(signal.SIGKILL)
            process.wait()
            eventually(lambda: not processes_naming(home.path))
            eventually(lambda: not home.path.exists())

    def test_the_data_of_a_lasting_pair_are_there_at_the_next_start(self, home: Home) -> None:
        with in_another_process(home, "lasting") as process:
            state = home.read()
            owner = f"postgresql://mv_owner:{state['database_passwords']['mv_owner']}@/multivio?host={home.path}/s"
            with psycopg.connect(owner) as connection:
                connection.execute("create table kept as select 42 as answer")
            process.send_signal(signal.SIGKILL)
            process.wait()
            eventually(lambda: not processes_naming(home.path))
            eventually(lambda: is_unlocked(home))
        with (
            Servers(home, redis=False) as servers,
            psycopg.connect(servers.environment()["DATABASE_OWNER_URL"]) as connection,
        ):
            assert connection.execute("select answer from kept").fetchone() == (42,)

    def test_a_lock_file_that_names_a_living_stranger_is_no_obstacle(self, home: Home) -> None:
        with Servers(home, redis=False):
            pid_file = (home.path / "pgdata" / "postmaster.pid").read_text()
        # In a container the numbers start over, so a stale file may name any process: here this test's own.
        stranger = pid_file.replace(pid_file.split("\n")[0], str(os.getpid()), 1)
        (home.path / "pgdata" / "postmaster.pid").write_text(stranger)
        with Servers(home, redis=False) as servers:
            assert servers.ended() is None


def test_files_of_the_programs_stay_in_the_wheels_when_everybody_can_reach_them(home: Home) -> None:
    programs = postgres_programs(home, as_nobody=False)
    assert (programs / "initdb").is_file()
    assert Path(sys.prefix) in programs.parents
