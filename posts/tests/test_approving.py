"""Asking for approval, saying yes, asking for changes, taking it back; what happens to the post; and notes with mentions."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.audit_models import AuditEntry
from accounts.models import ApprovalPolicy, User
from accounts.notification_models import Notification
from accounts.roles import Role
from accounts.services import support_actor
from accounts.tests.people import acting
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, Invalid, Stale
from posts.media.services import describe
from posts.models import Note, Post, Publication
from posts.schedule import WallTime
from posts.services import (
    At,
    Draft,
    NeedsApproval,
    Now,
    Plan,
    add_note,
    approve,
    ask_for_changes,
    create_post,
    delete_note,
    edit_post,
    publish_now,
    request_approval,
    set_policy,
    withdraw_request,
)
from posts.services.notes import mentioned
from posts.states import Approval, State
from posts.tests.approving import set_policy_row
from posts.tests.factories import Cast, add_member, content, make_connection, make_media, make_post, make_user

SOON = (timezone.now() + timedelta(days=30)).date()


@pytest.fixture
def cast(cast: Cast) -> Cast:
    set_policy_row(cast.workspace, ApprovalPolicy.REQUIRED)
    return cast


@pytest.fixture
def jonas(cast: Cast) -> User:
    user = make_user("Jonas")
    add_member(cast.workspace, user, Role.CONTRIBUTOR)
    return user


@pytest.fixture
def post(cast: Cast, jonas: User) -> Post:
    return make_post(jonas, cast.workspace, make_connection(cast.workspace), text="We are hiring")


def at(hour: int = 9) -> At:
    return At(WallTime(on=SOON, at=time(hour), zone="UTC"))


def states(post: Post) -> list[str]:
    with tenancy.system("test"):
        return list(Publication.objects.filter(post=post).values_list("state", flat=True))


def titles(user: User) -> list[str]:
    with tenancy.system("test"):
        return list(Notification.objects.filter(user=user).order_by("id").values_list("title", flat=True))


class AskingTests:
    def test_whoever_may_approve_is_told_and_nobody_else(self, cast: Cast, jonas: User, post: Post) -> None:
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        with acting(jonas, cast.workspace) as actor:
            assert request_approval(actor=actor, post=post).approval == Approval.PENDING
        assert titles(cast.alice) == titles(cast.bob) == ["Jonas asks for approval: We are hiring"]
        assert titles(jonas) == titles(viewer) == []

    def test_what_could_not_go_out_is_not_worth_a_yes(self, cast: Cast, jonas: User) -> None:
        long = make_post(jonas, cast.workspace, make_connection(cast.workspace), text="x" * 500)
        nowhere = make_post(jonas, cast.workspace, text="To nobody")
        with acting(jonas, cast.workspace) as actor:
            for post, code in ((long, "too_long"), (nowhere, "no_connection")):
                with pytest.raises(Invalid) as refused:
                    request_approval(actor=actor, post=post)
                assert code in {problem.code for problem in refused.value.problems}

    def test_where_nothing_needs_approval_there_is_nothing_to_ask(self, cast: Cast, jonas: User, post: Post) -> None:
        set_policy_row(cast.workspace, ApprovalPolicy.NONE)
        with acting(jonas, cast.workspace) as actor, pytest.raises(Conflict) as refused:
            request_approval(actor=actor, post=post)
        assert refused.value.code == "approval_off"

    def test_saving_it_again_keeps_what_was_asked(self, cast: Cast, jonas: User, post: Post) -> None:
        with acting(jonas, cast.workspace) as actor:
            request_approval(actor=actor, post=post, plan=at())
            target = Publication.objects.get(post=post).connection
            saved = edit_post(actor=actor, post=post, content=content("Better", connections=(target,)), plan=Draft())
        assert (saved.approval, saved.on_approval, saved.planned_on) == (Approval.PENDING, "at", SOON)


class ApprovingTests:
    def ask(self, cast: Cast, who: User, post: Post, plan: Plan | None = None) -> None:
        with acting(who, cast.workspace) as actor:
            request_approval(actor=actor, post=post, plan=plan)

    def test_it_does_what_was_asked_for(self, cast: Cast, jonas: User) -> None:
        for plan, expected in ((None, "draft"), (Now(), "scheduled"), (at(), "scheduled")):
            post = make_post(jonas, cast.workspace, make_connection(cast.workspace))
            self.ask(cast, jonas, post, plan)
            with acting(cast.alice, cast.workspace) as actor:
                done = approve(actor=actor, post=post)
            assert (done.approval, states(post)) == (Approval.APPROVED, [expected])
            if isinstance(plan, At):
                assert done.due_at == plan.wall.instant()

    def test_a_time_that_has_passed_is_not_made_up_for(self, cast: Cast, jonas: User, post: Post) -> None:
        self.ask(cast, jonas, post, at())
        with tenancy.system("test"):
            Post.objects.filter(pk=post.pk).update(due_at=timezone.now() - timedelta(hours=1))
        with acting(cast.alice, cast.workspace) as actor:
            approve(actor=actor, post=post)
        assert states(post) == ["draft"]

    def test_it_is_about_the_version_that_was_read(self, cast: Cast, jonas: User, post: Post) -> None:
        self.ask(cast, jonas, post)
        with acting(jonas, cast.workspace) as actor:
            target = Publication.objects.get(post=post).connection
            edit_post(actor=actor, post=post, content=content("Other words", connections=(target,)), plan=Draft())
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Stale):
            approve(actor=actor, post=post, version=1)

    def test_nobody_approves_their_own_words_while_somebody_else_can(self, cast: Cast) -> None:
        post = make_post(cast.bob, cast.workspace, make_connection(cast.workspace))
        self.ask(cast, cast.bob, post)
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(Forbidden) as refused:
            approve(actor=actor, post=post)
        assert refused.value.code == "own_approval"
        with tenancy.system("test"):
            cast.workspace.members.filter(user=cast.alice).delete()
        with acting(cast.bob, cast.workspace) as actor:
            assert approve(actor=actor, post=post).approval == Approval.APPROVED

    def test_words_somebody_put_into_anothers_post_are_their_own(self, cast: Cast, jonas: User, post: Post) -> None:
        with acting(cast.bob, cast.workspace) as actor:
            target = Publication.objects.get(post=post).connection
            edit_post(actor=actor, post=post, content=content("Bob's words", connections=(target,)), plan=Draft())
        self.ask(cast, jonas, post)
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(Forbidden, match="yourself"):
            approve(actor=actor, post=post)

    @pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.VIEWER])
    def test_it_takes_the_right(self, cast: Cast, jonas: User, post: Post, role: Role) -> None:
        self.ask(cast, jonas, post)
        person = make_user("Person")
        add_member(cast.workspace, person, role)
        with acting(person, cast.workspace) as actor:
            with pytest.raises(Forbidden):
                approve(actor=actor, post=post)
            with pytest.raises(Forbidden):
                ask_for_changes(actor=actor, post=post, comment="No")
            with pytest.raises(Forbidden):
                withdraw_request(actor=actor, post=post)

    def test_support_says_neither_yes_nor_no(self, cast: Cast, jonas: User, post: Post) -> None:
        self.ask(cast, jonas, post)
        staff = User.objects.create_user("desk@example.org", is_staff=True)
        with tenancy.system("test"):
            actor = support_actor(staff=staff, workspace=cast.workspace)
            with pytest.raises(Forbidden, match="Support"):
                approve(actor=actor, post=post)
            with pytest.raises(Forbidden, match="Support"):
                ask_for_changes(actor=actor, post=post, comment="No")

    def test_a_no_says_why_and_the_post_waits(self, cast: Cast, jonas: User, post: Post) -> None:
        self.ask(cast, jonas, post, Now())
        with acting(cast.alice, cast.workspace) as actor:
            with pytest.raises(Invalid):
                ask_for_changes(actor=actor, post=post, comment=" ")
            ask_for_changes(actor=actor, post=post, comment="The price is missing.")
            with pytest.raises(NeedsApproval, match="Changes were asked for"):
                publish_now(actor=actor, post=post)
        assert titles(jonas) == ["Alice asked for changes in “We are hiring”"]
        with tenancy.system("test"):
            assert list(Note.objects.values_list("kind", "text")) == [
                ("asked", ""),
                ("changes", "The price is missing."),
            ]

    def test_every_step_is_written_down(self, cast: Cast, jonas: User, post: Post) -> None:
        self.ask(cast, jonas, post)
        with acting(cast.alice, cast.workspace) as actor:
            approve(actor=actor, post=post)
            actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
        assert [action for action in actions if "approval" in action] == [
            "post.approval_pending",
            "post.approval_approved",
        ]

    def test_alt_text_does_not_change_behind_an_approval(self, cast: Cast, jonas: User) -> None:
        picture = make_media(cast.workspace, alt_text="A lamp")
        with acting(jonas, cast.workspace) as actor:
            words = content("Look", connections=(make_connection(cast.workspace),), media=(picture,))
            post = create_post(actor=actor, content=words, plan=Draft())
        self.ask(cast, jonas, post)
        with acting(cast.alice, cast.workspace) as actor:
            approve(actor=actor, post=post)
        with acting(jonas, cast.workspace) as actor, pytest.raises(Conflict, match="approved"):
            describe(actor=actor, media=picture, alt_text="Something rude")
        with acting(cast.bob, cast.workspace) as actor:
            describe(actor=actor, media=picture, alt_text="A lamp, lit")

    def test_moving_it_to_another_time_keeps_the_approval(self, cast: Cast, jonas: User, post: Post) -> None:
        self.ask(cast, jonas, post, at(9))
        with acting(cast.alice, cast.workspace) as actor:
            approve(actor=actor, post=post)
            same = content("We are hiring", connections=(Publication.objects.get(post=post).connection,))
            moved = edit_post(actor=actor, post=post, content=same, plan=at(15))
        assert (moved.approval, states(post)) == (Approval.APPROVED, ["scheduled"])

    def test_an_edit_takes_it_out_of_the_queue(self, cast: Cast, jonas: User, post: Post) -> None:
        self.ask(cast, jonas, post, at())
        with acting(cast.alice, cast.workspace) as actor:
            approve(actor=actor, post=post)
            other = content("Other words", connections=(Publication.objects.get(post=post).connection,))
            with pytest.raises(NeedsApproval, match="changed after it was approved"):
                edit_post(actor=actor, post=post, content=other, plan=at())
            assert states(post) == ["scheduled"]  # refused as a whole: what was approved still goes out
            assert edit_post(actor=actor, post=post, content=other, plan=Draft()).approval == Approval.EDITED
        assert states(post) == ["draft"]


class WithdrawingTests:
    def test_whoever_asked_takes_it_back(self, cast: Cast, jonas: User, post: Post) -> None:
        with acting(jonas, cast.workspace) as actor:
            request_approval(actor=actor, post=post)
            assert withdraw_request(actor=actor, post=post).approval == Approval.NONE
            with pytest.raises(Conflict):
                withdraw_request(actor=actor, post=post)
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(NeedsApproval):
            publish_now(actor=actor, post=post)  # where every post needs approval, this one still does


class PolicyTests:
    def scheduled(self, cast: Cast) -> Post:
        set_policy_row(cast.workspace, ApprovalPolicy.NONE)
        return make_post(cast.bob, cast.workspace, make_connection(cast.workspace), plan=at())

    def set(self, cast: Cast, policy: ApprovalPolicy) -> tuple[int, int]:
        with acting(cast.alice, cast.workspace) as actor:
            done = set_policy(actor=actor, policy=policy)
            return done.held, done.released

    def test_what_is_scheduled_without_approval_waits_when_approval_becomes_required(self, cast: Cast) -> None:
        post = self.scheduled(cast)
        assert self.set(cast, ApprovalPolicy.REQUIRED) == (1, 0)
        with tenancy.system("test"):
            held = Publication.objects.get(post=post)
        assert (held.state, held.error_code) == (State.HELD, "needs_approval")

    def test_and_goes_back_in_line_when_somebody_approves_it_or_the_rule_goes(self, cast: Cast) -> None:
        post = self.scheduled(cast)
        self.set(cast, ApprovalPolicy.REQUIRED)
        with acting(cast.alice, cast.workspace) as actor:
            approve(actor=actor, post=post)
        assert states(post) == ["scheduled"]
        other = self.scheduled(cast)
        self.set(cast, ApprovalPolicy.REQUIRED)
        assert states(other) == ["held"]
        assert self.set(cast, ApprovalPolicy.NONE) == (0, 1)
        assert states(other) == ["scheduled"]

    def test_what_became_too_late_meanwhile_is_not_sent_late(self, cast: Cast) -> None:
        post = self.scheduled(cast)
        self.set(cast, ApprovalPolicy.REQUIRED)
        with tenancy.system("test"):
            Publication.objects.filter(post=post).update(due_at=timezone.now() - timedelta(hours=1))
        assert self.set(cast, ApprovalPolicy.NONE) == (0, 0)
        with tenancy.system("test"):
            assert Publication.objects.get(post=post).error_code == "missed_window"

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.CONTRIBUTOR, Role.VIEWER])
    def test_it_takes_the_right(self, cast: Cast, role: Role) -> None:
        person = make_user("Person")
        add_member(cast.workspace, person, role)
        with acting(person, cast.workspace) as actor, pytest.raises(Forbidden):
            set_policy(actor=actor, policy=ApprovalPolicy.NONE)


class NoteTests:
    def test_who_is_named_is_told_once(self, cast: Cast, jonas: User, post: Post) -> None:
        with acting(jonas, cast.workspace) as actor:
            add_note(actor=actor, post=post, text="@Bob, @bob and again @Bob: have we a better picture? @Jonas")
        assert titles(cast.bob) == ["Jonas mentioned you: We are hiring"]
        assert titles(jonas) == titles(cast.alice) == []

    def test_strangers_are_not_told(self, cast: Cast, jonas: User, post: Post) -> None:
        with acting(jonas, cast.workspace) as actor:
            add_note(actor=actor, post=post, text=f"@Charlie @{cast.charlie.email}")
        assert titles(cast.charlie) == []

    def test_a_name_that_two_have_means_neither(self) -> None:
        people = [
            User(pk=n, name=name, email=f"p{n}@example.org") for n, name in enumerate(["Ann Ek", "Ann Lund", "Bo"])
        ]
        assert mentioned("@Ann look", people) == []
        assert mentioned("@Ann Lund look", people) == [people[1]]
        assert mentioned("@p0@example.org", people) == [people[0]]
        assert mentioned("mail bo@example.org, write to me@bo or @Bobby", people) == []

    def test_one_deletes_ones_own_and_managers_anybodys_but_no_history(
        self, cast: Cast, jonas: User, post: Post
    ) -> None:
        with acting(jonas, cast.workspace) as actor:
            mine, other = (add_note(actor=actor, post=post, text=text) for text in ("One", "Two"))
            request_approval(actor=actor, post=post)
            with pytest.raises(Forbidden):
                delete_note(actor=actor, note=Note.objects.get(kind="asked"))
            delete_note(actor=actor, note=mine)
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(Forbidden):
            delete_note(actor=actor, note=other)
        with acting(cast.alice, cast.workspace) as actor:
            delete_note(actor=actor, note=other)

    def test_viewers_say_nothing(self, cast: Cast, post: Post) -> None:
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        with acting(viewer, cast.workspace) as actor, pytest.raises(Forbidden):
            add_note(actor=actor, post=post, text="Hi")
