"""Facebook's part of the control API: what was published, who may what, and what Facebook sends to apps by itself."""

import asyncio
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.config import is_loopback
from sandbox.platforms import graph
from sandbox.platforms.facebook import comments, photos, posts, videos
from sandbox.platforms.facebook.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

Handler = Callable[[Request], Awaitable[JSONResponse]]


def routes(world: World) -> list[Route]:
    async def list_posts(request: Request) -> JSONResponse:
        """All posts, oldest first; deleted ones too with ?deleted=1, those of other Pages with ?foreign=1."""
        asked = request.query_params
        rows = world.store.all(
            "select p.*, a.username from fb_post p join account a on a.platform = 'facebook' and a.id = p.page_id"
            " where (? is null or a.username = ?) and (? or p.deleted_at is null) and p.id > ?"
            " and (? or p.dedupe_key <> 'scenery') order by p.id limit ?",
            [
                *(asked.get("username"), asked.get("username"), asked.get("deleted") == "1"),
                *(int(asked.get("since_id", "0")), asked.get("foreign") == "1", int(asked.get("limit", "10000"))),
            ],
        )
        return JSONResponse({"posts": [_as_json(world, row) for row in rows]})

    async def delete_post(request: Request) -> JSONResponse:
        found = posts.remove(world, int(request.path_params["id"]))
        return JSONResponse({"deleted": found}, 200 if found else 404)

    async def roles(request: Request) -> JSONResponse:
        """{person, page, tasks}: usernames; without tasks the role ends."""
        body = await request.json()
        person, page = (world.accounts.by_username(SLUG, body[name]) for name in ("person", "page"))
        if person is None or page is None:
            raise ValueError("No such person or Page.")
        world.store.execute("delete from fb_role where person_id = ? and page_id = ?", [person.id, page.id])
        if body.get("tasks"):
            values = [person.id, page.id, json.dumps(body["tasks"])]
            world.store.execute("insert into fb_role values (?, ?, ?)", values)
        return JSONResponse({"ok": True})

    async def password(request: Request) -> JSONResponse:
        """{person}: a changed password ends all sessions begun before."""
        person = world.accounts.by_username(SLUG, (await request.json())["person"])
        if person is None:
            raise ValueError("No such person.")
        world.store.set_meta(f"fb_password:{person.id}", repr(world.clock.now()))
        return JSONResponse({"ok": True})

    async def unfinished(request: Request) -> JSONResponse:
        """Photos that are in no post, and videos that were never published."""
        stray = world.store.scalar("select count(*) from fb_photo where post_id is null and deleted_at is null")
        begun = world.store.scalar("select count(*) from fb_video where finished_at is null and deleted_at is null")
        return JSONResponse({"photos": stray, "videos": begun})

    return [
        Route("/posts", list_posts, methods=["GET"]),
        Route("/posts/{id:int}", delete_post, methods=["DELETE"]),
        Route("/roles", _told(roles), methods=["POST"]),
        Route("/password", _told(password), methods=["POST"]),
        Route("/unfinished", unfinished, methods=["GET"]),
        Route("/send", _told(_sender(world)), methods=["POST"]),
    ]


def _sender(world: World) -> Handler:
    async def send(request: Request) -> JSONResponse:
        """{kind: webhook, deauthorize or data_deletion; url; person or payload; signature: good, bad or missing}:
        what Facebook posts to an app; answers with what the app said."""
        body = await request.json()
        url = str(body["url"])
        if not is_loopback(urlsplit(url).hostname or ""):
            raise ValueError("Only to this machine.")
        app = world.apps.get(SLUG, body.get("client_id", "sandbox-facebook-client"))
        secret = app.client_secret if app else ""
        sent = _webhook(body, secret) if body["kind"] == "webhook" else _signed(world, body, secret)
        status, answer = await asyncio.to_thread(_post, url, *sent)
        return JSONResponse({"status": status, "body": answer})

    return send


def _webhook(body: dict[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    payload = json.dumps(body.get("payload", {"object": "page", "entry": []})).encode()
    headers = {"Content-Type": "application/json"}
    signature = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    match body.get("signature", "good"):
        case "good":
            headers["X-Hub-Signature-256"] = f"sha256={signature}"
        case "bad":
            headers["X-Hub-Signature-256"] = f"sha256={signature[::-1]}"
    return payload, headers


def _signed(world: World, body: dict[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    person = world.accounts.by_username(SLUG, str(body.get("person", "")))
    payload = {
        "algorithm": body.get("algorithm", "HMAC-SHA256"),
        "issued_at": int(body.get("issued_at", world.clock.wall(world.clock.now()))),
        "user_id": person.id if person else str(body.get("user_id", "")),
    }
    value = graph.signed_request(payload, secret if body.get("signature", "good") == "good" else f"not-{secret}")
    form = {} if body.get("signature") == "missing" else {"signed_request": value}
    return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _post(url: str, content: bytes, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(url, content, headers, method="POST")  # noqa: S310 - loopback only
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def _told(handler: Handler) -> Handler:
    async def told(request: Request) -> JSONResponse:
        try:
            return await handler(request)
        except (ValueError, KeyError, TypeError, OSError) as mistake:
            return JSONResponse({"error": str(mistake)}, 400)

    return told


def _as_json(world: World, row: Row) -> dict[str, Any]:
    attached = [
        {
            "id": str(one["id"]),
            "alt_text": one["alt_text"],
            "sha256": one["sha256"],
            "size": one["size"],
            "media_type": one["media_type"],
        }
        for one in photos.of_post(world, row["id"])
    ]
    video = videos.find(world, str(row["video_id"])) if row["video_id"] else None
    said = world.store.all("select * from fb_comment where post_id = ? and deleted_at is null order by id", [row["id"]])
    return {
        "id": posts.public_id(row),
        "number": row["id"],
        "page_id": row["page_id"],
        "username": row["username"],
        "client_id": row["client_id"],
        "kind": row["kind"],
        "text": row["message"],
        "link": row["link"],
        "media": attached,
        "video": video
        and {
            "id": str(video["id"]),
            "title": video["title"],
            "sha256": video["sha256"],
            "is_ai_generated": bool(video["is_ai_generated"]),
        },
        "comments": [comments.described(world, one) for one in said],
        "created_at": row["created_at"],
        "deleted_at": row["deleted_at"],
        "url": posts.permalink(world, row),
    }
