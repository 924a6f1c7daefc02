"""An owner chooses which connections stay on a smaller plan: by page and by API, before it begins and afterwards."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit_models import AuditEntry
from accounts.notification_models import Notification
from accounts.services import create_workspace
from billing import choosing, following, gateway, services
from billing.errors import CardDeclined, StripeRefused, StripeUnavailable
from billing.models import BillingAccount, Subscription
from billing.tests.shop import Shop, give, nonce
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Forbidden, Invalid
from posts.schedule import WallTime
from posts.states import State
from posts.tests.conftest import publication_of
from posts.tests.factories import AT, acting, make_connection, make_post
from social.models import Connection


def tomorrow() -> Any:
    return AT(WallTime(date.today() + timedelta(days=1), time(9), "Europe/Copenhagen"))


def resting(shop: Shop) -> set[int]:
    with tenancy.system("test"):
        return set(Connection.objects.filter(resting_at__isnull=False).values_list("pk", flat=True))


def account(shop: Shop) -> BillingAccount:
    with tenancy.system("test"):
        found: BillingAccount = BillingAccount.objects.get(workspace=shop.workspace)
        return found


@pytest.fixture
def rows(shop: Shop) -> list[Connection]:
    """Ten accounts on Team; Creator has room for eight, Free for two."""
    shop.buy("team")
    return [make_connection(shop.workspace, platform="linkedin") for _ in range(10)]


@pytest.fixture
def browser(shop: Shop) -> Client:
    client = Client()
    client.force_login(shop.cast.alice)
    return client


def plan_page(shop: Shop, path: str = "") -> str:
    return f"/w/{shop.workspace.slug}/settings/plan/{path}"


class TestASmallerPlan:
    def test_the_page_says_what_stops_and_what_is_ticked_stays(
        self, shop: Shop, rows: list[Connection], browser: Client
    ) -> None:
        post = make_post(shop.cast.alice, shop.workspace, rows[0], plan=tomorrow())
        shown = browser.get(plan_page(shop, "change/?plan=creator&interval=month")).content.decode()
        assert "Connections: 10 in use, 8 in the plan." in shown
        assert "Creator has 8 of your 10 connections" in shown
        assert shown.count('name="stays"') == 10
        assert len(re.findall(r'name="stays" value="[^"]+" checked', shown)) == 8
        sent = {"plan": "creator", "interval": "month", "choosing": "1", "stays": [str(row.uid) for row in rows[2:]]}
        browser.post(plan_page(shop, "change/"), sent)
        assert shop.standing.plan.key == "creator"
        assert resting(shop) == {rows[0].pk, rows[1].pk}
        assert (publication_of(post).state, publication_of(post).error_code) == (State.HELD, "resting")
        with tenancy.system("test"):
            assert not Notification.objects.filter(title__startswith="Choose which").exists()
            chosen = AuditEntry.objects.filter(action="plan.connections_chosen").get()
            assert chosen.user_id == shop.cast.alice.pk

    def test_more_than_there_is_room_for_is_refused_before_anything_is_asked_of_stripe(
        self, shop: Shop, rows: list[Connection]
    ) -> None:
        with pytest.raises(Invalid, match="Creator has 8 connections; you chose 9"):
            services.change_plan(
                actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce(),
                stays=[row.uid for row in rows[:9]],
            )  # fmt: skip
        assert (shop.standing.plan.key, account(shop).chosen_at) == ("team", None)

    @pytest.mark.parametrize("error", [StripeRefused, CardDeclined, Conflict, StripeUnavailable])
    def test_what_is_refused_was_not_chosen_and_what_may_have_been_done_was(
        self, shop: Shop, rows: list[Connection], monkeypatch: pytest.MonkeyPatch, error: type[DomainError]
    ) -> None:
        def refuse(*_args: Any, **_kwargs: Any) -> None:
            raise error("No.")

        monkeypatch.setattr(gateway, "change_subscription", refuse)
        with pytest.raises(error):
            services.change_plan(
                actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce(), stays=[rows[0].uid]
            )
        kept = [str(rows[0].uid)] if error is StripeUnavailable else []
        assert (account(shop).chosen_at is not None, account(shop).staying) == (bool(kept), kept)

    def test_without_a_choice_nothing_stops_for_some_days(self, shop: Shop, rows: list[Connection]) -> None:
        services.change_plan(actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce())
        assert (shop.standing.plan.key, resting(shop)) == ("creator", set())
        with tenancy.system("test"):
            assert Notification.objects.filter(user=shop.cast.alice, title__startswith="Choose which").count() == 1
        rests_from = account(shop).rests_from
        assert rests_from is not None
        left = rests_from - timezone.now()
        assert timedelta(days=2, hours=23) < left <= timedelta(days=3)

    def test_upgrading_again_lets_all_go_on_and_forgets_the_choice(self, shop: Shop, rows: list[Connection]) -> None:
        stays = [row.uid for row in rows[:8]]
        services.change_plan(actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce(), stays=stays)
        assert len(resting(shop)) == 2
        services.change_plan(actor=shop.owner, plan="team", interval="month", moment=0, nonce=nonce())
        assert resting(shop) == set()
        assert (account(shop).staying, account(shop).chosen_at, account(shop).resting_since) == ([], None, None)

    def test_others_may_rest_instead(self, shop: Shop, rows: list[Connection]) -> None:
        stays = [row.uid for row in rows[:8]]
        services.change_plan(actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce(), stays=stays)
        choosing.choose(actor=shop.owner, stays=[row.uid for row in rows[2:]])
        assert resting(shop) == {rows[0].pk, rows[1].pk}

    def test_free_places_go_to_the_next_ones(self, shop: Shop, rows: list[Connection]) -> None:
        services.change_plan(
            actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce(), stays=[rows[9].uid]
        )
        assert len(resting(shop)) == 2
        assert rows[9].pk not in resting(shop)


class TestAPlanThatIsCancelled:
    def test_the_choice_is_kept_for_the_end_and_can_be_changed_until_then(
        self, shop: Shop, rows: list[Connection], browser: Client
    ) -> None:
        shown = browser.get(plan_page(shop, "cancel/")).content.decode()
        assert "Free has 2 of your 10 connections" in shown
        browser.post(plan_page(shop, "cancel/"), {"choosing": "1", "stays": [str(row.uid) for row in rows[:2]]})
        assert resting(shop) == set()
        again = browser.post(
            plan_page(shop, "connections/"), {"choosing": "1", "stays": [str(rows[8].uid)]}, follow=True
        )
        assert "Saved. 8 accounts rest from" in again.content.decode()
        assert resting(shop) == set()
        choosing.choose(actor=shop.owner, stays=[rows[8].uid, rows[9].uid])
        shop.pass_days(32)
        shop.deliver()
        assert shop.standing.plan.key == "free"
        assert resting(shop) == {row.pk for row in rows[:8]}

    def test_taking_it_back_forgets_the_choice(self, shop: Shop, rows: list[Connection]) -> None:
        services.cancel(actor=shop.owner, nonce=nonce(), stays=[rows[0].uid, rows[1].uid])
        assert account(shop).chosen_at is not None
        services.resume(actor=shop.owner, nonce=nonce())
        assert account(shop).chosen_at is None

    def test_cancelled_elsewhere_the_owners_hear_of_it_while_there_is_time(
        self, shop: Shop, rows: list[Connection]
    ) -> None:
        services.cancel(actor=shop.owner, nonce=nonce())
        for days, told in ((40, 0), (30, 1)):
            with tenancy.system("test"):
                Notification.objects.filter(title__startswith="Choose which").delete()
                BillingAccount.objects.filter(workspace=shop.workspace).update(told_ending_at=None)
                Subscription.objects.update(cancel_at=timezone.now() + timedelta(days=days))
            for _ in range(2):  # a second look says nothing new
                following.follow_all()
            with tenancy.system("test"):
                found = Notification.objects.filter(user=shop.cast.alice, title__startswith="Choose which")
                assert found.count() == told
        with tenancy.system("test"):
            assert "then Free has 2 of your 10 connections" in found.get().body

    def test_what_was_chosen_for_a_bigger_plan_is_asked_again(self, shop: Shop, rows: list[Connection]) -> None:
        stays = [row.uid for row in rows[2:]]
        services.change_plan(actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce(), stays=stays)
        services.cancel(actor=shop.owner, nonce=nonce())
        shop.pass_days(32)
        shop.deliver()
        assert shop.standing.plan.key == "free"
        assert resting(shop) == {rows[0].pk, rows[1].pk}
        assert account(shop).rests_from is not None

    @pytest.mark.parametrize("is_client", [True, False])
    def test_where_there_is_nothing_to_cancel_nothing_is_chosen(self, shop: Shop, is_client: bool) -> None:
        give(shop.workspace, "team")
        client = create_workspace(owner=shop.cast.alice, name="A client")
        kept = [make_connection(client, platform="linkedin") for _ in range(3)]
        workspace, code = (client, "paid_by_another") if is_client else (shop.workspace, "not_subscribed")
        with acting(shop.cast.alice, workspace) as actor:
            pass
        with pytest.raises(Conflict) as refused:
            services.cancel(actor=actor, nonce=nonce(), stays=[kept[0].uid])
        assert refused.value.code == code
        with tenancy.system("test"):
            assert not BillingAccount.objects.filter(chosen_at__isnull=False).exists()
            assert not AuditEntry.objects.filter(action="plan.connections_chosen").exists()


class TestWhoChooses:
    def test_only_who_pays(self, shop: Shop, rows: list[Connection]) -> None:
        services.cancel(actor=shop.owner, nonce=nonce())
        with acting(shop.cast.bob, shop.workspace) as bob, pytest.raises(Forbidden):
            choosing.choose(actor=bob, stays=[rows[0].uid])

    def test_nobody_where_there_is_room(self, shop: Shop, rows: list[Connection], browser: Client) -> None:
        with pytest.raises(Conflict, match="room for all"):
            choosing.choose(actor=shop.owner, stays=[rows[0].uid])
        assert "There is room for all" in browser.get(plan_page(shop, "connections/")).content.decode()

    def test_for_all_workspaces_on_the_bill_and_only_for_those(self, shop: Shop, rows: list[Connection]) -> None:
        client = create_workspace(owner=shop.cast.alice, name="A client")
        theirs = make_connection(client, platform="linkedin")
        foreign = make_connection(shop.cast.elsewhere, platform="linkedin")
        services.cancel(actor=shop.owner, nonce=nonce())
        choice = choosing.current(shop.workspace)
        assert choice is not None
        assert {place.uid for place in choice.places} == {theirs.uid, *(row.uid for row in rows)}
        with pytest.raises(Invalid, match="no such connection on this bill"):
            choosing.choose(actor=shop.owner, stays=[foreign.uid])
        with acting(shop.cast.alice, client) as actor, pytest.raises(Conflict, match="Another workspace pays"):
            choosing.choose(actor=actor, stays=[theirs.uid])
        choosing.choose(actor=shop.owner, stays=[theirs.uid])
        shop.pass_days(32)
        shop.deliver()
        assert theirs.pk not in resting(shop)
        assert len(resting(shop)) == 9


class TestByApi:
    @pytest.fixture
    def api(self, shop: Shop) -> Callable[..., Any]:
        client = Client()
        client.force_login(shop.cast.alice)

        def ask(method: str, path: str, body: Any = None) -> Any:
            return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")

        return ask

    def test_a_preview_says_what_would_stop(self, shop: Shop, rows: list[Connection], browser: Client) -> None:
        said = browser.get("/api/v1/billing/plan?plan=creator&interval=month").json()
        assert said["connections_limit"] == 8
        assert len(said["would_rest"]) == 2
        assert "Connections: 10 in use, 8 in the plan." in said["stops"]

    def test_it_is_read_and_chosen(self, shop: Shop, rows: list[Connection], api: Callable[..., Any]) -> None:
        assert api("get", "billing/connections").json()["needed"] is False
        stays = [str(row.uid) for row in rows[2:]]
        assert api("post", "billing/plan", {"plan": "creator", "stays": stays}).status_code == 200
        found = api("get", "billing/connections").json()
        assert (found["needed"], found["limit"], found["chosen"], found["begins_at"]) == (True, 8, True, None)
        assert {each["id"] for each in found["connections"] if each["resting"]} == {str(row.uid) for row in rows[:2]}
        listed = {each["id"]: each for each in api("get", "connections").json()["results"]}
        assert listed[str(rows[0].uid)]["resting"] is True
        assert listed[str(rows[0].uid)]["usable"] is False
        assert listed[str(rows[0].uid)]["resting_reason"] == "This account rests: Creator has 8 connections."
        stays = [str(row.uid) for row in rows[:8]]
        assert api("put", "billing/connections", {"stays": stays}).json()["chosen"] is True
        assert resting(shop) == {rows[8].pk, rows[9].pk}

    def test_it_refuses_what_the_page_refuses(
        self, shop: Shop, rows: list[Connection], api: Callable[..., Any]
    ) -> None:
        services.cancel(actor=shop.owner, nonce=nonce())
        refused = api("put", "billing/connections", {"stays": [str(row.uid) for row in rows]})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "too_many")
        assert api("put", "billing/connections", {"stays": [], "more": 1}).status_code in {400, 422}

    def test_nothing_is_scheduled_for_one_at_rest(
        self, shop: Shop, rows: list[Connection], api: Callable[..., Any]
    ) -> None:
        api("post", "billing/plan", {"plan": "creator", "stays": [str(row.uid) for row in rows[2:]]})
        body = {"parts": [{"text": "Hi"}], "connections": [str(rows[0].uid)], "publish_now": True}
        refused = api("post", "posts", body)
        assert refused.status_code == 422
        assert "resting_connection" in {each["code"] for each in refused.json()["errors"]}
