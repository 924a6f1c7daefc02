"""Around publishing to Threads: quotas before it; addresses, numbers and deleting after it."""

import pytest

from sandbox.testing import Running
from social.contract import Proof, RateLimited, Refused
from social.platforms.threads_metrics import NAMES
from social.tests.threads_making import (
    THREADS,
    after,
    content,
    job,
    naps,
    only_post,
    operations,
    posts,
    profile,
    publish,
)

__all__ = ["naps"]


# -- quotas ------------------------------------------------------------------------------------------


def test_a_used_up_quota_waits_before_anything_is_made(sandbox: Running) -> None:
    who = profile(sandbox)
    publish(job(who, content("First")))
    sandbox.control.settings(threads_quota_posts=1)
    with pytest.raises(RateLimited, match="1 of the 1"):
        THREADS.prepare(job(who, content("Second")))
    assert operations(sandbox).count("container") == 1


def test_a_thread_does_not_begin_when_its_replies_would_not_fit(sandbox: Running) -> None:
    sandbox.control.settings(threads_quota_replies=1)
    with pytest.raises(RateLimited):
        publish(job(profile(sandbox), content("One", "Two", "Three")))
    assert posts(sandbox) == []
    publish(job(profile(sandbox), content("One", "Two")))
    assert len(posts(sandbox)) == 2


def test_a_quota_that_cannot_be_read_stops_nothing(sandbox: Running) -> None:
    sandbox.control.add_fault(platform="threads", operation="quota", kind="reject_5xx")
    publish(job(profile(sandbox), content("On we go")))
    assert len(posts(sandbox)) == 1


# -- afterwards --------------------------------------------------------------------------------------


def test_an_address_that_cannot_be_read_is_that_of_the_profile(sandbox: Running) -> None:
    one = job(profile(sandbox), content("Public all the same"))
    THREADS.prepare(one)
    sandbox.control.add_fault(platform="threads", operation="node", kind="reject_5xx")
    proof = THREADS.commit(one, 1)
    assert proof.remote_id == only_post(sandbox)["id"]
    assert proof.remote_url.endswith("/threads/@norrestudio")


def test_a_post_is_deleted_and_what_is_gone_counts_as_deleted(sandbox: Running) -> None:
    who = profile(sandbox)
    (proof,) = publish(job(who, content("Away")))
    THREADS.delete(who, proof.remote_id)
    assert posts(sandbox) == []
    THREADS.delete(who, proof.remote_id)


def test_one_whose_number_we_never_learned_is_not_called_deleted(sandbox: Running) -> None:
    who = profile(sandbox)
    publish(job(who, content("Still there")))
    with pytest.raises(Refused) as error:
        THREADS.delete(who, only_post(sandbox)["container"])
    assert error.value.code == "number_not_known"
    assert len(posts(sandbox)) == 1


def test_numbers_come_by_our_names(sandbox: Running) -> None:
    who = profile(sandbox)
    first, second = publish(job(who, content("One", "Two")))
    sandbox.control.advance(86_400)
    found = THREADS.metrics(who, [first.remote_id, second.remote_id, "123"])
    assert [one for one, told in found.items() if not told.is_gone] == [first.remote_id, second.remote_id]
    assert found["123"].is_gone
    assert set(found[first.remote_id].values) == set(NAMES.values())
    assert (found[first.remote_id].values["comments"], found[second.remote_id].values["comments"]) == (1, 0)
    assert found[first.remote_id].values["impressions"] > found[first.remote_id].values["reactions"]


def test_a_proof_is_enough_to_go_on_from(sandbox: Running) -> None:
    """What the database keeps of a part is its number and address."""
    one = job(profile(sandbox), content("One", "Two"))
    THREADS.prepare(one)
    first = THREADS.commit(one, 1)
    publish(after(one, Proof(first.remote_id, first.remote_url)))
    assert posts(sandbox)[1]["reply_to"] == first.remote_id
