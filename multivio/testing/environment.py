"""The environment of a test run, made before the settings are imported.

The first pytest process starts PostgreSQL and Redis in a temporary home (about a second) and hands their addresses to
the xdist workers in MULTIVIO_TEST_SERVERS. Each process then points DATABASE_URL and its siblings at a database of its
own. Instead of starting servers, MULTIVIO_TEST_HOME reuses those of `make test-servers`, and TEST_DATABASE_URL,
TEST_DATABASE_SYSTEM_URL, TEST_DATABASE_OWNER_URL and TEST_REDIS_URL use servers of your own; the names differ from the
product's so that no real database is hit by accident.
"""

import atexit
import json
import os
import socket
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import redis

from multivio.embedded.home import Home
from multivio.embedded.servers import Servers, ephemeral_home

SERVERS = "MULTIVIO_TEST_SERVERS"
DATABASE_NAMES = ("DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_OWNER_URL")
# Known keys: what they seal lives for one run.
FIXED = {
    "DEBUG": "1",
    "SECRET_KEY": "a-key-for-tests-that-protects-nothing-at-all-0123456789",
    "FIELD_KEYS": "t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "DATABASE_POOL_SIZE": "0",
    "MULTIVIO_SANDBOX": "1",
    "STRIPE_SANDBOX": "0",  # nothing is limited, except in the tests that sell
    "MULTIVIO_IGNORE_LOCAL": "1",
    "MULTIVIO_DB_ROLE": "app",
    "BASE_URL": "http://localhost:8000",
    "LOG_LEVEL": "WARNING",
}


def prepare() -> None:
    """Fill os.environ for this process. Call it before anything imports the settings."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[SERVERS] = json.dumps(_servers())
    servers: dict[str, str] = json.loads(os.environ[SERVERS])
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    home = Path(servers["home"])
    os.environ.update(FIXED)
    for name in DATABASE_NAMES:
        os.environ[name] = with_database(servers[name], f"test_{servers['run']}_{worker}")
    os.environ["REDIS_URL"] = _own_redis(servers["REDIS_URL"])
    os.environ["MULTIVIO_HOME"] = str(home)
    os.environ["MEDIA_HOME"] = tempfile.mkdtemp(prefix="media-", dir=home)
    os.environ["SANDBOX_PORT"] = str(free_port())
    os.environ["SANDBOX_URL"] = f"http://127.0.0.1:{os.environ['SANDBOX_PORT']}"


def maintenance_url() -> str:
    """The owner's address of the database that is always there, for creating and dropping others."""
    return str(json.loads(os.environ[SERVERS])["DATABASE_OWNER_URL"])


def with_database(url: str, name: str) -> str:
    """The same libpq address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}")).replace(":/?", ":///?")


def free_port() -> int:
    """A TCP port on loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _servers() -> dict[str, str]:
    given = {
        name: os.environ[f"TEST_{name}"] for name in (*DATABASE_NAMES, "REDIS_URL") if f"TEST_{name}" in os.environ
    }
    run = str(os.getpid())
    shared = os.environ.get("MULTIVIO_TEST_HOME")
    if shared:
        return {**Home(Path(shared)).read()["env"], **given, "home": shared, "run": run}
    home = ephemeral_home()
    servers = Servers(home, postgres="DATABASE_URL" not in given, redis="REDIS_URL" not in given, ephemeral=True)
    servers.start()
    atexit.register(servers.stop)
    return {**servers.environment(), **given, "home": str(home.path), "run": run}


def _own_redis(url: str) -> str:
    """The address of a Redis database that no other process uses: a counter in database 0 deals them out."""
    with redis.Redis.from_url(url) as client:
        databases = int(client.config_get("databases")["databases"])
        number = 1 + int(client.incr("multivio:test-databases")) % (databases - 1)
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()} | {"db": str(number)}
    path = parts.path if parts.scheme == "unix" else ""
    own = f"{parts.scheme}://{parts.netloc}{path}?{urlencode(query)}"
    with redis.Redis.from_url(own) as client:
        client.flushdb()
    return own
