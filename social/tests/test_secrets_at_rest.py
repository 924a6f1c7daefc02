"""Tokens in the database: never in clear, bound to their place, and sealed anew when keys change."""

import json
import sqlite3
from collections.abc import Callable
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from multivio import tenancy
from multivio.crypto import UnreadableSecret, keys, sealed_with
from multivio.testing.databases import run_as_owner
from sandbox.testing import Running
from social.models import Grant
from social.tests.cast import Cast, all_connections, all_grants, browser, connect, start, told
from social.tokens import account_for

OLD = "t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NEW = "t2:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
Rows = Callable[..., list[tuple[Any, ...]]]

pytestmark = pytest.mark.real_commits


def dump(owner_url: str) -> str:
    """Every row of every table as text."""
    with psycopg.connect(owner_url) as owner:
        tables = [row[0] for row in owner.execute("select tablename from pg_tables where schemaname = 'public'")]
        return "\n".join(
            row[0] for table in tables for row in owner.execute(f'select t::text from "{table}" t').fetchall()
        )


def sessions(client: Client) -> str:
    """What the sessions hold, since their encoding would hide it from a plain search."""
    return json.dumps(dict(client.session))


def issued(sandbox: Running) -> set[str]:
    """Every token that the sandbox has ever given to anybody."""
    with sqlite3.connect(next(sandbox.data_dir.glob("*.sqlite*"))) as store:
        rows = store.execute("select value, secret from token where kind in ('access', 'refresh', 'oauth1')").fetchall()
    return {text for row in rows for text in row if text}


def test_no_token_is_anywhere_in_clear(sandbox: Running, cast: Cast, owner_url: str) -> None:
    alice = browser(cast.alice)
    for provider in ("x", "x-oauth1"):
        told(alice, connect(sandbox, alice, cast.workspace, "norrestudio", provider))
        told(alice, connect(sandbox, alice, cast.workspace, "tomas_eriksen", provider))
    connect(sandbox, alice, cast.workspace, "alma_lamps")
    account_for(all_connections()[2].pk, force_refresh=True)
    start(alice, cast.workspace, "x-oauth1")
    found, tokens = dump(owner_url) + sessions(alice), issued(sandbox)
    assert len(tokens) >= 10
    assert "mv1.t1." in found
    assert [token for token in tokens if token in found] == []


def test_a_request_token_s_secret_is_sealed_in_the_session(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    start(alice, cast.workspace, "x-oauth1")
    with sqlite3.connect(next(sandbox.data_dir.glob("*.sqlite*"))) as store:
        secrets = [row[0] for row in store.execute("select secret from token where kind = 'request'")]
    assert secrets
    assert not any(secret in sessions(alice) for secret in secrets)


@pytest.mark.parametrize(
    "move",
    [
        "update social_grant set refresh_token = access_token",
        "update social_grant g set access_token = o.access_token from social_grant o where o.id <> g.id",
        "update social_grant set access_token = overlay(access_token placing 'AAAA' from 30)",
        "update social_grant set access_token = replace(access_token, 'mv1.t1.', 'mv1.t9.')",
    ],
    ids=["another column", "another row", "changed", "another key"],
)
def test_a_moved_or_changed_secret_does_not_open(sandbox: Running, cast: Cast, owner_sql: Rows, move: str) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    connect(sandbox, alice, cast.workspace, "tomas_eriksen")
    owner_sql(move)
    with pytest.raises(UnreadableSecret):
        print([(grant.access_token, grant.refresh_token) for grant in all_grants()])  # noqa: T201


def test_secrets_cannot_be_searched_or_written_past_the_field(db: None) -> None:
    with tenancy.system("test"):
        with pytest.raises(TypeError):
            Grant.objects.filter(access_token="x").exists()
        with pytest.raises(TypeError):
            Grant.objects.update(access_token="x")


def test_a_secret_hides_itself(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    (grant,) = all_grants()
    account = account_for(all_connections()[0].pk)
    assert str(grant.access_token) not in f"{grant!r} {grant.access_token!r} {account!r} {vars(account)!r}"


# -- rotation ---------------------------------------------------------------------------------------


def rotate(**options: Any) -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out, **options)
    return out.getvalue()


def seals() -> set[str]:
    rows = run_as_owner("select access_token, refresh_token, token_secret from social_grant")
    return {sealed_with(text) for row in rows for text in row if text}


def test_rotating_seals_everything_with_the_new_key_and_loses_nothing(
    sandbox: Running, cast: Cast, settings: Any
) -> None:
    alice = browser(cast.alice)
    for username in ("norrestudio", "tomas_eriksen", "alma_lamps"):
        connect(sandbox, alice, cast.workspace, username)
    connect(sandbox, alice, cast.workspace, "majalindqvist", "x-oauth1")
    before = [(str(grant.access_token), str(grant.refresh_token), str(grant.token_secret)) for grant in all_grants()]
    settings.FIELD_KEYS = [NEW, OLD]
    assert "social.Grant: 4 sealed anew with t2, 0 cannot be opened" in rotate(batch=2)
    assert seals() == {"t2"}
    settings.FIELD_KEYS = [NEW]
    after = [(str(grant.access_token), str(grant.refresh_token), str(grant.token_secret)) for grant in all_grants()]
    assert after == before
    assert "social.Grant: 0 sealed anew" in rotate()


def test_both_keys_open_while_the_rotation_runs(sandbox: Running, cast: Cast, settings: Any) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast.workspace)
    settings.FIELD_KEYS = [NEW, OLD]
    connect(sandbox, alice, cast.workspace, "tomas_eriksen")
    assert seals() == {"t1", "t2"}
    assert [bool(account_for(connection.pk).access_token) for connection in all_connections()] == [True, True]


def test_what_does_not_open_is_left_and_told(sandbox: Running, cast: Cast, settings: Any) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(CommandError, match="cannot be opened"):
        rotate()
    assert seals() == {"t1"}


def test_a_new_key_is_one_that_the_settings_take(settings: Any) -> None:
    out = StringIO()
    call_command("new_field_key", stdout=out)
    settings.FIELD_KEYS = [out.getvalue().strip()]
    ((key_id, key),) = keys().items()
    assert key_id.startswith("k")
    assert len(key) == 32


def test_two_new_keys_differ() -> None:
    made = set()
    for _ in range(2):
        out = StringIO()
        call_command("new_field_key", id="same", stdout=out)
        made.add(out.getvalue())
    assert len(made) == 2
    with pytest.raises(CommandError):
        call_command("new_field_key", id="not.allowed")
