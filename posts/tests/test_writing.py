"""Creating, editing, cancelling and deciding: the services behind every door."""

import uuid
from datetime import date, time

import pytest

from accounts.roles import Role
from multivio.errors import Conflict, DomainError, Forbidden, Invalid, Stale
from posts.content import Content, PartContent
from posts.models import Post, Publication
from posts.schedule import WallTime
from posts.services import (
    At,
    Draft,
    Now,
    Plan,
    cancel_post,
    cancel_publication,
    create_post,
    decide_not_there,
    decide_there,
    delete_draft,
    edit_post,
    publish_now,
    retry,
)
from posts.states import State
from posts.tests.factories import Cast, acting, add_member, content, make_cast, make_connection, make_post, make_user
from social.models import Connection

pytestmark = pytest.mark.django_db
LATER = At(WallTime(date(2027, 12, 1), time(9, 30), "Europe/Copenhagen"))


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def account(cast: Cast) -> Connection:
    return make_connection(cast.workspace)


def only(post: Post) -> Publication:
    publication: Publication = Publication.objects.get(post=post)
    return publication


def put(publication: Publication, *states: State, **fields: object) -> None:
    """Walk a publication through states, as the engine would."""
    for state in states:
        Publication.objects.filter(pk=publication.pk).update(state=state, **fields)


class CreateTests:
    def test_a_draft_plans_nothing(self, cast: Cast, account: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, account, text="later, maybe")
        with acting(cast.alice, cast.workspace):
            publication = only(post)
            assert (post.state, publication.state, publication.due_at) == ("draft", State.DRAFT, None)

    def test_a_planned_post_keeps_the_wall_time_and_the_instant(self, cast: Cast, account: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=LATER)
        with acting(cast.alice, cast.workspace):
            assert (post.state, post.zone, str(post.planned_time)) == ("scheduled", "Europe/Copenhagen", "09:30:00")
            assert only(post).due_at == post.due_at == LATER.wall.instant()

    def test_now_has_priority(self, cast: Cast, account: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        with acting(cast.alice, cast.workspace):
            assert only(post).priority == Publication.NOW

    @pytest.mark.parametrize(
        ("sent", "plan", "code", "field"),
        [
            (Content((PartContent("  "),)), Draft(), "empty", "parts.0.text"),
            (Content((PartContent("hi"),)), Now(), "no_connection", "connections"),
            (Content((PartContent("hi"),), (uuid.uuid4(),)), Now(), "unknown_connection", "connections.0"),
            (Content((PartContent("hi", (uuid.uuid4(),)),)), Draft(), "unknown_media", "parts.0.media.0"),
            (Content(()), Draft(), "empty", "parts"),
            (Content(tuple(PartContent(str(n)) for n in range(26))), Draft(), "too_many_parts", "parts"),
            (Content((PartContent("nul\x00"),)), Draft(), "bad_character", "parts.0.text"),
        ],
    )
    def test_bad_content_is_refused_with_a_place_and_a_sentence(
        self, cast: Cast, sent: Content, plan: Plan, code: str, field: str
    ) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            with pytest.raises(Invalid) as caught:
                create_post(actor=actor, content=sent, plan=plan)
            found = {(problem.code, problem.field) for problem in caught.value.problems}
            assert (code, field) in found
            assert Post.objects.count() == 0

    def test_a_text_that_is_too_long_is_refused_for_sending_and_kept_as_a_draft(
        self, cast: Cast, account: Connection
    ) -> None:
        long = content("x" * 281, connections=(account,))
        with acting(cast.alice, cast.workspace) as actor:
            with pytest.raises(Invalid) as caught:
                create_post(actor=actor, content=long, plan=Now())
            assert caught.value.problems[0].field == "parts.0.text"
            assert caught.value.problems[0].connection == str(account.uid)
            assert create_post(actor=actor, content=long, plan=Draft()).state == "draft"

    def test_a_broken_connection_is_refused(self, cast: Cast) -> None:
        broken = make_connection(cast.workspace, health="broken")
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid, match="reconnected"):
            create_post(actor=actor, content=content("hi", connections=(broken,)), plan=Now())

    def test_another_workspaces_connection_is_unknown(self, cast: Cast) -> None:
        foreign = make_connection(cast.elsewhere)
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid, match="no such connection"):
            create_post(actor=actor, content=content("hi", connections=(foreign,)), plan=Now())


