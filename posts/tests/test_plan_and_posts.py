"""What a plan means for posts: a missing payment holds them for people to see, a payment lets them go; limits at each door."""

from datetime import date, time, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.invitations import invite
from accounts.models import ApprovalPolicy, Workspace
from accounts.services import create_workspace
from accounts.workspaces import delete_for_good
from ai.models import Generation
from billing import following, limits
from billing.errors import LimitReached, PaymentNeeded
from billing.models import BillingAccount, Subscription
from billing.plans import FREE, What
from billing.standing import account_of
from billing.tasks import end_subscription
from billing.tests.conftest import SELLS
from billing.tests.shop import give
from multivio import tenancy
from posts import services
from posts.models import Post, Publication
from posts.schedule import WallTime
from posts.states import PostState, State
from posts.tests.callers import caller
from posts.tests.conftest import publication_of
from posts.tests.factories import AT, NOW, Cast, acting, content, make_connection, make_media, make_post
from social.contract import Profile, Tokens
from social.models import Connection
from social.services import store_grant


@pytest.fixture(autouse=True)
def selling(settings: Any) -> Any:
    for name, value in SELLS.items():
        setattr(settings, name, value)
    return settings


def tomorrow() -> Any:
    return AT(WallTime(date.today() + timedelta(days=1), time(9), "Europe/Copenhagen"))


def subscribe(cast: Cast, status: str = "active", plan: str = "team", **fields: Any) -> Subscription:
    """What billing/sync.py would have written."""
    now = timezone.now()
    with tenancy.system("test"):
        row, _ = Subscription.objects.update_or_create(
            stripe_id="sub_1",
            defaults={
                "workspace": cast.workspace, "status": status, "plan": plan, "price_key": f"{plan}_monthly_v1",
                "interval": "month", "currency": "eur", "amount": 2900, "period_start": now - timedelta(days=1),
                "period_end": now + timedelta(days=29), "started_at": now - timedelta(days=1), "asked_at": now, **fields,
            },
        )  # fmt: skip
        following.follow(account_of(cast.workspace.pk))
        found: Subscription = row
        return found


def scheduled(cast: Cast, connection: Connection | None = None) -> Post:
    return make_post(cast.alice, cast.workspace, connection or make_connection(cast.workspace), plan=tomorrow())


