"""What needs approval and has none gets out by no door: every door, by every role, in every stage of approval."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.test import Client

from accounts.models import User
from accounts.roles import RIGHTS, Right, Role
from billing.signals import payment_back
from multivio import tenancy
from posts.models import Attempt, Publication
from posts.services.approving import WAITING
from posts.states import Approval, State
from posts.tests.approving import DOORS, SITUATIONS, Door, Situation, Trial, got_out, prepare
from posts.tests.factories import Cast, acting, content
from posts.tests.factories import make_connection as another_account
from social.signals import connection_restored

FORBIDDEN = [each for each in SITUATIONS if not each.is_free]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("door", DOORS, ids=lambda each: each.name)
def test_a_door_lets_out_what_role_and_approval_allow_and_nothing_else(
    cast: Cast, door: Door, situation: Situation
) -> None:
    free = situation.is_free_new if door.is_new else situation.is_free
    for role in situation.roles:
        trial = prepare(cast, role, door, situation)
        answer = door.go(trial)
        expected = free and Right.PUBLISH in RIGHTS[role]
        assert answer.status_code < 500, (role, answer.content)
        assert got_out(trial, door) == expected, (role, answer.status_code, answer.content[:300])
        _leave_nothing_held(trial)


def _leave_nothing_held(trial: Trial) -> None:
    """“Catch up” takes everything of the workspace: the next role must not find what this one left."""
    with tenancy.system("test"):
        Publication.objects.filter(post=trial.post, state=State.HELD).update(error_code="")


def test_the_doors_are_all_there_are() -> None:
    """Each operation and page that writes a plan or a state is in the table above, or cannot let anything out."""
    from posts import services  # noqa: PLC0415

    let_out = {"create_post", "edit_post", "publish_now", "retry", "decide_not_there", "decide_there", "decide_missed"}
    harmless = {
        "add_note", "ask_for_changes", "cancel_post", "cancel_publication", "check", "delete_draft", "delete_note", "delete_there",
        "pause_connection", "pause_workspace", "refresh_numbers", "request_approval", "resume_connection", "resume_workspace",
        "set_missed_window", "withdraw_request", "copy_schedule", "offered", "schedule_of", "set_schedule", "version_of",
    }  # fmt: skip
    held_by_their_own_tests = {"approve", "set_policy"}
    verbs = {name for name in services.__all__ if name.islower()}
    assert verbs == let_out | harmless | held_by_their_own_tests


@pytest.mark.parametrize("situation", FORBIDDEN, ids=lambda each: each.name)
class OtherDoorTests:
    def test_support_cannot_send_it_from_the_admin(self, cast: Cast, situation: Situation) -> None:
        staff = User.objects.create_superuser("desk@example.org", "a-long-enough-password")
        for state in ("failed", "held"):
            trial = prepare(cast, Role.EDITOR, Door("", state, lambda _: None), situation)
            desk = Client()
            desk.force_login(staff)
            sent = {"action": "retry", "_selected_action": [trial.publication.pk]}
            assert desk.post("/admin/posts/publication/", sent).status_code < 500
            assert not got_out(trial, Door("", state, lambda _: None))

    def test_a_restored_account_does_not_send_it(self, cast: Cast, situation: Situation) -> None:
        door = Door("", "held", lambda _: None)
        trial = prepare(cast, Role.EDITOR, door, situation)
        with tenancy.system("test"):
            rows = Publication.objects.filter(pk=trial.publication.pk)
            rows.update(error_code="reconnect", due_at=trial.post.created_at + timedelta(days=200))
            trial.account.refresh_from_db()
            connection_restored.send(sender=None, connection=trial.account)
            assert rows.get().error_code == WAITING["error_code"]
        assert not got_out(trial, door)

    def test_a_payment_that_came_does_not_send_it(self, cast: Cast, situation: Situation) -> None:
        door = Door("", "held", lambda _: None)
        trial = prepare(cast, Role.EDITOR, door, situation)
        with tenancy.system("test"):
            rows = Publication.objects.filter(pk=trial.publication.pk)
            rows.update(error_code="unpaid", due_at=trial.post.created_at + timedelta(days=200))
            payment_back.send(sender=None, workspaces=[cast.workspace.pk])
            assert rows.get().error_code == WAITING["error_code"]
        assert not got_out(trial, door)

    @pytest.mark.parametrize("state", ["draft", "held", "failed", "needs_human"])
    @pytest.mark.parametrize("role", ["mv_app", "mv_system"])
    def test_sql_cannot_schedule_it(self, cast: Cast, situation: Situation, role: str, state: str) -> None:
        door = Door("", state, lambda _: None)
        trial = prepare(cast, Role.OWNER, door, situation)
        with tenancy.system("test"):  # or its open attempt would be the first reason
            Attempt.objects.filter(publication=trial.publication).update(disproved=True)
        with acting(trial.user, cast.workspace):
            with pytest.raises(DatabaseError, match="not approved"), transaction.atomic():
                _schedule(trial, role)
        assert not got_out(trial, door)

    def test_no_row_is_born_scheduled(self, cast: Cast, situation: Situation) -> None:
        trial = prepare(cast, Role.OWNER, DOORS[0], situation)
        other = another_account(cast.workspace)
        with tenancy.system("test"), pytest.raises(DatabaseError, match="not approved"), transaction.atomic():
            Publication.objects.create(
                workspace=cast.workspace, post=trial.post, connection=other, platform="x", state=State.SCHEDULED,
                due_at=trial.post.created_at,
            )  # fmt: skip


def _schedule(trial: Trial, role: str) -> None:
    with database.cursor() as cursor:
        if role == "mv_system":
            cursor.execute("set local role mv_system")
        cursor.execute(
            "update posts_publication set state = 'scheduled', due_at = now() where id = %s", [trial.publication.pk]
        )


class AddedAccountTests:
    def test_an_account_that_nobody_approved_is_not_added_on_the_way(self, cast: Cast) -> None:
        """The post is approved for one account; the same words for another one are another decision."""
        approved = next(each for each in SITUATIONS if each.name == "required, approved")
        trial = prepare(cast, Role.EDITOR, DOORS[2], approved)
        second = another_account(cast.workspace)
        both: dict[str, Any] = {"text": trial.post.text, "connections": [str(trial.account.uid), str(second.uid)]}
        answer = trial.api.put(f"/api/v1/posts/{trial.post.uid}", {**both, "publish_now": True})
        assert (answer.status_code, answer.json()["code"]) == (409, "needs_approval")
        with tenancy.system("test"):
            assert set(Publication.objects.filter(post=trial.post).values_list("state", flat=True)) == {"draft"}

    def test_even_past_the_services_a_new_account_is_refused(self, cast: Cast) -> None:
        approved = next(each for each in SITUATIONS if each.name == "required, approved")
        trial = prepare(cast, Role.EDITOR, DOORS[2], approved)
        with tenancy.system("test"), pytest.raises(DatabaseError, match="not approved"), transaction.atomic():
            Publication.objects.create(
                workspace=cast.workspace, post=trial.post, connection=another_account(cast.workspace), platform="x",
                state=State.SCHEDULED, due_at=trial.post.created_at,
            )  # fmt: skip


def test_approval_is_about_words_as_they_were(cast: Cast) -> None:
    """Whatever part of a post changes, by whatever hand, the approval is over."""
    from posts.services import Draft, edit_post  # noqa: PLC0415

    approved = next(each for each in SITUATIONS if each.name == "required, approved")
    trial = prepare(cast, Role.CONTRIBUTOR, DOORS[0], approved)
    with acting(trial.user, cast.workspace) as actor:
        same = content(trial.post.text, connections=(trial.account,))
        assert edit_post(actor=actor, post=trial.post, content=same, plan=Draft()).approval == Approval.APPROVED
        other = content(trial.post.text + "!", connections=(trial.account,))
        assert edit_post(actor=actor, post=trial.post, content=other, plan=Draft()).approval == Approval.EDITED
