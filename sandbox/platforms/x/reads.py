"""Reading back: own user, timelines, lookups and analytics."""

import base64
import binascii
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.clock import iso, parse_iso
from sandbox.platforms.x import metrics, posts, problems, views
from sandbox.platforms.x.dialects import ANALYTICS_FIELDS
from sandbox.platforms.x.requests import choices, query
from sandbox.store import Row

STEP = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400}
MAX_STEPS = 800
TIMELINE_PARAMETERS = (
    *("max_results", "pagination_token", "start_time", "end_time", "since_id", "until_id", "exclude"),
)
VISIBLE = (
    "select p.*, a.username from x_post p join account a on a.platform = 'x' and a.id = p.account_id"
    " where p.deleted_at is null and p.replaced_by is null and p.visible_at <= :now"
)


def me(call: Call) -> Reply:
    """https://docs.x.com/x-api/users/get-my-user"""
    wished = views.wish(call, of_user=True)
    return Reply(200, {"data": views.user(call.world, call.account, wished)})


def timeline(call: Call) -> Reply:
    """https://docs.x.com/x-api/users/get-posts; newest first, never complete right after a post was made."""
    wished = views.wish(call, *TIMELINE_PARAMETERS)
    user_id = call.path_params["id"]
    if call.world.accounts.get("x", user_id) is None:
        return Reply(200, {"errors": [problems.not_found("user", "id", user_id)]})
    asked = wished.parameters
    limit = _integer(asked, "max_results", 10, 5, 100)
    conditions, values = _conditions(asked)
    # One more than asked for tells whether there is another page.
    values |= {"now": call.world.clock.now(), "account_id": user_id, "limit": limit + 1}
    where = " and ".join(["", "p.account_id = :account_id", *conditions])
    rows = call.world.store.all(f"{VISIBLE}{where} order by p.id desc limit :limit", values)
    page, has_more = rows[:limit], len(rows) > limit
    meta: dict[str, Any] = {"result_count": len(page)}
    if not page:
        return Reply(200, {"meta": meta})
    meta |= {"newest_id": str(page[0]["id"]), "oldest_id": str(page[-1]["id"])}
    if has_more:
        meta["next_token"] = _page_token(page[-1]["id"])
    return Reply(200, views.envelope(call.world, page, wished, call.account) | {"meta": meta})


def lookup(call: Call) -> Reply:
    """https://docs.x.com/x-api/posts/get-posts-by-ids: what is missing is told beside what was found."""
    wished = views.wish(call, "ids")
    ids = wished.parameters.get("ids", "").split(",")
    if not 1 <= len(ids) <= 100 or not all(one.isdigit() and len(one) < 20 for one in ids):
        raise problems.invalid("The `ids` query parameter must be 1 to 100 post ids.", {"ids": ids})
    found = {one: _visible(call, one) for one in dict.fromkeys(ids)}
    body = views.envelope(call.world, [row for row in found.values() if row], wished, call.account)
    errors = [problems.not_found("tweet", "ids", one) for one, row in found.items() if row is None]
    if not body["data"]:
        del body["data"]
    return Reply(200, body | ({"errors": errors} if errors else {}))


def one_post(call: Call) -> Reply:
    wished = views.wish(call)
    post_id = call.path_params["id"]
    if not post_id.isdigit() or len(post_id) > 19:
        raise problems.invalid("The `id` query parameter value is not valid", {"id": [post_id]})
    row = _visible(call, post_id)
    if row is None:
        return Reply(200, {"errors": [problems.not_found("tweet", "id", post_id)]})
    body = views.envelope(call.world, [row], wished, call.account)
    return Reply(200, body | {"data": body["data"][0]})


