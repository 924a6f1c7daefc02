"""Unknown outcomes on X: what the timeline proves, in both vocabularies, and what it does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import Account, AttemptRef, Job, NotSent, Proof, Settled, Settlement, Unknown
from social.platforms.x_timeline import canonical_text, shown_text
from social.tests.making import Files, account, job, picture, signing_account, variant

X = platforms.get("x")
DIALECTS = [("tweet.fields", "old"), ("post.fields", "new"), ("tweet.fields", "new"), ("post.fields", "old")]


def lose(sandbox: Running, one: Job, number: int = 1, kind: str = "accept_then_reset", **params: Any) -> AttemptRef:
    """Publish so that nobody is told, and refer to it."""
    started_at = datetime.now(UTC)
    sandbox.control.add_fault(operation="create_post", kind=kind, params=params)
    with pytest.raises(Unknown):
        X.commit(one, number)
    return AttemptRef(f"commit:{number}", started_at, tuple(proof.remote_id for proof in one.committed))


def only_post(sandbox: Running) -> str:
    (post,) = sandbox.control.posts()
    return str(post["id"])


@pytest.mark.parametrize(("parameter", "dialect"), DIALECTS)
def test_it_finds_what_arrived_in_either_vocabulary(
    sandbox: Running, settings: Any, parameter: str, dialect: str
) -> None:
    settings.X_FIELDS_PARAMETER = parameter
    sandbox.control.settings(dialect=dialect)
    one = job(account(sandbox), variant("Did it arrive?"))
    found = X.settle(one, lose(sandbox, one))
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_id == only_post(sandbox)
    assert found.proof.remote_url == sandbox.control.posts()[0]["url"]


@pytest.mark.parametrize(("parameter", "dialect"), DIALECTS)
def test_it_finds_a_part_of_a_thread_by_its_parent(
    sandbox: Running, settings: Any, parameter: str, dialect: str
) -> None:
    settings.X_FIELDS_PARAMETER = parameter
    sandbox.control.settings(dialect=dialect)
    who, content = account(sandbox), variant("Same words", "Same words")
    first = X.commit(job(who, content), 1)
    one = job(who, content, committed=(first,))
    found = X.settle(one, lose(sandbox, one, 2))
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_id == sandbox.control.posts()[1]["id"]


@pytest.mark.parametrize(
    "text",
    [
        "Read https://example.com/a?b=1&c=2 & tell me <now>",
        "A bare domain: example.com, and one more Example.ORG/Path/",
        "Escaped by hand: &amp; &lt;b&gt; &copy;",
        "Two   spaces,\n\na new line and one at the end \n",
        "日本語とリンク https://example.com/日本 😷👩‍👩‍👧‍👦",
        "Café, written in two ways: Cafe\u0301",
        "https://example.com/photo/1",
    ],
)
def test_it_recognises_the_text_behind_x_s_changes(sandbox: Running, text: str) -> None:
    one = job(account(sandbox), variant(text))
    assert X.settle(one, lose(sandbox, one)).verdict == Settled.FOUND


def test_it_recognises_a_post_with_pictures(sandbox: Running) -> None:
    files = Files()
    for text in ("With a picture https://example.com/photo/1", ""):
        one = job(account(sandbox), variant(text, media=(files.add(picture()),)), files=files)
        X.prepare(one)
        assert X.settle(one, lose(sandbox, one)).verdict == Settled.FOUND, text


@pytest.mark.parametrize(("parameter", "dialect"), DIALECTS[:2])
def test_it_reads_long_posts_whole(sandbox: Running, settings: Any, parameter: str, dialect: str) -> None:
    settings.X_FIELDS_PARAMETER = parameter
    sandbox.control.settings(dialect=dialect)
    who, common = account(sandbox, "tomas_eriksen"), "lamp " * 80
    X.commit(job(who, variant(f"{common} and an end")), 1)
    one = job(who, variant(f"{common} and another end"))
    found = X.settle(one, lose(sandbox, one))
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_id == sandbox.control.posts()[1]["id"]


def test_what_is_not_shown_is_not_proven_absent(sandbox: Running) -> None:
    one = job(account(sandbox), variant("Lost on the way"))
    assert X.settle(one, lose(sandbox, one, kind="reset")).verdict == Settled.NOT_SEEN


def test_a_late_timeline_shows_it_later(sandbox: Running) -> None:
    sandbox.control.settings(visibility_delay_seconds=30.0)
    one = job(account(sandbox), variant("Patience"))
    attempt = lose(sandbox, one)
    assert X.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(60)
    assert X.settle(one, attempt).verdict == Settled.FOUND


def test_a_post_that_is_delivered_late_is_found(sandbox: Running) -> None:
    one = job(account(sandbox), variant("Later than it said"))
    attempt = lose(sandbox, one, kind="late_delivery", seconds=30)
    assert X.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(60)
    assert X.settle(one, attempt).verdict == Settled.FOUND


def test_two_alike_are_for_a_person(sandbox: Running) -> None:
    sandbox.control.settings(duplicate_filter=False)
    one = job(account(sandbox), variant("Echo"))
    attempt = lose(sandbox, one)
    X.commit(one, 1)
    found = X.settle(one, attempt)
    assert found.verdict == Settled.SEVERAL
    assert all(post["id"] in found.note for post in sandbox.control.posts())


def test_what_another_publication_owns_is_left_out(sandbox: Running) -> None:
    sandbox.control.settings(duplicate_filter=False)
    one = job(account(sandbox), variant("Echo"))
    started_at = datetime.now(UTC)
    taken = X.commit(one, 1).remote_id
    attempt = AttemptRef("commit:1", started_at, taken=frozenset({taken}))
    assert X.settle(one, attempt).verdict == Settled.NOT_SEEN
    lose(sandbox, one)
    found = X.settle(one, attempt)
    assert found.verdict == Settled.FOUND
    assert found.proof is not None
    assert found.proof.remote_id != taken


def test_an_older_post_with_the_same_words_is_not_it(sandbox: Running) -> None:
    who = account(sandbox)
    X.commit(job(who, variant("Every Monday")), 1)
    attempt = AttemptRef("commit:1", datetime.now(UTC) + timedelta(minutes=5))
    assert X.settle(job(who, variant("Every Monday")), attempt).verdict == Settled.NOT_SEEN


def test_a_reply_with_the_same_words_is_not_it(sandbox: Running) -> None:
    who = account(sandbox)
    started_at = datetime.now(UTC)
    first = X.commit(job(who, variant("Other words")), 1)
    X.commit(job(who, variant("Other words", "Same words"), committed=(first,)), 2)
    assert X.settle(job(who, variant("Same words")), AttemptRef("commit:1", started_at)).verdict == Settled.NOT_SEEN


def test_a_reply_to_another_post_is_not_it(sandbox: Running) -> None:
    who = account(sandbox)
    started_at = datetime.now(UTC)
    one, other = (X.commit(job(who, variant(text)), 1) for text in ("One", "Other"))
    X.commit(job(who, variant("One", "And"), committed=(other,)), 2)
    settled = X.settle(
        job(who, variant("One", "And"), committed=(one,)), AttemptRef("commit:2", started_at, (one.remote_id,))
    )
    assert settled.verdict == Settled.NOT_SEEN


def test_it_looks_behind_the_first_page(sandbox: Running) -> None:
    sandbox.control.settings(rate_limits=False)
    one = job(account(sandbox), variant("Under a hundred others"))
    attempt = lose(sandbox, one)
    for number in range(120):
        X.commit(job(one.account, variant(f"Number {number}")), 1)
    assert X.settle(one, attempt).verdict == Settled.FOUND


def test_a_timeline_that_cannot_be_read_settles_nothing(sandbox: Running) -> None:
    one = job(account(sandbox), variant("?"))
    attempt = lose(sandbox, one)
    sandbox.control.add_fault(operation="timeline", kind="reject_5xx")
    with pytest.raises(NotSent):
        X.settle(one, attempt)


def test_an_account_that_is_gone_settles_nothing(sandbox: Running) -> None:
    who = account(sandbox)
    gone = Account("99", "nobody", who.access_token)
    settled: Settlement = X.settle(job(gone, variant("?")), AttemptRef("commit:1", datetime.now(UTC)))
    assert settled.verdict == Settled.NOT_SEEN


def test_settling_only_reads(sandbox: Running) -> None:
    one = job(account(sandbox), variant("Only looking"))
    attempt = lose(sandbox, one)
    sandbox.control.clear_ledger()
    X.settle(one, attempt)
    assert {row["method"] for row in sandbox.control.ledger()} == {"GET"}


def test_a_cut_text_without_its_note_is_no_match() -> None:
    cut = {
        "text": "lamp lamp…  https://t.co/abc",
        "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://x.com/i/web/status/1"}]},
    }
    assert shown_text(cut) != canonical_text("lamp " * 80)


def test_a_proof_of_the_timeline_says_where_it_comes_from(sandbox: Running) -> None:
    one = job(account(sandbox), variant("Evidence"))
    proof = X.settle(one, lose(sandbox, one)).proof
    assert isinstance(proof, Proof)
    assert proof.evidence["found"] == "timeline"


def test_it_reads_with_oauth_1_0a_as_well(sandbox: Running) -> None:
    one = job(signing_account(sandbox), variant("Signed & sent"))
    assert X.settle(one, lose(sandbox, one)).verdict == Settled.FOUND
