"""Whose access it is, and the pages (organisations) for which that person may post.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from social.contract import NotSent, Profile, Tokens
from social.platforms import linkedin_api, sentences
from social.platforms.linkedin_api import ORGANISATION, PERSON
from social.platforms.sentences_linkedin import NAME

POSTING = frozenset(
    {"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"},
)
PAGE = 100
MOST_PAGES = 10
AT_ONCE = 50
MEMBER, PAGE_KIND = "profile", "page"
# What each kind of account may lack without being of no use, and the scopes that open it.
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    MEMBER: ("w_member_social_feed", "r_member_postAnalytics"),
    PAGE_KIND: ("w_organization_social_feed", "r_organization_social_feed"),
}


def profiles(tokens: Tokens) -> list[Profile]:
    """The member first, then the pages on which they may post, as far as the permissions reach."""
    token, scopes = tokens.access_token, tokens.scopes
    member = _member(token, scopes)
    found = [member]
    if all(scope in scopes for scope in linkedin_api.FOR_PAGES):
        found += list(_pages(token, scopes, owner=member.remote_id))
    return found


def _member(token: str, scopes: Sequence[str]) -> Profile:
    """With OpenID Connect an address of its own, without it the profile of the Community Management product."""
    if "openid" in scopes:
        body = linkedin_api.repeatable("GET", "/v2/userinfo", token)
        number, name, vanity = body.get("sub"), body.get("name"), ""
    else:
        body = linkedin_api.repeatable("GET", "/v2/me", token)
        number, vanity = body.get("id"), str(body.get("vanityName") or "")
        name = f"{body.get('localizedFirstName', '')} {body.get('localizedLastName', '')}".strip()
    if not number:
        raise NotSent(sentences.trouble(NAME), code="platform_trouble", detail="answer without the member's id")
    urn = f"{PERSON}{number}"
    return Profile(
        remote_id=urn,
        username=vanity,
        name=str(name or ""),
        avatar_url=str(body.get("picture") or ""),
        kind=MEMBER,
        traits=_traits(MEMBER, scopes),
        owner_id=urn,
    )


def _pages(token: str, scopes: Sequence[str], *, owner: str) -> Iterator[Profile]:
    numbers = list(dict.fromkeys(_with_role(token)))
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        body = linkedin_api.repeatable("GET", f"/rest/organizationsLookup?ids={linkedin_api.listed(some)}", token)
        results = body.get("results")
        known: Mapping[str, Any] = results if isinstance(results, dict) else {}
        for number in some:
            told = known.get(number)
            about = told if isinstance(told, dict) else {}
            yield Profile(
                remote_id=f"{ORGANISATION}{number}",
                username=str(about.get("vanityName") or number),
                name=str(about.get("localizedName") or number),
                kind=PAGE_KIND,
                traits=_traits(PAGE_KIND, scopes),
                owner_id=owner,
            )


def _with_role(token: str) -> Iterator[str]:
    """Numbers of the organisations in which the member has a role that may post."""
    for page in range(MOST_PAGES):
        path = f"/rest/organizationAcls?q=roleAssignee&state=APPROVED&start={page * PAGE}&count={PAGE}"
        body = linkedin_api.repeatable("GET", path, token)
        rows = body.get("elements")
        for row in rows if isinstance(rows, list) else []:
            urn = str(row.get("organization") or row.get("organizationTarget") or "") if isinstance(row, dict) else ""
            if urn.startswith(ORGANISATION) and row.get("role") in POSTING:
                yield urn.removeprefix(ORGANISATION)
        if not _has_more(body):
            return


def _has_more(body: Mapping[str, Any]) -> bool:
    paging = body.get("paging")
    links = paging.get("links") if isinstance(paging, dict) else None
    return any(isinstance(one, dict) and one.get("rel") == "next" for one in links or ())


def _traits(kind: str, scopes: Sequence[str]) -> dict[str, Any]:
    return {"kind": kind, "lacks": [scope for scope in OPTIONAL[kind] if scope not in scopes]}
