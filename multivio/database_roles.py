"""The three database roles and what each may do; made here for embedded, external and test databases alike.

`mv_owner` owns the schema and migrates. `mv_app` runs the pages and the API: rows, no schema, never past row-level
security. `mv_system` runs the engine, and `mv_app` may become it for one transaction (`set local role`), which is why
`mv_app` inherits nothing.
"""

from collections.abc import Mapping

from psycopg import Connection, sql

OWNER, APP, SYSTEM = "mv_owner", "mv_app", "mv_system"
ATTRIBUTES = {
    OWNER: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE CREATEDB",
    APP: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOINHERIT",
    SYSTEM: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
}


def missing_roles(admin: Connection) -> list[str]:
    """Which of our roles the server does not have yet."""
    rows = admin.execute("select rolname from pg_roles where rolname = any(%s)", [list(ATTRIBUTES)])
    present = {row[0] for row in rows}
    return [role for role in ATTRIBUTES if role not in present]


def create_roles(admin: Connection, passwords: Mapping[str, str], *, refresh: bool) -> None:
    """Create the roles that are missing. `refresh` also sets the passwords and attributes of those that exist.

    `admin` needs CREATEROLE (to refresh attributes, superuser), and autocommit or a commit afterwards.
    """
    absent = missing_roles(admin)
    for role, attributes in ATTRIBUTES.items():
        if role in absent or refresh:
            admin.execute(
                sql.SQL("{} role {} {} password {}").format(
                    sql.SQL("create" if role in absent else "alter"),
                    sql.Identifier(role),
                    sql.SQL(attributes),  # constants above
                    sql.Literal(passwords[role]),
                )
            )
    if not may_become_system(admin):
        admin.execute(sql.SQL("grant {} to {}").format(sql.Identifier(SYSTEM), sql.Identifier(APP)))


def may_become_system(connection: Connection) -> bool:
    """Whether `mv_app` may use `set role mv_system`."""
    row = connection.execute("select pg_has_role(%s, %s, 'member')", [APP, SYSTEM]).fetchone()
    return bool(row and row[0])


def grant_database(owner: Connection) -> None:
    """Who may log in to the database `owner` is connected to: nobody but our roles. Rights on tables come from the
    migrations, table by table, so that running this again never gives one back."""
    database = sql.Identifier(owner.info.dbname)
    to = sql.SQL("{}, {}").format(sql.Identifier(APP), sql.Identifier(SYSTEM))
    owner.execute(sql.SQL("revoke all on database {} from public").format(database))
    owner.execute(sql.SQL("grant connect on database {} to {}").format(database, to))
    owner.execute("revoke create on schema public from public")  # open to all before PostgreSQL 15
    owner.execute(sql.SQL("grant usage on schema public to {}").format(to))
