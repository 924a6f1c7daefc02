"""Support's view of people, workspaces and keys: readable for staff, closed to others, and without a secret."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts import invitations
from accounts.models import ApiKey, User
from accounts.roles import Right, Role
from accounts.services import create_api_key, digest, support_actor
from accounts.tests.people import Cast, acting, make_cast, make_user
from multivio import tenancy
from multivio.errors import Forbidden

PAGES = ("user", "workspace", "member", "apikey", "invitation")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def staff(cast: Cast) -> User:
    return User.objects.create_superuser("support@example.org", name="Sanne")


@pytest.fixture
def desk(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def make_key(cast: Cast) -> tuple[ApiKey, str]:
    with acting(cast.alice, cast.workspace) as actor:
        return create_api_key(actor=actor, name="script")


class OpenTests:
    def test_staff_read_every_list_and_page(self, desk: Client, cast: Cast) -> None:
        make_key(cast)
        with acting(cast.alice, cast.workspace) as actor:
            invitation = invitations.invite(actor=actor, email="ingrid@example.org", role="viewer")
        with tenancy.system("test"):
            ids = {
                "invitation": invitation.pk,
                "user": cast.alice.pk,
                "workspace": cast.workspace.pk,
                "member": cast.workspace.members.values_list("pk", flat=True)[0],
                "apikey": ApiKey.objects.values_list("pk", flat=True)[0],
            }
        for page in PAGES:
            assert desk.get(f"/admin/accounts/{page}/").status_code == 200, page
            shown = desk.get(f"/admin/accounts/{page}/{ids[page]}/change/")
            assert shown.status_code == 200, page
            assert invitation.digest not in shown.content.decode()

    def test_a_search_finds_across_workspaces(self, desk: Client, cast: Cast) -> None:
        for term in (cast.workspace.slug, cast.alice.email):
            assert cast.workspace.slug in desk.get(f"/admin/accounts/workspace/?q={term}").content.decode()

    @pytest.mark.parametrize("page", PAGES)
    def test_nobody_else_gets_in(self, cast: Cast, page: str) -> None:
        member = Client()
        member.force_login(cast.alice)
        for client in (Client(), member):
            answer = client.get(f"/admin/accounts/{page}/")
            assert answer.status_code == 302
            assert "/admin/login/" in answer.headers["Location"]

    def test_staff_without_permissions_see_nothing(self, cast: Cast) -> None:
        client = Client()
        client.force_login(User.objects.create_user("new@example.org", is_staff=True))
        for page in PAGES:
            assert client.get(f"/admin/accounts/{page}/").status_code == 403


class SecretTests:
    def test_no_page_shows_a_key_its_hash_or_a_password(self, desk: Client, cast: Cast) -> None:
        row, key = make_key(cast)
        hashed = User.objects.get(pk=cast.alice.pk).password
        for address in (
            "/admin/accounts/apikey/",
            f"/admin/accounts/apikey/{row.pk}/change/",
            "/admin/accounts/user/",
            f"/admin/accounts/user/{cast.alice.pk}/change/",
            f"/admin/accounts/workspace/{cast.workspace.pk}/change/",
        ):
            html = desk.get(address).content.decode()
            for secret in (key, digest(key), hashed, hashed.rpartition("$")[2]):
                assert secret not in html, address

    def test_second_factors_and_sessions_are_listed_without_what_lets_one_in(self, desk: Client, cast: Cast) -> None:
        factor = Authenticator.objects.create(user=cast.alice, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
        session = UserSession.objects.create(
            user=cast.alice, ip="192.0.2.1", session_key="a-session-key", user_agent="Firefox", data={}
        )
        for address in (
            "/admin/mfa/authenticator/",
            f"/admin/mfa/authenticator/{factor.pk}/change/",
            f"/admin/mfa/authenticator/{factor.pk}/delete/",
            "/admin/usersessions/usersession/",
            f"/admin/usersessions/usersession/{session.pk}/change/",
        ):
            answer = desk.get(address)
            assert answer.status_code == 200, address
            html = answer.content.decode()
            assert str(cast.alice) in html or "delete" in address
            assert "JBSWY3DPEHPK3PXP" not in html
            assert "a-session-key" not in html

    def test_pages_of_packages_that_show_secrets_are_not_there(self, desk: Client) -> None:
        for page in ("socialapp", "socialtoken"):
            assert desk.get(f"/admin/socialaccount/{page}/").status_code == 404


class WorkspaceTests:
    def test_members_are_shown_and_cannot_be_changed(self, desk: Client, cast: Cast) -> None:
        address = f"/admin/accounts/workspace/{cast.workspace.pk}/change/"
        html = desk.get(address).content.decode()
        assert str(cast.bob) in html
        assert "<select" not in html
        assert desk.post(address, {"name": "Mine now"}).status_code == 403

    def test_nothing_is_added_or_deleted_by_hand(self, desk: Client, cast: Cast) -> None:
        row, _key = make_key(cast)
        with tenancy.system("test"):
            member = cast.workspace.members.values_list("pk", flat=True)[0]
        ids = {"workspace": cast.workspace.pk, "user": cast.alice.pk, "member": member, "apikey": row.pk}
        for page, pk in ids.items():
            assert desk.get(f"/admin/accounts/{page}/add/").status_code == 403
            assert desk.post(f"/admin/accounts/{page}/{pk}/delete/", {"post": "yes"}).status_code == 403


class UserTests:
    def save(self, client: Client, user: User, **changed: Any) -> Any:
        empty = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
        sent = {"email": user.email, "name": user.name, "is_active": "on", **empty, **changed}
        return client.post(f"/admin/accounts/user/{user.pk}/change/", {k: v for k, v in sent.items() if v is not None})

    @pytest.fixture
    def helper(self, db: None) -> Client:
        """Staff who may change users, and nothing more."""
        from django.contrib.auth.models import Permission  # noqa: PLC0415

        user = User.objects.create_user("helper@example.org", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
        client = Client()
        client.force_login(user)
        return client

    def test_an_account_can_be_closed(self, helper: Client, cast: Cast) -> None:
        assert self.save(helper, cast.charlie, is_active=None).status_code == 302
        cast.charlie.refresh_from_db()
        assert not cast.charlie.is_active

    def test_a_closed_account_has_no_working_key(self, helper: Client, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="script")
        self.save(helper, cast.alice, is_active=None)
        assert Client().get("/api/v1/posts", headers={"authorization": f"Bearer {key}"}).status_code == 401

    def test_the_address_to_sign_in_with_stays(self, helper: Client, cast: Cast) -> None:
        before = cast.charlie.email
        self.save(helper, cast.charlie, email="mine@example.org", name="Charles")
        cast.charlie.refresh_from_db()
        assert (cast.charlie.email, cast.charlie.name) == (before, "Charles")

    def test_support_cannot_make_itself_or_others_powerful(self, helper: Client, cast: Cast) -> None:
        for user in (User.objects.get(email="helper@example.org"), cast.charlie):
            self.save(helper, user, is_superuser="on", is_staff="on")
            user.refresh_from_db()
            assert not user.is_superuser
        assert not cast.charlie.is_staff

    def test_support_cannot_close_a_superuser(self, helper: Client, staff: User) -> None:
        assert self.save(helper, staff, is_active=None).status_code == 403
        staff.refresh_from_db()
        assert staff.is_active


class KeyTests:
    def revoke(self, desk: Client, row: ApiKey) -> Any:
        sent = {"action": "revoke", "_selected_action": [row.pk]}
        return desk.post("/admin/accounts/apikey/", sent, follow=True)

    def test_a_revoked_key_ends_at_once(self, desk: Client, cast: Cast) -> None:
        row, key = make_key(cast)
        assert Client().get("/api/v1/posts", headers={"authorization": f"Bearer {key}"}).status_code == 200
        assert "revoked" in self.revoke(desk, row).content.decode()
        assert Client().get("/api/v1/posts", headers={"authorization": f"Bearer {key}"}).status_code == 401

    def test_those_who_only_read_keys_cannot_revoke_them(self, cast: Cast) -> None:
        from django.contrib.auth.models import Permission  # noqa: PLC0415

        row, _key = make_key(cast)
        reader = User.objects.create_user("reader@example.org", is_staff=True)
        reader.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
        client = Client()
        client.force_login(reader)
        assert client.get("/admin/accounts/apikey/").status_code == 200
        self.revoke(client, row)
        with tenancy.system("test"):
            assert ApiKey.objects.get(pk=row.pk).revoked_at is None


class SupportActorTests:
    def test_it_has_an_editors_rights_under_the_name_of_the_person(self, staff: User, cast: Cast) -> None:
        actor = support_actor(staff=staff, workspace=cast.workspace)
        assert (actor.user, actor.role) == (staff, Role.EDITOR)
        assert actor.may(Right.PUBLISH)
        assert not actor.may(Right.CONNECT)

    def test_it_is_for_active_staff_only(self, staff: User, cast: Cast) -> None:
        staff.is_active = False
        for person in (cast.alice, make_user("Dora"), staff, None):
            with pytest.raises(Forbidden):
                support_actor(staff=person, workspace=cast.workspace)