class RightTests:
    @pytest.mark.parametrize(
        ("role", "drafts", "publishes"),
        [
            (Role.OWNER, True, True),
            (Role.ADMIN, True, True),
            (Role.EDITOR, True, True),
            (Role.CONTRIBUTOR, True, False),
            (Role.VIEWER, False, False),
        ],
    )
    def test_each_role_may_do_what_the_table_says(
        self, cast: Cast, account: Connection, role: Role, drafts: bool, publishes: bool
    ) -> None:
        dora = make_user("Dora")
        add_member(cast.workspace, dora, role)
        with acting(dora, cast.workspace) as actor:
            for plan, allowed in ((Draft(), drafts), (LATER, publishes), (Now(), publishes)):
                if allowed:
                    create_post(actor=actor, content=content("hi", connections=(account,)), plan=plan)
                else:
                    with pytest.raises(Forbidden, match=role.label.lower()):
                        create_post(actor=actor, content=content("hi", connections=(account,)), plan=plan)

    @pytest.mark.parametrize("write", [publish_now, cancel_post])
    def test_a_contributor_neither_publishes_nor_cancels(self, cast: Cast, account: Connection, write: object) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=LATER)
        dora = make_user("Dora")
        add_member(cast.workspace, dora, Role.CONTRIBUTOR)
        with acting(dora, cast.workspace) as actor, pytest.raises(Forbidden):
            write(actor=actor, post=post)  # type: ignore[operator]


class EditTests:
    def test_it_replaces_text_accounts_and_time(self, cast: Cast, account: Connection) -> None:
        other = make_connection(cast.workspace)
        post = make_post(cast.alice, cast.workspace, account, plan=LATER)
        with acting(cast.alice, cast.workspace) as actor:
            edited = edit_post(
                actor=actor, post=post, content=content("new", "thread", connections=(other,)), plan=Draft(), version=1
            )
            assert (edited.text, edited.thread, edited.version, edited.state) == ("new", ["thread"], 2, "draft")
            assert [p.connection_id for p in Publication.objects.filter(post=post)] == [other.pk]

    def test_somebody_elses_newer_version_is_not_overwritten(self, cast: Cast, account: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, account)
        with acting(cast.alice, cast.workspace) as actor:
            edit_post(actor=actor, post=post, content=content("second"), plan=Draft(), version=1)
            with pytest.raises(Stale):
                edit_post(actor=actor, post=post, content=content("third"), plan=Draft(), version=1)
            assert Post.objects.get().text == "second"

    def test_a_cancelled_post_can_be_planned_again(self, cast: Cast, account: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, account, plan=LATER)
        with acting(cast.alice, cast.workspace) as actor:
            assert cancel_post(actor=actor, post=post).state == "cancelled"
            again = edit_post(actor=actor, post=post, content=content("hi", connections=(account,)), plan=LATER)
            assert again.state == "scheduled"


@pytest.mark.real_commits
class MovingTests:
    """Posts that a worker holds: the rows are moved by the engine's own role."""

    def sending(self, cast: Cast, account: Connection, owner_sql: object, *states: str) -> Post:
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        for state in states:
            lease = "now() + interval '1 minute'" if state in ("leased", "sending") else "null"
            fence = 1 if state == "leased" else 0
            owner_sql(  # type: ignore[operator]
                f"update posts_publication set state = %s, fence = fence + {fence}, lease_until = {lease} where post_id = %s",
                [state, post.pk],
            )
        return post

    @pytest.mark.parametrize("states", [("leased",), ("leased", "sending"), ("leased", "sending", "unknown")])
    def test_what_is_being_sent_cannot_be_edited(
        self, cast: Cast, account: Connection, owner_sql: object, states: tuple[str, ...]
    ) -> None:
        post = self.sending(cast, account, owner_sql, *states)
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Conflict, match="already being sent"):
            edit_post(actor=actor, post=post, content=content("changed", connections=(account,)), plan=Now())

    def test_cancelling_what_a_worker_holds_asks_it_to_stop(
        self, cast: Cast, account: Connection, owner_sql: object
    ) -> None:
        post = self.sending(cast, account, owner_sql, "leased")
        with acting(cast.alice, cast.workspace) as actor:
            cancel_post(actor=actor, post=post)
            assert only(post).cancel_requested

    def test_what_was_sent_cannot_be_cancelled(self, cast: Cast, account: Connection, owner_sql: object) -> None:
        post = self.sending(cast, account, owner_sql, "leased", "sending", "unknown")
        with acting(cast.alice, cast.workspace) as actor:
            for cancel in (
                lambda: cancel_post(actor=actor, post=post),
                lambda: cancel_publication(actor=actor, publication=only(post)),
            ):
                with pytest.raises(Conflict, match="already sent"):
                    cancel()

    def test_only_what_was_never_sent_can_be_deleted(self, cast: Cast, account: Connection, owner_sql: object) -> None:
        draft = make_post(cast.alice, cast.workspace, account)
        sent = self.sending(cast, account, owner_sql, "leased", "failed")
        with acting(cast.alice, cast.workspace) as actor:
            delete_draft(actor=actor, post=draft)
            with pytest.raises(Conflict):
                delete_draft(actor=actor, post=sent)
            assert [post.pk for post in Post.objects.all()] == [sent.pk]

    def test_a_failed_publication_can_be_retried_and_a_published_one_cannot(
        self, cast: Cast, account: Connection, owner_sql: object
    ) -> None:
        post = self.sending(cast, account, owner_sql, "leased", "failed")
        with acting(cast.alice, cast.workspace) as actor:
            assert retry(actor=actor, publication=only(post)).state == State.SCHEDULED
            with pytest.raises(Conflict, match="nothing to retry"):
                retry(actor=actor, publication=only(post))


