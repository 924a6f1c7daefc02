"""Posts of members and organisations (https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.calls import Call, Reply
from sandbox.ids import SEQUENCE_BITS
from sandbox.platforms.linkedin import assets, errors, identity, little
from sandbox.platforms.linkedin.identity import PERSON
from sandbox.store import Row
from sandbox.world import World

MOST_TEXT = 3000
MOST_ALT = 4086
DUPLICATE_SECONDS = 600
SELECT = "select * from li_post where deleted_at is null"
FIELDS = {
    "author": str,
    "commentary": str,
    "visibility": str,
    "distribution": dict,
    "lifecycleState": str,
    "isReshareDisabledByAuthor": bool,
    "content": dict,
    "reshareContext": dict,
}
REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN")
DURATIONS = {"ONE_DAY": 1, "THREE_DAYS": 3, "SEVEN_DAYS": 7, "FOURTEEN_DAYS": 14}


def create(call: Call) -> Reply:
    body = identity.json_body(call)
    _check_fields(body)
    author, commentary = body["author"], body["commentary"]
    identity.may_act_for(call, author)
    if len(commentary) > MOST_TEXT:
        raise errors.bad_input(
            "/commentary", f"length {len(commentary)} exceeds {MOST_TEXT}", code="FIELD_LENGTH_TOO_LONG"
        )
    content = body.get("content") or {}
    kind = _check_content(call, content, author)
    parent = _parent(call, body)
    if not commentary.strip() and not content and parent is None:
        raise errors.bad_input("/commentary", "A post needs words or content", code="MISSING_FIELD")
    key = hashlib.sha256(json.dumps([commentary.strip(), content, parent], sort_keys=True).encode()).hexdigest()
    _check_duplicate(call, author, key)
    row = insert(
        call.world,
        kind="ugcPost" if kind in ("video", "poll") else "share",
        author=author,
        client_id=call.actor.client_id if call.actor else None,
        commentary=commentary,
        visibility=body["visibility"],
        is_reshare_disabled=int(body.get("isReshareDisabledByAuthor", False)),
        content=json.dumps(content),
        parent=parent,
        dedupe_key=key,
    )
    effect = {"post_id": urn_of(row), "kind": kind, "text_sha256": hashlib.sha256(commentary.encode()).hexdigest()}
    return Reply(201, None, headers={"x-restli-id": urn_of(row), "x-linkedin-id": urn_of(row)}, effect=effect)


def insert(world: World, *, at: float | None = None, **values: Any) -> Row:
    moment = world.clock.now() if at is None else at
    number = fresh_number(world, moment)
    row = {
        **values,
        "id": number,
        "shown": little.shown(values["commentary"]),
        "created_at": moment,
        "visible_at": moment + world.settings["visibility_delay_seconds"],
    }
    world.store.insert("li_post", row)
    found = world.store.one(f"{SELECT} and id = ?", [number])
    assert found is not None  # noqa: S101 - inserted in this transaction
    return found


def fresh_number(world: World, moment: float) -> int:
    """As LinkedIn's: the milliseconds since 1970, and below them bits that tell apart what was made in one of them."""
    return (int(moment * 1000) << SEQUENCE_BITS) + world.ids.next() % (1 << SEQUENCE_BITS)


# -- reading, changing, removing ---------------------------------------------------------------------


def find(world: World, urn: str) -> Row | None:
    number = urn.rpartition(":")[2]
    row = world.store.one(f"{SELECT} and id = ?", [int(number)]) if number.isdigit() and len(number) < 20 else None
    return row if row is not None and urn in (urn_of(row), f"urn:li:activity:{number}") else None


def urn_of(row: Row) -> str:
    return f"urn:li:{row['kind']}:{row['id']}"


def permalink(world: World, row: Row) -> str:
    return f"{world.base_url}/linkedin/feed/update/{urn_of(row)}/"


def read(call: Call) -> Reply:
    row = _readable(call, call.path_params["urn"])
    return Reply(200, described(row))


def of_author(call: Call) -> Reply:
    """Newest first. A post shows up here a little after it was made."""
    said, world = dict(call.query), call.world
    if said.get("q") != "author" or call.headers.get("x-restli-method", "FINDER").upper() != "FINDER":
        raise errors.bad_input("/q", "Only the finder author is known", code="INVALID_FINDER")
    if "author=urn:" in call.target:
        raise errors.problem(400, "ILLEGAL_ARGUMENT", "URNs in the query must be percent-encoded.")
    author = said.get("author", "")
    identity.may_act_for(call, author, member="r_member_social", organisation="r_organization_social")
    start, size = int(said.get("start", "0")), min(int(said.get("count", "10")), 100)
    rows = world.store.all(f"{SELECT} and author = ? and visible_at <= ? order by id desc", [author, world.clock.now()])
    shown = [described(row) for row in rows[start : start + size]]
    return Reply(200, {"elements": shown, "paging": {"start": start, "count": size, "links": [], "total": len(rows)}})


