"""Invitations: one link for one address, for some days, while whoever sent it may still give what it gives."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import invitations, letters, members
from accounts.audit_models import AuditEntry
from accounts.invitation_links import secret_of
from accounts.models import Invitation, Member, User
from accounts.roles import Role, grantable_by
from accounts.tests.people import PASSWORD, Cast, acting, add_member, make_cast, make_user
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Forbidden, Invalid

ADDRESS = "ingrid@example.org"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def invite(cast: Cast, email: str = ADDRESS, role: str = "contributor", by: User | None = None) -> Invitation:
    with acting(by or cast.alice, cast.workspace) as actor:
        return invitations.invite(actor=actor, email=email, role=role)


def change(invitation: Invitation, **fields: object) -> None:
    with tenancy.system("test"):
        Invitation.objects.filter(pk=invitation.pk).update(**fields)


def roles_of(user: User) -> dict[str, str]:
    with tenancy.system("test"):
        return dict(Member.objects.filter(user=user).values_list("workspace__slug", "role"))


def ingrid() -> User:
    return User.objects.create_user(ADDRESS, PASSWORD, name="Ingrid")


def link(invitation: Invitation) -> str:
    return f"/invitations/{secret_of(invitation)}/"


class InvitingTests:
    @pytest.mark.parametrize("giver", list(Role))
    @pytest.mark.parametrize("role", list(Role))
    def test_one_invites_as_what_one_may_give(self, cast: Cast, giver: Role, role: Role) -> None:
        boss = make_user("Boss")
        add_member(cast.workspace, boss, giver)
        if role in grantable_by(giver):
            assert invite(cast, role=role, by=boss).role == role
        else:
            with pytest.raises(Forbidden):
                invite(cast, role=role, by=boss)

    def test_nobody_is_asked_twice_nor_when_in_already(self, cast: Cast) -> None:
        invite(cast)
        with pytest.raises(Invalid) as again:
            invite(cast, email=ADDRESS.upper())
        with pytest.raises(Invalid) as member:
            invite(cast, email=cast.bob.email)
        assert (again.value.code, member.value.code) == ("already_invited", "already_member")

    def test_whether_an_address_has_an_account_is_not_said(self, cast: Cast) -> None:
        ingrid()
        known, unknown = invite(cast), invite(cast, email="nobody@example.org")
        assert {known.role, unknown.role} == {"contributor"}

    def test_the_link_is_stored_as_a_hash_and_mailed(self, cast: Cast) -> None:
        invitation = invite(cast)
        letters.invite(invitation.pk, cast.workspace.pk)
        (letter,) = mail.outbox
        assert letter.to == [ADDRESS]
        assert secret_of(invitation) in letter.body
        with tenancy.system("test"):
            stored = [str(value) for value in Invitation.objects.values().get().values()]
            told = [str(row) for row in AuditEntry.objects.values()]
        assert not any(secret_of(invitation) in value for value in [*stored, *told])

    def test_nothing_is_mailed_for_an_invitation_that_ended_or_is_another_workspaces(self, cast: Cast) -> None:
        invitation = invite(cast)
        assert not letters.invite(invitation.pk, cast.elsewhere.pk)
        change(invitation, revoked_at=timezone.now())
        assert not letters.invite(invitation.pk, cast.workspace.pk)
        assert mail.outbox == []

    def test_a_workspace_name_cannot_write_headers(self, cast: Cast) -> None:
        with tenancy.system("test"):
            type(cast.workspace).objects.filter(pk=cast.workspace.pk).update(name="A\r\nBcc: x@example.org")
        letters.invite(invite(cast).pk, cast.workspace.pk)
        assert "\n" not in mail.outbox[0].subject
        assert mail.outbox[0].bcc == []


class AcceptingTests:
    def test_it_joins_with_the_role_and_only_once(self, cast: Cast) -> None:
        invitation, user = invite(cast), ingrid()
        assert invitations.accept(user=user, secret=secret_of(invitation)) == cast.workspace.slug
        assert roles_of(user) == {cast.workspace.slug: "contributor"}
        with pytest.raises(Conflict) as used:
            invitations.accept(user=user, secret=secret_of(invitation))
        assert used.value.code == "invitation_used"

    def test_a_used_one_is_no_way_back_after_being_removed(self, cast: Cast) -> None:
        invitation, user = invite(cast), ingrid()
        invitations.accept(user=user, secret=secret_of(invitation))
        with acting(cast.alice, cast.workspace) as actor:
            member = Member.objects.select_related("user").get(workspace=cast.workspace, user=user)
            members.remove_member(actor=actor, member=member)
        with pytest.raises(Conflict):
            invitations.accept(user=user, secret=secret_of(invitation))
        assert roles_of(user) == {}

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"expires_at": timezone.now() - timedelta(minutes=1)}, "invitation_expired"),
            ({"revoked_at": timezone.now()}, "invitation_withdrawn"),
        ],
    )
    def test_one_that_ended_opens_nothing(self, cast: Cast, fields: dict[str, object], code: str) -> None:
        invitation, user = invite(cast), ingrid()
        change(invitation, **fields)
        with pytest.raises(Conflict) as refused:
            invitations.accept(user=user, secret=secret_of(invitation))
        assert refused.value.code == code
        assert roles_of(user) == {}

    def test_it_is_for_the_address_it_was_sent_to(self, cast: Cast) -> None:
        invitation = invite(cast)
        with pytest.raises(Conflict) as refused:
            invitations.accept(user=cast.charlie, secret=secret_of(invitation))
        assert refused.value.code == "invitation_other_address"
        EmailAddress.objects.create(user=cast.charlie, email=ADDRESS, verified=False)
        with pytest.raises(Conflict):
            invitations.accept(user=cast.charlie, secret=secret_of(invitation))
        EmailAddress.objects.filter(user=cast.charlie).update(verified=True)
        assert invitations.accept(user=cast.charlie, secret=secret_of(invitation)) == cast.workspace.slug

    def test_it_dies_with_the_power_of_whoever_sent_it(self, cast: Cast) -> None:
        admin = make_user("Admin")
        add_member(cast.workspace, admin, Role.ADMIN)
        for end in ("demoted", "removed"):
            invitation = invite(cast, email=f"{end}@example.org", by=admin)
            user = User.objects.create_user(f"{end}@example.org", PASSWORD)
            with acting(cast.alice, cast.workspace) as actor:
                member = Member.objects.select_related("user").get(workspace=cast.workspace, user=admin)
                if end == "demoted":
                    members.change_role(actor=actor, member=member, role="viewer")
                else:
                    members.remove_member(actor=actor, member=member)
            with pytest.raises(Conflict) as refused:
                invitations.accept(user=user, secret=secret_of(invitation))
            assert refused.value.code == "invitation_withdrawn", end
            with tenancy.system("test"):
                Member.objects.filter(workspace=cast.workspace, user=admin).update(role=Role.ADMIN)

    def test_an_old_invitation_raises_nobody(self, cast: Cast) -> None:
        invitation, user = invite(cast, role="admin"), ingrid()
        add_member(cast.workspace, user, Role.VIEWER)
        invitations.accept(user=user, secret=secret_of(invitation))
        assert roles_of(user) == {cast.workspace.slug: "viewer"}

    def test_sending_again_ends_the_link_before(self, cast: Cast) -> None:
        invitation, user = invite(cast), ingrid()
        first = secret_of(invitation)
        change(invitation, sent_at=timezone.now() - timedelta(hours=1), expires_at=timezone.now())
        with acting(cast.alice, cast.workspace) as actor:
            again = invitations.send_again(actor=actor, invitation=invitation)
        with pytest.raises(Conflict):
            invitations.accept(user=user, secret=first)
        assert invitations.accept(user=user, secret=secret_of(again)) == cast.workspace.slug

    def test_it_is_not_sent_again_within_a_minute_nor_by_editors(self, cast: Cast) -> None:
        invitation = invite(cast)
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(Conflict, match="less than a minute"):
            invitations.send_again(actor=actor, invitation=invitation)
        with acting(cast.bob, cast.workspace) as bob:
            for verb in (invitations.send_again, invitations.withdraw):
                with pytest.raises(Forbidden):
                    verb(actor=bob, invitation=invitation)

    def test_another_workspace_cannot_withdraw_it(self, cast: Cast) -> None:
        invitation = invite(cast)
        with acting(cast.charlie, cast.elsewhere) as actor, pytest.raises(DomainError):
            invitations.withdraw(actor=actor, invitation=invitation)
        assert invitations.accept(user=ingrid(), secret=secret_of(invitation)) == cast.workspace.slug


class PageTests:
    def test_a_guessed_link_is_not_there(self, cast: Cast) -> None:
        invite(cast)
        assert Client().get("/invitations/0123456789abcdef/").status_code == 404

    def test_looking_at_it_joins_nobody(self, cast: Cast) -> None:
        invitation, user = invite(cast), ingrid()
        browser = Client()
        browser.force_login(user)
        html = browser.get(link(invitation)).content.decode()
        assert "Join Norre Studio" in html
        assert roles_of(user) == {}
        assert browser.post(link(invitation)).headers["Location"] == f"/w/{cast.workspace.slug}/"
        assert roles_of(user) == {cast.workspace.slug: "contributor"}

    def test_somebody_else_is_told_whose_it_is_and_cannot_join(self, cast: Cast) -> None:
        invitation = invite(cast)
        browser = Client()
        browser.force_login(cast.charlie)
        assert "The invitation is for ingrid@example.org" in browser.get(link(invitation)).content.decode()
        browser.post(link(invitation))
        assert cast.workspace.slug not in roles_of(cast.charlie)

    def test_one_that_ended_says_why(self, cast: Cast) -> None:
        invitation = invite(cast)
        change(invitation, revoked_at=timezone.now())
        assert "was withdrawn" in Client().get(link(invitation)).content.decode()

    def sign_up(self, browser: Client, email: str, where: str) -> object:
        sent = {"email": email, "name": "Ingrid", "password1": PASSWORD, "next": where}
        return browser.post("/accounts/signup/", sent)

    def test_signing_up_by_it_joins_and_needs_no_other_proof_of_the_address(self, cast: Cast) -> None:
        invitation, browser = invite(cast), Client()
        page = browser.get(link(invitation))
        assert f"email={ADDRESS.replace('@', '%40')}" in page.content.decode()
        self.sign_up(browser, ADDRESS, link(invitation))
        user = User.objects.get(email=ADDRESS)
        assert roles_of(user) == {cast.workspace.slug: "contributor"}
        assert EmailAddress.objects.get(user=user).verified
        assert browser.get(f"/w/{cast.workspace.slug}/").status_code == 200

    def test_signing_up_with_another_address_proves_and_joins_nothing(self, cast: Cast) -> None:
        invitation, browser = invite(cast), Client()
        browser.get(link(invitation))
        self.sign_up(browser, "mallory@example.org", link(invitation))
        user = User.objects.get(email="mallory@example.org")
        assert cast.workspace.slug not in roles_of(user)
        assert not EmailAddress.objects.get(user=user).verified
        assert len(roles_of(user)) == 1  # their own
