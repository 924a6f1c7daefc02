"""What runs: the processes of the product, their command lines and the part of the environment each needs."""

import secrets
import signal
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from multivio.embedded.home import Home
from multivio.supervisor.ports import HOST, Ports

# Only `migrate` logs in as the owner, only the engine as the system role.
OWNER_VARIABLES = {"DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"}
SYSTEM_VARIABLES = {"DATABASE_SYSTEM_URL"}
# What any program needs to run; the sandbox, which belongs to the outside world, gets nothing else.
ORDINARY_VARIABLES = {"PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "VIRTUAL_ENV"}
CONNECTING = (
    "x",
    "x-oauth1",
    "facebook",
    "instagram",
    "instagram-facebook",
    "linkedin",
    "youtube",
    "tiktok",
    "threads",
)
CALLBACKS = tuple(f"/connections/callback/{name}" for name in CONNECTING)
CALLBACKS += tuple(f"/connections/callback/{name}" for name in ("instagram", "instagram-facebook"))


@dataclass(frozen=True)
class Program:
    """One process. `order` says when it stops: lower numbers first, equal ones together."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str]
    order: int
    stop_seconds: float = 10
    stop_signal: signal.Signals = signal.SIGTERM
    restarts: bool = field(default=True)


def local_secrets(home: Home) -> dict[str, str]:
    """SECRET_KEY and FIELD_KEYS for local work: made once, kept in state.json."""
    known: dict[str, str] = home.read().get("secrets", {})
    if not {"SECRET_KEY", "FIELD_KEYS"} <= known.keys():
        known = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEYS": "k1:" + urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            **known,
        }
        home.write(secrets=known)
    return known


def local_settings(home: Home, ports: Ports, *, sandbox: bool) -> dict[str, str]:
    """The environment of a local installation, apart from databases; what the user set comes over it."""
    return {
        **local_secrets(home),
        "DEBUG": "1",
        "MULTIVIO_HOME": str(home.path),
        "MULTIVIO_SANDBOX": "1" if sandbox else "0",
        "MEDIA_HOME": str(home.path / "media"),
        "PORT": str(ports.web),
        "SANDBOX_PORT": str(ports.sandbox),
        "SANDBOX_URL": f"http://{HOST}:{ports.sandbox}",
        "BASE_URL": f"http://localhost:{ports.web}",
    }


def without(env: Mapping[str, str], *names: set[str]) -> dict[str, str]:
    hidden = set().union(*names)
    return {name: value for name, value in env.items() if name not in hidden}


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def migrate(env: Mapping[str, str]) -> Program:
    return Program("migrate", manage("migrate", "--verbosity", "0", "--no-input", "--skip-checks"), env, order=0)


def prepare_database(env: Mapping[str, str]) -> Program:
    return Program("migrate", manage("prepare_database"), env, order=0)


def bootstrap(env: Mapping[str, str]) -> Program:
    return Program("bootstrap", manage("bootstrap"), without(env, OWNER_VARIABLES), order=0)


def sandbox_program(env: Mapping[str, str], home: Home, ports: Ports) -> Program:
    redirects = [f"http://{host}:{ports.web}{path}" for host in ("localhost", HOST) for path in CALLBACKS]
    command = [sys.executable, "-m", "sandbox", "--port", str(ports.sandbox), "--data", str(home.path / "sandbox")]
    for uri in redirects:
        command += ["--redirect-uri", uri]
    command += ["--stripe-webhook", f"http://{HOST}:{ports.web}/billing/webhook"]
    ordinary = {name: value for name, value in env.items() if name in ORDINARY_VARIABLES}
    return Program("sandbox", command, {**ordinary, "PYTHONUNBUFFERED": "1"}, order=3)


def product_programs(env: Mapping[str, str], ports: Ports) -> list[Program]:
    """The processes of the product, as the Procfile has them."""
    env = {**env, "PYTHONWARNINGS": ROOT_IS_FINE}
    app = without(env, OWNER_VARIABLES, SYSTEM_VARIABLES)
    system = {**without(env, OWNER_VARIABLES), "MULTIVIO_DB_ROLE": "system"}
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "multivio"]
    web = [sys.executable, "-m", "uvicorn", "multivio.asgi:application", "--host", HOST, "--port", str(ports.web)]
    return [
        Program(
            "web",
            [
                *web,
                "--no-access-log",
                "--no-proxy-headers",
                "--log-level",
                "warning",
                "--timeout-graceful-shutdown",
                "5",
            ],
            app,
            order=1,
        ),
        Program(
            "worker-publish",
            [*celery, "worker", "-Q", "publish", "-P", "threads", "-c", "4", "-n", "publish@%h", *QUIET],
            system,
            order=2,
            stop_seconds=30,
        ),
        Program(
            "worker-default",
            [*celery, "worker", "-Q", "default,stage,media", "-P", "threads", "-c", "8", "-n", "default@%h", *QUIET],
            app,
            order=2,
            stop_seconds=30,
        ),
        Program("beat", [*celery, "beat", "--pidfile=", "-l", "warning"], app, order=1),
        Program("dispatcher", manage("dispatch"), system, order=1),
    ]


# Celery warns at length when root starts it, which for local work in a container is as it should be.
ROOT_IS_FINE = "ignore:You're running the worker with superuser privileges"
# Gossip and mingle are for workers that talk to each other; ours do not.
QUIET = ("-l", "warning", "--without-gossip", "--without-mingle")
