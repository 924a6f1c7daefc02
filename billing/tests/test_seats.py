"""Seats: members more than the plan has, bought and given back at the price that is shown, and carried along by a change."""

import itertools
from typing import Any

import pytest
from django.core.management import call_command

from accounts import invitations
from accounts.services import create_workspace
from accounts.tests.people import acting
from billing import services
from billing.errors import CardDeclined, LimitReached, PaymentNeeded
from billing.models import Subscription
from billing.plans import PLANS, What
from billing.tests.shop import LATER_DECLINED, Shop, give, nonce
from multivio.errors import Conflict, Forbidden, Invalid

_guests = itertools.count(1)


def have(shop: Shop, seats: int) -> Subscription:
    return services.change_seats(actor=shop.owner, seats=seats, moment=0, nonce=nonce())


def fill(shop: Shop, number: int) -> None:
    """Invite so many."""
    with acting(shop.cast.alice, shop.workspace) as actor:
        for _ in range(number):
            invitations.invite(actor=actor, email=f"seat{next(_guests)}@example.org", role="viewer")


class BuyingTests:
    def test_more_cost_what_the_preview_says_and_make_room(self, shop: Shop) -> None:
        shop.buy("team")
        fill(shop, 8)
        with pytest.raises(LimitReached, match="Add a seat under Plan and usage, or move to Agency") as wall:
            fill(shop, 1)
        assert wall.value.extra["seats_url"].endswith("/settings/plan/seats/")
        shown = services.preview_seats(actor=shop.owner, seats=2)
        assert (shown.members, shown.cost.due_now, shown.cost.next_amount) == (12, 800, 800 + 2900)
        row = services.change_seats(actor=shop.owner, seats=2, moment=shown.cost.moment, nonce=nonce())
        assert (row.seats, row.amount, row.plan) == (2, 3700, "team")
        assert services.invoices(actor=shop.owner)[0]["total"] == shown.cost.due_now
        fill(shop, 2)
        with pytest.raises(LimitReached, match="Team has 12 members"):
            fill(shop, 1)

    def test_what_was_shown_is_charged_though_time_goes_on(self, shop: Shop) -> None:
        shop.buy("team")
        shown = services.preview_seats(actor=shop.owner, seats=2)
        shop.pass_days(10)  # of Stripe's; the price is that of the moment in which it was shown
        services.change_seats(actor=shop.owner, seats=2, moment=shown.cost.moment, nonce=nonce())
        assert services.invoices(actor=shop.owner)[0]["total"] == shown.cost.due_now == 800

    def test_a_button_pressed_twice_is_one_purchase(self, shop: Shop) -> None:
        shop.buy("team")
        shown = services.preview_seats(actor=shop.owner, seats=1)
        for _ in range(2):
            services.change_seats(actor=shop.owner, seats=1, moment=shown.cost.moment, nonce="the-same")
        assert [len(each["items"]["data"]) for each in shop.at_stripe()] == [2]
        assert len(services.invoices(actor=shop.owner)) == 2

    def test_what_cannot_be_paid_is_not_had(self, shop: Shop) -> None:
        shop.buy("team")
        shop.card(LATER_DECLINED, only=True)
        with pytest.raises(CardDeclined):
            have(shop, 3)
        shop.deliver()
        assert (shop.row.seats, shop.standing.most(What.MEMBERS)) == (0, 10)

    def test_fewer_come_off_the_next_invoice_but_not_below_use(self, shop: Shop) -> None:
        shop.buy("team")
        have(shop, 3)
        fill(shop, 10)  # with Alice and Bob twelve of thirteen
        with pytest.raises(Conflict, match=r"12 members are in use.* room for 11\. Remove somebody") as refused:
            have(shop, 1)
        assert (refused.value.code, refused.value.extra["least"]) == ("seats_in_use", 2)
        shown = services.preview_seats(actor=shop.owner, seats=2)
        assert (shown.cost.due_now, shown.cost.credit) == (0, 400)
        assert have(shop, 2).seats == 2
        assert len(services.invoices(actor=shop.owner)) == 2
        shop.pass_days(32)
        shop.deliver()
        assert services.invoices(actor=shop.owner)[0]["total"] == 2900 + 800 - 400

    def test_all_can_be_given_back_and_bought_again(self, shop: Shop) -> None:
        shop.buy("agency", "year")
        assert have(shop, 4).amount == 89000 + 4 * 3000
        assert (have(shop, 0).seats, shop.row.seat_item_id) == (0, "")
        assert have(shop, 1).seats == 1

    def test_on_trial_they_cost_nothing_until_it_ends(self, shop: Shop, selling: Any) -> None:
        selling.STRIPE_TRIAL_DAYS = 14
        shop.buy("team")
        shown = services.preview_seats(actor=shop.owner, seats=2)
        assert (shown.cost.due_now, shown.cost.next_amount) == (0, 3700)
        assert (have(shop, 2).status, len(services.invoices(actor=shop.owner))) == ("trialing", 1)
        assert shop.standing.most(What.MEMBERS) == 12
        shop.pass_days(15)
        shop.deliver()
        assert (shop.row.status, services.invoices(actor=shop.owner)[0]["total"]) == ("active", 3700)

    @pytest.mark.parametrize("seats", [-1, 501])
    def test_numbers_that_make_no_sense_are_refused(self, shop: Shop, seats: int) -> None:
        shop.buy("team")
        with pytest.raises(Invalid, match="0 to 500"):
            have(shop, seats)

    def test_they_need_a_plan_that_has_them_a_paid_one_and_an_owner(self, shop: Shop) -> None:
        with pytest.raises(Conflict, match="no subscription yet"):
            have(shop, 1)
        shop.buy("creator")
        with pytest.raises(Conflict, match="Team and Agency have"):
            have(shop, 1)
        services.change_plan(actor=shop.owner, plan="team", interval="month", moment=0, nonce=nonce())
        with acting(shop.cast.bob, shop.workspace) as bob, pytest.raises(Forbidden):
            services.change_seats(actor=bob, seats=1, moment=0, nonce=nonce())
        shop.card(LATER_DECLINED, only=True)
        shop.pass_days(33)
        shop.deliver()
        with pytest.raises(PaymentNeeded, match="open invoice first") as refused:
            have(shop, 1)
        assert refused.value.extra["upgrade_url"].endswith("/settings/plan/")


