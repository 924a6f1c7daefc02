"""Named points at which a test may kill the process. Without PUBLISH_FAILPOINT they do nothing."""

import os
import signal

from django.conf import settings

POINTS = frozenset({"after_claim", "before_send", "after_send"})


def failpoint(name: str) -> None:
    """Die here and now, as by `kill -9`, when PUBLISH_FAILPOINT names this point."""
    if name == settings.PUBLISH_FAILPOINT:
        os.kill(os.getpid(), signal.SIGKILL)
