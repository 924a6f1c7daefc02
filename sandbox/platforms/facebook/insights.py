"""Insights of Pages and posts, and the names that were withdrawn on 2026-06-15
(https://developers.facebook.com/docs/graph-api/reference/insights)."""

from typing import Any

from sandbox.calls import Call, Reply
from sandbox.growth import between, share_reached
from sandbox.platforms import graph
from sandbox.platforms.facebook import posts
from sandbox.store import Row

OF_POST = {
    "post_media_view": 1.0,
    "post_total_media_view_unique": 0.8,
    "post_clicks": 0.03,
    "post_clicks_by_type": 0.03,
    "post_reactions_by_type_total": 0.04,
}
OF_PAGE = (
    "page_media_view",
    "page_total_media_view_unique",
    "page_post_engagements",
    "page_daily_follows",
    "page_daily_follows_unique",
    "page_follows",
)
KINDS = {
    "post_reactions_by_type_total": ("like", "love", "wow"),
    "post_clicks_by_type": ("link clicks", "other clicks"),
}


def read(call: Call) -> Reply:
    said = graph.params(call)
    asked = graph.decoded(said.get("metric", ""))
    names = [str(name) for name in (asked if isinstance(asked, list) else str(asked).split(",")) if name]
    node = call.path_params["id"]
    is_page = node == call.account.id
    known = OF_PAGE if is_page else tuple(OF_POST)
    if not names or any(name not in known for name in names):
        raise graph.invalid("The value must be a valid insights metric")
    row = None if is_page else posts.own(call, node)
    return Reply(200, {"data": [_metric(call, name, node, row) for name in names], "paging": {}})


def _metric(call: Call, name: str, node: str, row: Row | None) -> dict[str, Any]:
    value: Any = _of_post(call, name, row) if row is not None else int(between(f"{node}/{name}", 20, 4000))
    period = "day" if row is None else "lifetime"
    return {
        "name": name,
        "period": period,
        "values": [{"value": value}],
        "title": name,
        "id": f"{node}/insights/{name}",
    }


def _of_post(call: Call, name: str, row: Row) -> Any:
    seed = str(row["id"])
    reach = between(f"{seed}/reach", 90, 9000) * share_reached(seed, call.world.clock.now() - row["created_at"])
    total = int(reach * OF_POST[name])
    if name not in KINDS:
        return total
    kinds = KINDS[name]
    return {kind: total // (2 ** (index + 1)) for index, kind in enumerate(kinds)}