class CarriedTests:
    def test_another_plan_or_interval_takes_them_along(self, shop: Shop) -> None:
        shop.buy("team")
        have(shop, 3)
        shown = services.preview_change(actor=shop.owner, plan="agency", interval="year")
        assert (shown.seats, shown.cost.next_amount) == (3, 89000 + 3 * 3000)
        services.change_plan(actor=shop.owner, plan="agency", interval="year", moment=shown.cost.moment, nonce=nonce())
        items = shop.at_stripe()[0]["items"]["data"]
        assert [(each["price"]["lookup_key"], each["quantity"]) for each in items] == [
            ("agency_yearly_v1", 1), ("seat_agency_yearly_v1", 3)
        ]  # fmt: skip
        assert (shop.row.seats, shop.standing.most(What.MEMBERS), shop.row.interval) == (3, 43, "year")
        assert services.invoices(actor=shop.owner)[0]["total"] == shown.cost.due_now

    def test_a_plan_without_seats_ends_them_and_says_so(self, shop: Shop) -> None:
        shop.buy("team")
        have(shop, 2)
        page = shop.browser().get(f"{shop.page('change/')}?plan=creator&interval=month").content.decode()
        assert "Creator has no seats to buy: your 2 end with the change." in page
        row = services.change_plan(actor=shop.owner, plan="creator", interval="month", moment=0, nonce=nonce())
        assert (row.plan, row.seats, shop.standing.most(What.MEMBERS)) == ("creator", 0, 2)
        assert len(shop.at_stripe()[0]["items"]["data"]) == 1

    def test_a_gift_is_what_it_says_whatever_was_bought(self, shop: Shop) -> None:
        shop.buy("team")
        have(shop, 5)
        comp = give(shop.workspace, "agency")
        assert shop.standing.most(What.MEMBERS) == PLANS["agency"].limits[What.MEMBERS]
        services.take_back_plan(staff=None, comp=comp)
        assert shop.standing.most(What.MEMBERS) == 15

    def test_what_ends_takes_them_with_it(self, shop: Shop) -> None:
        shop.buy("team")
        have(shop, 5)
        services.cancel(actor=shop.owner, nonce=nonce())
        shop.pass_days(32)
        shop.deliver()
        assert shop.standing.most(What.MEMBERS) == 1

    def test_each_item_is_read_by_its_price_wherever_it_stands(self, shop: Shop) -> None:
        """The list may begin with the seats, and their period may end earlier."""
        from billing import gateway, sync  # noqa: PLC0415 - what Stripe may answer

        shop.buy("team")
        row = have(shop, 2)
        said = gateway.subscription(row.stripe_id)
        plan, seat = said["items"]["data"]
        earlier = {**seat, "current_period_end": plan["current_period_end"] - 1000}
        used = {
            "unit_amount": 2,
            "lookup_key": "x_posts_v1",
            "recurring": {"interval": "month", "usage_type": "metered"},
        }
        metered = {
            "id": "si_m",
            "price": used,
            "current_period_start": 1_700_000_000,
            "current_period_end": 1_700_000_001,
        }
        said["items"]["data"] = [metered, earlier, plan]
        sync.store(shop.workspace.pk, [said], asked_at=row.asked_at.replace(year=2100))
        assert (shop.row.plan, shop.row.seats, shop.row.item_id) == ("team", 2, plan["id"])
        assert shop.row.amount == 2900 + 800
        assert shop.row.period_end.timestamp() == earlier["current_period_end"]


