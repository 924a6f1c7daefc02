"""Django's DATABASES entry from a libpq URI."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict


def database(url: str, *, pool_size: int) -> dict[str, Any]:
    """Translate `postgresql://user:pw@host/name?...` (sockets as `?host=/folder`) by libpq's own parser.

    `pool_size` is the most connections one process may hold; 0 means no pool. An empty URL gives an entry without a name,
    so that `manage.py check` still runs; the system check then says what is missing.
    """
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()} if url else {}
    options: dict[str, Any] = {
        key: value for key, value in parts.items() if key not in {"user", "password", "host", "port", "dbname"}
    }
    options["application_name"] = "multivio"
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "OPTIONS": options,
        # Roll back what a refused API call wrote: DRF looks at this setting when it handles an exception.
        "ATOMIC_REQUESTS": True,
        "CONN_HEALTH_CHECKS": True,
    }
