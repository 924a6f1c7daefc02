"""What a Google project may use in a day: uploads, searches and everything else have buckets of their own
(https://developers.google.com/youtube/v3/determine_quota_cost). A day ends at midnight in California."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms.youtube import answers
from sandbox.world import World

PACIFIC = ZoneInfo("America/Los_Angeles")
UPLOADS, UNITS, STATS = "uploads", "units", "stats"
Handle = Callable[[Call], Reply]


def metered(handle: Handle, cost: int = 1, bucket: str = UNITS) -> Handle:
    """The same operation with its price. Refused requests are counted too, so a refusal is answered and not raised."""

    def run(call: Call) -> Reply:
        project = call.actor.client_id if call.actor else ""
        if used(call.world, project, bucket) + cost > limit(call.world, bucket) and call.world.settings["rate_limits"]:
            return answers.uploads_exceeded(project) if bucket == UPLOADS else answers.quota_exceeded()
        _charge(call.world, project, bucket, cost)
        try:
            with call.world.store.transaction():
                return handle(call)
        except Problem as problem:
            return problem.reply

    return run


def limit(world: World, bucket: str) -> int:
    name = "youtube_uploads_per_day" if bucket == UPLOADS else "youtube_units_per_day"
    return int(world.settings[name])


def used(world: World, project: str, bucket: str) -> int:
    sql = "select used from yt_quota where project = ? and day = ? and bucket = ?"
    return int(world.store.scalar(sql, [project, today(world), bucket]) or 0)


def today(world: World) -> str:
    return f"{datetime.fromtimestamp(world.clock.now(), UTC).astimezone(PACIFIC):%Y-%m-%d}"


def _charge(world: World, project: str, bucket: str, cost: int) -> None:
    world.store.execute(
        "insert into yt_quota values (?, ?, ?, ?) on conflict (project, day, bucket) do update set used = used + ?",
        [project, today(world), bucket, cost, cost],
    )
