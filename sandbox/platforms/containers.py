"""Containers of Instagram and Threads: made, filled by fetching media, published once, and gone after a day.

https://developers.facebook.com/docs/instagram-platform/reference/ig-container. What may be in one and what is said of
refusals is each platform's own; when it is finished, expired or published is the same everywhere.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from sandbox.calls import Call
from sandbox.platforms import pulls
from sandbox.store import Row
from sandbox.world import World

LIFE_SECONDS = 24 * 3600
IN_PROGRESS, FINISHED, ERROR, EXPIRED, PUBLISHED = "IN_PROGRESS", "FINISHED", "ERROR", "EXPIRED", "PUBLISHED"
SCHEMA = """
-- A post in the making; `details` is JSON of what was said, `children` a JSON list of ids.
create table if not exists meta_container (
    id integer primary key,
    platform text not null,
    owner_id text not null,
    client_id text,
    kind text not null,
    details text not null,
    children text not null default '[]',
    is_child integer not null default 0,
    created_at real not null,
    ready_at real not null,
    failure text,
    published_at real,
    media_type text,
    size integer,
    sha256 text
);
create index if not exists meta_container_owner on meta_container (platform, owner_id, created_at);
"""


async def gather(call: Call, address: str, *, kind: str) -> None:
    """Fetch what a container is to be made of, before anything is decided. Why that failed stands in the call's notes as
    `unfetchable`: some platforms refuse at once, others let the container fail later."""
    try:
        await pulls.bring(call, address, kind=kind)
    except pulls.Unfetchable as error:
        call.notes["unfetchable"] = str(error)


def create(
    call: Call,
    *,
    kind: str,
    details: dict[str, Any],
    seconds: float,
    failure: str = "",
    media_type: str = "",
    children: tuple[int, ...] = (),
    is_child: bool = False,
) -> Row:
    """A new container of the caller, finished in `seconds`; with `failure` it ends in ERROR with these words. Keeps the file
    that was fetched for it."""
    world, now = call.world, call.world.clock.now()
    container_id = world.ids.next()
    values: dict[str, Any] = {
        "id": container_id,
        "platform": call.platform,
        "owner_id": call.account.id,
        "client_id": call.actor.client_id if call.actor else None,
        "kind": kind,
        "details": json.dumps(details),
        "children": json.dumps(list(children)),
        "is_child": int(is_child),
        "created_at": now,
        "ready_at": now + seconds,
        "failure": failure or None,
    }
    if call.upload is not None and call.upload.file is not None:
        kept = blob(world, call.platform, container_id)
        shutil.copyfile(call.upload.file, kept)
        with kept.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        values |= {"media_type": media_type, "size": call.upload.file_size, "sha256": digest}
    world.store.insert("meta_container", values)
    row = find(world, call.platform, str(container_id))
    assert row is not None  # noqa: S101 - inserted in this transaction
    return row


def find(world: World, platform: str, container_id: str) -> Row | None:
    if not container_id.isdigit() or len(container_id) > 19:
        return None
    return world.store.one("select * from meta_container where id = ? and platform = ?", [int(container_id), platform])


def own(call: Call, container_id: str) -> Row | None:
    """The caller's container with this id."""
    row = find(call.world, call.platform, container_id)
    return row if row is not None and row["owner_id"] == call.account.id else None


def status(world: World, row: Row) -> str:
    """By the sandbox's clock. A published one stays published; any other is worthless after a day."""
    now = world.clock.now()
    if row["published_at"] is not None:
        return PUBLISHED
    if now >= row["created_at"] + LIFE_SECONDS:
        return EXPIRED
    if now < row["ready_at"]:
        return IN_PROGRESS
    return ERROR if row["failure"] else FINISHED


def children(world: World, row: Row) -> list[Row]:
    """The containers that a carousel is made of, in order."""
    found = (find(world, row["platform"], str(one)) for one in json.loads(row["children"]))
    return [one for one in found if one is not None]


def details(row: Row) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(row["details"])
    return said


def publish(world: World, row: Row) -> None:
    """From now on it is PUBLISHED; whoever calls has seen that it is FINISHED."""
    world.store.execute("update meta_container set published_at = ? where id = ?", [world.clock.now(), row["id"]])


def made_since(world: World, platform: str, owner_id: str, since: float) -> int:
    """How many containers an account has made, for the limit of a day."""
    sql = "select count(*) from meta_container where platform = ? and owner_id = ? and created_at > ?"
    return int(world.store.scalar(sql, [platform, owner_id, since]))


def blob(world: World, platform: str, container_id: int) -> Path:
    return world.config.media(platform) / f"container-{container_id}"


def clear(world: World, platform: str) -> None:
    world.store.execute("delete from meta_container where platform = ?", [platform])


def highest_id(world: World, platform: str) -> int:
    return int(world.store.scalar("select coalesce(max(id), 0) from meta_container where platform = ?", [platform]))
