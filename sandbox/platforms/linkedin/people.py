"""Who somebody is, and which organisations they look after
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations)."""

import re
from typing import Any
from urllib.parse import unquote

from sandbox.accounts import Account
from sandbox.calls import Call, Reply
from sandbox.platforms.linkedin import errors, identity
from sandbox.platforms.linkedin.identity import ORGANISATION, PERSON, SLUG

LIST = re.compile(r"[?&]ids=List\(([^()]*)\)")
PAGE = 100


def userinfo(call: Call) -> Reply:
    """https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2"""
    person = call.account
    first, _, last = person.name.partition(" ")
    body: dict[str, Any] = {"sub": person.id, "name": person.name, "given_name": first, "family_name": last}
    body |= {"picture": _picture(call, person), "locale": {"country": "DK", "language": "en"}}
    if call.actor is not None and "email" in call.actor.scopes:
        body |= {"email": f"{person.username}@example.org", "email_verified": True}
    return Reply(200, body)


def me(call: Call) -> Reply:
    """https://learn.microsoft.com/en-us/linkedin/shared/integrations/people/profile-api"""
    person = call.account
    first, _, last = person.name.partition(" ")
    return Reply(
        200,
        {
            "id": person.id,
            "localizedFirstName": first,
            "localizedLastName": last,
            "vanityName": person.username,
            "localizedHeadline": "In the sandbox",
            "profilePicture": {"displayImage": "urn:li:digitalmediaAsset:C4D00AAAAbBCDEFGhiJ"},
        },
    )


def acls(call: Call) -> Reply:
    """Roles of the caller in organisations, page after page."""
    said = dict(call.query)
    if said.get("q") != "roleAssignee":
        raise errors.bad_input("/q", "Only the finder roleAssignee is known", code="INVALID_FINDER")
    rows = [
        row
        for row in identity.roles(call.world, call.account.id)
        if said.get("role") in (None, row["role"]) and said.get("state") in (None, row["state"])
    ]
    start, size = _number(said, "start", 0), min(_number(said, "count", 10), call.world.settings["linkedin_page_size"])
    key = call.world.settings["linkedin_acl_key"]
    elements = [
        {
            "role": row["role"],
            "state": row["state"],
            key: f"{ORGANISATION}{row['org_id']}",
            "roleAssignee": f"{PERSON}{row['person_id']}",
        }
        for row in rows[start : start + size]
    ]
    paging: dict[str, Any] = {"start": start, "count": size, "total": len(rows), "links": []}
    if start + size < len(rows):
        paging["links"] = [
            {"rel": "next", "type": "application/json", "href": f"/rest/organizationAcls?start={start + size}"}
        ]
    return Reply(200, {"elements": elements, "paging": paging})


def lookup(call: Call) -> Reply:
    """Several organisations at once: `ids=List(1,2)`, with the brackets as they are."""
    found = LIST.search(call.target)
    if found is None:
        raise errors.bad_input("/ids", "ids must be a List(…)", code="PARAM_INVALID")
    ids = [unquote(one) for one in found[1].split(",") if one]
    results, statuses = {}, {}
    for one in ids:
        account = identity.author_of(call.world, f"{ORGANISATION}{one}")
        statuses[one] = 200 if account else 404
        if account is not None:
            results[one] = _organisation(call, account)
    return Reply(200, {"results": results, "statuses": statuses, "errors": {}})


def organisation(call: Call) -> Reply:
    account = identity.author_of(call.world, f"{ORGANISATION}{call.path_params['id']}")
    if account is None or not identity.has_role(call.world, call.account.id, account.id):
        raise errors.missing(f"organization {call.path_params['id']}")
    return Reply(200, _organisation(call, account))


def _organisation(call: Call, account: Account) -> dict[str, Any]:
    return {
        "id": int(account.id),
        "localizedName": account.name,
        "vanityName": account.username,
        "localizedWebsite": f"https://{account.username}.example.org",
        "logoV2": {
            "original": f"urn:li:digitalmediaAsset:{account.id}",
            "cropped": f"urn:li:digitalmediaAsset:{account.id}",
        },
        "primaryOrganizationType": "NONE",
    }


def _picture(call: Call, account: Account) -> str:
    return f"{call.world.base_url}/avatars/{SLUG}/{account.username}.png"


def _number(said: dict[str, str], name: str, default: int) -> int:
    value = said.get(name, str(default))
    if not value.isdigit():
        raise errors.bad_input(f"/{name}", f"{name} must be a number", code="PARAM_INVALID")
    return int(value)