def analytics(call: Call) -> Reply:
    """https://docs.x.com/x-api/posts/get-post-analytics: own posts only."""
    asked = query(call, ("ids", "start_time", "end_time", "granularity", "analytics.fields"))
    granularity = asked.get("granularity", "total")
    if granularity not in (*STEP, "total"):
        raise problems.invalid(f"The `granularity` query parameter value [{granularity}] is not valid")
    start, end = _moment(asked, "start_time"), _moment(asked, "end_time")
    if start is None or end is None or not start < end:
        raise problems.invalid("start_time and end_time are required, and start_time must be earlier.")
    fields = choices("analytics.fields", asked.get("analytics.fields", "impressions"), ANALYTICS_FIELDS)
    data, errors = [], []
    for post_id in asked.get("ids", "").split(","):
        row = _visible(call, post_id) if post_id.isdigit() else None
        if row is None or row["account_id"] != call.account.id:
            errors.append(problems.not_found("tweet", "ids", post_id))
        else:
            data.append({"id": post_id} | _series(row, start, min(end, call.world.clock.now()), granularity, fields))
    return Reply(200, {"data": data} | ({"errors": errors} if errors else {}))


def _series(row: Row, start: float, end: float, granularity: str, fields: list[str]) -> dict[str, Any]:
    if granularity == "total":
        return _difference(row, start, end, fields)
    step = STEP[granularity]
    moments = [start + step * index for index in range(min(MAX_STEPS, int(max(0.0, end - start) // step) + 1))]
    return {
        "timestamped_metrics": [
            {"timestamp": iso(moment), "metrics": _difference(row, moment, min(end, moment + step), fields)}
            for moment in moments
        ]
    }


def _difference(row: Row, start: float, end: float, fields: list[str]) -> dict[str, Any]:
    before, after = metrics.totals(row, start), metrics.totals(row, max(start, end))
    return {name: after[name] - before[name] for name in fields if name in after}


def _visible(call: Call, post_id: str) -> Row | None:
    """An edited post is still found by its old id."""
    row = posts.find(call.world, int(post_id))
    return row if row is not None and row["visible_at"] <= call.world.clock.now() else None


def _conditions(asked: dict[str, str]) -> tuple[list[str], dict[str, Any]]:
    """SQL for the timeline's filters; times have a resolution of one second, as `created_at` has."""
    filters = {
        "since_id": ("p.id > :since_id", _id(asked, "since_id")),
        "until_id": ("p.id < :until_id", _id(asked, "until_id")),
        "pagination_token": ("p.id < :pagination_token", _page_start(asked)),
        "start_time": ("cast(p.created_at as integer) >= cast(:start_time as integer)", _moment(asked, "start_time")),
        "end_time": ("cast(p.created_at as integer) < cast(:end_time as integer)", _moment(asked, "end_time")),
    }
    used = {name: found for name, found in filters.items() if found[1] is not None}
    conditions = [condition for condition, _ in used.values()]
    # There are no reposts in the sandbox, so leaving them out leaves out nothing.
    if "replies" in choices("exclude", asked.get("exclude", ""), ("replies", "retweets")):
        conditions.append("p.reply_to is null")
    return conditions, {name: value for name, (_, value) in used.items()}


def _integer(asked: dict[str, str], name: str, default: int, low: int, high: int) -> int:
    value = asked.get(name, str(default))
    if not value.isdigit() or not low <= int(value) <= high:
        message = f"The `{name}` query parameter value [{value}] is not between {low} and {high}"
        raise problems.invalid(message, {name: [value]})
    return int(value)


def _id(asked: dict[str, str], name: str) -> int | None:
    value = asked.get(name)
    if value is not None and not (value.isdigit() and len(value) < 20):
        raise problems.invalid(f"The `{name}` query parameter value [{value}] is not valid", {name: [value]})
    return None if value is None else int(value)


def _moment(asked: dict[str, str], name: str) -> float | None:
    value = asked.get(name)
    try:
        return None if value is None else parse_iso(value)
    except ValueError:
        message = f"The `{name}` query parameter value [{value}] is not a valid RFC3339 time"
        raise problems.invalid(message, {name: [value]}) from None


def _page_token(last_id: int) -> str:
    return base64.b32hexencode(str(last_id).encode()).decode().lower().rstrip("=")


def _page_start(asked: dict[str, str]) -> int | None:
    value = asked.get("pagination_token")
    if value is None:
        return None
    try:
        return int(base64.b32hexdecode(value.upper() + "=" * (-len(value) % 8)))
    except (binascii.Error, ValueError):
        message = f"The `pagination_token` query parameter value [{value}] is not valid"
        raise problems.invalid(message, {"pagination_token": [value]}) from None
