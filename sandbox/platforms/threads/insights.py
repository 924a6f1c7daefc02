"""Numbers of threads and profiles (https://developers.facebook.com/docs/threads/insights)."""

from typing import Any

from sandbox.calls import Call, Reply
from sandbox.growth import between, share_reached
from sandbox.platforms import graph
from sandbox.platforms.threads import posts
from sandbox.store import Row
from sandbox.world import World

OF_POST = ("views", "likes", "replies", "reposts", "quotes", "shares")
OF_PROFILE = ("views", "likes", "replies", "reposts", "quotes", "clicks", "followers_count")
SHARES = {"views": 1.0, "likes": 0.04, "reposts": 0.006, "quotes": 0.002, "shares": 0.004, "clicks": 0.01}
EARLIEST = 1_712_991_600


def of_post(call: Call) -> Reply:
    row = posts.own(call, call.path_params["id"])
    data = [
        {
            "name": name,
            "period": "lifetime",
            "values": [{"value": number(call.world, row, name)}],
            "title": name.capitalize(),
            "id": f"{row['id']}/insights/{name}/lifetime",
        }
        for name in _names(call, OF_POST)
    ]
    return Reply(200, {"data": data})


def of_profile(call: Call) -> Reply:
    """Views as a series of days, everything else as one total."""
    said = graph.params(call)
    since = str(said.get("since", EARLIEST))
    if not since.isdigit() or int(since) < EARLIEST:
        raise graph.invalid(f"since must be {EARLIEST} or later")
    names = _names(call, OF_PROFILE)
    if "followers_count" in names and ("since" in said or "until" in said):
        raise graph.invalid("followers_count takes no range")
    return Reply(200, {"data": [_of_profile(call, name) for name in names]})


def number(world: World, row: Row, name: str) -> int:
    if name == "replies":
        # Those of a root count everything below it, those of a reply only what answers it.
        field = "root_id" if row["reply_to"] is None else "reply_to"
        sql = f"select count(*) from th_post where deleted_at is null and {field} = ? and id <> ?"  # noqa: S608
        return int(world.store.scalar(sql, [row["id"], row["id"]]))
    seed = str(row["id"])
    reach = between(f"{seed}/reach", 90, 9000) * share_reached(seed, world.clock.now() - row["created_at"])
    return int(reach * SHARES[name])


def _of_profile(call: Call, name: str) -> dict[str, Any]:
    owner = call.account.id
    shown: dict[str, Any] = {"name": name, "period": "day", "title": name, "id": f"{owner}/threads_insights/{name}/day"}
    value = int(between(f"{owner}/{name}", 20, 4000))
    if name == "views":
        return shown | {"values": [{"value": value, "end_time": posts.iso(call.world.clock.now())}]}
    if name == "clicks":
        return shown | {"link_total_values": [{"value": value, "link_url": "https://norre.studio"}]}
    return shown | {"total_value": {"value": value}}


def _names(call: Call, known: tuple[str, ...]) -> list[str]:
    names = [name for name in str(graph.params(call).get("metric", "")).split(",") if name]
    if not names or any(name not in known for name in names):
        raise graph.invalid(f"metric must be one of the following values: {', '.join(known)}")
    return names
