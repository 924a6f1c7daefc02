"""YouTube's part of the control API: which videos there are, and what the project has used of its quota."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.platforms.youtube import extras, quota, videos
from sandbox.store import Row
from sandbox.world import World


def routes(world: World) -> list[Route]:
    async def list_posts(request: Request) -> JSONResponse:
        """What people can see, oldest first. Private ones too with ?private=1, deleted ones with ?deleted=1, those of
        others with ?foreign=1."""
        asked = request.query_params
        rows = world.store.all(
            "select v.*, a.username from yt_video v join account a on a.platform = 'youtube' and a.id = v.account_id"
            " where (? is null or a.username = ?) and (? or v.deleted_at is null) and v.number > ?"
            " and (? or not v.is_scenery) order by v.number limit ?",
            [
                *(asked.get("username"), asked.get("username"), asked.get("deleted") == "1"),
                *(int(asked.get("since_id", "0")), asked.get("foreign") == "1", int(asked.get("limit", "10000"))),
            ],
        )
        shown = [_as_json(world, row) for row in rows]
        is_all = asked.get("private") == "1"
        return JSONResponse({"posts": [one for one in shown if is_all or one["privacy"] != "private"]})

    async def delete_post(request: Request) -> JSONResponse:
        is_found = videos.delete(world, request.path_params["id"])
        return JSONResponse({"deleted": is_found}, 200 if is_found else 404)

    async def used(request: Request) -> JSONResponse:
        rows = world.store.all("select * from yt_quota where day = ?", [quota.today(world)])
        return JSONResponse({"day": quota.today(world), "used": {row["bucket"]: row["used"] for row in rows}})

    async def sessions(request: Request) -> JSONResponse:
        rows = world.store.all("select * from yt_session order by created_at")
        shown = [{"id": row["id"], "received": row["received"], "video_id": row["video_id"]} for row in rows]
        return JSONResponse({"sessions": shown})

    async def lose_sessions(request: Request) -> JSONResponse:
        """As if YouTube had forgotten them; videos that came of them stay."""
        world.store.execute("delete from yt_session")
        return JSONResponse({"ok": True})

    return [
        Route("/posts", list_posts, methods=["GET"]),
        Route("/posts/{id}", delete_post, methods=["DELETE"]),
        Route("/quota", used, methods=["GET"]),
        Route("/sessions", sessions, methods=["GET"]),
        Route("/sessions", lose_sessions, methods=["DELETE"]),
    ]


def _as_json(world: World, row: Row) -> dict[str, Any]:
    values = json.loads(row["fields"])
    playlists = world.store.all("select playlist_id from yt_playlist_item where video_id = ?", [row["id"]])
    said = extras.of_video(world, row["id"], world.clock.now())
    return {
        "id": row["id"],
        "number": row["number"],
        "username": row["username"],
        "channel_id": row["account_id"],
        "client_id": row["client_id"],
        "text": values["description"],
        **{name: values[name] for name in ("title", "tags", "category_id", "made_for_kids", "synthetic")},
        **{name: values[name] for name in ("embeddable", "license")},
        "privacy": videos.privacy_of(world, row),
        "status": videos.upload_status(world, row),
        "notify": bool(row["notify"]),
        "is_short": videos.is_short(row),
        "size": row["size"],
        "sha256": row["sha256"],
        "thumbnail": row["thumbnail"],
        "playlists": [one["playlist_id"] for one in playlists],
        "comments": [
            {"id": one["id"], "text": one["words"], "channel_id": one["account_id"]} for one in reversed(said)
        ],
        "created_at": row["uploaded_at"],
        "public_at": row["public_at"],
        "deleted_at": row["deleted_at"],
        "url": f"{world.base_url}{videos.path_of(row)}",
    }
