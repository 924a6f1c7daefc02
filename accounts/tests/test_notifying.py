"""Who is told what, by which channel, and that nobody is told twice."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from accounts import preferences
from accounts.models import User
from accounts.notification_models import Delivery, Kind, Mail, Notification
from accounts.notifications import managers, next_digest, notify
from accounts.preferences import Wish
from accounts.tests.people import Cast, acting, make_cast
from multivio import tenancy
from multivio.errors import Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def tell(cast: Cast, *users: User, **changes: Any) -> int:
    said = {"kind": Kind.FAILED, "title": "A post failed", "body": "X said no.", "url": "/w/norre/posts/1", **changes}
    return notify(workspace=cast.workspace, users=users or (cast.alice,), **said)


def channels(user: User) -> set[str]:
    with tenancy.system("test"):
        return set(Delivery.objects.filter(notification__user=user).values_list("channel", flat=True))


class NotifyTests:
    def test_it_is_seen_at_once_and_mailed_soon(self, cast: Cast) -> None:
        assert tell(cast) == 1
        with acting(cast.alice, cast.workspace):
            assert Notification.objects.shown_to(cast.alice.pk, cast.workspace.pk).unread().count() == 1
        assert channels(cast.alice) == {"email"}

    def test_nobody_is_told_the_same_twice(self, cast: Cast) -> None:
        assert tell(cast, cast.alice, key="post-1") == 1
        assert tell(cast, cast.alice, cast.bob, key="post-1") == 1
        assert tell(cast, cast.alice, cast.bob, key="post-1") == 0

    def test_it_is_nobody_elses(self, cast: Cast) -> None:
        tell(cast)
        with acting(cast.bob, cast.workspace):
            assert not Notification.objects.exists()

    def test_it_is_out_of_sight_in_a_workspace_that_one_left(self, cast: Cast) -> None:
        notify(kind=Kind.FAILED, workspace=cast.elsewhere, users=[cast.alice], title="t", body="", url="")
        with acting(cast.alice, cast.workspace):
            assert not Notification.objects.exists()

    def test_a_closed_account_is_not_told(self, cast: Cast) -> None:
        cast.alice.is_active = False
        assert tell(cast) == 0


class PreferenceTests:
    def test_a_channel_that_somebody_does_not_want_is_left_out(self, cast: Cast) -> None:
        with tenancy.tenant(user_id=cast.alice.pk):
            preferences.choose(user=cast.alice, chosen={Kind.FAILED: Wish(in_app=False, mail=Mail.OFF)})
        tell(cast, cast.alice, cast.bob)
        assert (channels(cast.alice), channels(cast.bob)) == (set(), {"email"})
        with acting(cast.alice, cast.workspace):
            assert not Notification.objects.shown_to(cast.alice.pk).exists()

    def test_mail_can_wait_for_the_digest(self, cast: Cast) -> None:
        with tenancy.tenant(user_id=cast.alice.pk):
            preferences.choose(user=cast.alice, chosen={Kind.FAILED: Wish(mail=Mail.DIGEST)})
        tell(cast)
        assert channels(cast.alice) == {"digest"}

    def test_what_concerns_the_account_cannot_be_silenced(self, cast: Cast) -> None:
        with tenancy.tenant(user_id=cast.alice.pk), pytest.raises(Invalid, match="safety of your account"):
            preferences.choose(user=cast.alice, chosen={Kind.SECURITY: Wish(mail=Mail.OFF)})

    def test_who_has_a_zone_of_their_own_gets_it_in_their_own_morning(self, cast: Cast) -> None:
        evening = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
        cast.alice.zone = "America/New_York"
        due = next_digest(cast.alice, cast.workspace, evening)
        assert due.astimezone(UTC) == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)

    def test_the_digest_comes_in_the_morning_of_the_workspace(self, cast: Cast) -> None:
        evening = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
        assert next_digest(cast.alice, cast.workspace, evening).astimezone(UTC) == datetime(
            2026, 11, 25, 7, 0, tzinfo=UTC
        )
        with time_machine.travel(evening, tick=False):
            assert next_digest(cast.alice, None, evening) == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def test_managers_are_those_whose_role_may(cast: Cast) -> None:
    assert managers(cast.workspace) == [cast.alice]
