"""Deleting what is public on its platform: who may, what becomes of it, and that asking again does no harm."""

from typing import Any

import pytest
from psycopg import DatabaseError

from accounts.audit_models import AuditEntry
from accounts.roles import Role
from multivio import tenancy
from multivio.errors import Conflict, Forbidden
from posts import deleting
from posts.deletion_models import Deletion
from posts.models import Post, Publication
from posts.services import Now, cancel_publication, delete_there, publish_now, retry
from posts.states import State
from posts.tests.conftest import Driven, Rows, connect, publication_of
from posts.tests.factories import Cast, acting, add_member, make_post, make_user
from sandbox.testing import Running

pytestmark = pytest.mark.real_commits
PARTS = ("part one", "part two", "part three")


@pytest.fixture
def thread(sandbox: Running, cast: Cast, driven: Driven) -> Publication:
    """A thread of three that is public on X."""
    account = connect(sandbox, cast.workspace)
    post = make_post(cast.alice, cast.workspace, account, parts=PARTS, plan=Now())
    driven.run()
    assert publication_of(post).state == State.PUBLISHED
    return publication_of(post)


def ask(cast: Cast, publication: Publication) -> Deletion:
    with acting(cast.alice, cast.workspace) as actor:
        return delete_there(actor=actor, publication=publication)


def carry_out() -> None:
    for deletion in deleting.due():
        deleting.carry_out(deletion)


def now_as(publication: Publication) -> Deletion:
    with tenancy.system("test"):
        found: Deletion = Deletion.objects.get(publication=publication)
        return found


def entries(action: str) -> list[AuditEntry]:
    with tenancy.system("test"):
        return list(AuditEntry.objects.filter(action=action))


def left_there(sandbox: Running) -> list[str]:
    return [str(one["text"]) for one in sandbox.control.posts("x")]


def test_a_thread_goes_part_by_part_the_last_first(thread: Publication, cast: Cast, sandbox: Running) -> None:
    ask(cast, thread)
    carry_out()
    assert left_there(sandbox) == []
    deletion = now_as(thread)
    assert deletion.state == "done"
    assert deletion.deleted == sorted(deletion.deleted, reverse=True)
    assert len(deletion.deleted) == 3
    assert [entry.target_id for entry in entries("publication.deletion_asked")] == [str(thread.uid)]
    (done,) = entries("publication.deleted_there")
    assert (done.user_id, done.kind) == (cast.alice.pk, "task")


def test_one_that_stopped_half_way_is_taken_up_where_it_was(
    thread: Publication, cast: Cast, sandbox: Running, owner_sql: Rows
) -> None:
    ask(cast, thread)
    sandbox.control.add_fault(operation="delete_post", kind="rate_limit", params={"seconds": 900})
    sandbox.control.clear_ledger()
    deleting.carry_out(now_as(thread).pk)
    waiting = now_as(thread)
    assert (waiting.state, waiting.deleted) == ("waiting", [])
    assert waiting.due_at is not None
    assert deleting.due() == []
    owner_sql("update posts_deletion set due_at = now(), deleted = jsonb_build_array(%s::text)", [_last(thread)])
    sandbox.control.clear_ledger()
    carry_out()
    assert now_as(thread).state == "done"
    assert len([row for row in sandbox.control.ledger() if row["operation"] == "delete_post"]) == 2


def _last(thread: Publication) -> str:
    with tenancy.system("test"):
        return deleting.public_ids(thread)[0]


def test_an_outcome_that_nobody_knows_is_said_and_can_be_asked_again(
    thread: Publication, cast: Cast, sandbox: Running
) -> None:
    ask(cast, thread)
    sandbox.control.add_fault(operation="delete_post", kind="accept_then_reset")
    carry_out()
    unclear = now_as(thread)
    assert (unclear.state, unclear.due_at) == ("unknown", None)
    assert unclear.error_sentence.startswith("X did not say whether it deleted it")
    assert unclear.error_next_step == "Ask again: deleting twice does no harm."
    assert len(entries("publication.deletion_unknown")) == 1
    ask(cast, thread)
    carry_out()
    assert (now_as(thread).state, now_as(thread).error_sentence) == ("done", "")
    assert left_there(sandbox) == []


def test_asking_twice_is_asking_once(thread: Publication, cast: Cast) -> None:
    first = ask(cast, thread)
    assert ask(cast, thread).pk == first.pk
    carry_out()
    assert ask(cast, thread).state == "done"
    assert deleting.due() == []
    assert len(entries("publication.deletion_asked")) == 1


