"""Threads' part of the control API: what was published, and what Threads sends to apps by itself."""

import asyncio
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.config import is_loopback
from sandbox.platforms import containers, graph
from sandbox.platforms.threads import posts
from sandbox.platforms.threads.identity import SLUG
from sandbox.store import Row
from sandbox.world import World


def routes(world: World) -> list[Route]:
    async def list_posts(request: Request) -> JSONResponse:
        """All threads and replies, oldest first; deleted ones too with ?deleted=1, scenery with ?foreign=1."""
        asked = request.query_params
        rows = world.store.all(
            "select p.*, a.username from th_post p join account a on a.platform = 'threads' and a.id = p.account_id"
            " where (? is null or a.username = ?) and (? or p.deleted_at is null) and p.id > ?"
            " and (? or not p.is_scenery) order by p.id limit ?",
            [
                *(asked.get("username"), asked.get("username"), asked.get("deleted") == "1"),
                *(int(asked.get("since_id", "0")), asked.get("foreign") == "1", int(asked.get("limit", "10000"))),
            ],
        )
        return JSONResponse({"posts": [_as_json(world, row) for row in rows]})

    async def delete_post(request: Request) -> JSONResponse:
        found = posts.remove(world, int(request.path_params["id"]))
        return JSONResponse({"deleted": found}, 200 if found else 404)

    async def unfinished(request: Request) -> JSONResponse:
        """Containers that were never published, without the pieces of carousels."""
        sql = "select count(*) from meta_container where platform = ? and not is_child and published_at is null"
        return JSONResponse({"containers": world.store.scalar(sql, [SLUG])})

    async def send(request: Request) -> JSONResponse:
        """{kind: webhook, uninstall or data_deletion; url; person or user_id or payload; signature: good, bad or missing}:
        what Threads posts to an app; answers with what the app said."""
        try:
            return await _send(world, await request.json())
        except (ValueError, KeyError, TypeError, OSError) as mistake:
            return JSONResponse({"error": str(mistake)}, 400)

    return [
        Route("/posts", list_posts, methods=["GET"]),
        Route("/posts/{id:int}", delete_post, methods=["DELETE"]),
        Route("/unfinished", unfinished, methods=["GET"]),
        Route("/send", send, methods=["POST"]),
    ]


async def _send(world: World, body: dict[str, Any]) -> JSONResponse:
    url = str(body["url"])
    if not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("Only to this machine.")
    app = world.apps.get(SLUG, body.get("client_id", "sandbox-threads-client"))
    secret = app.client_secret if app else ""
    sent = _webhook(world, body, secret) if body["kind"] == "webhook" else _signed(world, body, secret)
    status, answer = await asyncio.to_thread(_post, url, *sent)
    return JSONResponse({"status": status, "body": answer})


def _webhook(world: World, body: dict[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    """https://developers.facebook.com/docs/threads/webhooks: another form than Facebook's. Without a payload it tells that
    `post` was published."""
    payload = body.get("payload") or _published(world, str(body.get("post", "")))
    content = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json"}
    signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    match body.get("signature", "good"):
        case "good":
            headers["X-Hub-Signature-256"] = f"sha256={signature}"
        case "bad":
            headers["X-Hub-Signature-256"] = f"sha256={signature[::-1]}"
    return content, headers


def _published(world: World, post_id: str) -> dict[str, Any]:
    row = posts.find(world, post_id)
    if row is None:
        raise ValueError("There is no such post.")
    shown = posts.described(world, row)
    value = {name: shown[name] for name in ("id", "permalink", "username", "timestamp", "media_type", "shortcode")}
    return {
        "app_id": row["client_id"],
        "topic": "interaction",
        "target_id": row["account_id"],
        "time": int(world.clock.wall(row["created_at"])),
        "subscription_id": "1",
        "has_uid_field": False,
        "values": {"value": value, "field": "publish"},
    }


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


def _as_json(world: World, row: Row) -> dict[str, Any]:
    said = json.loads(row["details"])
    pieces = [
        {
            "id": str(one["id"]),
            "kind": one["kind"],
            "alt_text": containers.details(one)["alt_text"],
            "sha256": one["sha256"],
            "size": one["size"],
        }
        for one in posts.children_of(world, row)
    ]
    return {
        "id": str(row["id"]),
        "username": row["username"],
        "client_id": row["client_id"],
        "kind": row["kind"],
        "text": row["text"],
        "media": pieces,
        "link": said.get("link", ""),
        "topic": said.get("topic", ""),
        "reply_control": said.get("reply_control", "everyone"),
        "poll": said.get("poll", []),
        "quote": said.get("quote", ""),
        "reply_to": str(row["reply_to"]) if row["reply_to"] else None,
        "root": str(row["root_id"]),
        "container": str(row["container_id"] or ""),
        "created_at": row["created_at"],
        "deleted_at": row["deleted_at"],
        "url": posts.permalink(world, row),
    }
