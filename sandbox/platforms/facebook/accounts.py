"""People, their Pages and their businesses
(https://developers.facebook.com/docs/graph-api/reference/user/accounts)."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.calls import Call, Reply
from sandbox.platforms import graph
from sandbox.platforms.facebook import identity
from sandbox.store import Row

DEFAULT_PAGE = 25
MOST = 100


def me(call: Call) -> Reply:
    return node(call, call.account.id)


def node(call: Call, account_id: str) -> Reply:
    """A person or a Page."""
    found = identity.account(call.world, account_id)
    page = identity.page_row(call.world, account_id)
    if page is not None:
        return Reply(200, graph.chosen(_page(call, page), graph.fields(call) or ["name"]))
    every = {"id": found.id, "name": found.name, "picture": _picture(call, found.username)}
    return Reply(200, graph.chosen(every, graph.fields(call) or ["name"]))


def pages(call: Call) -> Reply:
    """The Pages that were ticked in the dialog and on which the person has a role, with a token each."""
    world = call.world
    assert call.actor is not None  # noqa: S101 - demanded by the operation
    consent = world.consents.get(call.actor.consent_id)
    token = world.consents.find(identity.SLUG, "access", call.notes["token"])
    assert consent is not None  # noqa: S101 - the actor was found through them
    assert token is not None  # noqa: S101
    ticked = world.store.get_meta(f"fb_pages:{consent.id}", "").split(",")
    rows = [row for row in identity.pages_of(world, call.account.id) if row["id"] in ticked and not row["business_id"]]
    # A Page's token lives as long as the one it was got with, unless that one is long-lived.
    ttl = None if token.details.get("is_long") or token.expires_at is None else token.expires_at - world.clock.now()
    names = graph.fields(call) or ["access_token", "category", "name", "tasks"]

    def shown(row: Row) -> dict[str, Any]:
        every = _page(call, row)
        if "access_token" in names:
            every["access_token"] = identity.page_token(world, consent, row["id"], ttl=ttl)
        return graph.chosen(every, names)

    return paged(call, [shown(row) for row in window(call, rows)], rows)


def businesses(call: Call) -> Reply:
    world = call.world
    rows = world.store.all(
        "select distinct p.business_id as id from fb_role r join fb_page p on p.id = r.page_id"
        " where r.person_id = ? and p.business_id is not null order by 1",
        [call.account.id],
    )
    return Reply(200, {"data": [{"id": row["id"], "name": f"Business {row['id']}"} for row in rows], "paging": {}})


def business_pages(call: Call) -> Reply:
    """owned_pages; client_pages are nobody's here."""
    world, business = call.world, call.path_params["id"]
    assert call.actor is not None  # noqa: S101 - demanded by the operation
    consent = world.consents.get(call.actor.consent_id)
    assert consent is not None  # noqa: S101
    rows = [row for row in identity.pages_of(world, call.account.id) if row["business_id"] == business]
    if not rows:
        raise graph.missing(business)
    if call.path.endswith("/client_pages"):
        rows = []
    names = graph.fields(call) or ["name"]
    data = []
    for row in rows:
        every = _page(call, row)
        if "access_token" in names:
            every["access_token"] = identity.page_token(world, consent, row["id"], ttl=None)
        data.append(graph.chosen(every, names))
    return Reply(200, {"data": data, "paging": {}})


def subscriptions(call: Call) -> Reply:
    """Webhooks of a Page: setting replaces the list (https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps)."""
    world, page = call.world, call.account.id
    if call.method == "GET":
        fields = world.store.scalar("select fields from fb_subscription where page_id = ?", [page])
        client = call.actor.client_id if call.actor else ""
        data = [{"id": client, "subscribed_fields": fields.split(",")}] if fields else []
        return Reply(200, {"data": data})
    if call.method == "DELETE":
        world.store.execute("delete from fb_subscription where page_id = ?", [page])
        return Reply(200, {"success": True}, effect={"unsubscribed": page})
    asked = graph.decoded(graph.params(call).get("subscribed_fields", ""))
    fields = ",".join(asked) if isinstance(asked, list) else str(asked)
    if not fields:
        raise graph.invalid("The parameter subscribed_fields is required.")
    world.store.execute("insert or replace into fb_subscription values (?, ?)", [page, fields])
    return Reply(200, {"success": True}, effect={"subscribed": fields})


def paged(call: Call, shown: Sequence[dict[str, Any]], every: Sequence[Any]) -> Reply:
    """One page of a list. With a token in the query `next` repeats it, as Facebook does; with a header it does not."""
    start, size = _start(call), _size(call)
    body: dict[str, Any] = {"data": list(shown)}
    if shown:
        cursors = {"before": str(start), "after": str(start + len(shown))}
        body["paging"] = {"cursors": cursors}
        if start + size < len(every):
            query = [(name, value) for name, value in call.query if name != "after"]
            address = f"{call.url}?{urlencode([*query, ('after', cursors['after'])])}"
            body["paging"]["next"] = address
    return Reply(200, body)


def window(call: Call, rows: Sequence[Any]) -> Sequence[Any]:
    """The part of a list that this call is about."""
    start = _start(call)
    return rows[start : start + _size(call)]


def _start(call: Call) -> int:
    after = str(graph.params(call).get("after", "0"))
    if not after.isdigit():
        raise graph.invalid("Invalid cursors values for the after parameter.")
    return int(after)


def _size(call: Call) -> int:
    asked = str(graph.params(call).get("limit", DEFAULT_PAGE))
    if not asked.isdigit():
        raise graph.invalid("limit must be a number.")
    # Pages of a list may be cut smaller than asked, and are, so that nobody relies on their size.
    return min(int(asked), MOST, call.world.settings["facebook_page_size"]) or DEFAULT_PAGE


def _page(call: Call, row: Row) -> dict[str, Any]:
    found = identity.account(call.world, row["id"])
    roles = json.loads(row["tasks"]) if "tasks" in row.keys() else None  # noqa: SIM118 - a Row is no mapping
    every: dict[str, Any] = {
        "id": found.id,
        "name": found.name,
        "username": found.username if row["has_username"] else None,
        "category": row["category"],
        "link": f"{call.world.base_url}/facebook/{found.username}",
        "tasks": roles,
        "picture": _picture(call, found.username),
        "followers_count": 1200,
    }
    if row["instagram_id"]:
        linked = call.world.accounts.get("instagram", row["instagram_id"])
        every["instagram_business_account"] = {"id": row["instagram_id"]} | (
            {
                "username": linked.username,
                "name": linked.name,
                "profile_picture_url": f"{call.world.base_url}/avatars/instagram/{linked.username}.png",
                "followers_count": 1200,
            }
            if linked
            else {}
        )
    return every


def _picture(call: Call, username: str) -> dict[str, Any]:
    url = f"{call.world.base_url}/avatars/facebook/{username}.png"
    return {"data": {"height": 200, "width": 200, "is_silhouette": False, "url": url}}
