"""The people and brands that exist on the sandbox's platforms."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.store import Row, Store

TIERS = ("free", "premium")


@dataclass(frozen=True)
class Account:
    """`is_foreign` accounts are scenery: nobody can sign in as them."""

    platform: str
    id: str
    username: str
    name: str
    tier: str
    avatar_color: str
    is_foreign: bool
    created_at: float

    @property
    def initials(self) -> str:
        words = self.name.split() or [self.username]
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _account(row: Row) -> Account:
    return Account(**{**dict(row), "is_foreign": bool(row["is_foreign"])})


class Accounts:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, account: Account) -> Account:
        """Insert or replace by (platform, id); raises sqlite3.IntegrityError when the username is taken."""
        self._store.execute(
            "insert into account values"
            " (:platform, :id, :username, :name, :tier, :avatar_color, :is_foreign, :created_at)"
            " on conflict (platform, id) do update set username = :username, name = :name, tier = :tier,"
            " avatar_color = :avatar_color, is_foreign = :is_foreign",
            account.as_json(),
        )
        return account

    def get(self, platform: str, account_id: str) -> Account | None:
        row = self._store.one("select * from account where platform = ? and id = ?", [platform, account_id])
        return None if row is None else _account(row)

    def by_username(self, platform: str, username: str) -> Account | None:
        row = self._store.one("select * from account where platform = ? and username = ?", [platform, username])
        return None if row is None else _account(row)

    def all(self, platform: str | None = None, *, include_foreign: bool = True) -> list[Account]:
        rows = self._store.all(
            "select * from account where (? is null or platform = ?) and (? or not is_foreign)"
            " order by platform, created_at, id",
            [platform, platform, include_foreign],
        )
        return [_account(row) for row in rows]

    def clear(self, platform: str | None) -> None:
        self._store.execute("delete from account where ? is null or platform = ?", [platform, platform])
