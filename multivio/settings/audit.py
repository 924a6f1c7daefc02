"""The audit trail and visits of support."""

from pathlib import Path

from multivio.settings.core import SECRET_KEY, env
from multivio.settings.files import MEDIA_HOME

# The chain is keyed: the first key seals, all of them verify. How much of an address the trail keeps: full, network
# or none. After how many days entries go (0: never). Where the ends of the chains are noted outside the database.
AUDIT_KEYS = env.list("AUDIT_KEYS", default=[SECRET_KEY])
AUDIT_ADDRESSES = env.str("AUDIT_ADDRESSES", "full")
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", 730)
AUDIT_ANCHORS = env.str("AUDIT_ANCHORS", str(Path(MEDIA_HOME).parent / "anchors"))
SUPPORT_VISIT_MINUTES = env.int("SUPPORT_VISIT_MINUTES", 60)
