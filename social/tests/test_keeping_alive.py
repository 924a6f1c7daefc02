"""Tokens are renewed before they end, and people are told of ends that only they can prevent."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from multivio import tenancy
from sandbox.testing import Running
from social import keeping_alive
from social.models import Connection, Grant
from social.tests.cast import Cast, all_connections, all_grants, browser, connect


@pytest.fixture
def connected(sandbox: Running, cast: Cast) -> Connection:
    connect(sandbox, browser(cast.alice), cast.workspace)
    return all_connections()[0]


def ends(after: timedelta, *, renewable: bool = True) -> None:
    with tenancy.system("test"):
        grant = Grant.objects.get()
        grant.expires_at = timezone.now() + after
        if not renewable:
            grant.refresh_token = ""
        grant.save()


class RenewingTests:
    def test_a_token_that_ends_soon_is_renewed_although_nothing_is_published(self, connected: Connection) -> None:
        ends(timedelta(minutes=8))
        assert keeping_alive.renew_due() == 1
        (after,) = all_grants()
        assert after.revision == connected.grant.revision + 1
        assert after.expires_at is not None
        assert after.expires_at > timezone.now() + timedelta(hours=1)
        assert keeping_alive.renew_due() == 0

    def test_one_that_lasts_is_left_alone(self, connected: Connection) -> None:
        ends(timedelta(minutes=60))
        assert keeping_alive.renew_due() == 0

    def test_a_platform_that_is_away_disconnects_nobody(self, sandbox: Running, connected: Connection) -> None:
        ends(timedelta(minutes=8))
        sandbox.control.add_fault(operation="token_refresh", kind="reject_5xx")
        keeping_alive.renew_due()
        (after,) = all_grants()
        assert not after.is_dead
        assert after.refresh_failures == 1

    def test_an_account_that_was_disconnected_is_not_asked_for(self, connected: Connection) -> None:
        ends(timedelta(minutes=8))
        with tenancy.system("test"):
            Connection.objects.update(disconnected_at=timezone.now())
        assert keeping_alive.renew_due() == 0

    def test_each_grant_has_its_own_moment(self) -> None:
        shares = {keeping_alive.share_of(uuid4()) for _ in range(50)}
        assert len(shares) > 20
        assert all(0.5 <= share <= 1 for share in shares)


class WarningTests:
    @pytest.mark.parametrize(
        ("left", "said"),
        [
            (timedelta(days=13), "within 14 days"),
            (timedelta(days=6), "within 7 days"),
            (timedelta(hours=12), "tomorrow"),
        ],
    )
    def test_an_end_that_needs_a_person_is_told_once(self, connected: Connection, left: timedelta, said: str) -> None:
        ends(left, renewable=False)
        assert keeping_alive.warn_of_ends() == 1
        assert keeping_alive.warn_of_ends() == 0
        (letter,) = mail.outbox
        assert letter.subject == f"X: connect @norrestudio again, access ends {said}"
        assert "only you can extend that" in letter.body
        assert all_connections()[0].health == Connection.Health.EXPIRING

    def test_the_next_mail_comes_with_the_next_mark(self, connected: Connection) -> None:
        ends(timedelta(days=13), renewable=False)
        keeping_alive.warn_of_ends()
        ends(timedelta(days=5), renewable=False)
        assert keeping_alive.warn_of_ends() == 1

    def test_what_renews_itself_is_not_told(self, connected: Connection) -> None:
        ends(timedelta(days=5))
        assert keeping_alive.warn_of_ends() == 0

    def test_what_is_far_away_is_not_told(self, connected: Connection) -> None:
        ends(timedelta(days=30), renewable=False)
        assert keeping_alive.warn_of_ends() == 0