def test_the_wall_of_a_client_offers_nothing_that_its_agency_has_to_buy(shop: Shop) -> None:
    shop.buy("team")
    client = create_workspace(owner=shop.cast.alice, name="A client")
    fill(shop, 8)
    with acting(shop.cast.alice, client) as actor, pytest.raises(LimitReached) as wall:
        invitations.invite(actor=actor, email="one@example.org", role="viewer")
    assert wall.value.message.endswith(f"{shop.workspace.name} pays for this workspace: more is chosen there.")
    assert "seats_url" not in wall.value.extra
    browser = shop.browser()
    for workspace, offers in ((shop.workspace, True), (client, False)):
        assert ("Add a seat" in browser.get(f"/w/{workspace.slug}/settings/members/").content.decode()) is offers
    refused = browser.get(f"/w/{client.slug}/settings/plan/seats/", follow=True).content.decode()
    assert "seats are bought there" in refused


class DoorTests:
    def test_somebody_steps_sees_the_price_and_buys(self, shop: Shop) -> None:
        shop.buy("team")
        client = shop.browser()
        assert "Seats" in client.get(shop.page()).content.decode()
        page = client.get(shop.page("seats/")).content.decode()
        assert "More members at €4 a month each" in page
        shown = client.get(f"{shop.page('seats/')}?seats=2")
        assert "<b>€8 today</b>" in shown.content.decode()
        moment = shown.context["preview"].cost.moment
        sent = client.post(shop.page("seats/"), {"seats": "2", "moment": moment, "nonce": nonce()}, follow=True)
        assert "You have 2 seats more now." in sent.content.decode()
        assert "€37 a month with 2 seats more" in sent.content.decode()
        fill(shop, 10)
        assert "12 members are in use" in client.get(f"{shop.page('seats/')}?seats=1").content.decode()
        members = client.get(f"/w/{shop.workspace.slug}/settings/members/").content.decode()
        assert "settings/plan/seats/?seats=3" in members

    def test_a_plan_without_them_says_so(self, shop: Shop) -> None:
        shop.buy("creator")
        answer = shop.browser().get(shop.page("seats/"), follow=True)
        assert "There are no seats to buy with this plan." in answer.content.decode()

    def test_their_prices_are_made_with_the_others(self, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("prepare_stripe")
        made = capsys.readouterr().out.split()
        assert {"team_yearly_v1", "seat_team_monthly_v1", "seat_agency_yearly_v1"} <= set(made)
        assert not any("seat_creator" in each for each in made)
        call_command("prepare_stripe")
        assert "Everything is there already." in capsys.readouterr().out

    def test_a_program_does_the_same(self, shop: Shop) -> None:
        shop.buy("team")
        client = shop.browser()
        assert client.get("/api/v1/billing/seats?seats=2").json()["due_now"] == 800
        json = "application/json"
        had = client.post("/api/v1/billing/seats", {"seats": 2}, content_type=json)
        assert had.json()["subscription"]["seats"] == 2
        assert client.get("/api/v1/billing/seats?seats=2").json()["code"] == "same_seats"
        for wrong in ({"seats": "x"}, {}, {"seats": 1, "more": 1}, {"seats": 900}):
            assert client.post("/api/v1/billing/seats", wrong, content_type=json).status_code == 400 + 22, wrong
        sold = {each["key"]: each["seat_prices"] for each in client.get("/api/v1/billing/plans").json()["plans"]}
        assert (sold["creator"], sold["team"]) == ({}, {"month": 400, "year": 4000})
