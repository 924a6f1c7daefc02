"""pytest fixtures and hooks, loaded by the top-level conftest.py."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from multivio.testing import databases

_made_by_migrations: set[str] = set()


def pytest_configure() -> None:
    # Workers inherit our environment, and with this in it they would import the settings before they have a database.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    # Tests run as mv_app, which may not truncate; Django's own clean-up is `flush` as the role in force.
    TransactionTestCase._fixture_teardown = _empty_as_owner  # type: ignore[attr-defined]


def _empty_as_owner(_case: TransactionTestCase) -> None:
    databases.empty_tables(keep=_made_by_migrations)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`real_commits` is pytest-django's transactional test, with our clean-up behind it."""
    for item in items:
        if item.get_closest_marker("real_commits"):
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Replaces pytest-django's: the owner makes one database per worker process, and tests run in it as mv_app."""
    with django_db_blocker.unblock():
        databases.create_own_database()
        _made_by_migrations.update(databases.filled_tables())
    yield
    with django_db_blocker.unblock():
        from django.db import connections  # noqa: PLC0415 - only once the settings are there

        connections.close_all()
        databases.drop_own_database()


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[None]:
    """Cache, sessions, locks and queues of one test are gone before the next."""
    yield
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushdb()


@pytest.fixture
def owner_sql(django_db_setup: None) -> Callable[..., list[tuple[Any, ...]]]:
    """`owner_sql(sql, params)`: run SQL as the owner, past the app role's limits, in a connection that commits."""
    return databases.run_as_owner


@pytest.fixture
def app_url(django_db_setup: None) -> str:
    """Address of the test database as mv_app."""
    return os.environ["DATABASE_URL"]


@pytest.fixture
def system_url(django_db_setup: None) -> str:
    """Address of the test database as mv_system."""
    return os.environ["DATABASE_SYSTEM_URL"]


@pytest.fixture
def owner_url(django_db_setup: None) -> str:
    """Address of the test database as mv_owner."""
    return os.environ["DATABASE_OWNER_URL"]


@pytest.fixture
def redis_url() -> str:
    """Address of this worker's Redis database."""
    return os.environ["REDIS_URL"]
