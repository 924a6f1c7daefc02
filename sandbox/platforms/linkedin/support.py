"""LinkedIn's part of the control API: what was published, who has which role, what an app may."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.platforms.linkedin import assets, comments, identity, oauth, posts
from sandbox.platforms.linkedin.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

Handler = Callable[[Request], Awaitable[JSONResponse]]


def routes(world: World) -> list[Route]:
    async def list_posts(request: Request) -> JSONResponse:
        """All posts, oldest first; deleted ones too with ?deleted=1, scenery with ?foreign=1."""
        asked = request.query_params
        rows = world.store.all(
            "select * from li_post where (? or deleted_at is null) and id > ? and (? or dedupe_key <> 'scenery')"
            " order by id limit ?",
            [
                *(asked.get("deleted") == "1", int(asked.get("since_id", "0"))),
                *(asked.get("foreign") == "1", int(asked.get("limit", "10000"))),
            ],
        )
        shown = [_as_json(world, row) for row in rows]
        return JSONResponse({"posts": [one for one in shown if asked.get("username") in (None, one["username"])]})

    async def delete_post(request: Request) -> JSONResponse:
        found = posts.remove(world, int(request.path_params["id"]))
        return JSONResponse({"deleted": found}, 200 if found else 404)

    async def roles(request: Request) -> JSONResponse:
        """{person, organisation, role, state}: usernames; without a role all roles there end."""
        body = await request.json()
        person, org = (world.accounts.by_username(SLUG, body[name]) for name in ("person", "organisation"))
        if person is None or org is None:
            raise ValueError("No such person or organisation.")
        world.store.execute("delete from li_role where person_id = ? and org_id = ?", [person.id, org.id])
        if body.get("role"):
            values = [person.id, org.id, body["role"], body.get("state", "APPROVED")]
            world.store.execute("insert into li_role values (?, ?, ?, ?)", values)
        return JSONResponse({"ok": True})

    async def products(request: Request) -> JSONResponse:
        """{client_id, product: share or community, refresh_tokens}: what an app was given."""
        body = await request.json()
        if body["product"] not in oauth.PRODUCTS:
            raise ValueError(f"product must be one of {', '.join(oauth.PRODUCTS)}.")
        values = [body["client_id"], body["product"], int(bool(body.get("refresh_tokens", False)))]
        world.store.execute("insert or replace into li_app values (?, ?, ?)", values)
        return JSONResponse({"ok": True})

    async def assets_now(request: Request) -> JSONResponse:
        rows = world.store.all("select * from li_asset order by begun_at")
        shown = [
            {"urn": row["urn"], "owner": row["owner"], "size": row["size"], "sha256": row["sha256"]} for row in rows
        ]
        return JSONResponse({"assets": shown})

    return [
        Route("/posts", list_posts, methods=["GET"]),
        Route("/posts/{id:int}", delete_post, methods=["DELETE"]),
        Route("/roles", _told(roles), methods=["POST"]),
        Route("/products", _told(products), methods=["POST"]),
        Route("/assets", assets_now, methods=["GET"]),
    ]


def _told(handler: Handler) -> Handler:
    async def told(request: Request) -> JSONResponse:
        try:
            return await handler(request)
        except (ValueError, KeyError, TypeError) as mistake:
            return JSONResponse({"error": str(mistake)}, 400)

    return told


def attached(world: World, content: dict[str, Any]) -> list[tuple[Row, dict[str, Any]]]:
    """The assets of a post, each with what the post says of it."""
    named = [content["media"]] if "media" in content else content.get("multiImage", {}).get("images", [])
    if content.get("article", {}).get("thumbnail"):
        named = [{"id": content["article"]["thumbnail"]}]
    found = [(assets.find(world, one["id"]), one) for one in named]
    return [(row, one) for row, one in found if row is not None]


def _as_json(world: World, row: Row) -> dict[str, Any]:
    author = identity.author_of(world, row["author"])
    content = json.loads(row["content"])
    media = [
        {"id": asset["urn"], "alt_text": said.get("altText"), "title": said.get("title"), "sha256": asset["sha256"]}
        for asset, said in attached(world, content)
    ]
    return {
        "id": posts.urn_of(row),
        "number": row["id"],
        "author": row["author"],
        "username": author.username if author else "",
        "text": row["shown"],
        "commentary": row["commentary"],
        "visibility": row["visibility"],
        "is_reshare_disabled": bool(row["is_reshare_disabled"]),
        "content": content,
        "parent": row["parent"],
        "media": media,
        "comments": [comments.described(row, one) for one in comments.of(world, row["id"])],
        "created_at": row["created_at"],
        "deleted_at": row["deleted_at"],
        "url": posts.permalink(world, row),
    }
