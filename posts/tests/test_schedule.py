"""Wall times in zones: gaps, overlaps, and what is refused."""

from datetime import UTC, date, datetime, time

import pytest

from posts.schedule import WallTime, problems

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def wall(day: str, clock: str, zone: str = "Europe/Copenhagen", fold: int = 0) -> WallTime:
    return WallTime(date.fromisoformat(day), time.fromisoformat(clock), zone, fold)


class InstantTests:
    @pytest.mark.parametrize(
        ("planned", "instant"),
        [
            (wall("2026-12-01", "09:30"), "2026-12-01T08:30:00+00:00"),
            (wall("2027-07-01", "09:30"), "2027-07-01T07:30:00+00:00"),
            (wall("2026-12-01", "09:30", "Asia/Kathmandu"), "2026-12-01T03:45:00+00:00"),
            (wall("2026-12-01", "09:30", "UTC"), "2026-12-01T09:30:00+00:00"),
        ],
    )
    def test_a_wall_time_means_one_instant(self, planned: WallTime, instant: str) -> None:
        assert planned.instant().isoformat() == instant

    def test_a_time_that_does_not_exist_moves_forward_by_the_gap(self) -> None:
        skipped = wall("2027-03-28", "02:30")
        assert not skipped.exists()
        assert skipped.instant() == wall("2027-03-28", "03:30").instant()

    def test_of_two_equal_times_the_first_is_meant_unless_said(self) -> None:
        first, second = wall("2027-10-31", "02:30"), wall("2027-10-31", "02:30", fold=1)
        assert first.is_ambiguous()
        assert (second.instant() - first.instant()).total_seconds() == 3600

    def test_an_ordinary_time_is_neither_skipped_nor_repeated(self) -> None:
        ordinary = wall("2027-06-01", "02:30")
        assert ordinary.exists()
        assert not ordinary.is_ambiguous()


class ProblemTests:
    @pytest.mark.parametrize(
        ("planned", "code"),
        [
            (wall("2026-11-22", "12:58"), "past_time"),
            (wall("2029-01-01", "09:00"), "too_far"),
            (wall("0001-01-01", "00:00", "Pacific/Kiritimati"), "past_time"),
            (wall("9999-12-31", "23:59", "Pacific/Pago_Pago"), "too_far"),
            (wall("2026-12-01", "09:00", "Europe/Atlantis"), "unknown_zone"),
            (wall("2026-12-01", "09:00", "+02:00"), "unknown_zone"),
        ],
    )
    def test_it_says_what_is_wrong(self, planned: WallTime, code: str) -> None:
        (found,) = problems(planned, now=NOW)
        assert (found.code, found.severity) == (code, "error")
        assert found.message.endswith(".")

    def test_a_minute_that_has_just_begun_is_still_now(self) -> None:
        assert problems(wall("2026-11-22", "13:00"), now=NOW.replace(second=40)) == []

    def test_the_gap_is_a_warning_that_names_the_real_time(self) -> None:
        (found,) = problems(wall("2027-03-28", "02:30"), now=NOW)
        assert (found.code, found.severity) == ("skipped_hour", "warning")
        assert "03:30" in found.message
