"""TikTok's part of the control API: what was published, and the switches in the creators' own settings."""

import hashlib
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.platforms.tiktok import identity, tasks
from sandbox.platforms.tiktok.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

SWITCHES = ("is_private", "comment_disabled", "duet_disabled", "stitch_disabled", "max_seconds", "is_banned")


def routes(world: World) -> list[Route]:
    async def list_posts(request: Request) -> JSONResponse:
        """Every task whose bytes are all there, oldest first, whatever became of it; unfinished ones too with ?begun=1."""
        asked = request.query_params
        rows = world.store.all(
            "select p.*, a.username from tt_post p join account a on a.platform = 'tiktok' and a.id = p.account_id"
            " where (? is null or a.username = ?) and (? or p.whole_at is not null) and p.id > ?"
            " and (? or p.is_scenery = 0) and (? or p.deleted_at is null) order by p.id limit ?",
            [
                *(asked.get("username"), asked.get("username"), asked.get("begun") == "1"),
                *(int(asked.get("since_id", "0")), asked.get("foreign") == "1", asked.get("deleted") == "1"),
                int(asked.get("limit", "10000")),
            ],
        )
        return JSONResponse({"posts": [_as_json(world, row) for row in rows]})

    async def delete_post(request: Request) -> JSONResponse:
        """The author removes it in the app."""
        sql = "update tt_post set deleted_at = ? where id = ? and deleted_at is null"
        found = world.store.execute(sql, [world.clock.now(), request.path_params["id"]]).rowcount
        return JSONResponse({"deleted": bool(found)}, 200 if found else 404)

    async def creator(request: Request) -> JSONResponse:
        """{username, is_private?, comment_disabled?, duet_disabled?, stitch_disabled?, max_seconds?, is_banned?}"""
        body = await request.json()
        account = world.accounts.by_username(SLUG, str(body.pop("username", "")))
        if account is None or set(body) - set(SWITCHES):
            return JSONResponse({"error": "No such creator or switch."}, 400)
        identity.creator(world, account.id)
        for name, value in body.items():
            world.store.execute(f"update tt_creator set {name} = ? where account_id = ?", [int(value), account.id])  # noqa: S608
        return JSONResponse(dict(identity.creator(world, account.id)))

    return [
        Route("/posts", list_posts, methods=["GET"]),
        Route("/posts/{id:int}", delete_post, methods=["DELETE"]),
        Route("/creator", creator, methods=["POST"]),
    ]


def _as_json(world: World, row: Row) -> dict[str, Any]:
    status, reason = tasks.standing(world, row)
    photos = [
        {name: one[name] for name in ("url", "media_type", "width", "height", "size", "sha256")}
        for one in tasks.photos(world, row["id"])
    ]
    return {
        "id": str(row["id"]),
        "publish_id": row["publish_id"],
        "account_id": row["account_id"],
        "username": row["username"],
        "client_id": row["client_id"],
        "kind": row["kind"],
        "text": row["description"] or row["title"],
        "title": row["title"],
        "description": row["description"],
        "privacy": row["privacy"],
        "options": json.loads(row["options"]),
        "status": status,
        "fail_reason": reason,
        "is_listed": tasks.is_listed(world, row),
        "size": row["size"],
        "received": row["received"],
        "chunks": row["chunks"],
        "sha256": _sha256(world, row),
        "media": photos,
        "created_at": row["begun_at"],
        "deleted_at": row["deleted_at"],
        "url": f"{world.base_url}/tiktok/@{row['username']}/{row['kind']}/{row['id']}",
    }


def _sha256(world: World, row: Row) -> str:
    path = tasks.blob(world, row["id"])
    if row["whole_at"] is None or not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
