"""Posts to X beyond the plan: the limit rises by the cap, and what is published is counted past the engine, each part once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Workspace
from accounts.signals import workspace_data_asked
from billing import standing
from billing.errors import LimitReached
from billing.meter_models import MeteredPost, PayPerPost
from billing.models import Payer, Subscription
from billing.plans import CREATOR, PLANS, What
from billing.services import pay_per_post
from billing.signals import metering_ends
from billing.tests.conftest import SELLS
from multivio import tenancy
from multivio.errors import Conflict
from posts import metered
from posts.models import Publication
from posts.tasks import count_posts_to_x
from posts.tests.factories import NOW, Cast, acting, make_connection, make_post
from posts.tests.pages import put_into

State = MeteredPost.State


@pytest.fixture(autouse=True)
def few(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan with two posts to X a month, each more paid by itself."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    for name, value in SELLS.items():
        setattr(settings, name, value)
    plan = replace(CREATOR, limits={**CREATOR.limits, What.X_POSTS: 2})
    monkeypatch.setitem(PLANS, "creator", plan)


def pays(cast: Cast, cap: int, *, since: timedelta = timedelta(minutes=5)) -> PayPerPost:
    """What billing would have written after a payment and a switch."""
    now = timezone.now()
    with tenancy.system("test"):
        Subscription.objects.update_or_create(
            stripe_id="sub_1",
            defaults={
                "workspace": cast.workspace, "status": "active", "plan": "creator", "price_key": "creator_monthly_v1",
                "interval": "month", "currency": "eur", "amount": 1200, "period_start": now - timedelta(days=1),
                "period_end": now + timedelta(days=29), "started_at": now - timedelta(days=1), "asked_at": now,
            },
        )  # fmt: skip
        row: PayPerPost = PayPerPost.objects.create(
            workspace=cast.workspace, cap=cap, item_id="si_1", since=now - since
        )
        return row


def published(cast: Cast, *, platform: str = "x", texts: tuple[str, ...] = ("Hello",), **fields: Any) -> Publication:
    """A post that went out on X, each of its texts as a part."""
    account = make_connection(cast.workspace, platform=platform)
    post = make_post(cast.alice, cast.workspace, account, text=texts[0])
    with tenancy.system("test"):
        Publication.objects.filter(post=post).update(commits=len(texts))
    return put_into(post, "published", **fields)


def counted(cast: Cast) -> list[str]:
    with tenancy.system("test"):
        rows = MeteredPost.objects.of(cast.workspace.pk).order_by("posted_at", "part")
        return [str(each) for each in rows.values_list("state", flat=True)]


class LimitTests:
    def test_more_can_be_planned_up_to_the_cap_and_there_is_a_way_out(self, cast: Cast) -> None:
        account = make_connection(cast.workspace)
        pays(cast, 3)
        for _ in range(5):
            make_post(cast.alice, cast.workspace, account, plan=NOW())
        with pytest.raises(LimitReached) as refused:
            make_post(cast.alice, cast.workspace, account, plan=NOW())
        assert "has 2 posts to X a month, you pay for up to 3 more" in refused.value.message
        assert "Raise the cap under Plan and usage" in refused.value.message
        assert refused.value.extra["upgrade_url"]

    @pytest.mark.parametrize("is_on", [True, False])
    def test_whom_another_pays_for_is_told_who_pays(self, cast: Cast, is_on: bool) -> None:
        pays(cast, 3)
        with tenancy.system("test"):
            PayPerPost.objects.update(until=None if is_on else timezone.now())
            Payer.objects.create(workspace=cast.elsewhere, paid_by=cast.workspace)
        account = make_connection(cast.elsewhere)
        for _ in range(5 if is_on else 2):
            make_post(cast.charlie, cast.elsewhere, account, plan=NOW())
        with pytest.raises(LimitReached) as refused:
            make_post(cast.charlie, cast.elsewhere, account, plan=NOW())
        said = f"in use. {cast.workspace.name} pays for this workspace: more is chosen there."
        assert refused.value.message.endswith(said)

    def test_without_it_the_wall_says_that_it_is_there(self, cast: Cast) -> None:
        pays(cast, 3)
        with tenancy.system("test"):
            PayPerPost.objects.update(until=timezone.now())
        account = make_connection(cast.workspace)
        for _ in range(2):
            make_post(cast.alice, cast.workspace, account, plan=NOW())
        with pytest.raises(LimitReached, match="Or pay for each one beyond it"):
            make_post(cast.alice, cast.workspace, account, plan=NOW())

    def test_nobody_plans_posts_to_be_paid_and_then_takes_the_paying_away(self, cast: Cast) -> None:
        pays(cast, 3)
        account = make_connection(cast.workspace)
        for _ in range(4):
            make_post(cast.alice, cast.workspace, account, plan=NOW())
        with acting(cast.alice, cast.workspace) as actor:
            pass
        for cap in (0, 1):
            with pytest.raises(Conflict, match="4 posts to X are planned or published"):
                pay_per_post.switch(actor=actor, cap=cap, nonce="x")
        row = pay_per_post.switch(actor=actor, cap=2, nonce="x")
        assert row is not None
        assert standing.of(cast.workspace).most(What.X_POSTS) == 4

    def test_what_is_published_already_stands_in_nobodys_way(self, cast: Cast) -> None:
        row = pays(cast, 3)
        for _ in range(4):
            published(cast)
        with acting(cast.alice, cast.workspace) as actor:
            pass
        assert pay_per_post.switch(actor=actor, cap=1, nonce="x") == row
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        put_into(post, "scheduled", due_at=timezone.now() + timedelta(hours=1))
        with pytest.raises(Conflict, match="5 posts to X are planned or published"):
            pay_per_post.switch(actor=actor, cap=2, nonce="x")


class CountTests:
    def test_each_part_beyond_the_plan_is_to_be_paid_once(self, cast: Cast) -> None:
        pays(cast, 5)
        published(cast)
        published(cast, texts=("One", "Two", "Three"))
        count_posts_to_x()
        count_posts_to_x()
        assert counted(cast) == [State.INCLUDED, State.INCLUDED, State.WAITING, State.WAITING]

    def test_what_was_published_before_it_was_on_uses_the_plan_and_is_not_charged(self, cast: Cast) -> None:
        pays(cast, 5)
        before = timezone.now() - timedelta(hours=1)
        for _ in range(3):
            published(cast, finished_at=before)
        published(cast)
        assert metered.count() == 1
        assert counted(cast) == [State.WAITING]

    def test_other_platforms_and_what_did_not_go_out_are_not_counted(self, cast: Cast) -> None:
        pays(cast, 5)
        published(cast, platform="linkedin")
        for state in ("scheduled", "failed", "unknown"):
            put_into(make_post(cast.alice, cast.workspace, make_connection(cast.workspace)), state)
        assert metered.count() == 0

    def test_a_workspace_that_pays_for_nothing_is_not_looked_at(self, cast: Cast) -> None:
        row = pays(cast, 5)
        with tenancy.system("test"):
            PayPerPost.objects.filter(pk=row.pk).update(until=timezone.now() - timedelta(minutes=1))
        published(cast)  # after it was switched off
        assert metered.count() == 0
        published(
            cast, finished_at=timezone.now() - timedelta(minutes=3)
        )  # while it was on; written down a little later
        assert metered.count() == 1

    def test_last_months_posts_count_in_last_month(self, cast: Cast) -> None:
        pays(cast, 5, since=timedelta(days=40))
        early = timezone.now() - timedelta(days=10)  # before the subscription began
        for _ in range(3):
            published(cast, due_at=early, finished_at=early)
        published(cast)
        metered.count()
        # Two were in each month's plan; the third of the earlier month is paid, the first of this one is not.
        assert counted(cast) == [State.INCLUDED, State.INCLUDED, State.WAITING, State.INCLUDED]

    def test_what_is_counted_after_a_renewal_has_what_its_own_month_has_left(self, cast: Cast) -> None:
        """The month that has ended is the same before and after the renewal, with its plan and its cap."""
        pays(cast, 1, since=timedelta(days=40))
        now = timezone.now()
        in_time, late = now - timedelta(days=4), now - timedelta(days=2)
        with tenancy.system("test"):
            Subscription.objects.update(started_at=now - timedelta(days=62), period_start=now - timedelta(days=31))
        for _ in range(3):
            published(cast, due_at=in_time, finished_at=in_time)
        metered.count()
        with tenancy.system("test"):
            start = standing.of_payer(cast.workspace.pk, now, in_time).period_end
            Subscription.objects.update(period_start=start, period_end=start + timedelta(days=30))
        published(cast, due_at=late, finished_at=late)
        metered.count()
        assert counted(cast) == [State.INCLUDED, State.INCLUDED, State.WAITING, State.INCLUDED]
        with tenancy.system("test"):
            assert MeteredPost.objects.values("period_start").distinct().count() == 1


def test_posts_of_everybody_on_the_bill_count_together(cast: Cast) -> None:
    from billing.models import Payer  # noqa: PLC0415 - only here

    pays(cast, 5)
    with tenancy.system("test"):
        Payer.objects.create(workspace=cast.elsewhere, paid_by=cast.workspace)
    for _ in range(3):
        account = make_connection(cast.elsewhere)
        put_into(make_post(cast.charlie, cast.elsewhere, account), "published")
    assert metered.count() == 3
    assert counted(cast) == [State.INCLUDED, State.INCLUDED, State.WAITING]


def test_whoever_switches_it_off_counts_their_own_posts_only(cast: Cast) -> None:
    pays(cast, 5)
    with tenancy.system("test"):
        PayPerPost.objects.create(
            workspace=cast.elsewhere, cap=5, item_id="si_2", since=timezone.now() - timedelta(hours=1)
        )
    published(cast)
    put_into(make_post(cast.charlie, cast.elsewhere, make_connection(cast.elsewhere)), "published")
    metering_ends.send(PayPerPost, workspace_id=cast.workspace.pk)
    assert counted(cast) == [State.INCLUDED]
    with tenancy.system("test"):
        assert MeteredPost.objects.count() == 1
    assert metered.count() == 1


def test_the_file_with_everything_of_the_workspace_has_them(cast: Cast) -> None:
    pays(cast, 3)
    row = published(cast)
    count_posts_to_x()
    with acting(cast.alice, cast.workspace):
        told: Any = workspace_data_asked.send(sender=Workspace, workspace=cast.workspace)
        found = {name: rows for _receiver, part in told for name, rows in (part or {}).items()}
    assert [each["cap"] for each in found["Paying for posts to X"]] == [3]
    (counted_one,) = found["Posts to X that were counted"]
    assert (counted_one["publication"], counted_one["part"], counted_one["state"]) == (row.uid, 1, "included")
