"""How long somebody stays signed in: 30 days without coming back, and 90 days whatever they do."""

import time
from collections.abc import Callable
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseBase

LONGEST = timedelta(days=90).total_seconds()
NOTED_EVERY = timedelta(days=1).total_seconds()
SEEN = "seen_at"
METHODS = "account_authentication_methods"  # allauth's: how and when one signed in


def is_over(session: SessionBase) -> bool:
    """Whether it began too long ago. A session of which nobody knows when is left to its own expiry."""
    began = [float(method["at"]) for method in session.get(METHODS, []) if "at" in method]
    return bool(began) and min(began) + LONGEST <= time.time()


class SessionAge:
    """Ends what lasted too long; notes once a day that somebody was here, which moves the expiry on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            if is_over(request.session):
                get_adapter(request).logout(request)
            elif time.time() - request.session.get(SEEN, 0) > NOTED_EVERY:
                request.session[SEEN] = int(time.time())
        return self.get_response(request)
