"""Limits: the same at every door, never passed by two at once, and nothing where nothing is sold."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import invitations
from accounts.invitation_links import secret_of
from accounts.models import Invitation, Workspace
from accounts.services import create_api_key, create_workspace
from accounts.tests.people import Cast, acting, make_user
from billing import limits
from billing.errors import LimitReached
from billing.models import Comp, Payer
from billing.plans import PLANS, What
from billing.tests.shop import give
from multivio import tenancy

pytestmark = pytest.mark.usefixtures("selling")


def invite(cast: Cast, number: int = 1) -> Invitation:
    with acting(cast.alice, cast.workspace) as actor:
        return invitations.invite(actor=actor, email=f"guest{number}@example.org", role="viewer")


class MemberTests:
    def test_whoever_is_invited_takes_a_place(self, cast: Cast) -> None:
        give(cast.workspace, "creator")  # two places; Alice and Bob have them
        with pytest.raises(LimitReached, match=r"Creator has 2 members, and all are in use\. Team has more") as refused:
            invite(cast)
        assert refused.value.extra["limit"] == refused.value.extra["used"] == 2
        assert refused.value.extra["upgrade_url"].endswith("/settings/plan/")
        give(cast.workspace, "team")
        invite(cast)
        with acting(cast.alice, cast.workspace):
            assert limits.use_of(cast.workspace, What.MEMBERS).used == 3

    def test_a_place_that_is_gone_meanwhile_is_not_taken(self, cast: Cast) -> None:
        comp = give(cast.workspace, "team")
        invitation = invite(cast)
        guest = make_user("Guest")
        guest.email = invitation.email
        guest.save()
        from billing import services  # noqa: PLC0415 - as support would

        services.take_back_plan(staff=None, comp=comp)
        with pytest.raises(LimitReached):
            invitations.accept(user=guest, secret=secret_of(invitation))
        with tenancy.system("test"):
            assert not cast.workspace.members.filter(user=guest).exists()

    def test_the_page_says_it_before_and_at_the_wall(self, cast: Cast) -> None:
        give(cast.workspace, "creator")
        client = Client()
        client.force_login(cast.alice)
        members = f"/w/{cast.workspace.slug}/settings/members/"
        assert "Members: 2 of 2 in use. Full." in client.get(members).content.decode()
        sent = client.post(members, {"email": "guest@example.org", "role": "viewer"}, follow=True)
        assert "Creator has 2 members, and all are in use." in sent.content.decode()


class ApiTests:
    def test_a_key_is_made_and_works_only_with_a_plan_that_has_it(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor, pytest.raises(LimitReached, match="not part of Free"):
            create_api_key(actor=actor, name="one")
        comp = give(cast.workspace, "creator")
        with acting(cast.alice, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="one")
        headers: Any = {"Authorization": f"Bearer {key}"}
        assert Client().get("/api/v1/connections", headers=headers).status_code == 200
        from billing import services  # noqa: PLC0415 - as support would

        services.take_back_plan(staff=None, comp=comp)
        refused = Client().get("/api/v1/connections", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (402, "limit_reached")
        assert refused.json()["what"] == "api"
        assert refused.json()["upgrade_url"].startswith("http")
        assert refused.headers["content-type"] == "application/problem+json"


class WorkspaceTests:
    def test_free_has_one(self, cast: Cast) -> None:
        with pytest.raises(LimitReached, match=r"Free has 1 workspace, and it is in use\. Team has more") as refused:
            create_workspace(owner=cast.alice, name="Second")
        assert refused.value.extra["upgrade_url"].endswith(f"/w/{cast.workspace.slug}/settings/plan/")
        with tenancy.system("test"):
            assert not Workspace.objects.filter(name="Second").exists()

    def test_an_agencys_are_on_one_bill(self, cast: Cast) -> None:
        give(cast.workspace, "team")
        client = create_workspace(owner=cast.alice, name="A client")
        create_workspace(owner=cast.alice, name="Another client")
        with tenancy.system("test"):
            assert set(Payer.objects.values_list("paid_by_id", flat=True)) == {cast.workspace.pk}
        with acting(cast.alice, client) as actor:
            assert limits.use_of(client, What.MEMBERS).used == 2  # Alice is one person in all of them
            invitations.invite(actor=actor, email="x@example.org", role="viewer")
            assert limits.use_of(cast.workspace, What.MEMBERS).used == 3
        with pytest.raises(LimitReached):
            create_workspace(owner=cast.alice, name="One too many")

    def test_a_plan_that_ends_while_one_waits_makes_no_room(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        comp, lock = give(cast.workspace, "team"), limits.lock

        def wait(workspace_id: int) -> None:
            lock(workspace_id)
            if workspace_id == cast.workspace.pk:
                Comp.objects.filter(pk=comp.pk).update(revoked_at=timezone.now())

        monkeypatch.setattr(limits, "lock", wait)
        with pytest.raises(LimitReached, match="Free has 1 workspace"):
            create_workspace(owner=cast.alice, name="Second")


def test_where_nothing_is_sold_nothing_is_limited(cast: Cast, selling: Any) -> None:
    selling.BILLING_ENABLED = False
    for number in range(4):
        invite(cast, number)
    create_workspace(owner=cast.alice, name="Second")
    with acting(cast.alice, cast.workspace):
        assert all(use.most is None for use in limits.usage(cast.workspace))


@pytest.mark.real_commits
def test_two_at_once_do_not_both_get_the_last_one(cast: Cast) -> None:
    """Ten people invite at the same moment; as many get through as there are places."""
    give(cast.workspace, "team")
    places, start = (PLANS["team"].limits[What.MEMBERS] or 0) - 2, Barrier(10)

    def one(number: int) -> bool:
        close_old_connections()
        try:
            start.wait(10)
            invite(cast, number)
        except LimitReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as crew:
        let_in = sum(crew.map(one, range(10)))
    with tenancy.system("test"), transaction.atomic():
        assert Invitation.objects.count() == let_in == places


@pytest.mark.real_commits
def test_a_smaller_plan_that_begins_meanwhile_counts(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody invites on Team while its gift is taken back: they wait for each other, and then hold to what there is."""
    comp, has_looked, lock = give(cast.workspace, "team"), Event(), limits.lock

    def wait(workspace_id: int) -> None:
        has_looked.set()
        lock(workspace_id)

    def one() -> bool:
        close_old_connections()
        try:
            invite(cast)
        except LimitReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(1) as crew:
        with tenancy.system("test"):
            lock(cast.workspace.pk)
            monkeypatch.setattr(limits, "lock", wait)
            let_in = crew.submit(one)
            assert has_looked.wait(10)
            Comp.objects.filter(pk=comp.pk).update(revoked_at=timezone.now())
        assert not let_in.result(10)
