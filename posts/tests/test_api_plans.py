"""When a post goes out, as callers may say it: a clock time in a zone, a moment with an offset, and nothing vaguer."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from posts.models import Post
from posts.tests.callers import NO_PLAN, fields_and_codes
from posts.tests.factories import Cast, acting, make_connection

POSTS = "/api/v1/posts"
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
def connection(cast: Cast) -> str:
    return str(make_connection(cast.workspace).uid)


def next_year(month: int, day: int) -> str:
    return f"{timezone.now().year + 1}-{month:02}-{day:02}"


def autumn_change() -> date:
    """The day on which Copenhagen repeats the hour from 02:00 next year."""
    last = date(timezone.now().year + 1, 10, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


class ZoneTests:
    def test_a_clock_time_in_a_zone_is_kept_as_it_was_said(self, api: APIClient, cast: Cast, connection: str) -> None:
        wall = {"date": next_year(1, 15), "time": "09:30", "zone": "Europe/Copenhagen"}
        body = api.post(POSTS, {"text": "Hi", "connections": [connection], "publish_at": wall}).json()
        assert body["state"] == "scheduled"
        assert body["plan"] == {
            **NO_PLAN,
            "publish_at": {**wall, "fold": 0},
            "due_at": f"{next_year(1, 15)}T08:30:00.000000Z",
        }
        with acting(cast.alice, cast.workspace):
            post = Post.objects.get()
        assert (post.zone, post.planned_time) == ("Europe/Copenhagen", time(9, 30))

    @pytest.mark.parametrize(("fold", "hour"), [(0, 0), (1, 1)])
    def test_fold_chooses_between_two_equal_clock_times(
        self, api: APIClient, connection: str, fold: int, hour: int
    ) -> None:
        wall = {"date": autumn_change().isoformat(), "time": "02:30", "zone": "Europe/Copenhagen", "fold": fold}
        body = api.post(POSTS, {"text": "Hi", "connections": [connection], "publish_at": wall}).json()
        assert body["plan"]["publish_at"]["fold"] == fold
        assert body["plan"]["due_at"][11:16] == f"{hour:02}:30"

    def test_a_clock_time_with_seconds_is_kept(self, api: APIClient, connection: str) -> None:
        wall = {"date": next_year(1, 15), "time": "09:30:15", "zone": "UTC"}
        body = api.post(POSTS, {"text": "Hi", "connections": [connection], "publish_at": wall}).json()
        assert body["plan"]["publish_at"]["time"] == "09:30:15"
        assert body["plan"]["due_at"].endswith("T09:30:15.000000Z")


class OffsetTests:
    @pytest.mark.parametrize("text", ["{day}T09:30:00+01:00", "{day}T08:30:00Z", "{day}t08:30:00.25z", "{day} 08:30Z"])
    def test_a_moment_with_an_offset_is_kept_in_utc(self, api: APIClient, connection: str, text: str) -> None:
        day = next_year(1, 15)
        sent = {"text": "Hi", "connections": [connection], "publish_at": text.format(day=day)}
        body = api.post(POSTS, sent).json()
        assert body["plan"] == {
            **NO_PLAN,
            "publish_at": {"date": day, "time": "08:30", "zone": "UTC", "fold": 0},
            "due_at": f"{day}T08:30:00.000000Z",
        }


def wall(**fields: Any) -> dict[str, Any]:
    return {"date": next_year(1, 15), "time": "09:30", "zone": "Europe/Copenhagen", **fields}


REFUSED: list[tuple[Any, str, str]] = [
    ("2030-12-01T09:30:00", "publish_at", "naive_time"),
    ("2030-12-01 09:30", "publish_at", "naive_time"),
    ({"date": "2030-12-01", "time": "09:30"}, "publish_at.zone", "naive_time"),
    (wall(zone="Europe/Copenhavn"), "publish_at.zone", "unknown_zone"),
    (wall(zone="../etc/passwd"), "publish_at.zone", "unknown_zone"),
    (wall(zone="+01:00"), "publish_at.zone", "unknown_zone"),
    (wall(zone=""), "publish_at.zone", "blank"),
    (wall(zone=5), "publish_at.zone", "unknown_zone"),
    (wall(date="2020-01-01"), "publish_at.time", "past_time"),
    (wall(date="1970-01-01"), "publish_at.time", "past_time"),
    (wall(date="0001-01-01"), "publish_at.date", "bad_time"),
    (wall(date="9999-12-31"), "publish_at.date", "bad_time"),
    (wall(date="8999-12-31"), "publish_at.time", "too_far"),
    (wall(date="2027-02-30"), "publish_at.date", "invalid"),
    (wall(date=20270101), "publish_at.date", "invalid"),
    (wall(time="25:00"), "publish_at.time", "invalid"),
    (wall(time="09:30+01:00"), "publish_at.time", "invalid"),
    (wall(fold=2), "publish_at.fold", "max_value"),
    (wall(seconds=1), "publish_at.seconds", "unknown_field"),
    ("2020-01-01T00:00:00Z", "publish_at", "past_time"),
    ("0001-01-01T00:00:00+14:00", "publish_at", "bad_time"),
    ("9999-12-31T23:59:59-14:00", "publish_at", "bad_time"),
    ("2027-02-30T00:00:00Z", "publish_at", "bad_time"),
    ("2027-02-03T24:61:00Z", "publish_at", "bad_time"),
    ("tomorrow", "publish_at", "bad_time"),
    ("", "publish_at", "bad_time"),
    (1_800_000_000, "publish_at", "bad_time"),
    (["2027-01-01T00:00:00Z"], "publish_at", "bad_time"),
    (True, "publish_at", "bad_time"),
]


class RefusalTests:
    @pytest.mark.parametrize(("publish_at", "field", "code"), REFUSED, ids=lambda value: str(value)[:70])
    def test_a_time_that_is_not_exact_is_refused(
        self, api: APIClient, cast: Cast, connection: str, publish_at: Any, field: str, code: str
    ) -> None:
        answer = api.post(POSTS, {"text": "Hi", "connections": [connection], "publish_at": publish_at})
        assert answer.status_code == 422
        assert fields_and_codes(answer) == [(field, code)]
        with acting(cast.alice, cast.workspace):
            assert not Post.objects.exists()

    def test_a_minute_that_has_just_begun_is_not_past(self, api: APIClient, connection: str) -> None:
        just_now = timezone.now().astimezone(COPENHAGEN).replace(second=0)
        wall = {"date": f"{just_now:%Y-%m-%d}", "time": f"{just_now:%H:%M}", "zone": "Europe/Copenhagen"}
        answer = api.post(POSTS, {"text": "Hi", "connections": [connection], "publish_at": wall})
        assert answer.status_code == 201

    def test_null_means_a_draft(self, api: APIClient, connection: str) -> None:
        body = api.post(POSTS, {"text": "Hi", "connections": [connection], "publish_at": None}).json()
        assert body["state"] == "draft"


def test_every_time_in_an_answer_is_in_utc(api: APIClient, connection: str) -> None:
    body = api.post(POSTS, {"text": "Hi", "connections": [connection], "publish_at": wall()}).json()
    for moment in (body["created_at"], body["updated_at"], body["plan"]["due_at"], body["publications"][0]["due_at"]):
        assert moment.endswith("Z")
        assert datetime.fromisoformat(moment).utcoffset() == UTC.utcoffset(None)
