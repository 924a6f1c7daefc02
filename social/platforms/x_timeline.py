"""Looking for a post whose outcome is not known: on the account's own timeline, by reading only.

https://docs.x.com/x-api/posts/get-posts. The list lags behind, so a post that is not on it is not proven absent.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from twitter_text import extract_urls_with_indices

from social.contract import Account, AttemptRef, Job, Proof, Refused, Settled, Settlement
from social.platforms import x_api, x_poll

SKEW = timedelta(minutes=2)  # between our clock and X's
MOST_PAGES = 5
MOST_RESULTS = 100

Post = Mapping[str, Any]


@dataclass(frozen=True)
class Dialect:
    """X renamed tweets to posts in its 2026 specification: one is asked for by a setting, answers are read in both.

    In the new one the parent of a reply is an expansion, which costs extra and is therefore asked for replies only.
    """

    fields_parameter: str
    note: str
    parent_field: str = ""
    parent_expansion: str = ""

    def query(self, *, of_reply: bool) -> dict[str, str]:
        fields = ["created_at", "text", "entities", "attachments", self.note, *filter(None, [self.parent_field])]
        query = {self.fields_parameter: ",".join(fields)}
        if of_reply and self.parent_expansion:
            query["expansions"] = self.parent_expansion
        return query


OLD = Dialect("tweet.fields", "note_tweet", parent_field="referenced_tweets")
NEW = Dialect("post.fields", "note_post", parent_expansion="referenced_posts")


def settle(job: Job, attempt: AttemptRef, *, permalink: str) -> Settlement:
    """Look for part n of the variant among the account's posts since the attempt began.

    `permalink` is the address of a post with `{id}` in the place of its id. Raises a PlatformError when X is unreadable.
    """
    number = int(attempt.step.removeprefix("commit:"))
    parents = attempt.parents or tuple(proof.remote_id for proof in job.committed)
    parent = parents[-1] if number > 1 and parents else ""
    wanted = canonical_text(job.variant.parts[number - 1].text)
    has_poll = number == 1 and bool(x_poll.answers(job.variant))
    since = attempt.started_at - SKEW
    found = [
        post
        for post in _posts(job.account, since, of_reply=bool(parent))
        if str(post.get("id", "")) not in attempt.taken
        and str(post.get("id", "")) not in parents
        and _created_at(post) >= since
        and _parent(post) == parent
        and _has_poll(post) == has_poll
        and shown_text(post) == wanted
    ]
    if not found:
        return Settlement(Settled.NOT_SEEN, note="not on the timeline")
    if len(found) > 1:
        return Settlement(Settled.SEVERAL, note=f"{len(found)} alike: {', '.join(str(post['id']) for post in found)}")
    remote_id = str(found[0]["id"])
    evidence = {"found": "timeline", "created_at": str(found[0].get("created_at", ""))}
    return Settlement(Settled.FOUND, Proof(remote_id, permalink.format(id=remote_id), evidence))


def _posts(account: Account, since: datetime, *, of_reply: bool) -> Iterator[Post]:
    """The posts since then, newest first; at most 500, since every post read is billed."""
    query = {
        "max_results": str(MOST_RESULTS),
        "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "exclude": "retweets",
    }
    for _ in range(MOST_PAGES):
        body = _read(account, query, of_reply=of_reply)
        data = body.get("data")
        yield from (post for post in (data if isinstance(data, list) else []) if isinstance(post, dict))
        token = (body.get("meta") or {}).get("next_token")
        if not token:
            return
        query["pagination_token"] = str(token)


def _read(account: Account, query: Mapping[str, str], *, of_reply: bool) -> dict[str, Any]:
    """One page, in the dialect of the settings; once more in the other one when X does not know the parameter."""
    first, second = (NEW, OLD) if NEW.fields_parameter == settings.X_FIELDS_PARAMETER else (OLD, NEW)
    path = f"/2/users/{account.remote_id}/tweets"
    try:
        return x_api.repeatable("GET", path, account, query={**query, **first.query(of_reply=of_reply)})
    except Refused as error:
        if error.http_status != 400 or first.fields_parameter not in error.detail:
            raise
    return x_api.repeatable("GET", path, account, query={**query, **second.query(of_reply=of_reply)})


# -- comparing what was sent with what X shows -----------------------------------------------------


def shown_text(post: Post) -> str:
    """The text as it was sent: long text whole, t.co links unwrapped, the media link dropped, entities unescaped."""
    note = post.get("note_tweet") or post.get("note_post") or {}
    source: Mapping[str, Any] = note if note.get("text") else post
    text = _unescape(str(source.get("text", "")))
    has_media = bool((post.get("attachments") or {}).get("media_keys"))
    for url in (source.get("entities") or {}).get("urls") or []:
        short, expanded = str(url.get("url", "")), str(url.get("expanded_url", ""))
        if not short:
            continue
        is_of_media = has_media and text.rstrip().endswith(short) and _leads_to_media(url, expanded)
        text = text.replace(short, "" if is_of_media else expanded or short)
    return canonical_text(text)


def canonical_text(text: str) -> str:
    """One spelling for texts that X shows alike: NFC, white space collapsed, links without scheme and last slash."""
    text = unicodedata.normalize("NFC", text)
    parts, position = [], 0
    for link in extract_urls_with_indices(text):
        start, end = link["indices"]
        parts += [text[position:start], _canonical_url(text[start:end])]
        position = end
    return " ".join("".join([*parts, text[position:]]).split())


def _canonical_url(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    rest = parts._replace(scheme="", netloc="").geturl()
    return f"{parts.netloc.lower()}{rest}".rstrip("/")


def _leads_to_media(url: Mapping[str, Any], expanded: str) -> bool:
    return bool(url.get("media_key")) or expanded.endswith(("/photo/1", "/video/1"))


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _parent(post: Post) -> str:
    """The id of the post that this one replies to; empty for one that is no reply, or when X did not say."""
    references = post.get("referenced_tweets") or post.get("referenced_posts") or []
    return next((str(one.get("id", "")) for one in references if one.get("type") == "replied_to"), "")


def _has_poll(post: Post) -> bool:
    return bool((post.get("attachments") or {}).get("poll_ids"))


def _created_at(post: Post) -> datetime:
    """When X says it was made; the beginning of time for a post that does not say, so that it never matches."""
    try:
        return datetime.fromisoformat(str(post.get("created_at", "")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
