"""Sliding windows: what was used fades, several rates take all or none, and Redis may be gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
import time_machine
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings, strategies

from multivio import rates
from multivio.rate_settings import read_rates
from multivio.rates import NotCounted, TooMany, give_back, require, take

START = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)  # the start of a window of any minute or hour


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _small(settings: Any) -> None:
    settings.RATE_LIMITS = {"api": (10, 60), "ai": (3, 600), "guesses": (2, 60)}


def allowed(name: str = "api", subject: str = "user:1", tries: int = 40) -> int:
    return sum(take((name, subject))[0].is_open for _ in range(tries))


class WindowTests:
    def test_so_many_and_no_more(self, clock: Any) -> None:
        assert allowed() == 10

    def test_what_is_refused_uses_nothing_up(self, clock: Any) -> None:
        allowed(tries=1000)
        clock.shift(timedelta(minutes=2))
        assert allowed() == 10

    def test_there_is_no_moment_at_which_all_is_new(self, clock: Any) -> None:
        clock.shift(timedelta(seconds=59))
        assert allowed() == 10
        clock.shift(timedelta(seconds=2))
        assert allowed() == 0  # a fixed window would allow ten more

    def test_the_older_window_fades(self, clock: Any) -> None:
        allowed()
        clock.shift(timedelta(seconds=90))
        assert allowed() == 5

    def test_subjects_are_counted_apart(self, clock: Any) -> None:
        assert allowed(subject="user:1") == allowed(subject="user:2") == 10

    def test_looking_uses_nothing_up(self, clock: Any) -> None:
        for _ in range(50):
            assert take(("api", "user:1"), amount=0)[0].is_open
        assert allowed() == 10
        assert not take(("api", "user:1"), amount=0)[0].is_open

    def test_what_turned_out_to_be_no_guess_is_given_back_and_no_more_than_that(self, clock: Any) -> None:
        for _ in range(20):
            require(("guesses", "a"))
            give_back(("guesses", "a"))
        give_back(("guesses", "a"), ("guesses", "never used"))
        assert allowed("guesses", "a") == 2
        assert allowed("guesses", "never used") == 2

    @given(strategies.lists(strategies.integers(min_value=0, max_value=45), min_size=1, max_size=40))
    @settings(max_examples=30, deadline=None)
    def test_no_window_of_a_minute_ever_holds_twice_as_many(self, pauses: list[int]) -> None:
        """The two numbers are an estimate; this is how far it can be off, whatever the pauses are."""
        subject = f"user:{id(pauses)}-{datetime.now(UTC).timestamp()}"
        let_in: list[float] = []
        with time_machine.travel(START, tick=False) as clock:
            now = 0.0
            for pause in pauses:
                now += pause
                clock.move_to(START + timedelta(seconds=now))
                let_in += [now] * allowed("api", subject, tries=15)
        assert all(sum(start <= moment < start + 60 for moment in let_in) < 20 for start in let_in)


class RefusalTests:
    def test_it_says_when_and_is_right(self, clock: Any) -> None:
        allowed()
        with pytest.raises(TooMany) as refused:
            require(("api", "user:1"))
        assert refused.value.retry_after > 0
        assert "Try again in" in refused.value.message
        clock.shift(timedelta(seconds=refused.value.retry_after))
        require(("api", "user:1"))

    def test_of_several_rates_all_take_or_none(self, clock: Any) -> None:
        for _ in range(3):
            require(("api", "user:1"), ("ai", "user:1"))
        for _ in range(5):
            with pytest.raises(TooMany) as refused:
                require(("api", "user:1"), ("ai", "user:1"))
            assert refused.value.count.rate.name == "ai"
        assert allowed() == 7

    def test_the_headers_say_what_is_left(self, clock: Any) -> None:
        (count,) = take(("api", "user:1"))
        assert rates.policy_header(count) == '"api";q=10;w=60'
        assert rates.limit_header(count) == '"api";r=9;t=120'
        allowed()
        (count,) = take(("api", "user:1"))
        assert rates.limit_header(count) == f'"api";r=0;t={count.wait_seconds}'


class RedisTests:
    @pytest.fixture
    def gone(self, settings: Any) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

    def test_without_it_work_goes_on_and_guessing_does_not(self, gone: None) -> None:
        require(("api", "user:1"), ("ai", "user:1"))
        with pytest.raises(NotCounted):
            require(("guesses", "a"))
        give_back(("guesses", "a"))

    def test_addresses_stay_out_of_it_and_every_key_ends(self, clock: Any, redis_url: str) -> None:
        take(("guesses", "maja@norre.studio"), ("api", "address:203.0.113.9"))
        with redis.Redis.from_url(redis_url) as client:
            keys = client.keys("*:rate:*")
            assert len(keys) == 2
            assert all(b"maja" not in key and b"203.0" not in key for key in keys)
            assert all(client.pttl(key) > 0 for key in keys)


class SettingTests:
    def test_it_is_read(self) -> None:
        assert read_rates(["api=1200/60", " ai=5/3600"]) == {"api": (1200, 60), "ai": (5, 3600)}

    @pytest.mark.parametrize("entry", ["api", "api=0/60", "api=5", "api=5/0", "api=-1/60", "api=5/60/1"])
    def test_nonsense_is_refused(self, entry: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="RATE_LIMITS"):
            read_rates([entry])

    def test_a_rate_that_does_not_exist_is_found(self, settings: Any) -> None:
        settings.RATE_LIMITS = {"apy": (1, 1)}
        assert "multivio.E004" in {found.id for found in run_checks(tags=["security"])}
