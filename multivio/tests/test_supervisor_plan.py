from base64 import urlsafe_b64decode
from pathlib import Path

from multivio.embedded.home import Home
from multivio.supervisor import plan
from multivio.supervisor.ports import Ports

PORTS = Ports(8000, 8001)
ENV = {
    "PATH": "/bin",
    "SECRET_KEY": "s",
    "DATABASE_URL": "app",
    "DATABASE_SYSTEM_URL": "system",
    "DATABASE_OWNER_URL": "owner",
    "DATABASE_ADMIN_URL": "admin",
    "REDIS_URL": "redis",
}


class TestWhatProcessesAreTold:
    def test_only_the_engine_may_log_in_as_the_system_role(self) -> None:
        knowing = {p.name for p in plan.product_programs(ENV, PORTS) if "DATABASE_SYSTEM_URL" in p.env}
        assert knowing == {"worker-publish", "dispatcher"}

    def test_none_that_keeps_running_may_log_in_as_the_owner(self) -> None:
        programs = [*plan.product_programs(ENV, PORTS), plan.bootstrap(ENV)]
        assert not [p.name for p in programs if {"DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"} & p.env.keys()]

    def test_the_sandbox_is_told_no_secret(self, tmp_path: Path) -> None:
        program = plan.sandbox_program(ENV, Home(tmp_path), PORTS)
        assert set(program.env) == {"PATH", "PYTHONUNBUFFERED"}

    def test_the_sandbox_knows_where_to_send_people_back(self, tmp_path: Path) -> None:
        command = plan.sandbox_program(ENV, Home(tmp_path), PORTS).command
        assert "http://localhost:8000/connections/callback/x" in command
        assert "http://127.0.0.1:8000/connections/callback/x-oauth1" in command

    def test_doors_stop_before_workers_and_workers_before_the_sandbox(self, tmp_path: Path) -> None:
        order = {p.name: p.order for p in plan.product_programs(ENV, PORTS)}
        assert order["web"] == order["beat"] == order["dispatcher"] < order["worker-publish"]
        assert order["worker-publish"] < plan.sandbox_program(ENV, Home(tmp_path), PORTS).order


class TestLocalSecrets:
    def test_they_are_made_once(self, tmp_path: Path) -> None:
        first = plan.local_secrets(Home(tmp_path))
        assert plan.local_secrets(Home(tmp_path)) == first

    def test_the_field_key_is_thirty_two_bytes_with_a_name(self, tmp_path: Path) -> None:
        name, _, key = plan.local_secrets(Home(tmp_path))["FIELD_KEYS"].partition(":")
        assert name == "k1"
        assert len(urlsafe_b64decode(key)) == 32
