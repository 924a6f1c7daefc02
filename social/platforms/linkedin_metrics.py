"""Numbers of posts: a page's in one call, a member's one by one
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics,
…/members/post-statistics). Members of self-serve applications have none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from social.contract import Account, Metrics, NeedsReauth, Refused
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


def read(account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
    """Numbers by remote id; a post without any, or one that LinkedIn does not know, is left out."""
    if account.remote_id.startswith(ORGANISATION):
        return dict(_of_page(account, remote_ids))
    if ANALYTICS in account.traits.get("lacks", ()):
        return {}
    found = ((remote_id, _of_member(account, remote_id)) for remote_id in remote_ids)
    return {remote_id: Metrics(values) for remote_id, values in found if values}


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
