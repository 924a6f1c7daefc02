"""`manage.py prepare_database`: make the roles and grants in a PostgreSQL of your own, where it lets us."""

import os
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from multivio import database_roles
from multivio.database_roles import APP, OWNER, SYSTEM

URLS = {OWNER: "DATABASE_OWNER_URL", APP: "DATABASE_URL", SYSTEM: "DATABASE_SYSTEM_URL"}
BY_HAND = """The server does not let {user} create roles. Have its administrator run, with passwords of your choice:

  create role mv_owner login createdb password '…';
  create role mv_app login noinherit password '…';
  create role mv_system login password '…';
  grant mv_system to mv_app;
  create database {database} owner mv_owner;

or set DATABASE_ADMIN_URL to a log-in that may, and run this command again."""


class Command(BaseCommand):
    help = (
        "Create the roles mv_owner, mv_app and mv_system with the passwords of DATABASE_OWNER_URL, DATABASE_URL and "
        "DATABASE_SYSTEM_URL, and the database, where they are missing. Logs in with DATABASE_ADMIN_URL if it is set, "
        "else with DATABASE_OWNER_URL. Safe to repeat."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        urls = {role: _url(name) for role, name in URLS.items()}
        for role, parts in urls.items():
            if parts.get("user") != role:
                raise CommandError(f"{URLS[role]} has to log in as {role}, not as {parts.get('user', 'nobody')}.")
        database = str(urls[OWNER]["dbname"])
        admin_url = os.environ.get("DATABASE_ADMIN_URL")
        with _connect(conninfo_to_dict(admin_url) if admin_url else urls[OWNER]) as admin:
            self._make_roles(admin, urls)
            if admin.info.dbname != database:
                self._make_database(admin, database)
        with _connect(urls[OWNER]) as owner:
            database_roles.grant_database(owner)
        for role in (APP, SYSTEM):
            with _connect(urls[role]) as connection:
                _refuse_excess(connection, role)
        self.stdout.write(f"Database {database} is ready for {OWNER}, {APP} and {SYSTEM}. Next: manage.py migrate")

    def _make_roles(self, admin: psycopg.Connection, urls: dict[str, dict[str, Any]]) -> None:
        complete = not database_roles.missing_roles(admin) and database_roles.may_become_system(admin)
        if complete:
            return
        passwords = {role: str(parts.get("password", "")) for role, parts in urls.items()}
        try:
            database_roles.create_roles(admin, passwords, refresh=False)
        except psycopg.errors.InsufficientPrivilege as error:
            text = BY_HAND.format(user=admin.info.user, database=urls[OWNER]["dbname"])
            raise CommandError(text) from error

    def _make_database(self, admin: psycopg.Connection, name: str) -> None:
        """Create the product's database. The administrator has to be a member of the role that will own it."""
        if admin.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            return
        owner = sql.Identifier(OWNER)
        try:
            row = admin.execute("select pg_has_role(current_user, %s, 'usage')", [OWNER]).fetchone()
            if not (row and row[0]):
                admin.execute(sql.SQL("grant {} to current_user").format(owner))
            admin.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), owner))
        except psycopg.errors.InsufficientPrivilege as error:
            raise CommandError(BY_HAND.format(user=admin.info.user, database=name)) from error


def _url(name: str) -> dict[str, Any]:
    if not os.environ.get(name):
        raise CommandError(f"{name} is not set. All three are needed: {', '.join(URLS.values())}.")
    try:
        return dict(conninfo_to_dict(os.environ[name]))
    except psycopg.ProgrammingError as error:
        raise CommandError(f"{name} is not a PostgreSQL address: {error}") from error


def _connect(parts: dict[str, Any]) -> psycopg.Connection:
    try:
        return psycopg.connect(make_conninfo(**{"connect_timeout": 10, **parts}), autocommit=True)
    except psycopg.OperationalError as error:
        raise CommandError(f"Logging in to the database as {parts.get('user')} failed: {error}") from error


def _refuse_excess(connection: psycopg.Connection, role: str) -> None:
    """Row-level security protects nothing from a role that passes it by."""
    row = connection.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user").fetchone()
    if row and row[0]:
        raise CommandError(f"{role} is a superuser or has BYPASSRLS: alter role {role} nosuperuser nobypassrls;")