@pytest.mark.real_commits
class DecideTests:
    def needing(self, cast: Cast, account: Connection, owner_sql: object) -> Publication:
        """A publication whose only call was sent and never answered."""
        post = make_post(cast.alice, cast.workspace, account, plan=Now())
        for sql in (
            "update posts_publication set state = 'leased', fence = 1, lease_until = now() + interval '1 minute'",
            "select mv_intend(array_agg(id), array_agg(fence), array['commit:1'], array[''], array[1], '1 minute') from posts_publication",
            "update posts_publication set state = 'unknown', lease_until = null, next_check_at = now()",
            "update posts_attempt set status = 'ambiguous'",
            "select mv_give_up(id, fence, 'We could not find it.', 'Look for it.') from posts_publication",
        ):
            owner_sql(sql)  # type: ignore[operator]
        with acting(cast.alice, cast.workspace):
            return only(post)

    def test_it_is_there_marks_it_published_with_the_link(
        self, cast: Cast, account: Connection, owner_sql: object
    ) -> None:
        publication = self.needing(cast, account, owner_sql)
        link = "https://x.com/norrestudio/status/1445880548472328192"
        with acting(cast.alice, cast.workspace) as actor:
            decided = decide_there(actor=actor, publication=publication, link=link)
            assert (decided.state, decided.remote_id, decided.remote_url) == (
                State.PUBLISHED,
                "1445880548472328192",
                link,
            )
            assert decided.outcome_proof["said_by"] == cast.alice.pk

    def test_it_is_there_without_a_link_is_enough(self, cast: Cast, account: Connection, owner_sql: object) -> None:
        publication = self.needing(cast, account, owner_sql)
        with acting(cast.alice, cast.workspace) as actor:
            decided = decide_there(actor=actor, publication=publication)
            assert (decided.state, decided.remote_id) == (State.PUBLISHED, None)

    @pytest.mark.parametrize("link", ["javascript:alert(1)//12345678", "https://x.com/norrestudio", "12345678901"])
    def test_a_link_that_is_none_is_refused(
        self, cast: Cast, account: Connection, owner_sql: object, link: str
    ) -> None:
        publication = self.needing(cast, account, owner_sql)
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid, match="address of a post"):
            decide_there(actor=actor, publication=publication, link=link)

    def test_it_is_not_there_sends_it_again_in_that_persons_name(
        self, cast: Cast, account: Connection, owner_sql: object
    ) -> None:
        publication = self.needing(cast, account, owner_sql)
        with acting(cast.alice, cast.workspace) as actor:
            assert decide_not_there(actor=actor, publication=publication).state == State.SCHEDULED
            attempt = publication.attempts.get()
            assert (attempt.disproved, attempt.disproved_by) == (True, cast.alice)

    def test_a_viewer_does_not_decide_and_nobody_decides_twice(
        self, cast: Cast, account: Connection, owner_sql: object
    ) -> None:
        publication = self.needing(cast, account, owner_sql)
        vera = make_user("Vera")
        add_member(cast.workspace, vera, Role.VIEWER)
        with acting(vera, cast.workspace) as actor, pytest.raises(Forbidden):
            decide_there(actor=actor, publication=publication)
        with acting(cast.alice, cast.workspace) as actor:
            decide_not_there(actor=actor, publication=publication)
            with pytest.raises(DomainError, match="nothing to decide"):
                decide_not_there(actor=actor, publication=publication)
