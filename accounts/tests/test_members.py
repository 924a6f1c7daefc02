"""Members: who may change whom, and that nobody can raise themselves or leave a workspace without an owner."""

import pytest
from django.db import ProgrammingError, transaction
from django.db import connection as database
from django.test import Client

from accounts import members
from accounts.audit_models import AuditEntry
from accounts.models import ApiKey, Member, User
from accounts.roles import RIGHTS, Right, Role, grantable_by
from accounts.services import create_api_key, enter
from accounts.tests.people import Cast, acting, add_member, make_cast, make_user
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Forbidden, NotFound


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def member_of(cast: Cast, user: User) -> Member:
    with tenancy.system("test"):
        found: Member = Member.objects.select_related("user").get(workspace=cast.workspace, user=user)
        return found


def role_of(cast: Cast, user: User) -> str | None:
    with tenancy.system("test"):
        return Member.objects.filter(workspace=cast.workspace, user=user).values_list("role", flat=True).first()


class RoleTests:
    @pytest.mark.parametrize("giver", list(Role))
    @pytest.mark.parametrize("before", list(Role))
    @pytest.mark.parametrize("after", list(Role))
    def test_a_role_is_given_only_by_who_may_give_and_take_it(
        self, cast: Cast, giver: Role, before: Role, after: Role
    ) -> None:
        boss, other = make_user("Boss"), make_user("Other")
        add_member(cast.workspace, boss, giver)
        add_member(cast.workspace, other, before)
        allowed = before in grantable_by(giver) and after in grantable_by(giver)
        with acting(boss, cast.workspace) as actor:
            if allowed:
                assert members.change_role(actor=actor, member=member_of(cast, other), role=after).role == after
            else:
                with pytest.raises(Forbidden):
                    members.change_role(actor=actor, member=member_of(cast, other), role=after)
        assert role_of(cast, other) == (after if allowed else before)

    def test_the_database_holds_the_same_rule(self, db: None) -> None:
        with database.cursor() as cursor:
            for giver in Role:
                for role in Role:
                    cursor.execute("select mv_may_give(%s, %s)", [giver.value, role.value])
                    assert cursor.fetchone()[0] == (role in grantable_by(giver)), (giver, role)

    def test_who_may_give_any_role_is_who_has_the_right(self) -> None:
        for role in Role:
            assert bool(grantable_by(role)) == (Right.MEMBERS in RIGHTS[role])

    @pytest.mark.parametrize("role", list(Role))
    def test_nobody_raises_themselves(self, cast: Cast, role: Role) -> None:
        climber = make_user("Climber")
        add_member(cast.workspace, climber, role)
        with acting(climber, cast.workspace) as actor:
            with pytest.raises(DomainError):
                members.change_role(actor=actor, member=member_of(cast, climber), role="owner")
            # Past the service, the database still knows.
            with database.cursor() as cursor:
                cursor.execute("select mv_change_member(%s, 'owner')", [climber.pk])
                assert cursor.fetchone()[0] == "own_role"
        assert role_of(cast, climber) == role

    def test_a_role_that_does_not_exist_is_refused(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(DomainError, match="Choose one of"):
            members.change_role(actor=actor, member=member_of(cast, cast.bob), role="king")

    def test_a_change_is_written_down_and_told(self, cast: Cast) -> None:
        from accounts.notification_models import Notification  # noqa: PLC0415

        with acting(cast.alice, cast.workspace) as actor:
            members.change_role(actor=actor, member=member_of(cast, cast.bob), role="viewer")
            entry = AuditEntry.objects.get(action="member.role_changed")
        assert entry.content["before"] == {"role": "editor"}
        assert entry.content["after"] == {"role": "viewer"}
        with tenancy.system("test"):
            assert "viewer" in Notification.objects.get(user=cast.bob).title


class RemovalTests:
    def test_a_removed_member_is_out_at_once_with_keys_and_all(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as bob:
            _row, key = create_api_key(actor=bob, name="script")
        browser = Client()
        browser.force_login(cast.bob)
        assert browser.get(f"/w/{cast.workspace.slug}/").status_code == 200
        with acting(cast.alice, cast.workspace) as actor:
            members.remove_member(actor=actor, member=member_of(cast, cast.bob))
        assert browser.get(f"/w/{cast.workspace.slug}/").status_code == 404
        assert Client().get("/api/v1/posts", headers={"authorization": f"Bearer {key}"}).status_code == 401

    def test_a_key_does_not_come_back_with_its_maker(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as bob:
            _row, key = create_api_key(actor=bob, name="script")
        with acting(cast.alice, cast.workspace) as actor:
            members.remove_member(actor=actor, member=member_of(cast, cast.bob))
        add_member(cast.workspace, cast.bob)
        with tenancy.system("test"):
            assert ApiKey.objects.get().revoked_at is not None
        assert Client().get("/api/v1/posts", headers={"authorization": f"Bearer {key}"}).status_code == 401

    def test_editors_remove_nobody(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(Forbidden):
            members.remove_member(actor=actor, member=member_of(cast, cast.alice))

    def test_an_admin_removes_no_owner(self, cast: Cast) -> None:
        admin = make_user("Admin")
        add_member(cast.workspace, admin, Role.ADMIN)
        with acting(admin, cast.workspace) as actor, pytest.raises(Forbidden, match="Only an owner"):
            members.remove_member(actor=actor, member=member_of(cast, cast.alice))
        assert role_of(cast, cast.alice) == "owner"

    def test_a_member_of_another_workspace_is_nobody_here(self, cast: Cast) -> None:
        with tenancy.system("test"):
            stranger = Member.objects.select_related("user").get(workspace=cast.elsewhere)
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(NotFound):
            members.remove_member(actor=actor, member=stranger)
        with acting(cast.charlie, cast.elsewhere) as charlie:
            assert charlie.role == "owner"


class LeavingTests:
    def test_anybody_may_leave(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as actor:
            members.leave(actor=actor)
        with tenancy.tenant(user_id=cast.bob.pk):
            assert enter(user=cast.bob, slug=cast.workspace.slug) is None

    def test_the_last_owner_cannot(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Conflict) as refused:
            members.leave(actor=actor)
        assert refused.value.code == "last_owner"
        assert role_of(cast, cast.alice) == "owner"

    def test_one_of_two_owners_can(self, cast: Cast) -> None:
        add_member(cast.workspace, make_user("Second"), Role.OWNER)
        with acting(cast.alice, cast.workspace) as actor:
            members.leave(actor=actor)
        assert role_of(cast, cast.alice) is None

    def test_handing_over_leaves_one_owner_and_an_admin(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            members.hand_over(actor=actor, member=member_of(cast, cast.bob))
        assert (role_of(cast, cast.alice), role_of(cast, cast.bob)) == ("admin", "owner")

    def test_only_owners_hand_over_and_not_to_strangers(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(Forbidden):
            members.hand_over(actor=actor, member=member_of(cast, cast.bob))
        with tenancy.system("test"):
            stranger = Member.objects.select_related("user").get(workspace=cast.elsewhere)
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(NotFound):
            members.hand_over(actor=actor, member=stranger)
        assert role_of(cast, cast.alice) == "owner"


class DatabaseTests:
    @pytest.mark.parametrize("sql", ["update accounts_member set role = 'owner'", "delete from accounts_member"])
    def test_members_are_not_written_around_the_functions(self, cast: Cast, sql: str) -> None:
        with acting(cast.bob, cast.workspace), database.cursor() as cursor:
            try:
                with transaction.atomic():
                    cursor.execute(sql)
            except ProgrammingError:
                pass
        assert (role_of(cast, cast.alice), role_of(cast, cast.bob)) == ("owner", "editor")
