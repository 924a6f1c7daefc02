"""Numbers of posts on a Page."""

from sandbox.testing import Running
from social.platforms.facebook import Facebook
from social.tests.facebook_making import content, job, naps, operations, page

__all__ = ["naps"]
PLATFORM = Facebook()


def test_numbers_come_by_our_names(sandbox: Running) -> None:
    who = page(sandbox)
    proof = PLATFORM.commit(job(who, content("Count me")), 1)
    sandbox.control.advance(86_400)
    found = PLATFORM.metrics(who, [proof.remote_id])[proof.remote_id].values
    assert set(found) == {"impressions", "reach", "clicks", "reactions", "comments", "shares"}
    assert found["impressions"] > found["reach"] > found["clicks"] >= 0


def test_one_name_that_facebook_refuses_costs_only_that_number(sandbox: Running) -> None:
    who = page(sandbox)
    proof = PLATFORM.commit(job(who, content("Count me")), 1)
    sandbox.control.advance(86_400)
    sandbox.control.add_fault(platform="facebook", operation="insights", kind="refuse", times=2)
    found = PLATFORM.metrics(who, [proof.remote_id])[proof.remote_id].values
    assert "impressions" not in found
    assert "reach" in found
    assert operations(sandbox).count("insights") == 5


def test_a_post_that_is_gone_is_told_as_such(sandbox: Running) -> None:
    who = page(sandbox)
    kept, gone = (PLATFORM.commit(job(who, content(text)), 1).remote_id for text in ("Kept", "Gone"))
    PLATFORM.delete(who, gone)
    found = PLATFORM.metrics(who, [kept, gone])
    assert (found[kept].is_gone, found[gone].is_gone) == (False, True)


def test_without_insights_the_public_counts_remain(sandbox: Running) -> None:
    who = page(sandbox)
    proof = PLATFORM.commit(job(who, content("Count me")), 1)
    sandbox.control.add_fault(platform="facebook", operation="insights", kind="refuse", times=-1)
    found = PLATFORM.metrics(who, [proof.remote_id])[proof.remote_id].values
    assert set(found) == {"reactions", "comments", "shares"}
