"""Free slots are slots minus taken times: by the clock of the workspace, over the nights in which clocks change as well."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from multivio import tenancy
from posts import slots
from posts.models import Post
from posts.schedule import WallTime
from posts.services import At, Draft
from posts.slot_models import DEFAULT, Slot
from posts.tests.factories import Cast, acting, make_connection, make_post
from posts.tests.pages import put_into
from posts.tests.scheduling import give_schedule, times, utc
from social.models import Connection

COPENHAGEN = "Europe/Copenhagen"
MONDAY = utc("2027-02-01T00:00")
ZONES = ("UTC", COPENHAGEN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo")


def found(*said: str, after: datetime, days: int = 7, zone: str = COPENHAGEN) -> list[str]:
    until = after + timedelta(days=days)
    return [f"{one.due_at:%d %H:%M}" for one in slots.occurrences(times(*said), zone=zone, after=after, until=until)]


class ClockTests:
    def test_a_slot_keeps_its_clock_time_when_the_clocks_change(self) -> None:
        assert found("fri 09:30", after=utc("2027-03-20T00:00"), days=14) == ["26 08:30", "02 07:30"]

    def test_a_time_that_the_clock_skips_moves_forward_and_says_so(self) -> None:
        (one,) = slots.occurrences(
            times("sun 02:30"), zone=COPENHAGEN, after=utc("2027-03-27T00:00"), until=utc("2027-03-29T00:00")
        )
        assert one.due_at == utc("2027-03-28T01:30")
        assert one.wall.at == time(3, 30)

    def test_beside_a_slot_that_is_there_already_the_two_are_one(self) -> None:
        assert found("sun 02:30", "sun 03:30", "sun 03:10", after=utc("2027-03-27T00:00"), days=2) == [
            "28 01:10",
            "28 01:30",
        ]

    def test_an_hour_that_comes_twice_has_its_slot_once(self) -> None:
        assert found("sun 02:30", after=utc("2027-10-30T00:00"), days=2) == ["31 00:30"]

    def test_a_moment_that_has_begun_is_over(self) -> None:
        assert found("mon 09:30", after=utc("2027-02-01T08:30"), days=8) == ["08 08:30"]
        assert found("mon 09:30", after=utc("2027-02-01T08:29"), days=8) == ["01 08:30", "08 08:30"]

    def test_a_day_is_the_workspaces_day(self) -> None:
        assert found("mon 00:15", after=utc("2027-01-31T22:00"), days=1) == ["31 23:15"]
        assert found("mon 23:45", after=utc("2027-02-02T00:00"), days=1, zone="America/New_York") == ["02 04:45"]


weekly = st.lists(
    st.tuples(st.integers(1, 7), st.times().map(lambda at: at.replace(second=0, microsecond=0))), max_size=12
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


class AnyScheduleTests:
    @settings(max_examples=150, deadline=None)
    @given(weekly=weekly, zone=st.sampled_from(ZONES), after=moments, data=st.data())
    def test_free_is_every_slot_but_the_taken_ones(
        self, weekly: list[tuple[int, time]], zone: str, after: datetime, data: st.DataObject
    ) -> None:
        until = after + timedelta(days=21)
        every = [one.due_at for one in slots.occurrences(weekly, zone=zone, after=after, until=until)]
        taken = frozenset(data.draw(st.lists(st.sampled_from(every)))) if every else frozenset()
        free = [one.due_at for one in slots.free(weekly, taken, zone=zone, after=after, until=until)]
        assert free == sorted(set(every) - taken)
        assert all(after < due <= until for due in free)

    @settings(max_examples=50, deadline=None)
    @given(weekly=weekly, zone=st.sampled_from(ZONES), after=moments)
    def test_every_slot_falls_where_the_clocks_of_the_zone_say(
        self, weekly: list[tuple[int, time]], zone: str, after: datetime
    ) -> None:
        """Counted the other way round: minute by minute by the clock, a slot is where the clock shows it the first time."""
        until = after + timedelta(days=3)
        tz, wanted, shown, expected = ZoneInfo(zone), set(weekly), set(), set()
        at = slots.minute(after) - timedelta(days=1)
        while at <= until:
            local = at.astimezone(tz)
            key = (local.date(), local.time())
            if (local.isoweekday(), local.time()) in wanted and key not in shown and after < at:
                expected.add(at)
            shown.add(key)
            at += timedelta(minutes=1)
        every = {one.due_at for one in slots.occurrences(weekly, zone=zone, after=after, until=until)}
        assert expected <= every
        moved = {
            WallTime(day, at, zone).instant()
            for weekday, at in weekly
            for day in (after.astimezone(tz).date() + timedelta(days=n) for n in range(-1, 5))
            if day.isoweekday() == weekday and not WallTime(day, at, zone).exists()
        }
        assert every - expected <= moved


class TakenTests:
    @pytest.fixture
    def account(self, cast: Cast) -> Connection:
        account = make_connection(cast.workspace)
        give_schedule(cast.alice, cast.workspace, account, "mon 09:30", "tue 09:30", "wed 09:30")
        return account

    def upcoming(self, cast: Cast, account: Connection, count: int = 1) -> list[datetime]:
        with acting(cast.alice, cast.workspace):
            found = slots.free_slots([account], zone="UTC", after=MONDAY, count=count)
            return [one.due_at for one in found[account.pk]]

    def occupy(self, cast: Cast, account: Connection, day: str = "2027-02-01", clock: str = "09:30") -> Post:
        wall = WallTime(datetime.fromisoformat(day).date(), time.fromisoformat(clock), "UTC")
        return make_post(cast.alice, cast.workspace, account, plan=At(wall))

    def test_what_goes_out_at_that_minute_takes_the_slot(self, cast: Cast, account: Connection) -> None:
        assert self.upcoming(cast, account) == [utc("2027-02-01T09:30")]
        self.occupy(cast, account, clock="09:30:30")
        assert self.upcoming(cast, account) == [utc("2027-02-02T09:30")]
        self.occupy(cast, account, "2027-02-02", "09:31")
        assert self.upcoming(cast, account) == [utc("2027-02-02T09:30")]

    @pytest.mark.parametrize(
        ("state", "is_taken"), [("held", True), ("needs_human", True), ("failed", False), ("cancelled", False)]
    )
    def test_what_may_still_go_out_keeps_it_and_what_may_not_gives_it_back(
        self, cast: Cast, account: Connection, state: str, is_taken: bool
    ) -> None:
        post = make_post(cast.alice, cast.workspace, account)
        put_into(post, state, due_at=utc("2027-02-01T09:30"))
        assert (self.upcoming(cast, account) == [utc("2027-02-02T09:30")]) is is_taken

    def test_posts_of_other_accounts_and_drafts_take_nothing(self, cast: Cast, account: Connection) -> None:
        self.occupy(cast, make_connection(cast.workspace))
        make_post(cast.alice, cast.workspace, account, plan=Draft())
        assert self.upcoming(cast, account) == [utc("2027-02-01T09:30")]

    def test_a_full_week_is_followed_by_the_next_one(self, cast: Cast, account: Connection) -> None:
        for day in ("2027-02-01", "2027-02-02", "2027-02-03"):
            self.occupy(cast, account, day)
        assert self.upcoming(cast, account, 2) == [utc("2027-02-08T09:30"), utc("2027-02-09T09:30")]

    def test_it_takes_two_queries_for_any_number_of_accounts(self, cast: Cast, account: Connection) -> None:
        others = [make_connection(cast.workspace) for _ in range(5)]
        with acting(cast.alice, cast.workspace), CaptureQueriesContext(database) as caught:
            assert len(slots.free_slots(others, zone="UTC", after=MONDAY, count=3)) == 5
        assert len([one for one in caught.captured_queries if one["sql"].startswith("SELECT ")]) == 2

    def test_without_slots_there_is_none(self, cast: Cast, account: Connection) -> None:
        give_schedule(cast.alice, cast.workspace, account)
        with acting(cast.alice, cast.workspace):
            assert slots.next_free_slot(account, zone="UTC", after=MONDAY) is None


class FirstScheduleTests:
    def test_a_connection_begins_with_half_past_nine_on_working_days(self, cast: Cast) -> None:
        account = make_connection(cast.workspace)
        with tenancy.system("test"):
            assert tuple(Slot.objects.filter(connection=account).values_list("weekday", "at")) == DEFAULT
