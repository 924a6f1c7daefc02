"""A workspace as such: names and zones, closing it with days of grace, deleting it for good."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import workspaces
from accounts.audit_models import AuditEntry
from accounts.models import Workspace
from accounts.roles import RIGHTS, Right, Role
from accounts.tests.people import Cast, acting, add_member, make_cast, make_user
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, Invalid
from posts.models import Media, Post, Publication
from posts.services import resume_workspace
from posts.services.notes import add_note
from posts.tests.factories import make_connection, make_media, make_post
from posts.tests.pages import add_attempt, put_into
from social.models import Connection, Grant


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def stored(cast: Cast) -> Workspace:
    with tenancy.system("test"):
        return Workspace.objects.get(pk=cast.workspace.pk)


class ChangingTests:
    def test_name_zone_and_week_are_set_and_written_down(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            workspaces.change(actor=actor, name=" Norre ", zone="Asia/Tokyo", week_start=7)
            entry = AuditEntry.objects.get(action="workspace.changed")
        row = stored(cast)
        assert (row.name, row.zone, row.week_start, row.slug) == ("Norre", "Asia/Tokyo", 7, cast.workspace.slug)
        assert entry.content["after"] == {"name": "Norre", "zone": "Asia/Tokyo", "week_start": 7}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"name": "  "}, "empty"),
            ({"name": "x" * 81}, "too_long"),
            ({"zone": "Mars/Olympus"}, "unknown_zone"),
            ({"week_start": 3}, "bad_weekday"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, cast: Cast, changes: dict[str, object], code: str) -> None:
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid) as refused:
            workspaces.change(actor=actor, **changes)
        assert refused.value.code == code

    @pytest.mark.parametrize("role", list(Role))
    def test_it_takes_the_right(self, cast: Cast, role: Role) -> None:
        person = make_user("Person")
        add_member(cast.workspace, person, role)
        with acting(person, cast.workspace) as actor:
            if Right.MANAGE in RIGHTS[role]:
                workspaces.change(actor=actor, name="New")
            else:
                with pytest.raises(Forbidden):
                    workspaces.change(actor=actor, name="New")

    def test_another_one_is_made_from_the_page(self, cast: Cast) -> None:
        browser = Client()
        browser.force_login(cast.bob)
        assert browser.get("/workspaces/new/").status_code == 200
        assert browser.post("/workspaces/new/", {"name": ""}).status_code == 422
        answer = browser.post("/workspaces/new/", {"name": "Second", "zone": "Europe/Oslo"})
        assert browser.get(answer.headers["Location"]).status_code == 200


class ClosingTests:
    def close(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            workspaces.close(actor=actor, name=cast.workspace.name)

    def end_grace(self, cast: Cast) -> None:
        with tenancy.system("test"):
            Workspace.objects.filter(pk=cast.workspace.pk).update(closing_at=timezone.now() - timedelta(seconds=1))

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
    def test_only_an_owner_deletes_or_keeps(self, cast: Cast, role: Role) -> None:
        person = make_user("Person")
        add_member(cast.workspace, person, role)
        with acting(person, cast.workspace) as actor:
            with pytest.raises(Forbidden):
                workspaces.close(actor=actor, name=cast.workspace.name)
            with pytest.raises(Forbidden):
                workspaces.keep(actor=actor)

    def test_its_name_has_to_be_typed(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid):
            workspaces.close(actor=actor, name="norre")
        assert stored(cast).closing_at is None

    def test_it_stops_at_once_and_can_be_kept_for_some_days(self, cast: Cast) -> None:
        self.close(cast)
        row = stored(cast)
        assert row.paused_at is not None
        assert row.closing_at is not None
        assert row.closing_at > timezone.now() + timedelta(days=13)
        assert workspaces.delete_due() == 0
        with acting(cast.bob, cast.workspace) as editor, pytest.raises(Conflict, match="about to be deleted"):
            resume_workspace(actor=editor)
        with acting(cast.alice, cast.workspace) as actor:
            workspaces.keep(actor=actor)
        row = stored(cast)
        assert row.closing_at is None
        assert row.paused_at is not None  # somebody goes on, knowingly

    def test_then_everything_is_gone_and_nothing_of_others(self, cast: Cast) -> None:
        connection = make_connection(cast.workspace)
        post = make_post(cast.alice, cast.workspace, connection)
        publication = put_into(post, "published")
        add_attempt(publication, status="ok")
        make_media(cast.workspace)
        with acting(cast.alice, cast.workspace) as actor:
            add_note(actor=actor, post=post, text="@Bob look")
        theirs = make_post(cast.charlie, cast.elsewhere, make_connection(cast.elsewhere))
        self.close(cast)
        self.end_grace(cast)
        assert workspaces.delete_due() == 1
        with tenancy.system("test"):
            for model in (Publication, Post, Media, Connection, Grant):
                assert not model.objects.filter(workspace=cast.workspace.pk).exists(), model
            assert not Workspace.objects.filter(pk=cast.workspace.pk).exists()
            last = AuditEntry.objects.filter(workspace_id=cast.workspace.pk).order_by("id").last()
            assert last is not None
            assert (last.action, last.label) == ("workspace.deleted", "Norre Studio")
            assert Post.objects.filter(pk=theirs.pk).exists()

    def test_one_that_is_kept_in_the_last_moment_stays(self, cast: Cast) -> None:
        self.close(cast)
        with acting(cast.alice, cast.workspace) as actor:
            workspaces.keep(actor=actor)
        assert not workspaces.delete_for_good(cast.workspace.pk)
        assert stored(cast).name == cast.workspace.name
