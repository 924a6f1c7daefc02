"""What Instagram's refusals mean, by their subcodes
(https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from social.contract import NeedsReauth, NotSent, PlatformError, Refused
from social.platforms import sentences
from social.platforms import sentences_instagram as ours
from social.platforms.graph_containers import CONTAINER_GONE, NOT_FOUND, UNFETCHABLE
from social.platforms.graph_errors import CODES, DAY, MEDIA, TROUBLE, Class, GraphError, GraphErrors, Meaning

NAME = "Instagram"
NOT_PROFESSIONAL = "not an Instagram Business"
SUBCODE = re.compile(r"\b2207\d{3}\b")

NOT_FETCHED = Meaning(Class.NOT_YET, UNFETCHABLE, ours.not_fetched)
GONE = Meaning(Class.REFUSED, CONTAINER_GONE, sentences.upload_expired, sentences.EDIT)
PROFESSIONAL = Meaning(Class.REAUTH, "not_professional", ours.not_professional, sentences.RECONNECT)
# They say more than the code does, which is 4, 9, 24 or 100 for several of these.
SUBCODES: Mapping[int, Meaning] = {
    2207001: TROUBLE,
    2207003: NOT_FETCHED,
    2207004: MEDIA,
    2207005: MEDIA,
    2207006: GONE,
    2207008: Meaning(Class.NOT_YET, "not_ready", ours.not_ready),
    2207009: Meaning(Class.REFUSED, "wrong_shape", ours.wrong_picture_shape, sentences.EDIT),
    2207010: Meaning(Class.REFUSED, "too_long", ours.caption_too_long, sentences.EDIT),
    2207020: Meaning(Class.NOT_YET, "upload_expired", sentences.upload_expired),
    2207026: MEDIA,
    2207027: Meaning(Class.NOT_YET, "not_ready", ours.not_ready),
    2207032: TROUBLE,
    2207042: Meaning(Class.LIMIT, "daily_limit", ours.daily_limit, "", timedelta(hours=1)),
    2207050: Meaning(Class.REAUTH, "restricted", ours.restricted, sentences.RECONNECT),
    # Code 4 otherwise is the whole application's limit; this is one account's.
    2207051: Meaning(Class.LIMIT, "blocked", ours.spam_suspected, "", DAY),
    2207052: NOT_FETCHED,
    2207053: TROUBLE,
    2207057: Meaning(Class.REFUSED, "cover_outside", ours.cover_outside, sentences.EDIT),
    2207081: Meaning(Class.REFUSED, "no_trial_reels", ours.no_trial_reels, sentences.EDIT),
    2207085: TROUBLE,
}
# Of these another container may come out well.
PASSING = frozenset({2207001, 2207003, 2207032, 2207052, 2207053, 2207076, 2207077, 2207082})


@dataclass(frozen=True)
class InstagramErrors(GraphErrors):
    """Meta's common table, with Instagram's subcodes before it."""

    def _meaning(self, error: GraphError | None) -> Meaning:
        if error is not None and error.subcode in SUBCODES:
            return SUBCODES[error.subcode]
        if error is not None and NOT_PROFESSIONAL in error.message:
            return PROFESSIONAL
        return super()._meaning(error)


# "The format of the answer is not supported": the action may have been done all the same.
ERRORS = InstagramErrors(NAME, {(20, None): TROUBLE, (-1, None): TROUBLE, (-2, None): TROUBLE, (24, None): CODES[100]})


def of_container(words: str) -> PlatformError:
    """What a container's `status` says when it could not be filled. What nobody knows is tried again."""
    found = SUBCODE.search(words)
    subcode = int(found[0]) if found else 0
    if not subcode or subcode in PASSING:
        return NotSent(
            sentences.upload_failed(NAME), code="not_uploaded", detail=words, next_step=sentences.NOTHING_TO_DO
        )
    meaning = SUBCODES.get(subcode, MEDIA)
    sentence = meaning.sentence(NAME) if meaning.sentence else sentences.media_refused(NAME, _reason(words))
    return Refused(sentence, code=meaning.code, detail=words, next_step=sentences.EDIT)


def not_made(error: Refused) -> PlatformError:
    """Why no container could be made. The path names nothing but the account, so what is not there is our access to it; a
    child that is not there any more is made anew by the next try."""
    details: dict[str, Any] = {"http_status": error.http_status, "detail": error.detail}
    if error.code == CONTAINER_GONE:
        return NotSent(error.sentence, code="upload_expired", next_step=sentences.NOTHING_TO_DO, **details)
    if error.code == NOT_FOUND:
        return NeedsReauth(sentences.ended(NAME), code="needs_reauth", next_step=sentences.RECONNECT, **details)
    return error


def _reason(words: str) -> str:
    return words.partition(": ")[2] or words
