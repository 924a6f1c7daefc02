"""Consents and the tokens that hang on them, for every platform and both OAuth versions."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.store import Store


@dataclass(frozen=True)
class Consent:
    id: int
    platform: str
    account_id: str
    client_id: str
    kind: str
    scopes: tuple[str, ...]
    is_revoked: bool


@dataclass(frozen=True)
class Token:
    """An opaque secret: `kind` is code, access, refresh, request (OAuth 1.0a) or ask (a consent page being shown)."""

    value: str
    kind: str
    secret: str
    expires_at: float | None
    is_used: bool
    details: dict[str, Any]
    consent: Consent | None


class Consents:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open(self, *, platform: str, account_id: str, client_id: str, kind: str, scopes: tuple[str, ...]) -> int:
        """Record that an account lets an app act for it; returns the consent's id."""
        return self._store.insert(
            "consent",
            {
                "platform": platform,
                "account_id": account_id,
                "client_id": client_id,
                "kind": kind,
                "scopes": " ".join(scopes),
                "created_at": self._clock.now(),
            },
        )

    def issue(
        self,
        *,
        platform: str,
        kind: str,
        consent_id: int | None = None,
        ttl: float | None = None,
        prefix: str = "",
        secret: str = "",
        details: dict[str, Any] | None = None,
    ) -> str:
        """A new token; `ttl` is in seconds of the sandbox clock, None means that it never expires."""
        value = prefix + secrets.token_urlsafe(32)
        self._store.insert(
            "token",
            {
                "value": value,
                "kind": kind,
                "platform": platform,
                "consent_id": consent_id,
                "secret": secret,
                "expires_at": None if ttl is None else self._clock.now() + ttl,
                "details": json.dumps(details or {}),
            },
        )
        return value

    def find(self, platform: str, kind: str, value: str) -> Token | None:
        """The token, dead or alive; `is_alive` tells."""
        row = self._store.one(
            "select * from token where value = ? and kind = ? and platform = ?", [value, kind, platform]
        )
        if row is None:
            return None
        return Token(
            value=value,
            kind=kind,
            secret=row["secret"],
            expires_at=row["expires_at"],
            is_used=row["used_at"] is not None,
            details=json.loads(row["details"]),
            consent=None if row["consent_id"] is None else self.get(row["consent_id"]),
        )

    def get(self, consent_id: int) -> Consent | None:
        row = self._store.one("select * from consent where id = ?", [consent_id])
        if row is None:
            return None
        return Consent(
            id=row["id"],
            platform=row["platform"],
            account_id=row["account_id"],
            client_id=row["client_id"],
            kind=row["kind"],
            scopes=tuple(row["scopes"].split()),
            is_revoked=row["revoked_at"] is not None,
        )

    def is_alive(self, token: Token) -> bool:
        is_fresh = token.expires_at is None or self._clock.now() < token.expires_at
        is_held = token.consent is None or not token.consent.is_revoked
        return is_fresh and is_held and not token.is_used

    def spend(self, token: Token) -> None:
        """Make a single-use token (code, rotated refresh token, request token) worthless."""
        self._store.execute("update token set used_at = ? where value = ?", [self._clock.now(), token.value])

    def note(self, token: Token, details: dict[str, Any]) -> None:
        """Add to what the token carries."""
        carried = json.dumps(token.details | details)
        self._store.execute("update token set details = ? where value = ?", [carried, token.value])

    def revoke(self, consent_id: int) -> None:
        """Kill every token of the consent at once."""
        self._store.execute("update consent set revoked_at = ? where id = ?", [self._clock.now(), consent_id])

    def clear(self, platform: str | None) -> None:
        for table in ("token", "consent"):
            self._store.execute(f"delete from {table} where ? is null or platform = ?", [platform, platform])  # noqa: S608
