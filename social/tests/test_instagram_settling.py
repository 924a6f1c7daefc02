"""Finding out about unknown outcomes on Instagram: the container's status decides, the lists only name the post."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.testing import Running
from social.contract import AttemptRef, Job, NotSent, Proof, Settled, Settlement, Unknown
from social.tests.hosting import Host
from social.tests.instagram_making import (
    INSTAGRAM,
    LOGINS,
    account,
    clip,
    containers,
    content,
    host,
    job,
    naps,
    only_post,
    operations,
    photo,
    publish,
)
from social.tests.making import MemoryStash

__all__ = ["host", "naps"]
KINDS = ["accept_then_reset", "accept_then_5xx", "garbage_200", "missing_id"]


def lose(sandbox: Running, one: Job, *, kind: str = "accept_then_reset", number: int = 1, **params: Any) -> AttemptRef:
    """Publish so that nobody is told, and refer to it."""
    started_at = datetime.now(UTC)
    if number == 1:
        INSTAGRAM.prepare(one)
    operation = "create_post" if number == 1 else "create_comment"
    sandbox.control.add_fault(platform="instagram", operation=operation, kind=kind, params=params)
    with pytest.raises(Unknown):
        INSTAGRAM.commit(one, number)
    return AttemptRef(f"commit:{number}", started_at, tuple(proof.remote_id for proof in one.committed))


def later(attempt: AttemptRef, seconds: float) -> AttemptRef:
    """The same, looked at so much later."""
    return replace(attempt, started_at=attempt.started_at - timedelta(seconds=seconds))


def found(settlement: Settlement) -> Proof:
    assert settlement.verdict == Settled.FOUND, settlement
    assert settlement.proof is not None
    return settlement.proof


def one_picture(sandbox: Running, host: Host, text: str = "Did it arrive?", login: str = "instagram") -> Job:
    return job(account(sandbox, login), content(text, photo(host)), host)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_arrived_is_found(sandbox: Running, host: Host, kind: str, login: str) -> None:
    one = one_picture(sandbox, host, login=login)
    proof = found(INSTAGRAM.settle(one, lose(sandbox, one, kind=kind)))
    assert (proof.remote_id, proof.remote_url) == (only_post(sandbox)["id"], only_post(sandbox)["url"])


FORMS: dict[str, Callable[[Host], Any]] = {
    "picture": lambda host: content("", photo(host)),
    "reel": lambda host: content("A film", clip(host)),
    "carousel": lambda host: content("Two", photo(host), photo(host)),
    "story": lambda host: content("", photo(host), kind="story"),
    "story film": lambda host: content("", clip(host), kind="story"),
}


@pytest.mark.parametrize("form", list(FORMS))
def test_every_kind_is_found(sandbox: Running, host: Host, form: str) -> None:
    one = job(account(sandbox), FORMS[form](host), host)
    assert found(INSTAGRAM.settle(one, lose(sandbox, one))).remote_id == only_post(sandbox)["id"]


@pytest.mark.parametrize("text", ["Two lines \r\nand an end  \n", "Cafe\u0301", "👩‍👩‍👧‍👦 & <b>", "  blanks  "])
def test_it_recognises_the_words(sandbox: Running, host: Host, text: str) -> None:
    one = one_picture(sandbox, host, text)
    found(INSTAGRAM.settle(one, lose(sandbox, one)))


def test_what_is_public_but_not_listed_yet_is_looked_for_again(sandbox: Running, host: Host) -> None:
    sandbox.control.settings(visibility_delay_seconds=60.0)
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one)
    assert INSTAGRAM.settle(one, attempt).verdict == Settled.NOT_SEEN
    sandbox.control.advance(60)
    assert found(INSTAGRAM.settle(one, attempt)).remote_id == only_post(sandbox)["id"]


def test_what_is_public_and_never_listed_counts_as_published(sandbox: Running, host: Host) -> None:
    sandbox.control.settings(visibility_delay_seconds=9999.0)
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one)
    proof = found(INSTAGRAM.settle(one, later(attempt, 301)))
    assert proof.remote_id == containers(sandbox)[0]["id"]
    assert proof.remote_url.endswith("/instagram/norrestudio")
    assert proof.evidence["unlinked"] is True


def test_what_never_arrived_is_absent_after_a_while(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one, kind="reset")
    assert INSTAGRAM.settle(one, attempt).verdict == Settled.NOT_SEEN
    assert INSTAGRAM.settle(one, later(attempt, 89)).verdict == Settled.NOT_SEEN
    assert INSTAGRAM.settle(one, later(attempt, 91)).verdict == Settled.ABSENT


def test_after_absent_the_same_container_is_published(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    lose(sandbox, one, kind="reset")
    publish(one)
    assert operations(sandbox).count("create_container") == 1
    only_post(sandbox)


def test_a_call_that_arrives_late_after_all_publishes_once(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one, kind="late_delivery", seconds=200)
    assert INSTAGRAM.settle(one, later(attempt, 100)).verdict == Settled.ABSENT
    INSTAGRAM.prepare(one)
    INSTAGRAM.commit(one, 1)
    sandbox.control.advance(200)
    only_post(sandbox)


def test_what_was_published_meanwhile_is_not_published_again(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one, kind="late_delivery", seconds=200)
    assert INSTAGRAM.settle(one, later(attempt, 100)).verdict == Settled.ABSENT
    sandbox.control.advance(200)
    INSTAGRAM.prepare(one)
    with pytest.raises(Unknown):
        INSTAGRAM.commit(one, 1)
    assert found(INSTAGRAM.settle(one, attempt)).remote_id == only_post(sandbox)["id"]


@pytest.mark.parametrize(
    ("code", "subcode"), [(24, 2207006), (24, 2207008), (9007, 2207027), (100, 0), (190, 460), (9, 2207042)]
)
def test_whatever_the_refusal_says_a_published_container_is_published(
    sandbox: Running, host: Host, code: int, subcode: int
) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one)
    params = {"code": code, "subcode": subcode, "message": "no"}
    sandbox.control.add_fault(platform="instagram", operation="create_post", kind="refuse", params=params)
    with pytest.raises(Unknown):
        INSTAGRAM.commit(one, 1)
    found(INSTAGRAM.settle(one, attempt))


def test_an_expired_container_is_absent(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one, kind="reset")
    sandbox.control.advance(25 * 3600)
    assert INSTAGRAM.settle(one, attempt).verdict == Settled.ABSENT


def test_a_container_that_is_not_there_any_more_proves_nothing(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one, kind="reset")
    params = {"code": 100, "subcode": 33, "message": "Unsupported request"}
    sandbox.control.add_fault(platform="instagram", operation="container", kind="refuse", params=params)
    assert INSTAGRAM.settle(one, later(attempt, 1000)).verdict == Settled.NOT_SEEN


def test_without_its_container_the_words_tell(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one)
    blank = Job(one.account, one.variant, MemoryStash())
    assert found(INSTAGRAM.settle(blank, attempt)).remote_id == only_post(sandbox)["id"]


def test_without_container_and_words_nothing_is_guessed(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host, "")
    attempt = lose(sandbox, one)
    assert INSTAGRAM.settle(Job(one.account, one.variant, MemoryStash()), attempt).verdict == Settled.NOT_SEEN


def test_a_post_of_another_publication_is_not_it(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    (other,) = publish(job(one.account, content("Did it arrive?", photo(host)), host))
    attempt = replace(lose(sandbox, one), taken=frozenset({other.remote_id}))
    assert found(INSTAGRAM.settle(one, attempt)).remote_id != other.remote_id


def test_two_alike_are_for_a_person(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    publish(job(one.account, content("Did it arrive?", photo(host)), host))
    assert INSTAGRAM.settle(one, lose(sandbox, one)).verdict == Settled.SEVERAL


def test_an_older_post_with_the_same_words_is_not_it(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    publish(job(one.account, content("Did it arrive?", photo(host)), host))
    sandbox.control.advance(3600)
    attempt = lose(sandbox, one)
    # Our clock has not moved, the sandbox's has.
    moved = replace(attempt, started_at=attempt.started_at + timedelta(seconds=3600))
    assert found(INSTAGRAM.settle(one, moved)).remote_id == sandbox.control.posts("instagram")[-1]["id"]


def test_another_kind_with_the_same_words_is_not_it(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    publish(job(one.account, content("Did it arrive?", clip(host)), host))
    assert found(INSTAGRAM.settle(one, lose(sandbox, one))).remote_id == sandbox.control.posts("instagram")[-1]["id"]


def test_what_cannot_be_read_is_said(sandbox: Running, host: Host) -> None:
    one = one_picture(sandbox, host)
    attempt = lose(sandbox, one)
    sandbox.control.add_fault(platform="instagram", operation="container", kind="reject_5xx")
    with pytest.raises(NotSent):
        INSTAGRAM.settle(one, attempt)


# -- the comment -------------------------------------------------------------------------------------


def commented(sandbox: Running, host: Host) -> Job:
    one = job(account(sandbox), content("Lamps", photo(host), first_comment="More in the shop"), host)
    INSTAGRAM.prepare(one)
    return replace(one, committed=(INSTAGRAM.commit(one, 1),))


@pytest.mark.parametrize("kind", KINDS)
def test_a_comment_that_arrived_is_found(sandbox: Running, host: Host, kind: str) -> None:
    one = commented(sandbox, host)
    proof = found(INSTAGRAM.settle(one, lose(sandbox, one, kind=kind, number=2)))
    (said,) = only_post(sandbox)["comments"]
    assert proof.remote_id == said["id"]


def test_a_comment_that_did_not_arrive_is_not_seen(sandbox: Running, host: Host) -> None:
    one = commented(sandbox, host)
    attempt = lose(sandbox, one, kind="reset", number=2)
    assert INSTAGRAM.settle(one, later(attempt, 1000)).verdict == Settled.NOT_SEEN


def test_the_same_words_of_somebody_else_are_not_ours(sandbox: Running, host: Host) -> None:
    one = commented(sandbox, host)
    attempt = lose(sandbox, one, number=2)
    stranger = replace(one, account=replace(one.account, remote_id="1784", username="stranger"))
    assert INSTAGRAM.settle(stranger, attempt).verdict == Settled.NOT_SEEN


def test_an_answer_that_says_the_format_is_wrong_proves_nothing(sandbox: Running, host: Host) -> None:
    one = commented(sandbox, host)
    params = {"code": 20, "subcode": 1772107, "message": "(#20) The requested response format is not supported"}
    sandbox.control.add_fault(platform="instagram", operation="create_comment", kind="refuse", params=params)
    with pytest.raises(Unknown):
        INSTAGRAM.commit(one, 2)
