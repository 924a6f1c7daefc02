"""Numbers of posts: a page's in one call, a member's one by one
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics,
…/members/post-statistics). Members of self-serve applications have none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from social.contract import GONE, Account, Metrics, NeedsReauth, Refused, metrics_named
from social.platforms import linkedin_api
from social.platforms.linkedin_api import ORGANISATION

AT_ONCE = 20
# LinkedIn's names -> ours.
OF_PAGE = {
    "impressionCount": "impressions",
    "uniqueImpressionsCount": "reach",
    "clickCount": "clicks",
    "likeCount": "reactions",
    "commentCount": "comments",
    "shareCount": "shares",
}
OF_MEMBER = {
    "IMPRESSION": "impressions",
    "MEMBERS_REACHED": "reach",
    "RESHARE": "shares",
    "REACTION": "reactions",
    "COMMENT": "comments",
}
LISTS = {"urn:li:share:": ("shares", "share"), "urn:li:ugcPost:": ("ugcPosts", "ugcPost")}
ENTITIES = {"urn:li:share:": "share", "urn:li:ugcPost:": "ugc"}
ANALYTICS = "r_member_postAnalytics"

GIVEN = metrics_named(OF_PAGE.values())
OF_MEMBERS = metrics_named(OF_MEMBER.values())


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id; a post without any is left out. Of a member's posts LinkedIn does not say whether they are there."""
    if account.remote_id.startswith(ORGANISATION):
        found = dict(_of_page(account, remote_ids))
        # One without any activity is not listed either, so whether it is there has to be asked.
        gone = [one for one in remote_ids if one not in found and _is_gone(account, one)]
        return found | dict.fromkeys(gone, GONE)
    if ANALYTICS in account.traits.get("lacks", ()):
        return {}
    told = ((remote_id, _of_member(account, remote_id)) for remote_id in remote_ids)
    return {remote_id: Metrics(values) for remote_id, values in told if values}


def _is_gone(account: Account, urn: str) -> bool:
    """https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api#get-posts-by-urn"""
    try:
        linkedin_api.repeatable("GET", f"/rest/posts/{linkedin_api.encoded(urn)}", account.access_token)
    except (Refused, NeedsReauth) as error:
        if error.code == "unauthorized":
            raise
        return error.code == "not_found"
    return False


def _of_page(account: Account, remote_ids: Sequence[str]) -> Iterator[tuple[str, Metrics]]:
    entity = linkedin_api.encoded(account.remote_id)
    for prefix, (several, one) in LISTS.items():
        ours = [remote_id for remote_id in remote_ids if remote_id.startswith(prefix)]
        for start in range(0, len(ours), AT_ONCE):
            some = linkedin_api.listed(ours[start : start + AT_ONCE])
            path = (
                "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
                f"&organizationalEntity={entity}&{several}={some}"
            )
            body = linkedin_api.repeatable("GET", path, account.access_token)
            for row in _elements(body):
                values = _numbers(row.get("totalShareStatistics"), OF_PAGE)
                if values and row.get(one) in ours:
                    yield str(row[one]), Metrics(values)


def _of_member(account: Account, remote_id: str) -> dict[str, int]:
    prefix = next((one for one in ENTITIES if remote_id.startswith(one)), "")
    if not prefix:
        return {}
    values = {}
    for name, ours in OF_MEMBER.items():
        entity = f"({ENTITIES[prefix]}:{linkedin_api.encoded(remote_id)})"
        path = f"/rest/memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={name}&aggregation=TOTAL"
        try:
            body = linkedin_api.repeatable("GET", path, account.access_token)
        except (Refused, NeedsReauth) as error:
            if error.code == "unauthorized":
                raise
            return {}
        counts = [row["count"] for row in _elements(body) if isinstance(row.get("count"), int)]
        if counts:
            values[ours] = sum(counts)
    return values


def _numbers(told: Any, names: Mapping[str, str]) -> dict[str, int]:
    rows = told if isinstance(told, dict) else {}
    return {ours: rows[name] for name, ours in names.items() if isinstance(rows.get(name), int)}


def _elements(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    told = body.get("elements")
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
