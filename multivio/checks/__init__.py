"""System checks: what is missing, and what that disables. `manage.py check` runs them without a database;
`manage.py check --database default` also asks PostgreSQL who we are."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from multivio import crypto, rates


@register(Tags.security)
def configured(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.DATABASE_URL:
        found.append(
            Warning(
                "DATABASE_URL is not set: nothing that needs the database works.",
                hint="`make run` starts a database of its own; in production set DATABASE_URL, DATABASE_SYSTEM_URL"
                " and DATABASE_OWNER_URL.",
                id="multivio.W001",
            )
        )
    try:
        crypto.keys()
    except ImproperlyConfigured as error:
        found.append(
            Warning(
                f"{error} No account can be connected.",
                hint='Set FIELD_KEYS="2026a:<base64url of 32 random bytes>"; keep it apart from the database\'s backups.',
                id="multivio.W002",
            )
        )
    if settings.SANDBOX and not settings.DEBUG:
        found.append(
            Error(
                "MULTIVIO_SANDBOX is on while DEBUG is off.",
                hint="The sandbox is for local work only.",
                id="multivio.E001",
            )
        )
    if settings.BILLING_ENABLED and not settings.STRIPE_WEBHOOK_SECRETS:
        found.append(
            Warning(
                "STRIPE_WEBHOOK_SECRET is not set: nothing that Stripe tells is taken, and plans lag by up to a day.",
                hint="Add the endpoint <BASE_URL>/billing/webhook at Stripe and set its secret (docs/billing.md).",
                id="multivio.W006",
            )
        )
    unknown = sorted(set(settings.RATE_LIMITS) - set(rates.RATES))
    if unknown:
        found.append(
            Error(
                f"RATE_LIMITS names rates that do not exist: {', '.join(unknown)}.",
                hint=f"There are: {', '.join(rates.RATES)}.",
                id="multivio.E004",
            )
        )
    return found


LEAST_CALL_SECONDS = 20  # several platforms are asked more than one thing within the time of one call


@register(Tags.security)
def timed(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    """The time of a call fits what platforms need, and ends before the lease that protects it."""
    call, lease = settings.PUBLISH_CALL_TIMEOUT_SECONDS, settings.PUBLISH_LEASE_SECONDS
    found: list[CheckMessage] = []
    if call >= lease:
        found.append(
            Error(
                f"PUBLISH_CALL_TIMEOUT_SECONDS is {call} and PUBLISH_LEASE_SECONDS {lease}: a call could outlive its lease.",
                hint="Give the lease twice the time of a call.",
                id="multivio.E004",
            )
        )
    if call < LEAST_CALL_SECONDS:
        found.append(
            Warning(
                f"PUBLISH_CALL_TIMEOUT_SECONDS is {call}: threads on Threads and videos would be tried again for ever.",
                hint=f"Give a call at least {LEAST_CALL_SECONDS} seconds.",
                id="multivio.W005",
            )
        )
    return found


@register(Tags.security, deploy=True)
def ready_for_production(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.BASE_URL.startswith("https://"):
        found.append(
            Warning(
                "BASE_URL is not https: cookies are not secure and platforms refuse the redirect.", id="multivio.W003"
            )
        )
    if not settings.S3_BUCKET:
        found.append(
            Warning(
                "S3_BUCKET is not set: media stay on this machine's disk.",
                hint="With more than one machine, workers cannot read what the web process stored.",
                id="multivio.W004",
            )
        )
    return found


@register(Tags.database)
def isolated(app_configs: Any, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Refuse a role that row-level security does not bind, and a tenant table without it."""
    if not databases or settings.DATABASE_ROLE == "owner":
        return []
    return [*_role_problems(), *_table_problems()]


def _role_problems() -> list[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper, rolbypassrls, rolinherit from pg_roles where rolname = session_user")
        superuser, bypass, inherit = cursor.fetchone()
        cursor.execute("select count(*) from pg_tables where schemaname = 'public' and tableowner = session_user")
        (owned,) = cursor.fetchone()
    wrong = [
        text
        for is_wrong, text in (
            (superuser, "is a superuser"),
            (bypass, "may bypass row-level security"),
            (owned, "owns tables"),
            (inherit and settings.DATABASE_ROLE == "app", "inherits the rights of other roles"),
        )
        if is_wrong
    ]
    if not wrong:
        return []
    return [
        Error(
            f"The database role of DATABASE_URL {' and '.join(wrong)}: tenants would not be kept apart.",
            hint="Run `manage.py prepare_database` with an administrator's DATABASE_OWNER_URL and use the roles it makes.",
            id="multivio.E002",
        )
    ]


def unprotected_tables() -> list[str]:
    """Tables with a `workspace_id` (and the workspaces themselves) that lack forced row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'public' and c.relkind in ('r', 'p')
              and (c.relname = 'accounts_workspace' or exists (
                   select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped))
              and not (c.relrowsecurity and c.relforcerowsecurity) order by 1
            """
        )
        return [row[0] for row in cursor.fetchall()]


def _table_problems() -> list[CheckMessage]:
    return [
        Error(
            f"{table} holds a workspace's rows but has no forced row-level security.",
            hint="Add multivio.rls.protect() to a migration.",
            id="multivio.E003",
        )
        for table in unprotected_tables()
    ]