class PaymentTests:
    def test_unpaid_holds_what_is_scheduled_and_a_payment_lets_it_go(self, cast: Cast) -> None:
        subscribe(cast)
        post = scheduled(cast)
        subscribe(cast, "unpaid")
        held = publication_of(post)
        assert (held.state, held.error_code) == (State.HELD, "unpaid")
        assert "has not been paid" in held.error_sentence
        subscribe(cast, "active")
        back = publication_of(post)
        assert (back.state, back.error_code, back.due_at) == (State.SCHEDULED, "", held.due_at)

    def test_what_became_old_meanwhile_waits_for_a_person(self, cast: Cast) -> None:
        subscribe(cast)
        post = scheduled(cast)
        subscribe(cast, "unpaid")
        with tenancy.system("test"):
            Publication.objects.filter(post=post).update(due_at=timezone.now() - timedelta(days=1))
        subscribe(cast, "active")
        assert publication_of(post).error_code == "missed_window"

    def test_whom_an_unpaid_workspace_paid_for_goes_on_when_that_one_is_deleted(
        self, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        subscribe(cast)
        client = create_workspace(owner=cast.alice, name="A client")
        post = make_post(cast.alice, client, make_connection(client), plan=tomorrow())
        subscribe(cast, "unpaid")
        assert publication_of(post).error_code == "unpaid"
        with tenancy.system("test"):
            Workspace.objects.filter(pk=cast.workspace.pk).update(closing_at=timezone.now() - timedelta(days=1))
        with patch.object(end_subscription, "delay"), django_capture_on_commit_callbacks(execute=True):
            assert delete_for_good(cast.workspace.pk)
        back = publication_of(post)
        assert (back.state, back.error_code) == (State.SCHEDULED, "")

    def test_grace_goes_on_publishing_and_ends_by_itself(self, cast: Cast) -> None:
        subscribe(cast)
        post = scheduled(cast)
        subscribe(cast, "past_due", past_due_since=timezone.now() - timedelta(days=6))
        assert publication_of(post).state == State.SCHEDULED
        with tenancy.system("test"):
            Subscription.objects.update(past_due_since=timezone.now() - timedelta(days=8))
        following.follow_all()
        assert publication_of(post).error_code == "unpaid"

    def test_time_goes_on_for_the_others_where_the_database_gave_one_up(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for workspace in (cast.elsewhere, cast.workspace):
            give(workspace, "team")
        looked_at: list[int] = []

        def follow(account: BillingAccount) -> None:
            looked_at.append(account.workspace_id)
            if len(looked_at) == 1:
                raise OperationalError("deadlock detected")

        monkeypatch.setattr(following, "follow", follow)
        following.follow_all()
        assert set(looked_at) == {cast.elsewhere.pk, cast.workspace.pk}

    def test_nothing_new_goes_out_while_it_is_unpaid(self, cast: Cast) -> None:
        subscribe(cast)
        account, api = make_connection(cast.workspace), caller(cast.alice, cast.workspace)
        post = scheduled(cast, account)
        draft = make_post(cast.alice, cast.workspace, account)
        subscribe(cast, "unpaid")
        with acting(cast.alice, cast.workspace) as actor:
            words = content("Hello", connections=(account,))
            for plan in (NOW(), tomorrow()):
                with pytest.raises(PaymentNeeded, match="wait"):
                    services.create_post(actor=actor, content=words, plan=plan)
                with pytest.raises(PaymentNeeded):
                    services.edit_post(actor=actor, post=draft, content=words, plan=plan)
            with pytest.raises(PaymentNeeded):
                services.publish_now(actor=actor, post=draft)
            with pytest.raises(PaymentNeeded):
                services.retry(actor=actor, publication=publication_of(post))
        refused = api.post(f"/api/v1/posts/{draft.uid}/publish", {}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (402, "payment_needed")
        make_post(cast.alice, cast.workspace, account)  # drafts can be written all the same

    def test_an_account_that_comes_back_meanwhile_releases_nothing(self, cast: Cast) -> None:
        subscribe(cast)
        account = make_connection(cast.workspace)
        post = scheduled(cast, account)
        with tenancy.system("test"):
            Connection.objects.filter(pk=account.pk).update(health=Connection.Health.BROKEN)
        assert publication_of(post).error_code == "reconnect"
        subscribe(cast, "unpaid")
        reconnect(cast, account)
        assert publication_of(post).error_code == "unpaid"
        subscribe(cast, "active")
        assert publication_of(post).state == State.SCHEDULED

    def test_every_page_says_what_to_do(self, cast: Cast) -> None:
        subscribe(cast)
        post = scheduled(cast)
        subscribe(cast, "unpaid")
        client = Client()
        client.force_login(cast.alice)
        for path in ("", f"posts/{post.uid}/", "settings/plan/"):
            shown = client.get(f"/w/{cast.workspace.slug}/{path}").content.decode()
            assert "The plan has not been paid for" in shown


def reconnect(cast: Cast, account: Connection) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        connect(actor, account.remote_id)


def connect(actor: Any, remote_id: str) -> None:
    connect_several(actor, remote_id)


def connect_several(actor: Any, *remote_ids: str) -> None:
    """One handshake that opens these accounts."""
    scopes = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
    profiles = [
        Profile(remote_id=each, username=f"u{each[-6:]}", name="Account", owner_id=remote_ids[0]) for each in remote_ids
    ]
    store_grant(actor=actor, platform="x", protocol="oauth2", tokens=Tokens("a", "b", None, scopes), profiles=profiles)


class LimitTests:
    def test_free_has_two_connections_and_one_more_keeps_nothing(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            connect(actor, "1001")
            connect(actor, "1002")
            with pytest.raises(LimitReached, match="Free has 2 connections"):
                connect(actor, "1003")
            connect(actor, "1001")  # again: no new place is taken
        with tenancy.system("test"):
            assert set(Connection.objects.values_list("remote_id", flat=True)) == {"1001", "1002"}

    def test_scheduled_posts_end_at_the_plans_number(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(FREE.limits, What.SCHEDULED_POSTS, 2)
        account = make_connection(cast.workspace, platform="linkedin")
        first = scheduled(cast, account)
        scheduled(cast, account)
        with pytest.raises(LimitReached, match="2 scheduled posts"):
            scheduled(cast, account)
        with tenancy.system("test"):
            assert Post.objects.filter(state=PostState.SCHEDULED).count() == 2
        with acting(cast.alice, cast.workspace) as actor:  # what is planned already can be changed
            services.edit_post(
                actor=actor, post=first, content=content("Other", connections=(account,)), plan=tomorrow()
            )
            services.cancel_post(actor=actor, post=first)
        scheduled(cast, account)

    def test_pages_say_it_before_and_at_the_wall(self, cast: Cast) -> None:
        client = Client()
        client.force_login(cast.alice)
        make_connection(cast.workspace)
        home = f"/w/{cast.workspace.slug}"
        assert "Connections: 1 of 2 in use." in client.get(f"{home}/connections/").content.decode()
        assert "API access is not part of your plan." in client.get(f"{home}/settings/keys/").content.decode()
        assert "Approval of posts is not part" in client.get(f"{home}/settings/approval/").content.decode()
        assert "Posts to X" not in client.get(f"{home}/compose/").content.decode()
        for _ in range(4):
            make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        assert "Posts to X: 4 of 5 in use. 1 left." in client.get(f"{home}/compose/").content.decode()

    def test_what_a_page_shows_is_what_counts(self, cast: Cast) -> None:
        give(cast.workspace, "team")
        scheduled(cast)
        make_media(cast.workspace, size=7)
        with acting(cast.alice, cast.workspace) as actor:
            invite(actor=actor, email="guest@example.org", role="viewer")
            Generation.objects.create(
                workspace=cast.workspace,
                user=cast.alice,
                task="improve",
                prompt_version=1,
                prompt_hash="0" * 64,
                credits=3,
            )
        counted = {use.what: use.used for use in limits.usage(cast.workspace)}
        assert all(counted.values())
        with acting(cast.alice, cast.workspace):
            assert {what: limits.use_of(cast.workspace, what).used for what in counted} == counted

    def test_posts_to_x_have_a_meter_of_their_own(self, cast: Cast) -> None:
        account = make_connection(cast.workspace)
        for _ in range(FREE.limits[What.X_POSTS] or 0):
            make_post(cast.alice, cast.workspace, account, plan=NOW())
        with pytest.raises(LimitReached, match="posts to X a month"):
            make_post(cast.alice, cast.workspace, account, plan=NOW())
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace, platform="linkedin"), plan=NOW())

    def test_media_end_at_the_plans_size(self, cast: Cast) -> None:
        from django.core.files.base import ContentFile  # noqa: PLC0415 - only here

        from posts.media.services import store_upload  # noqa: PLC0415 - only here
        from posts.tests.media_files import picture  # noqa: PLC0415 - only here

        make_media(cast.workspace, size=FREE.limits[What.STORAGE])
        with acting(cast.alice, cast.workspace) as actor:
            pass
        with pytest.raises(LimitReached, match="500 MB of media"):
            store_upload(actor=actor, file=ContentFile(picture(), name="a.png"))

    def test_approval_is_a_teams(self, cast: Cast) -> None:
        with (
            acting(cast.alice, cast.workspace) as actor,
            pytest.raises(LimitReached, match="Approval of posts is not part"),
        ):
            services.set_policy(actor=actor, policy=ApprovalPolicy.REQUIRED)
        give(cast.workspace, "team")
        with acting(cast.alice, cast.workspace) as actor:
            services.set_policy(actor=actor, policy=ApprovalPolicy.REQUIRED)
