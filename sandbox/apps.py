"""Developer apps: the client ids and secrets that the platforms' consoles would hand out."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from sandbox.store import Row, Store


@dataclass(frozen=True)
class App:
    """An empty `client_secret` makes it a public client. `permissions` is "read" or "read_write" (OAuth 1.0a)."""

    platform: str
    client_id: str
    client_secret: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    consumer_key: str | None = None
    consumer_secret: str = ""
    permissions: str = "read_write"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _app(row: Row) -> App:
    return App(**{**dict(row), "redirect_uris": tuple(json.loads(row["redirect_uris"]))})


class Apps:
    """`shared_uris` come from the command line and count as registered for every app."""

    def __init__(self, store: Store, shared_uris: Iterable[str]) -> None:
        self._store = store
        self._shared = tuple(shared_uris)

    def register(self, app: App) -> App:
        values = app.as_json() | {"redirect_uris": json.dumps(app.redirect_uris)}
        self._store.execute(
            "insert or replace into app (platform, client_id, client_secret, consumer_key, consumer_secret, name,"
            " redirect_uris, permissions) values (:platform, :client_id, :client_secret, :consumer_key,"
            " :consumer_secret, :name, :redirect_uris, :permissions)",
            values,
        )
        return self._with_shared(app)

    def get(self, platform: str, client_id: str) -> App | None:
        return self._find("client_id", platform, client_id)

    def by_consumer_key(self, platform: str, consumer_key: str) -> App | None:
        return self._find("consumer_key", platform, consumer_key)

    def all(self) -> list[App]:
        return [
            self._with_shared(_app(row)) for row in self._store.all("select * from app order by platform, client_id")
        ]

    def clear(self, platform: str | None) -> None:
        self._store.execute("delete from app where ? is null or platform = ?", [platform, platform])

    def _find(self, column: str, platform: str, value: str) -> App | None:
        row = self._store.one(f"select * from app where platform = ? and {column} = ?", [platform, value])  # noqa: S608
        return None if row is None else self._with_shared(_app(row))

    def _with_shared(self, app: App) -> App:
        return replace(app, redirect_uris=tuple(dict.fromkeys((*self._shared, *app.redirect_uris))))