def test_two_workers_are_never_at_the_same_one(thread: Publication, cast: Cast) -> None:
    deletion = ask(cast, thread)
    assert deleting._take(deletion.pk) is not None
    assert deleting._take(deletion.pk) is None


def test_a_refusal_is_told_and_nothing_is_called_deleted(thread: Publication, cast: Cast, sandbox: Running) -> None:
    ask(cast, thread)
    sandbox.control.add_fault(operation="delete_post", kind="suspended")
    carry_out()
    failed = now_as(thread)
    assert (failed.state, failed.deleted, failed.error_next_step) == ("failed", [], "Delete it on X itself.")
    assert len(left_there(sandbox)) == 3


def test_a_token_that_died_early_is_renewed_first(thread: Publication, cast: Cast, sandbox: Running) -> None:
    ask(cast, thread)
    sandbox.control.add_fault(operation="delete_post", kind="unauthorized")
    carry_out()
    assert now_as(thread).state == "done"


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.VIEWER])
def test_only_who_may_publish_may_delete(thread: Publication, cast: Cast, role: Role) -> None:
    bob = make_user("Bob")
    add_member(cast.workspace, bob, role)
    with acting(bob, cast.workspace) as actor, pytest.raises(Forbidden):
        delete_there(actor=actor, publication=thread)


def test_what_is_not_public_cannot_be_deleted(cast: Cast, sandbox: Running, owner_sql: Rows) -> None:
    post = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), plan=Now())
    with pytest.raises(Conflict, match="This is scheduled"):
        ask(cast, publication_of(post))
    with pytest.raises(DatabaseError, match="nothing of it is public"):
        owner_sql(
            "insert into posts_deletion (workspace_id, publication_id, state, asked_at, deleted, error_code, error_sentence,"
            " error_next_step, error_detail) select workspace_id, id, 'asked', now(), '[]', '', '', '', '' from posts_publication"
        )


@pytest.fixture
def part_way(sandbox: Running, cast: Cast, driven: Driven) -> Post:
    """The first part is public, and somebody stopped the rest."""
    sandbox.control.add_fault(operation="create_post", kind="rate_limit", match_text="part two")
    post = make_post(cast.alice, cast.workspace, connect(sandbox, cast.workspace), parts=PARTS, plan=Now())
    driven.run()
    with acting(cast.alice, cast.workspace) as actor:
        cancel_publication(actor=actor, publication=publication_of(post))
    return post


def test_what_was_deleted_does_not_go_on(part_way: Post, cast: Cast, sandbox: Running, owner_sql: Rows) -> None:
    publication = publication_of(part_way)
    ask(cast, publication)
    with acting(cast.alice, cast.workspace) as actor:
        with pytest.raises(Conflict, match="Copy the post as a new one"):
            retry(actor=actor, publication=publication)
        with pytest.raises(Conflict, match="nothing left"):
            publish_now(actor=actor, post=part_way)
    with pytest.raises(DatabaseError, match="being deleted on the platform"):
        owner_sql("update posts_publication set state = 'scheduled'")
    carry_out()
    assert left_there(sandbox) == []
    assert publication_of(part_way).state == State.FAILED


def test_what_could_not_be_deleted_at_all_may_go_on(
    part_way: Post, cast: Cast, sandbox: Running, driven: Driven, owner_sql: Rows
) -> None:
    ask(cast, publication_of(part_way))
    sandbox.control.add_fault(operation="delete_post", kind="suspended")
    carry_out()
    with acting(cast.alice, cast.workspace) as actor:
        retry(actor=actor, publication=publication_of(part_way))
    owner_sql("update posts_lane set blocked_until = null")
    driven.run()
    assert publication_of(part_way).state == State.PUBLISHED


def test_a_second_copy_goes_with_it(thread: Publication, cast: Cast, owner_sql: Rows) -> None:
    owner_sql("update posts_publication set duplicate_remote_id = '4711'")
    ask(cast, thread)
    carry_out()
    assert now_as(thread).deleted[0] == "4711"


def test_a_closed_platform_is_waited_for(thread: Publication, cast: Cast, sandbox: Running, owner_sql: Rows) -> None:
    ask(cast, thread)
    gate = "insert into posts_platformgate (platform, closed_until, reason) values ('x', now() + interval '1 hour', 'No credits.')"
    owner_sql(gate)
    sandbox.control.clear_ledger()
    carry_out()
    found: Any = now_as(thread)
    assert (found.state, found.error_sentence, sandbox.control.ledger()) == ("waiting", "No credits.", [])
