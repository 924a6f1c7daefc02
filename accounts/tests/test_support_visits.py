"""Support opens a workspace: with a reason, seen by its owner, written down, and only to look."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts import visiting
from accounts.audit_models import AuditEntry, SupportVisit
from accounts.delivering import deliver
from accounts.models import Member, User
from accounts.notification_models import Delivery, Notification
from accounts.roles import Right
from accounts.tests.people import Cast, make_cast
from multivio import tenancy
from multivio.errors import Forbidden

pytestmark = pytest.mark.django_db
REASON = "Ticket 4711: a post that does not leave"
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("sanne@example.org", name="Sanne", is_staff=True)


@pytest.fixture
def desk(staff: User) -> Client:
    staff.user_permissions.add(Permission.objects.get(codename="view_workspace"))
    client = Client()
    client.force_login(staff)
    return client


def opened(desk: Client, cast: Cast, **more: Any) -> Any:
    return desk.post(f"/admin/accounts/workspace/{cast.workspace.pk}/open/", {"reason": REASON, **more})


def home(cast: Cast) -> str:
    return f"/w/{cast.workspace.slug}/"


def entries(action: str) -> list[AuditEntry]:
    with tenancy.system("test"):
        return list(AuditEntry.objects.filter(action=action).order_by("id"))


class OpeningTests:
    def test_without_a_visit_the_workspace_is_not_there(self, desk: Client, cast: Cast) -> None:
        assert desk.get(home(cast)).status_code == 404

    def test_with_a_visit_it_is_and_says_so(self, desk: Client, cast: Cast) -> None:
        assert opened(desk, cast).url == home(cast)
        page = desk.get(home(cast)).content.decode()
        assert "You are here as support, to look only" in page
        assert desk.get(f"/w/{cast.elsewhere.slug}/").status_code == 404

    @pytest.mark.parametrize("reason", ["", "because", "   \n      "])
    def test_it_takes_a_reason(self, desk: Client, cast: Cast, reason: str) -> None:
        assert opened(desk, cast, reason=reason).status_code == 200
        assert desk.get(home(cast)).status_code == 404

    def test_who_is_not_staff_opens_nothing(self, cast: Cast) -> None:
        client = Client()
        client.force_login(cast.charlie)
        assert opened(client, cast).status_code == 302
        assert client.get(home(cast)).status_code == 404
        with pytest.raises(Forbidden):
            visiting.open_visit(staff=cast.charlie, workspace=cast.workspace, reason=REASON)

    def test_staff_without_sight_of_workspaces_open_none(self, cast: Cast, staff: User) -> None:
        client = Client()
        client.force_login(staff)
        assert opened(client, cast).status_code == 403

    def test_it_ends_by_itself(self, desk: Client, cast: Cast, owner_sql: Sql) -> None:
        opened(desk, cast)
        with tenancy.system("test clock"):
            SupportVisit.objects.update(ends_at="2026-01-01T00:00:00Z")
        assert desk.get(home(cast)).status_code == 404

    def test_the_database_shows_nothing_once_it_ended(self, cast: Cast, staff: User) -> None:
        visiting.open_visit(staff=staff, workspace=cast.workspace, reason=REASON)
        for ended, seen in ((False, 2), (True, 0)):
            with tenancy.system("test clock"):
                SupportVisit.objects.update(ends_at="2026-01-01T00:00:00Z" if ended else "2999-01-01T00:00:00Z")
            with tenancy.tenant(user_id=staff.pk, workspace_id=cast.workspace.pk):
                assert Member.objects.filter(workspace=cast.workspace).count() == seen
                assert AuditEntry.objects.filter(workspace=cast.workspace).exists() is not ended

    def test_who_is_no_longer_staff_is_out(self, desk: Client, cast: Cast, staff: User) -> None:
        opened(desk, cast)
        User.objects.filter(pk=staff.pk).update(is_staff=False)
        assert desk.get(home(cast)).status_code == 404


class SeenTests:
    def test_the_owner_is_told_at_once_and_by_mail(self, desk: Client, cast: Cast) -> None:
        opened(desk, cast)
        with tenancy.system("test"):
            told = Notification.objects.get(user=cast.alice)
            Delivery.objects.update(due_at="2026-01-01T00:00:00Z")
        assert told.title == f"Support opened {cast.workspace.name}"
        deliver()
        (letter,) = mail.outbox
        assert letter.to == [cast.alice.email]
        assert "Sanne can only look" in letter.body
        assert REASON in letter.body

    def test_the_trail_has_the_visit_and_every_page(self, desk: Client, cast: Cast, staff: User) -> None:
        opened(desk, cast)
        desk.get(home(cast))
        desk.get(f"{home(cast)}posts/")
        (begun,) = entries("support.opened")
        assert (begun.kind, begun.user_id, begun.reason) == ("support", staff.pk, REASON)
        looked = entries("support.looked")
        assert [entry.content["after"]["page"] for entry in looked] == [home(cast), f"{home(cast)}posts/"]
        assert {entry.kind for entry in looked} == {"support"}

    def test_the_owner_sees_the_visit_and_ends_it(self, desk: Client, cast: Cast) -> None:
        opened(desk, cast)
        owner = Client()
        owner.force_login(cast.alice)
        page = owner.get(f"{home(cast)}settings/audit/")
        assert "Sanne can only look" in page.content.decode()
        (visit,) = page.context["visits"]
        owner.post(f"{home(cast)}settings/audit/visits/{visit.uid}/end/")
        assert desk.get(home(cast)).status_code == 404
        assert len(entries("support.left")) == 1

    def test_an_editor_cannot_end_it(self, desk: Client, cast: Cast) -> None:
        opened(desk, cast)
        with tenancy.system("test"):
            visit = SupportVisit.objects.get()
        editor = Client()
        editor.force_login(cast.bob)
        editor.post(f"{home(cast)}settings/audit/visits/{visit.uid}/end/")
        assert desk.get(home(cast)).status_code == 200

    def test_the_visitor_leaves(self, desk: Client, cast: Cast) -> None:
        opened(desk, cast)
        desk.post(f"{home(cast)}leave-visit/")
        assert desk.get(home(cast)).status_code == 404


class LookingTests:
    def test_nothing_can_be_changed(self, desk: Client, cast: Cast) -> None:
        opened(desk, cast)
        desk.post(f"{home(cast)}publishing/pause/")
        with tenancy.system("test"):
            cast.workspace.refresh_from_db()
        assert cast.workspace.paused_at is None

    def test_the_database_refuses_what_a_forgotten_check_would_let_through(self, cast: Cast, staff: User) -> None:
        visiting.open_visit(staff=staff, workspace=cast.workspace, reason=REASON)
        with tenancy.tenant(user_id=staff.pk), transaction.atomic():
            actor = visiting.enter_visit(user=staff, slug=cast.workspace.slug, page="/")
            assert actor is not None
            assert not any(actor.may(right) for right in Right if right != Right.READ)
            with pytest.raises(DatabaseError, match="read-only transaction"), transaction.atomic():
                run("update accounts_workspace set name = 'mine'")

    def test_changing_takes_a_permission_of_its_own(self, desk: Client, cast: Cast, staff: User) -> None:
        opened(desk, cast, may_write="on")
        with tenancy.system("test"):
            assert not SupportVisit.objects.get().may_write
        with pytest.raises(Forbidden):
            visiting.open_visit(staff=staff, workspace=cast.workspace, reason=REASON, may_write=True)

    def test_with_it_a_change_carries_the_visitors_name(self, desk: Client, cast: Cast, staff: User) -> None:
        staff.user_permissions.add(Permission.objects.get(codename="write_as_support"))
        opened(desk, cast, may_write="on")
        desk.post(f"{home(cast)}publishing/pause/")
        (paused,) = entries("workspace.paused")
        assert (paused.kind, paused.who, paused.user_id) == ("support", "Sanne", staff.pk)

    def test_a_visit_opens_no_api(self, desk: Client, cast: Cast) -> None:
        opened(desk, cast)
        answer = desk.get("/api/v1/posts", headers={"Multivio-Workspace": cast.workspace.slug})
        assert answer.status_code == 403


class DeskTests:
    def test_what_a_form_of_the_desk_changes_is_written_down(self, cast: Cast) -> None:
        boss = User.objects.create_superuser("boss@example.org", name="Berta")
        client = Client()
        client.force_login(boss)
        form = {"name": "Alicia", "is_active": "on", "groups": [], "user_permissions": []}
        for inline in ("memberships",):
            form |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
        answer = client.post(f"/admin/accounts/user/{cast.alice.pk}/change/", form)
        assert answer.status_code == 302, answer.content.decode()[:2000]
        (entry,) = entries("support.changed")
        assert (entry.kind, entry.user_id, entry.who) == ("support", boss.pk, "Berta")
        assert (entry.target_type, entry.target_id) == ("user", str(cast.alice.pk))
        assert (entry.content["before"]["name"], entry.content["after"]["name"]) == ("Alice", "Alicia")
        with tenancy.tenant(user_id=cast.alice.pk):
            assert AuditEntry.objects.filter(action="support.changed").count() == 1

    def test_what_is_deleted_in_a_list_is_written_down_too(self, cast: Cast) -> None:
        boss = User.objects.create_superuser("boss@example.org", name="Berta")
        client = Client()
        client.force_login(boss)
        from django.contrib.auth.models import Group  # noqa: PLC0415

        groups = [Group.objects.create(name=name) for name in ("one", "two")]
        chosen = {"action": "delete_selected", "_selected_action": [group.pk for group in groups], "post": "yes"}
        client.post("/admin/auth/group/", chosen)
        assert [entry.label for entry in entries("support.deleted")] == ["one", "two"]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
