"""Publishing to LinkedIn through the engine: outcomes that cannot be read, and the refusal that names the post."""

from typing import Any

import pytest

from posts.services import Now, decide_not_there
from posts.states import State
from posts.tests.conftest import Driven, publication_of
from posts.tests.factories import Cast, acting, make_connection, make_post, rewind
from sandbox.testing import Running
from social.models import Connection

pytestmark = pytest.mark.real_commits


@pytest.fixture
def member(sandbox: Running, cast: Cast) -> Connection:
    """Through the self-serve product: nobody can read what is there."""
    minted = sandbox.control.tokens("maja-lindqvist", platform="linkedin", client_id="sandbox-linkedin-share")
    return make_connection(
        cast.workspace,
        platform="linkedin",
        username="",
        name="Maja Lindqvist",
        remote_id=minted["user_id"],
        access_token=minted["access_token"],
        traits={"kind": "profile", "lacks": ["w_member_social_feed", "r_member_postAnalytics"]},
    )


def lost(sandbox: Running, cast: Cast, account: Connection, driven: Driven, kind: str) -> Any:
    """A post whose outcome nobody was told, looked after until a person has to decide."""
    sandbox.control.add_fault(platform="linkedin", operation="create_post", kind=kind)
    post = make_post(cast.alice, cast.workspace, account, text="Did it arrive?", plan=Now())
    driven.run()
    while publication_of(post).state == State.UNKNOWN:
        rewind(publication_of(post), 3600)
        driven.settle()
    assert publication_of(post).state == State.NEEDS_HUMAN
    return post


def again(cast: Cast, post: Any, driven: Driven) -> None:
    """A person says that it is not there."""
    with acting(cast.alice, cast.workspace) as actor:
        decide_not_there(actor=actor, publication=publication_of(post))
    driven.run()


def test_a_member_is_never_sent_for_twice_without_a_person(
    sandbox: Running, cast: Cast, member: Connection, driven: Driven
) -> None:
    lost(sandbox, cast, member, driven, "accept_then_reset")
    creates = [row for row in sandbox.control.ledger(platform="linkedin") if row["operation"] == "create_post"]
    assert len(creates) == 1


def test_a_repeat_that_linkedin_refuses_is_the_proof_of_the_first(
    sandbox: Running, cast: Cast, member: Connection, driven: Driven
) -> None:
    post = lost(sandbox, cast, member, driven, "accept_then_reset")
    again(cast, post, driven)
    assert publication_of(post).state == State.UNKNOWN
    rewind(publication_of(post), 3600)
    driven.settle()
    (public,) = sandbox.control.posts("linkedin")
    publication = publication_of(post)
    assert (publication.state, publication.remote_id) == (State.PUBLISHED, public["id"])
    assert publication.outcome_proof["is_probable"] is True


def test_a_repeat_that_linkedin_takes_was_needed(
    sandbox: Running, cast: Cast, member: Connection, driven: Driven
) -> None:
    post = lost(sandbox, cast, member, driven, "reset")
    again(cast, post, driven)
    assert publication_of(post).state == State.PUBLISHED
    assert len(sandbox.control.posts("linkedin")) == 1


def test_the_same_words_on_purpose_are_refused_and_not_taken_for_the_first(
    sandbox: Running, cast: Cast, member: Connection, driven: Driven
) -> None:
    first = make_post(cast.alice, cast.workspace, member, text="Good morning", plan=Now())
    driven.run()
    second = make_post(cast.alice, cast.workspace, member, text="Good morning", plan=Now())
    driven.run()
    assert publication_of(first).state == State.PUBLISHED
    publication = publication_of(second)
    assert (publication.state, publication.error_code) == (State.FAILED, "duplicate")
    assert str(publication_of(first).remote_id) in publication.error_sentence
