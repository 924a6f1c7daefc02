"""The publishing engine."""

from pathlib import Path

from multivio.settings.core import env
from multivio.settings.files import MEDIA_HOME

PUBLISH_SLOTS = env.int("PUBLISH_SLOTS", 64)
PUBLISH_LEASE_SECONDS = env.int("PUBLISH_LEASE_SECONDS", 60)
PUBLISH_WORKSPACE_CAP = env.int("PUBLISH_WORKSPACE_CAP", 20)
PUBLISH_CALL_TIMEOUT_SECONDS = env.int("PUBLISH_CALL_TIMEOUT_SECONDS", 30)
# Outcomes that the database could not take wait here; on a disk that survives a restart of the process.
PUBLISH_SPOOL = env.str("PUBLISH_SPOOL", str(Path(MEDIA_HOME).parent / "spool"))
PUBLISH_FAILPOINT = env.str("PUBLISH_FAILPOINT", "")
