"""Instagram's part of the control API: what was published, and what is in the making."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.platforms import containers
from sandbox.platforms.instagram import comments, posts, rupload
from sandbox.platforms.instagram.identity import SLUG
from sandbox.store import Row
from sandbox.world import World


def routes(world: World) -> list[Route]:
    async def list_posts(request: Request) -> JSONResponse:
        """All posts, oldest first; deleted ones too with ?deleted=1."""
        asked = request.query_params
        rows = world.store.all(
            "select p.*, a.username from ig_media p join account a on a.platform = 'instagram' and a.id = p.owner_id"
            " where (? is null or a.username = ?) and (? or p.deleted_at is null) and p.id > ? order by p.id limit ?",
            [
                *(asked.get("username"), asked.get("username"), asked.get("deleted") == "1"),
                *(int(asked.get("since_id", "0")), int(asked.get("limit", "10000"))),
            ],
        )
        return JSONResponse({"posts": [_as_json(world, row) for row in rows]})

    async def delete_post(request: Request) -> JSONResponse:
        sql = "update ig_media set deleted_at = ? where id = ? and deleted_at is null"
        found = bool(world.store.execute(sql, [world.clock.now(), int(request.path_params["id"])]).rowcount)
        return JSONResponse({"deleted": found}, 200 if found else 404)

    async def list_containers(_request: Request) -> JSONResponse:
        """Every container with its status, oldest first."""
        rows = world.store.all("select * from meta_container where platform = ? order by id", [SLUG])
        found = [
            {
                "id": str(row["id"]),
                "kind": row["kind"],
                "status": containers.status(world, row),
                "details": containers.details(row),
                "media_type": row["media_type"],
                "received": (rupload.find(world, row["id"]) or {"received": 0})["received"],
            }
            for row in rows
        ]
        return JSONResponse({"containers": found})

    return [
        Route("/posts", list_posts, methods=["GET"]),
        Route("/posts/{id:int}", delete_post, methods=["DELETE"]),
        Route("/containers", list_containers, methods=["GET"]),
    ]


def items(world: World, row: Row) -> list[Row]:
    """The containers whose files a post shows."""
    container = containers.find(world, SLUG, str(row["container_id"]))
    if container is None:
        return []
    return containers.children(world, container) or [container]


def _as_json(world: World, row: Row) -> dict[str, Any]:
    shown = [
        {
            "media_type": one["media_type"],
            "sha256": one["sha256"],
            "size": one["size"],
            "alt_text": containers.details(one).get("alt_text"),
        }
        for one in items(world, row)
    ]
    said = world.store.all(
        "select * from ig_comment where media_id = ? and deleted_at is null order by id", [row["id"]]
    )
    return {
        "id": str(row["id"]),
        "owner_id": row["owner_id"],
        "username": row["username"],
        "client_id": row["client_id"],
        "container_id": str(row["container_id"]),
        "kind": row["kind"],
        "text": row["caption"],
        "details": json.loads(row["details"]),
        "media": shown,
        "comments": [comments.described(world, one) for one in said],
        "created_at": row["created_at"],
        "deleted_at": row["deleted_at"],
        "url": posts.permalink(world, row),
    }
