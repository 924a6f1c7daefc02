"""One SQLite database behind everything. All writes happen on the event loop's thread, one transaction at a time."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = sqlite3.Row
Params = Iterable[Any] | dict[str, Any]


class Store:
    """A connection in autocommit mode with explicit, nestable transactions."""

    def __init__(self, path: Path, schemas: Iterable[str]) -> None:
        # Autocommit, because Python's own implicit transactions cannot be nested.
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = Row
        self._depth = 0
        # State must outlive the process, not a power cut: the write-ahead log without fsync does exactly that.
        for pragma in ("journal_mode = wal", "synchronous = off", "foreign_keys = on", "temp_store = memory"):
            self._connection.execute(f"pragma {pragma}")
        for schema in schemas:
            self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit on success, undo on any exception; inside another transaction it is a savepoint."""
        name = f"level_{self._depth}"
        self._connection.execute(f"savepoint {name}" if self._depth else "begin immediate")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self._connection.execute(f"rollback to {name}" if self._depth else "rollback")
            raise
        self._depth -= 1
        self._connection.execute(f"release {name}" if self._depth else "commit")

    def execute(self, sql: str, params: Params = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, params if isinstance(params, dict) else tuple(params))

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self.execute(sql, params).fetchall()

    def one(self, sql: str, params: Params = ()) -> Row | None:
        row: Row | None = self.execute(sql, params).fetchone()
        return row

    def scalar(self, sql: str, params: Params = ()) -> Any:
        row = self.one(sql, params)
        return None if row is None else row[0]

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Insert one row and return its rowid (0 where the table has none)."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self.execute(f"insert into {table} ({names}) values ({marks})", values.values())  # noqa: S608
        return cursor.lastrowid or 0

    def get_meta(self, key: str, default: str) -> str:
        value = self.scalar("select value from meta where key = ?", [key])
        return default if value is None else str(value)

    def set_meta(self, key: str, value: str) -> None:
        self.execute(
            "insert into meta values (?, ?) on conflict (key) do update set value = excluded.value", [key, value]
        )

    def close(self) -> None:
        self._connection.close()
