"""X's part of the control API: what was published, as an outsider may count it."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.platforms.x import media, posts, views
from sandbox.store import Row
from sandbox.world import World


def routes(world: World) -> list[Route]:
    async def list_posts(request: Request) -> JSONResponse:
        """All posts, oldest first; deleted ones too with ?deleted=1."""
        asked = request.query_params
        rows = world.store.all(
            "select p.*, a.username from x_post p join account a on a.platform = 'x' and a.id = p.account_id"
            " where (? is null or a.username = ?) and (? or p.deleted_at is null) and p.id > ?"
            " and (? or not a.is_foreign) order by p.id limit ?",
            [
                *(asked.get("username"), asked.get("username"), asked.get("deleted") == "1"),
                *(int(asked.get("since_id", "0")), asked.get("foreign") == "1", int(asked.get("limit", "10000"))),
            ],
        )
        return JSONResponse({"posts": [_as_json(world, row) for row in rows]})

    async def delete_post(request: Request) -> JSONResponse:
        """The author removes the post by hand."""
        found = posts.remove(world, int(request.path_params["id"]))
        return JSONResponse({"deleted": found}, 200 if found else 404)

    return [
        Route("/posts", list_posts, methods=["GET"]),
        Route("/posts/{id:int}", delete_post, methods=["DELETE"]),
    ]


def _as_json(world: World, row: Row) -> dict[str, Any]:
    attached = [
        {
            "id": str(one["id"]),
            "media_key": media.media_key(one),
            "media_type": one["media_type"],
            "alt_text": one["alt_text"],
            "sha256": one["sha256"],
            "size": one["size"],
            "url": media.url(world, one),
        }
        for one in views.attached(world, row["id"])
    ]
    return {
        "id": str(row["id"]),
        "account_id": row["account_id"],
        "username": row["username"],
        "client_id": row["client_id"],
        "text": row["text"],
        "media": attached,
        "in_reply_to": None if row["reply_to"] is None else str(row["reply_to"]),
        "conversation_id": str(row["conversation_id"]),
        "replaced_by": None if row["replaced_by"] is None else str(row["replaced_by"]),
        "options": json.loads(row["options"]),
        "created_at": row["created_at"],
        "deleted_at": row["deleted_at"],
        "url": f"{world.base_url}/x/{row['username']}/status/{row['id']}",
    }