def described(row: Row) -> dict[str, Any]:
    made, changed = int(row["created_at"] * 1000), int((row["edited_at"] or row["created_at"]) * 1000)
    body: dict[str, Any] = {
        "id": urn_of(row),
        "author": row["author"],
        "commentary": little.as_read(row["commentary"]),
        "visibility": row["visibility"],
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": bool(row["is_reshare_disabled"]),
        "createdAt": made,
        "publishedAt": made,
        "lastModifiedAt": changed,
    }
    if row["content"] != "{}":
        body["content"] = json.loads(row["content"])
    if row["parent"]:
        body["reshareContext"] = {"parent": row["parent"], "root": row["parent"]}
    return body


def change(call: Call) -> Reply:
    """POST on a post: a partial update, or what it says in X-RestLi-Method."""
    if call.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
        raise errors.bad_input("/", "X-RestLi-Method must be PARTIAL_UPDATE", code="INVALID_METHOD")
    row = _own(call)
    changes = ((identity.json_body(call).get("patch") or {}).get("$set")) or {}
    unknown = [name for name in changes if name != "commentary"]
    if unknown:
        raise errors.unpermitted(unknown)
    words = str(changes.get("commentary", ""))
    call.world.store.execute(
        "update li_post set commentary = ?, shown = ?, edited_at = ? where id = ?",
        [words, little.shown(words), call.world.clock.now(), row["id"]],
    )
    return Reply(204, None, effect={"edited_post_id": urn_of(row)})


def delete(call: Call) -> Reply:
    """Doing it twice is no mistake."""
    if find(call.world, call.path_params["urn"]) is None:
        return Reply(204, None)
    row = _own(call)
    remove(call.world, row["id"])
    return Reply(204, None, effect={"deleted_post_id": urn_of(row)})


def remove(world: World, number: int) -> bool:
    sql = "update li_post set deleted_at = ? where id = ? and deleted_at is null"
    return bool(world.store.execute(sql, [world.clock.now(), number]).rowcount)


def _own(call: Call) -> Row:
    row = find(call.world, call.path_params["urn"])
    if row is None:
        raise errors.missing(call.path_params["urn"])
    identity.may_act_for(call, row["author"])
    return row


def _readable(call: Call, urn: str) -> Row:
    row = find(call.world, urn)
    if row is None:
        raise errors.missing(urn)
    identity.may_act_for(call, row["author"], member="r_member_social", organisation="r_organization_social")
    return row


# -- what a post may be ------------------------------------------------------------------------------


def _check_fields(body: Mapping[str, Any]) -> None:
    unknown = [name for name in body if name not in FIELDS]
    if unknown:
        raise errors.unpermitted(unknown)
    for name in REQUIRED:
        if name not in body:
            raise errors.bad_input(f"/{name}", f"{name} is required", code="MISSING_FIELD")
    for name, value in body.items():
        if not isinstance(value, FIELDS[name]):
            raise errors.bad_input(f"/{name}", f"{name} has another type")
    if body["visibility"] not in VISIBILITIES:
        raise errors.bad_input("/visibility", f"{body['visibility']} is not a visibility")
    if body["lifecycleState"] != "PUBLISHED":
        raise errors.bad_input("/lifecycleState", "Only PUBLISHED is accepted")
    if body["distribution"].get("feedDistribution") not in ("MAIN_FEED", "NONE"):
        raise errors.bad_input("/distribution/feedDistribution", "feedDistribution is required", code="MISSING_FIELD")
    if not body["author"].startswith(PERSON) and body["visibility"] == "CONNECTIONS":
        raise errors.bad_input("/visibility", "Organizations cannot post to connections")


def _check_content(call: Call, content: Mapping[str, Any], author: str) -> str:
    """The kind; exactly one of the content's forms is given."""
    if len(content) > 1:
        raise errors.bad_input("/content", "Content takes one kind at a time")
    for name, check in (("article", _article), ("media", _media), ("multiImage", _several), ("poll", _poll)):
        if name in content:
            if not isinstance(content[name], dict):
                raise errors.bad_input(f"/content/{name}", f"{name} must be an object")
            return check(call, content[name], author)
    if content:
        raise errors.unpermitted([f"content/{name}" for name in content])
    return "text"


