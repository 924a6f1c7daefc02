"""Numbers: of an organisation's posts, and of a member's
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics)."""

import re
from typing import Any
from urllib.parse import unquote

from sandbox.calls import Call, Reply
from sandbox.growth import between, share_reached
from sandbox.platforms.linkedin import comments, errors, identity, posts
from sandbox.platforms.linkedin.identity import ORGANISATION, PERSON
from sandbox.store import Row
from sandbox.world import World

LIST = re.compile(r"[?&](shares|ugcPosts)=List\(([^()]*)\)")
ENTITY = re.compile(r"[?&]entity=\((share|ugc):([^()]+)\)")
QUERIES = {
    "IMPRESSION": "impressionCount",
    "MEMBERS_REACHED": "uniqueImpressionsCount",
    "RESHARE": "shareCount",
    "REACTION": "likeCount",
    "COMMENT": "commentCount",
}


def of_organisation(call: Call) -> Reply:
    """Posts that nobody has done anything with yet are left out."""
    said = dict(call.query)
    owner = said.get("organizationalEntity", "")
    if said.get("q") != "organizationalEntity" or not owner.startswith(ORGANISATION):
        raise errors.bad_input("/organizationalEntity", "organizationalEntity is required", code="MISSING_FIELD")
    if not identity.has_role(call.world, call.account.id, owner.removeprefix(ORGANISATION)):
        raise errors.denied(identity.resource(call))
    elements = []
    for name, inside in LIST.findall(call.target):
        key = {"shares": "share", "ugcPosts": "ugcPost"}[name]
        for urn in (unquote(one) for one in inside.split(",") if one):
            row = posts.find(call.world, urn)
            numbers = {} if row is None or row["author"] != owner or row["kind"] != key else totals(call.world, row)
            if any(numbers.values()):
                elements.append({key: urn, "organizationalEntity": owner, "totalShareStatistics": numbers})
    return Reply(200, {"elements": elements, "paging": {"start": 0, "count": len(elements), "links": []}})


def of_member(call: Call) -> Reply:
    """One number at a time."""
    said, found = dict(call.query), ENTITY.search(call.target)
    name = QUERIES.get(said.get("queryType", ""))
    if said.get("q") != "entity" or found is None or name is None or said.get("aggregation") != "TOTAL":
        raise errors.bad_input("/entity", "entity, queryType and aggregation are required", code="MISSING_FIELD")
    row = posts.find(call.world, unquote(found[2]))
    if row is None or row["author"] != f"{PERSON}{call.account.id}":
        raise errors.denied(identity.resource(call))
    element = {
        "count": totals(call.world, row)[name],
        "metricType": said["queryType"],
        "targetEntity": {found[1]: unquote(found[2])},
    }
    return Reply(200, {"elements": [element], "paging": {"start": 0, "count": 10, "links": []}})


def totals(world: World, row: Row) -> dict[str, Any]:
    seed = str(row["id"])
    reach = between(f"{seed}/reach", 90, 9000) * share_reached(seed, world.clock.now() - row["created_at"])
    said = len(comments.of(world, row["id"]))
    numbers: dict[str, Any] = {
        "impressionCount": int(reach),
        "uniqueImpressionsCount": int(reach * 0.7),
        "clickCount": int(reach * 0.03),
        "likeCount": int(reach * 0.04),
        "commentCount": said + int(reach * 0.004),
        "shareCount": int(reach * 0.002),
    }
    numbers["engagement"] = 0.0
    if reach:
        did = sum(numbers[name] for name in ("clickCount", "likeCount", "commentCount", "shareCount"))
        numbers["engagement"] = round(did / max(1.0, reach), 4)
    return numbers
