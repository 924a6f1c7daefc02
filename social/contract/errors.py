"""One family of errors: what happens next depends on the class alone."""

from datetime import datetime
from typing import Any


class PlatformError(Exception):
    """Base. `sentence` is for people, `detail` (no secrets) for the attempt log."""

    def __init__(
        self, sentence: str, *, code: str = "", http_status: int | None = None, detail: str = "", next_step: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or type(self).__name__.lower()
        self.http_status = http_status
        self.detail = detail
        self.next_step = next_step


class NotSent(PlatformError):
    """Nothing public can have come of it: connection refused, a repeatable step failed. Try again later.

    `may_have_arrived`: the request itself may have got there, which matters only where it changes something (a deletion).
    """

    def __init__(self, sentence: str, *, may_have_arrived: bool = False, **details: Any) -> None:
        super().__init__(sentence, **details)
        self.may_have_arrived = may_have_arrived


class RateLimited(PlatformError):
    """Not accepted; wait until `until`. Blocks this connection only, and is not an attempt."""

    def __init__(self, sentence: str, *, until: datetime, **details: Any) -> None:
        super().__init__(sentence, **details)
        self.until = until


class NeedsReauth(PlatformError):
    """The grant is dead. The connection pauses, its posts are held, a person reconnects."""


class Refused(PlatformError):
    """The platform said a definite no to this content. Nothing is public."""


class Unknown(PlatformError):
    """It may or may not be public. Never sent again on a guess."""


class Processing(Unknown):
    """It was taken, but is not public yet and may still turn out unusable: looked up as every unknown outcome is."""


class AppBlocked(PlatformError):
    """Our application is blocked (credits, quota, version), not the user's account: pauses the platform."""

    def __init__(self, sentence: str, *, until: datetime, **details: Any) -> None:
        super().__init__(sentence, **details)
        self.until = until
