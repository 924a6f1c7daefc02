"""Test databases: migrated once by the owner, copied for each worker process, emptied as the owner."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from multivio.database_roles import grant_database
from multivio.embedded.home import CHECKOUT
from multivio.testing.environment import maintenance_url, with_database

LOCK = 7_426_001  # advisory lock around making the template


def create_own_database() -> None:
    """Create this process's database as a copy of the template, making that first if need be."""
    name = own_name()
    with psycopg.connect(maintenance_url(), autocommit=True) as owner:
        owner.execute("select pg_advisory_lock(%s)", [LOCK])
        template = _template(owner)
        _create(owner, name, template=template)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        grant_database(owner)


def drop_own_database() -> None:
    """Drop it again; a connection that a test left open keeps it until the server goes."""
    with psycopg.connect(maintenance_url(), autocommit=True) as owner:
        try:
            owner.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(own_name())))
        except psycopg.errors.ObjectInUse:
            return


def own_name() -> str:
    """The database of this process. Raises RuntimeError for one that is not for tests."""
    name = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])["dbname"]
    if not str(name).startswith("test_"):
        raise RuntimeError(f"{name} is not a test database")
    return str(name)


def run_as_owner(statement: str, params: Any = None) -> list[tuple[Any, ...]]:
    """Run SQL as the owner in this process's database and commit; the rows, if it has any."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        cursor = owner.execute(statement.encode(), params)
        return cursor.fetchall() if cursor.description else []


def filled_tables() -> set[str]:
    """Tables of the product that hold rows."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        tables = [row[0] for row in owner.execute("select tablename from pg_tables where schemaname = 'public'")]
        if not tables:
            return set()
        probes = [
            sql.SQL("select {} where exists (select from {})").format(sql.Literal(table), sql.Identifier(table))
            for table in tables
        ]
        return {row[0] for row in owner.execute(sql.SQL(" union all ").join(probes))}


def empty_tables(*, keep: set[str]) -> None:
    """Truncate every table that holds rows, except `keep` (the rows that the migrations made)."""
    tables = sorted(filled_tables() - keep)
    if not tables:
        return
    names = sql.SQL(", ").join(sql.Identifier(table) for table in tables)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        # A test that left a transaction open fails here, instead of hanging the run.
        owner.execute("set lock_timeout = '10s'")
        for is_last in (False, False, True):
            try:
                owner.execute(sql.SQL("truncate {} cascade").format(names))
                return
            except psycopg.errors.DeadlockDetected:  # a process of the test's read meanwhile, in another order
                if is_last:
                    raise


def _template(owner: psycopg.Connection) -> str:
    """The migrated template's name. It carries a digest of the migrations, so reused servers never hold a stale one."""
    name = f"test_template_{_migrations_digest()}"
    if owner.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        return name
    unfinished = f"{name}_unfinished"
    owner.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(unfinished)))
    _create(owner, unfinished, template="template0")
    _migrate(with_database(maintenance_url(), unfinished))
    owner.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


def _create(owner: psycopg.Connection, name: str, *, template: str) -> None:
    statement = sql.SQL("create database {} template {}")
    owner.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _migrate(url: str) -> None:
    """Run the migrations in a process of its own, logged in as the owner."""
    env = {**os.environ, "DATABASE_OWNER_URL": url, "MULTIVIO_DB_ROLE": "owner"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--no-input", "--skip-checks"]
    done = subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last_lines = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
        pytest.fail(f"manage.py migrate failed on the test database:\n{last_lines}", pytrace=False)


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_migration_files()):
        digest.update(str(path.relative_to(CHECKOUT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _migration_files() -> list[Path]:
    """Everything that decides what a migrated database looks like: our migrations, what they import, the versions."""
    files = [
        *CHECKOUT.glob("*/migrations/*.*"),
        *CHECKOUT.glob("*/migrations/sql/*.*"),
        CHECKOUT / "multivio" / "rls.py",
    ]
    return [path for path in [*files, CHECKOUT / "requirements.txt"] if path.is_file() and path.suffix != ".pyc"]
