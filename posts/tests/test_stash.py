"""What a worker leaves behind between its steps: only who holds the publication writes, and what it saw stays as it was."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from posts.engine.stash import ClaimedStash, KeptStash
from posts.engine.store import Store
from posts.engine.values import Claim
from posts.services import Now
from posts.tests.factories import make_cast, make_connection, make_post
from social.contract import NotSent

pytestmark = pytest.mark.real_commits
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def store(db: None, system_url: str) -> Iterator[Store]:
    store = Store(system_url, lease_seconds=60, workspace_cap=20)
    yield store
    store.close()


@pytest.fixture
def claim(store: Store) -> Claim:
    cast = make_cast()
    make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
    return store.claim("first", 1)[0]


def taken_over(store: Store, claim: Claim, owner_sql: Sql) -> Claim:
    """The lease of `claim` ends, and another worker claims the publication."""
    owner_sql("update posts_publication set lease_until = now() - interval '1 second' where id = %s", [claim.id])
    store.sweep()
    return store.claim("second", 1)[0]


def test_a_retry_finds_what_the_last_try_left(store: Store, claim: Claim, owner_sql: Sql) -> None:
    ClaimedStash(store.pool, claim).put("container", {"id": "1"}, lives_seconds=600)
    again = taken_over(store, claim, owner_sql)
    assert ClaimedStash(store.pool, again).get("container") == {"id": "1"}


def test_what_expired_is_not_found(store: Store, claim: Claim) -> None:
    ClaimedStash(store.pool, claim).put("container", {"id": "1"}, lives_seconds=0)
    assert ClaimedStash(store.pool, claim).get("container") is None


def test_a_worker_that_lost_its_claim_replaces_nothing(store: Store, claim: Claim, owner_sql: Sql) -> None:
    late, again = ClaimedStash(store.pool, claim), taken_over(store, claim, owner_sql)
    ClaimedStash(store.pool, again).put("container", {"id": "2"}, lives_seconds=600)
    with pytest.raises(NotSent, match="taken this over"):
        late.put("container", {"id": "1"}, lives_seconds=600)
    assert KeptStash(store.pool, again).get("container") == {"id": "2"}


def test_a_call_that_leaves_late_names_the_container_of_its_own_time(
    store: Store, claim: Claim, owner_sql: Sql
) -> None:
    late = ClaimedStash(store.pool, claim)
    late.put("container", {"id": "1"}, lives_seconds=600)
    again = taken_over(store, claim, owner_sql)
    ClaimedStash(store.pool, again).put("container", {"id": "2"}, lives_seconds=600)
    assert late.get("container") == {"id": "1"}


def test_looking_after_an_outcome_leaves_nothing_behind(store: Store, claim: Claim) -> None:
    with pytest.raises(RuntimeError):
        KeptStash(store.pool, claim).put("container", {"id": "1"}, lives_seconds=600)
