"""Numbers of videos."""

from sandbox.testing import Running
from social.platforms.youtube import YouTube
from social.platforms.youtube_metrics import ANALYTICS_SCOPE
from social.tests.making import Files
from social.tests.youtube_making import channel, content, film, job, naps, operations, publish

__all__ = ["naps"]
PLATFORM = YouTube()
DAY = 86_400


def published(sandbox: Running, **options: object) -> str:
    files = Files()
    return publish(job(channel(sandbox), content("", film(files), **options), files))[0].remote_id


def test_public_counts_come_by_our_names_at_once(sandbox: Running) -> None:
    video_id = published(sandbox)
    sandbox.control.advance(DAY)
    found = PLATFORM.metrics(channel(sandbox), [video_id])[video_id].values
    assert set(found) == {"video_views", "reactions", "comments"}
    assert found["video_views"] > found["reactions"] >= 0


def test_reports_come_two_days_later(sandbox: Running) -> None:
    video_id = published(sandbox)
    sandbox.control.advance(3 * DAY)
    found = PLATFORM.metrics(channel(sandbox), [video_id])[video_id].values
    assert set(found) == {
        *("video_views", "reactions", "comments", "shares", "watched_minutes", "followers_gained"),
    }


def test_without_the_permission_reports_are_not_asked_for(sandbox: Running) -> None:
    video_id = published(sandbox)
    sandbox.control.advance(3 * DAY)
    found = PLATFORM.metrics(channel(sandbox, traits={"lacks": [ANALYTICS_SCOPE]}), [video_id])
    assert set(found[video_id].values) == {"video_views", "reactions", "comments"}
    assert "report" not in operations(sandbox)


def test_a_report_that_fails_costs_only_its_numbers(sandbox: Running) -> None:
    video_id = published(sandbox)
    sandbox.control.advance(3 * DAY)
    sandbox.control.add_fault(platform="youtube", operation="report", kind="reject_5xx")
    found = PLATFORM.metrics(channel(sandbox), [video_id])
    assert set(found[video_id].values) == {"video_views", "reactions", "comments"}


def test_a_video_that_is_gone_is_told_as_such(sandbox: Running) -> None:
    kept, gone = published(sandbox), published(sandbox)
    PLATFORM.delete(channel(sandbox), gone)
    found = PLATFORM.metrics(channel(sandbox), [kept, gone])
    assert (found[kept].is_gone, found[gone].is_gone) == (False, True)


def test_a_number_that_youtube_does_not_give_is_left_out(sandbox: Running) -> None:
    video_id = published(sandbox, made_for_kids="yes")
    assert "comments" not in PLATFORM.metrics(channel(sandbox), [video_id])[video_id].values


def test_many_are_asked_for_fifty_at_a_time(sandbox: Running) -> None:
    video_id = published(sandbox)
    before = operations(sandbox).count("video")
    found = PLATFORM.metrics(channel(sandbox), [*(f"gone{number:07}" for number in range(60)), video_id])
    assert [one for one, told in found.items() if not told.is_gone] == [video_id]
    assert operations(sandbox).count("video") == before + 2
