"""What the errors of an API mean when the call was a deletion: the same family in other words, for every platform alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from social.contract import NotSent, Refused, Unknown
from social.platforms import sentences

OWN_STEPS = frozenset({"cannot_delete", "no_deleting", "number_not_known"})  # they say themselves what to do


@contextmanager
def deleting(name: str) -> Iterator[None]:
    """Around the call. A repeatable call knows no doubt, but a deletion whose answer never came may have worked."""
    try:
        yield
    except NotSent as error:
        told: dict[str, Any] = {
            "http_status": error.http_status,
            "detail": error.detail,
            "next_step": sentences.ASK_AGAIN,
        }
        if error.may_have_arrived or error.http_status is not None:
            raise Unknown(sentences.perhaps_deleted(name), code="no_answer", **told) from None
        raise NotSent(sentences.not_deleted(name), code="not_reached", **told) from None
    except Refused as error:
        if error.code in OWN_STEPS:
            raise
        raise Refused(
            error.sentence,
            code=error.code,
            http_status=error.http_status,
            detail=error.detail,
            next_step=sentences.delete_there(name),
        ) from None


def require_yes(name: str, said: object) -> None:
    """Where a deletion is answered with a yes in words, nothing else counts. Raises Unknown."""
    if said is not True:
        raise Unknown(sentences.perhaps_deleted(name), code="no_answer", next_step=sentences.ASK_AGAIN)
