"""One REDIS_URL for redis-py and Celery, which spell socket addresses differently."""

from urllib.parse import parse_qs, urlencode, urlsplit


def broker_url(url: str) -> str:
    """Celery's form of a Redis URL. `redis://` and `rediss://` are the same in both; a socket
    `unix://:password@/path?db=3` becomes `redis+socket://:password@/path?virtual_host=3`.
    """
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    login = parts.netloc
    if "password" in query:
        # redis-py reads the password from either place, kombu only from before the @.
        login = f"{query.pop('username', '')}:{query.pop('password')}@"
    query["virtual_host"] = query.pop("db", "0")
    return f"redis+socket://{login}{parts.path}?{urlencode(query)}"
