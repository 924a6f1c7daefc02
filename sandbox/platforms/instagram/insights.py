"""Numbers of media, and the names that are gone
(https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights)."""

from typing import Any

from sandbox.calls import Call, Reply
from sandbox.growth import between, share_reached
from sandbox.platforms import graph
from sandbox.platforms.instagram import accounts, posts
from sandbox.store import Row

EVERYWHERE = {"views": 1.3, "reach": 1.0, "shares": 0.01, "total_interactions": 0.07}
FEED = {**EVERYWHERE, "likes": 0.05, "comments": 0.005, "saved": 0.01}
REELS = {**FEED, "ig_reels_avg_watch_time": 4.0, "ig_reels_video_view_total_time": 9.0, "reposts": 0.004}
STORIES = {**EVERYWHERE, "replies": 0.004, "navigation": 0.5}
KINDS = {"REELS": REELS, "STORIES": STORIES}


def read(call: Call) -> Reply:
    node = call.path_params["id"]
    if node in ("me", call.account.id):
        return accounts.insights(call)
    row = posts.own(call, node)
    known = KINDS.get(row["kind"], FEED)
    names = [name for name in str(graph.params(call).get("metric", "")).split(",") if name]
    if not names or any(name not in known for name in names):
        raise graph.invalid(f"metric must be one of the following values: {', '.join(known)}")
    return Reply(200, {"data": [_metric(call, name, row, known) for name in names]})


def _metric(call: Call, name: str, row: Row, known: dict[str, float]) -> dict[str, Any]:
    seed = str(row["id"])
    reach = between(f"{seed}/reach", 90, 9000) * share_reached(seed, call.world.clock.now() - row["created_at"])
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": int(reach * known[name])}],
        "title": name,
        "id": f"{row['id']}/insights/{name}/lifetime",
    }
