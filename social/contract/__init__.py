"""What the rest of the product and a platform say to each other: frozen values, one error family, one small base class.

A platform never writes rows. It is given a `Variant`, an `Account` and whatever earlier steps left behind, and it answers
with a value or raises one of the errors below. Everything else (leases, retries, journal, states) is the engine's.
"""

from social.contract.capabilities import (
    Capabilities,
    MediaRule,
    Need,
    Option,
    OptionKind,
    TextRule,
)
from social.contract.errors import (
    AppBlocked,
    NeedsReauth,
    NotSent,
    PlatformError,
    Processing,
    RateLimited,
    Refused,
    Unknown,
)
from social.contract.numbers import (
    GONE,
    Metric,
    Metrics,
    metrics_named,
)
from social.contract.platform import (
    LOOPBACK,
    Platform,
)
from social.contract.steps import (
    Job,
    MediaAddresser,
    MediaOpener,
    Stash,
    Step,
    StepKind,
)
from social.contract.values import (
    Account,
    AttemptRef,
    MediaKind,
    Part,
    Profile,
    Proof,
    Settled,
    Settlement,
    Tokens,
    Variant,
    VariantMedia,
)

__all__ = [
    "GONE",
    "LOOPBACK",
    "Account",
    "AppBlocked",
    "AttemptRef",
    "Capabilities",
    "Job",
    "MediaAddresser",
    "MediaKind",
    "MediaOpener",
    "MediaRule",
    "Metric",
    "Metrics",
    "Need",
    "NeedsReauth",
    "NotSent",
    "Option",
    "OptionKind",
    "Part",
    "Platform",
    "PlatformError",
    "Processing",
    "Profile",
    "Proof",
    "RateLimited",
    "Refused",
    "Settled",
    "Settlement",
    "Stash",
    "Step",
    "StepKind",
    "TextRule",
    "Tokens",
    "Unknown",
    "Variant",
    "VariantMedia",
    "metrics_named",
]