def _only(given: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    unknown = [f"content/{where}/{name}" for name in given if name not in names]
    if unknown:
        raise errors.unpermitted(unknown)


def _article(call: Call, given: Mapping[str, Any], author: str) -> str:
    _only(given, ("source", "title", "description", "thumbnail", "thumbnailAltText"), "article")
    source = urlsplit(str(given.get("source", "")))
    if source.scheme not in ("http", "https") or not source.hostname:
        raise errors.bad_input("/content/article/source", "source must be an address")
    for name, most, is_needed in (("title", 400, True), ("description", 4086, False)):
        words = given.get(name, "")
        if not isinstance(words, str) or len(words) > most or (is_needed and not words.strip()):
            raise errors.bad_input(
                f"/content/article/{name}", f"{name} is missing or too long", code="FIELD_LENGTH_TOO_LONG"
            )
    if "thumbnail" in given:
        assets.usable(call, given["thumbnail"], "image", author, "/content/article/thumbnail")
    return "article"


def _media(call: Call, given: Mapping[str, Any], author: str) -> str:
    _only(given, ("id", "title", "altText"), "media")
    urn = str(given.get("id", ""))
    kind = urn.split(":")[2] if urn.count(":") >= 3 else ""
    if kind not in ("image", "video", "document"):
        raise errors.bad_input("/content/media/id", f"{urn} is not a valid URN", code="INVALID_URN_TYPE")
    assets.usable(call, urn, kind, author, "/content/media/id")
    if kind == "document" and not str(given.get("title", "")).strip():
        raise errors.bad_input("/content/media/title", "title is required", code="MISSING_FIELD")
    _check_alt(given)
    return kind


def _several(call: Call, given: Mapping[str, Any], author: str) -> str:
    _only(given, ("images",), "multiImage")
    images = given.get("images")
    if not isinstance(images, list) or not 2 <= len(images) <= 20:
        raise errors.bad_input("/content/multiImage/images", "2 to 20 images are taken")
    for number, one in enumerate(images):
        _only(one, ("id", "altText"), f"multiImage/images/{number}")
        assets.usable(call, one.get("id"), "image", author, f"/content/multiImage/images/{number}/id")
        _check_alt(one)
    return "multi_image"


def _poll(call: Call, given: Mapping[str, Any], author: str) -> str:
    _only(given, ("question", "options", "settings"), "poll")
    question, options = given.get("question"), given.get("options")
    if not isinstance(question, str) or not 0 < len(question) <= 140:
        raise errors.bad_input("/content/poll/question", "question has 1 to 140 characters")
    texts = [one.get("text") if isinstance(one, dict) else None for one in options] if isinstance(options, list) else []
    if not 2 <= len(texts) <= 4 or not all(isinstance(one, str) and 0 < len(one) <= 30 for one in texts):
        raise errors.bad_input("/content/poll/options", "2 to 4 options of 1 to 30 characters are taken")
    if (given.get("settings") or {}).get("duration") not in DURATIONS:
        raise errors.bad_input("/content/poll/settings/duration", "duration is not known")
    return "poll"


def _check_alt(given: Mapping[str, Any]) -> None:
    if len(str(given.get("altText", ""))) > MOST_ALT:
        raise errors.bad_input("/content/altText", f"longer than {MOST_ALT}", code="FIELD_LENGTH_TOO_LONG")


def _parent(call: Call, body: Mapping[str, Any]) -> str | None:
    if "reshareContext" not in body:
        return None
    parent = str(body["reshareContext"].get("parent", ""))
    row = find(call.world, parent)
    if row is None or body.get("content"):
        raise errors.bad_input("/reshareContext/parent", f"{parent} cannot be reshared", code="INVALID_URN_ID")
    if row["is_reshare_disabled"]:
        raise errors.bad_input(
            "/reshareContext/parent", "Its author does not let it be reshared", code="RESHARE_DISABLED"
        )
    return parent


def _check_duplicate(call: Call, author: str, key: str) -> None:
    world = call.world
    if not world.settings["duplicate_filter"]:
        return
    # Deleted ones count as well: the filter remembers what was said, not what is there.
    row = world.store.one(
        "select * from li_post where author = ? and dedupe_key = ? and created_at > ? order by id desc limit 1",
        [author, key, world.clock.now() - DUPLICATE_SECONDS],
    )
    if row is not None:
        is_ghost = world.settings["linkedin_ghost_duplicates"]
        raise errors.duplicate(f"urn:li:share:{fresh_number(world, world.clock.now())}" if is_ghost else urn_of(row))
