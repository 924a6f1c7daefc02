"""Stopping a thread of which a part is public: it has failed part-way, and can go on later. It was never "cancelled"."""

import pytest

from posts.models import Post, Publication
from posts.services import Now, cancel_post, cancel_publication, decide_missed, retry
from posts.states import PostState, State
from posts.tests.conftest import Driven, Rows, connect, publication_of
from posts.tests.factories import Cast, acting, make_post
from sandbox.testing import Running

pytestmark = pytest.mark.real_commits
PARTS = ("part one", "part two", "part three")


@pytest.fixture
def part_way(sandbox: Running, cast: Cast, driven: Driven, owner_sql: Rows) -> Post:
    """The first part is public, and the second could not be sent just now."""
    sandbox.control.add_fault(
        operation="create_post", kind="rate_limit", match_text="part two", params={"seconds": 900}
    )
    account = connect(sandbox, cast.workspace)
    post = make_post(cast.alice, cast.workspace, account, parts=PARTS, plan=Now())
    driven.run()
    publication = publication_of(post)
    assert (publication.state, publication.committed) == (State.SCHEDULED, 1)
    return post


def stopped(post: Post) -> Publication:
    found = publication_of(post)
    assert (found.state, found.error_code) == (State.FAILED, "stopped")
    assert found.error_sentence == "Stopped on request: 1 of 3 parts are public."
    return found


def test_cancelling_the_publication_stops_it_part_way(part_way: Post, cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        cancel_publication(actor=actor, publication=publication_of(part_way))
    stopped(part_way)


def test_cancelling_the_post_stops_it_part_way(part_way: Post, cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        assert cancel_post(actor=actor, post=part_way).state == PostState.PARTLY
    stopped(part_way)


def test_deciding_against_what_missed_its_time_stops_it_part_way(part_way: Post, cast: Cast, owner_sql: Rows) -> None:
    owner_sql("update posts_publication set state = 'held', error_code = 'missed_window'")
    with acting(cast.alice, cast.workspace) as actor:
        assert decide_missed(actor=actor, publish=False).done == 1
    stopped(part_way)


def test_it_can_go_on_later_from_the_part_that_is_missing(
    part_way: Post, sandbox: Running, cast: Cast, driven: Driven, owner_sql: Rows
) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        cancel_publication(actor=actor, publication=publication_of(part_way))
        retry(actor=actor, publication=stopped(part_way))
    owner_sql("update posts_lane set blocked_until = null")
    driven.run()
    assert publication_of(part_way).state == State.PUBLISHED
    assert [post["text"] for post in sandbox.control.posts()] == list(PARTS)
