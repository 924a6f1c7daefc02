"""What the refusals of Threads mean beyond Meta's common ones
(https://developers.facebook.com/docs/threads/troubleshooting).

Threads tells some of its refusals by a subcode, others only by words in the message or the title.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from social.platforms import sentences
from social.platforms import sentences_threads as own
from social.platforms.graph_errors import (
    BLOCKED,
    DAY,
    LIMITED,
    NOT_THERE,
    REAUTH,
    Class,
    GraphError,
    GraphErrors,
    Meaning,
)

NAME = "Threads"
NOT_READY = "not_ready"
UNFETCHED = "media_not_fetched"

READY_LATER = Meaning(Class.NOT_YET, NOT_READY, own.not_ready)
NOT_FETCHED = Meaning(Class.REFUSED, UNFETCHED, own.media_not_fetched, sentences.EDIT)
TOO_LONG = Meaning(Class.REFUSED, "too_long", own.too_long_there, sentences.EDIT)
TOO_MANY_LINKS = Meaning(Class.REFUSED, "too_many_links", own.links_refused, sentences.EDIT)
QUOTA = Meaning(Class.LIMIT, "quota", own.quota_used_up)

# Whatever the code is. "The requested resource does not exist" is said of containers and posts that are only too young.
SUBCODES: Mapping[int, Meaning] = {
    4279009: READY_LATER,
    2207027: READY_LATER,
    4279013: Meaning(Class.LIMIT, BLOCKED.code, own.restricted, "", DAY),
    2207051: BLOCKED,
    2207052: NOT_FETCHED,
    2207042: QUOTA,
}
CODES: Mapping[int, Meaning] = {24: READY_LATER, 9: QUOTA, 9004: NOT_FETCHED}
# In the message, or in the title for people.
WORDS: tuple[tuple[str, Meaning], ...] = (
    ("LINK_LIMIT_EXCEEDED", TOO_MANY_LINKS),
    ("at most 500 characters", TOO_LONG),
    ("could not be fetched from this URI", NOT_FETCHED),
    ("Error validating access token", REAUTH),
)
# The 80000s are limits of business use cases.
BUSINESS_LIMITS = range(80_000, 81_000)


@dataclass(frozen=True)
class ThreadsErrors(GraphErrors):
    """Meta's common table, after what is Threads' own."""

    def _meaning(self, error: GraphError | None) -> Meaning:
        if error is None:
            return super()._meaning(error)
        if error.subcode in SUBCODES:
            return SUBCODES[error.subcode]
        common = super()._meaning(error)
        if common.kind == Class.REAUTH:
            return common  # its words say which of them, and more exactly
        found = next((one for words, one in WORDS if words in f"{error.message} {error.user}"), None)
        if found is None and error.code in BUSINESS_LIMITS:
            return LIMITED
        return found or CODES.get(error.code) or common


ERRORS = ThreadsErrors(NAME)
# Of calls that name something else: also Meta's general "does not exist" may then be meant of that.
NAMING = ThreadsErrors(NAME, special={NOT_THERE: READY_LATER})
