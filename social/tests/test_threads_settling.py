"""Unknown outcomes on Threads: every verdict, by the status of the container and the account's own lists."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import AttemptRef, Job, NotSent, Proof, Settled, Settlement, Unknown
from social.platforms.threads_lookup import Search
from social.tests.hosting import Host, host
from social.tests.threads_making import (
    NORRE,
    THREADS,
    after,
    content,
    job,
    naps,
    only_post,
    operations,
    photo,
    posts,
    profile,
    publish,
)

__all__ = ["host", "naps"]


def attempt(number: int = 1, *, age: float = 0, **others: Any) -> AttemptRef:
    return AttemptRef(f"commit:{number}", datetime.now(UTC) - timedelta(seconds=age), **others)


def lost(sandbox: Running, one: Job, kind: str = "accept_then_reset", number: int = 1, **params: Any) -> None:
    """A call that publishes and whose answer is lost on the way."""
    THREADS.prepare(one)
    sandbox.control.add_fault(platform="threads", operation="create_post", kind=kind, params=params)
    with pytest.raises(Unknown):
        THREADS.commit(one, number)


def settle(one: Job, reference: AttemptRef) -> Settlement:
    return THREADS.settle(one, reference)


# -- it is there -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["accept_then_reset", "accept_then_5xx", "garbage_200", "missing_id"])
def test_what_was_published_is_found_with_its_address(sandbox: Running, kind: str) -> None:
    one = job(profile(sandbox), content("Where am I?\r\n\r\nHere. "))
    lost(sandbox, one, kind)
    found = settle(one, attempt())
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert (found.proof.remote_id, found.proof.remote_url) == (only_post(sandbox)["id"], only_post(sandbox)["url"])


def test_a_picture_without_words_is_found_since_its_container_is_published(sandbox: Running, host: Host) -> None:
    one = job(profile(sandbox), content("", media=(photo(host),)), host)
    lost(sandbox, one)
    found = settle(one, attempt())
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_id == only_post(sandbox)["id"]


def test_a_carousel_is_found_by_its_kind_and_words(sandbox: Running, host: Host) -> None:
    who = profile(sandbox)
    one = job(who, content("Lamps", media=(photo(host), photo(host))), host)
    lost(sandbox, one)
    publish(job(who, content("Lamps")))
    found = settle(one, attempt())
    assert found.proof is not None
    assert found.proof.remote_id == posts(sandbox)[0]["id"]


def test_a_later_part_is_found_among_the_replies(sandbox: Running) -> None:
    one = job(profile(sandbox), content("One", "Two"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    going_on = after(one, first)
    lost(sandbox, going_on, number=2)
    found = settle(going_on, attempt(2, parents=(first.remote_id,)))
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_id == posts(sandbox)[1]["id"]


def test_the_same_words_under_another_post_are_another_reply(sandbox: Running) -> None:
    who = profile(sandbox)
    publish(job(who, content("Other", "Two")))
    one = job(who, content("One", "Two"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    going_on = after(one, first)
    lost(sandbox, going_on, number=2)
    found = settle(going_on, attempt(2, parents=(first.remote_id,)))
    assert found.proof is not None
    assert found.proof.remote_id == posts(sandbox)[-1]["id"]


def test_a_thread_goes_on_from_what_was_found(sandbox: Running) -> None:
    one = job(profile(sandbox), content("One", "Two"))
    lost(sandbox, one)
    found = settle(one, attempt()).proof
    assert found is not None
    publish(after(one, found))
    assert [post["text"] for post in posts(sandbox)] == ["One", "Two"]
    assert posts(sandbox)[1]["reply_to"] == found.remote_id


def test_a_long_list_is_read_page_by_page(sandbox: Running) -> None:
    who = profile(sandbox)
    one = job(who, content("The one"))
    lost(sandbox, one)
    for number in range(3):
        publish(job(who, content(f"Another {number}")))
    sandbox.control.settings(threads_page_size=1)
    assert settle(one, attempt()).verdict == Settled.FOUND


# -- it cannot be said -------------------------------------------------------------------------------


def test_one_that_is_public_but_not_on_the_list_yet_is_waited_for(sandbox: Running) -> None:
    sandbox.control.settings(visibility_delay_seconds=3600.0)
    one = job(profile(sandbox), content("Soon"))
    lost(sandbox, one)
    assert settle(one, attempt(age=200)).verdict == Settled.NOT_SEEN


def test_one_that_never_shows_up_is_public_without_an_address(sandbox: Running) -> None:
    sandbox.control.settings(visibility_delay_seconds=3600.0)
    one = job(profile(sandbox), content("Soon"))
    lost(sandbox, one)
    found = settle(one, attempt(age=400))
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_url.endswith("/@norrestudio")
    assert found.proof.evidence["unlinked"] is True


def test_a_part_that_another_has_to_follow_needs_its_number(sandbox: Running) -> None:
    sandbox.control.settings(visibility_delay_seconds=3600.0)
    one = job(profile(sandbox), content("One", "Two"))
    lost(sandbox, one)
    assert settle(one, attempt(age=400)).verdict == Settled.NOT_SEEN
    sandbox.control.advance(3600)
    assert settle(one, attempt(age=400)).verdict == Settled.FOUND


def test_a_reply_is_public_without_its_number_where_replies_may_not_be_read(sandbox: Running) -> None:
    scopes = ["threads_basic", "threads_content_publish", "threads_manage_replies"]
    who = replace(profile(sandbox, scopes=scopes), traits={"lacks": ["threads_read_replies"]})
    one = job(who, content("One", "Two"))
    THREADS.prepare(one)
    going_on = after(one, THREADS.commit(one, 1))
    lost(sandbox, going_on, number=2)
    parents = (going_on.committed[0].remote_id,)
    assert settle(going_on, attempt(2, age=30, parents=parents)).verdict == Settled.NOT_SEEN
    found = settle(going_on, attempt(2, age=400, parents=parents))
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.evidence["unlinked"] is True


def test_two_alike_are_for_a_person(sandbox: Running) -> None:
    who = profile(sandbox)
    publish(job(who, content("Again")))
    one = job(who, content("Again"))
    lost(sandbox, one)
    assert settle(one, attempt()).verdict == Settled.SEVERAL


def test_what_belongs_to_another_publication_is_not_taken(sandbox: Running) -> None:
    who = profile(sandbox)
    (other,) = publish(job(who, content("Again")))
    one = job(who, content("Again"))
    lost(sandbox, one)
    found = settle(one, attempt(taken=frozenset({other.remote_id})))
    assert found.proof is not None
    assert found.proof.remote_id == posts(sandbox)[1]["id"]


def test_what_is_older_than_the_attempt_is_not_taken(sandbox: Running) -> None:
    who = profile(sandbox)
    publish(job(who, content("Again")))
    sandbox.control.advance(600)
    one = job(who, content("Again"))
    lost(sandbox, one)
    later = AttemptRef("commit:1", datetime.now(UTC) + timedelta(seconds=600))
    assert settle(one, later).verdict == Settled.FOUND


def test_one_that_may_still_be_on_its_way_is_not_called_absent(sandbox: Running) -> None:
    one = job(profile(sandbox), content("On its way"))
    lost(sandbox, one, "reset")
    assert settle(one, attempt(age=30)).verdict == Settled.NOT_SEEN


def test_lists_that_cannot_be_read_say_nothing(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Hidden"))
    lost(sandbox, one)
    sandbox.control.add_fault(platform="threads", operation="timeline", kind="reject_5xx")
    with pytest.raises(NotSent):
        settle(one, attempt())


def test_a_container_that_is_forgotten_leaves_the_list(sandbox: Running) -> None:
    """After a day nothing is known of the container; words on the list are then as good as it gets."""
    who = profile(sandbox)
    one = job(who, content("Old"))
    lost(sandbox, one)
    forgotten = job(who, content("Old"))
    assert settle(forgotten, attempt(age=60)).verdict == Settled.FOUND
    assert settle(job(who, content("Older")), attempt(age=30 * 3600)).verdict == Settled.NOT_SEEN


def test_a_picture_without_words_is_not_guessed_when_its_container_is_forgotten(sandbox: Running, host: Host) -> None:
    who, variant = profile(sandbox), content("", media=(photo(host),))
    lost(sandbox, job(who, variant, host))
    assert settle(job(who, variant, host), attempt(age=60)).verdict == Settled.NOT_SEEN


@pytest.mark.parametrize("timestamp", ["2023-07-06T10:00:00+0000", "some day", ""])
def test_a_post_of_another_time_is_never_it(sandbox: Running, monkeypatch: pytest.MonkeyPatch, timestamp: str) -> None:
    one = job(profile(sandbox), content("Again"))
    row = {"id": "1", "text": "Again", "media_type": "TEXT_POST", "timestamp": timestamp}
    monkeypatch.setattr(Search, "_rows", lambda _self: iter([row]))
    assert Search(one, attempt(), 1, "").find(True) == []
    row["timestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    assert len(Search(one, attempt(), 1, "").find(True)) == 1


# -- it is not there ---------------------------------------------------------------------------------


def test_a_container_that_is_still_to_be_published_was_not_and_is_published_once(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Never arrived"))
    lost(sandbox, one, "reset")
    assert settle(one, attempt(age=100)).verdict == Settled.ABSENT
    publish(one)
    assert operations(sandbox).count("container") == 1
    assert len(posts(sandbox)) == 1


def test_a_call_that_arrives_after_all_and_the_next_one_publish_once(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Late"))
    lost(sandbox, one, "late_delivery", seconds=300)
    assert settle(one, attempt(age=100)).verdict == Settled.ABSENT
    sandbox.control.advance(301)
    THREADS.prepare(one)
    with pytest.raises(Unknown):
        THREADS.commit(one, 1)
    found = settle(one, attempt(age=400))
    assert found.verdict == Settled.FOUND
    assert len(posts(sandbox)) == 1


def test_a_container_that_has_expired_was_never_published(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Too late"))
    lost(sandbox, one, "reset")
    sandbox.control.advance(25 * 3600)
    assert settle(one, attempt(age=10)).verdict == Settled.ABSENT


def test_a_part_whose_container_was_never_made_was_never_published(sandbox: Running) -> None:
    """A worker died between its journal and the making of the container."""
    one = job(profile(sandbox), content("One", "Two"))
    THREADS.prepare(one)
    going_on = after(one, THREADS.commit(one, 1))
    parents = (going_on.committed[0].remote_id,)
    assert settle(going_on, attempt(2, age=30, parents=parents)).verdict == Settled.NOT_SEEN
    assert settle(going_on, attempt(2, age=100, parents=parents)).verdict == Settled.ABSENT
    publish(going_on)
    assert len(posts(sandbox)) == 2


def test_looking_publishes_nothing(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Look only"))
    lost(sandbox, one, "reset")
    before = operations(sandbox).count("create_post")
    settle(one, attempt(age=100))
    assert operations(sandbox).count("create_post") == before
    assert posts(sandbox) == []


def test_a_post_of_somebody_else_with_the_same_words_is_not_ours(sandbox: Running) -> None:
    publish(job(profile(sandbox, "almalamps"), content("Same words")))
    one = job(profile(sandbox), content("Same words"))
    lost(sandbox, one, "reset")
    assert settle(one, attempt(age=100)).verdict == Settled.ABSENT
    assert one.account.remote_id == NORRE


def test_a_proof_names_where_it_was_found(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Evidence"))
    lost(sandbox, one)
    proof = settle(one, attempt()).proof
    assert isinstance(proof, Proof)
    assert proof.evidence["found"] == "threads"
