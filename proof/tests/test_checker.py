"""The checker finds every kind of wrong in made-up histories: a verdict that cannot be "broken" proves nothing."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from proof.checker import Verdict, check
from proof.history import Attempt, History, Operation, Publication, RemotePost, Request, Span

LEASE = 6.0


def publication(number: int = 1, *, parts: int = 1, account: str = "a1", **changes: Any) -> Publication:
    """A publication of one account that was claimed once, and is published."""
    plain = Publication(
        id=number,
        post_id=number,
        workspace_id=1,
        state="published",
        due_at=100.0 + number,
        tries=1,
        commits=parts,
        committed=parts,
        remote_id=f"p{number}.1",
        duplicate_remote_id="",
        claimed_at=100.0 + 10 * number,
        finished_at=102.0 + 10 * number,
        error_code="",
        error_sentence="",
        connection_id=1,
        account_id=account,
        texts=tuple(f"post {number} [c{number}.{part}]" for part in range(1, parts + 1)),
    )
    return replace(plain, **changes)


def attempt(row: Publication, part: int = 1, **changes: Any) -> Attempt:
    began = (row.claimed_at or 0.0) + part
    plain = Attempt(
        id=row.id * 100 + part,
        publication_id=row.id,
        fence=1,
        step=f"commit:{part}",
        status="ok",
        disproved=False,
        code="",
        sentence="",
        remote_id=f"p{row.id}.{part}",
        started_at=began,
        finished_at=began + 0.5,
    )
    return replace(plain, **changes)


def request(entry: Attempt, row: Publication, **changes: Any) -> Request:
    part = entry.part
    plain = Request(
        id=entry.id,
        at=entry.started_at + 0.2,
        first_byte=entry.started_at + 0.1,
        account_id=row.account_id,
        status=201,
        fault=None,
        concurrent=0,
        post_id=f"p{row.id}.{part}",
        text_sha256=hashlib.sha256(row.texts[part - 1].encode()).hexdigest(),
        reply_to=f"p{row.id}.{part - 1}" if part > 1 else None,
    )
    return replace(plain, **changes)


def history(*rows: Publication) -> History:
    """A history in which everything went well."""
    made = History(lease_seconds=LEASE)
    for row in rows:
        made.publications.append(row)
        made.operations.append(Operation("create", row.post_id, "ok", 1.0, 2.0))
        for part in range(1, row.commits + 1):
            entry = attempt(row, part)
            made.attempts.append(entry)
            made.requests.append(request(entry, row))
            made.remote_posts.append(RemotePost(f"p{row.id}.{part}", row.account_id, row.texts[part - 1]))
    return made


def publish_again(made: History) -> None:
    """The first publication goes out once more, by the book but for having no right to."""
    row, entry = made.publications[0], replace(made.attempts[0], id=999, fence=2, started_at=200.0, finished_at=201.0)
    made.attempts.append(entry)
    made.requests.append(request(entry, row, id=999, post_id="again"))
    made.remote_posts.append(RemotePost("again", row.account_id, row.texts[0]))


def unsent(state: str, **changes: Any) -> History:
    """One publication that never reached the platform."""
    made = history(publication())
    made.publications[0] = publication(state=state, committed=0, remote_id=None, **changes)
    made.attempts.clear()
    made.requests.clear()
    made.remote_posts.clear()
    return made


def broken(verdict: Verdict) -> set[str]:
    return {violation.invariant for violation in verdict.violations}


class NothingWrongTests:
    def test_a_history_in_which_all_went_well(self) -> None:
        assert check(history(publication(1), publication(2), publication(3, parts=3, account="a2"))).violations == []

    @pytest.mark.parametrize("state", ["failed", "held", "needs_human"])
    def test_what_did_not_go_out_and_is_told(self, state: str) -> None:
        assert check(unsent(state, error_sentence="X said no.")).violations == []

    def test_what_people_cancelled(self) -> None:
        made = unsent("cancelled")
        made.operations.append(Operation("cancel", 1, "ok", 3.0, 4.0))
        assert check(made).violations == []

    def test_a_live_post_of_which_we_say_that_we_do_not_know(self) -> None:
        made = history(publication())
        made.publications[0] = publication(state="needs_human", committed=0, remote_id=None, error_sentence="Look.")
        made.attempts[0] = attempt(made.publications[0], status="ambiguous", remote_id="", code="no_answer")
        assert check(made).violations == []


class DuplicateTests:
    def test_a_second_live_post_is_found(self) -> None:
        made = history(publication())
        publish_again(made)
        verdict = check(made)
        assert verdict.count("duplicates") == 1
        assert verdict.count("false_published") == 0
        assert "I1" in broken(verdict)

    def test_a_mark_of_a_duplicate_that_is_none_is_found(self) -> None:
        assert broken(check(history(publication(duplicate_remote_id="x")))) == {"I1"}


class LostTests:
    @pytest.mark.parametrize("state", ["scheduled", "leased", "sending", "unknown"])
    def test_what_does_not_come_to_rest_is_stuck(self, state: str) -> None:
        assert check(unsent(state)).count("stuck") == 1

    @pytest.mark.parametrize("state", ["failed", "held", "needs_human"])
    def test_what_nobody_is_told_of_is_lost(self, state: str) -> None:
        assert check(unsent(state)).count("lost") == 1

    def test_a_draft_that_was_planned_is_lost(self) -> None:
        assert check(unsent("draft")).count("lost") == 1

    @pytest.mark.parametrize("outcome", ["", "refused"])
    def test_what_nobody_cancelled_is_lost(self, outcome: str) -> None:
        made = unsent("cancelled")
        if outcome:
            made.operations.append(Operation("cancel", 1, outcome, 3.0, 4.0))
        assert check(made).count("lost") == 1

    def test_an_accepted_post_that_is_gone_is_lost(self) -> None:
        made = history(publication())
        made.operations.append(Operation("create", 77, "ok", 3.0, 4.0))
        assert check(made).count("lost") == 1

    def test_a_post_of_which_nobody_knows_whether_it_was_accepted_may_be_gone(self) -> None:
        made = history(publication())
        made.operations.append(Operation("create", 77, "unsure", 3.0, 4.0))
        assert check(made).violations == []


class FalsePublishedTests:
    def test_published_without_a_live_post_is_found(self) -> None:
        made = history(publication())
        made.requests[0] = replace(made.requests[0], post_id=None, text_sha256=None, status=503)
        assert check(made).count("false_published") == 1

    def test_a_part_of_a_thread_that_is_not_live_is_found(self) -> None:
        made = history(publication(parts=3))
        made.requests[2] = replace(made.requests[2], post_id=None, text_sha256=None)
        assert check(made).count("false_published") == 1

    def test_another_id_than_the_live_one_is_found(self) -> None:
        made = history(publication(remote_id="other"))
        assert check(made).count("false_published") == 1

    def test_a_thread_that_ended_early_is_found(self) -> None:
        made = history(publication(parts=2))
        made.publications[0] = replace(made.publications[0], commits=1, committed=1)
        assert check(made).count("false_published") == 1


class OtherInvariantTests:
    @pytest.mark.parametrize("state", ["failed", "held", "scheduled", "cancelled"])
    def test_a_live_post_whose_publication_says_otherwise_is_found(self, state: str) -> None:
        made = history(publication())
        made.publications[0] = publication(state=state, committed=0, remote_id=None, error_sentence="It failed.")
        made.operations.append(Operation("cancel", 1, "ok", 3.0, 4.0))
        assert "I4" in broken(check(made))

    def test_a_post_of_nobody_is_found(self) -> None:
        made = history(publication())
        made.requests.append(replace(made.requests[0], id=5, post_id="stray", first_byte=111.2, account_id="a1"))
        made.remote_posts.append(RemotePost("stray", "a1", "who wrote this?"))
        assert "I4" in broken(check(made))

    def test_another_text_than_planned_is_found(self) -> None:
        made = history(publication())
        made.requests[0] = replace(made.requests[0], text_sha256="0" * 64)
        assert broken(check(made)) == {"I5"}

    def test_a_part_that_replies_to_something_else_is_found(self) -> None:
        made = history(publication(parts=2))
        made.requests[1] = replace(made.requests[1], reply_to=None)
        assert broken(check(made)) == {"I5"}

    def test_a_live_post_that_was_cancelled_is_found(self) -> None:
        made = history(publication(state="cancelled"))
        made.operations.append(Operation("cancel", 1, "ok", 3.0, 4.0))
        assert broken(check(made)) == {"I5"}

    def test_two_tries_of_an_account_at_once_are_found(self) -> None:
        made = history(publication(1), publication(2, claimed_at=112.0))
        made.attempts[0] = replace(made.attempts[0], finished_at=made.attempts[1].started_at + 0.01)
        assert broken(check(made)) == {"I6"}

    def test_a_try_whose_lease_had_ended_does_not_count_when_it_is_settled_later(self) -> None:
        made = history(publication(1), publication(2))
        made.attempts[0] = replace(made.attempts[0], finished_at=made.attempts[1].started_at + 0.01)
        assert check(made).violations == []

    def test_a_try_that_never_ended_is_found(self) -> None:
        made = history(publication(1), publication(2))
        made.attempts[0] = replace(made.attempts[0], finished_at=None)
        assert "I6" in broken(check(made))

    def test_two_calls_that_met_at_the_platform_are_found(self) -> None:
        made = history(publication(1), publication(2))
        made.requests[1] = replace(made.requests[1], concurrent=1)
        assert broken(check(made)) == {"I6"}

    def test_a_slow_call_meets_what_began_after_it_was_given_up(self) -> None:
        made = history(publication(1), publication(2))
        first, second = made.attempts
        made.attempts[0] = replace(first, status="ambiguous", code="no_answer", finished_at=second.started_at - 0.1)
        late = replace(made.requests[0], at=second.started_at + 0.5, concurrent=1)
        made.requests[0] = late
        assert "I6" not in broken(check(made))
        made.attempts[0] = replace(made.attempts[0], code="accepted")
        assert "I6" in broken(check(made))

    def test_a_call_that_the_platform_still_held_after_we_gave_up_is_no_second_one(self) -> None:
        made = history(publication(1), publication(2))
        made.attempts[0] = replace(made.attempts[0], code="no_answer")
        made.requests[1] = replace(made.requests[1], concurrent=1)
        assert check(made).violations == []

    def test_the_wrong_order_is_found(self) -> None:
        made = history(publication(1, due_at=105.0), publication(2, due_at=101.0))
        assert broken(check(made)) == {"I7"}

    def test_a_post_that_was_not_there_yet_may_come_later(self) -> None:
        made = history(publication(1, due_at=105.0), publication(2, due_at=101.0))
        made.operations[1] = replace(made.operations[1], until=150.0)
        assert check(made).violations == []

    def test_a_call_that_is_not_in_the_journal_is_found(self) -> None:
        made = history(publication())
        made.attempts[0] = replace(made.attempts[0], started_at=made.requests[0].first_byte + 0.01)
        assert "I8" in broken(check(made))

    def test_two_calls_behind_one_entry_are_found(self) -> None:
        made = history(publication())
        made.requests.append(replace(made.requests[0], id=5, first_byte=111.3, post_id=None, text_sha256=None))
        assert broken(check(made)) == {"I8"}

    def test_a_call_that_was_read_late_is_known_by_its_body(self) -> None:
        made = history(publication(1), publication(2, claimed_at=112.0))
        row = made.publications[0] = publication(
            1, state="needs_human", committed=0, remote_id=None, error_sentence="?"
        )
        made.attempts[0] = replace(made.attempts[0], status="ambiguous", code="no_answer", remote_id="")
        late = made.attempts[1].started_at + 0.05
        body = hashlib.sha256(json.dumps({"text": row.texts[0]}).encode()).hexdigest()
        made.requests[0] = replace(
            made.requests[0], post_id=None, text_sha256=None, status=401, first_byte=late, body_sha256=body
        )
        assert check(made).violations == []
        made.requests[0] = replace(made.requests[0], body_sha256="of nobody")
        assert check(made).violations == []
        made.attempts.pop(0)
        assert broken(check(made)) == {"I8"}

    def test_a_part_whose_parent_is_not_live_is_found(self) -> None:
        made = history(publication(parts=2))
        made.requests[0] = replace(made.requests[0], post_id=None, text_sha256=None)
        assert {"I3", "I5"} <= broken(check(made))

    def test_a_call_after_its_lease_is_found(self) -> None:
        made = history(publication())
        made.requests[0] = replace(made.requests[0], first_byte=made.attempts[0].started_at + LEASE + 0.01)
        assert broken(check(made)) == {"I9"}

    def test_a_call_is_late_without_blame_when_its_process_was_stopped(self) -> None:
        made = history(publication())
        began = made.attempts[0].started_at
        made.requests[0] = replace(made.requests[0], first_byte=began + LEASE + 1)
        made.pauses.append(Span(began + 0.1, began + LEASE + 0.9))
        verdict = check(made)
        assert verdict.violations == []
        assert verdict.late_after_pause == 1

    def test_another_accounts_token_is_found(self) -> None:
        made = history(publication(1), publication(2, account="a2"))
        made.requests[0] = replace(made.requests[0], account_id="a2")
        assert "I10" in broken(check(made))
