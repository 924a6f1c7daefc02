"""Plans and payment: Stripe."""

from multivio.settings.core import SANDBOX, SANDBOX_URL, env

# Without a key nothing is sold: every workspace may do everything, and the pages say so. STRIPE_SANDBOX=0 does that on the sandbox.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_ON_SANDBOX = SANDBOX and not STRIPE_SECRET_KEY and env.bool("STRIPE_SANDBOX", True)
if STRIPE_ON_SANDBOX:
    STRIPE_SECRET_KEY = "sk_test_sandbox"  # noqa: S105 - the sandbox takes any
BILLING_ENABLED = bool(STRIPE_SECRET_KEY)
STRIPE_API_URL = env.str("STRIPE_API_URL", f"{SANDBOX_URL}/stripe/api" if STRIPE_ON_SANDBOX else "").rstrip("/")
STRIPE_WEB_URL = SANDBOX_URL if STRIPE_ON_SANDBOX else "https://*.stripe.com"  # where its pages live
# Several while a secret is being replaced. Without one every webhook is refused.
STRIPE_WEBHOOK_SECRETS = env.list(
    "STRIPE_WEBHOOK_SECRET", default=["whsec_sandbox_known_to_everybody"] if STRIPE_ON_SANDBOX else []
)
# Of the destination for thin events, by which Stripe says what is wrong with the meter.
STRIPE_THIN_WEBHOOK_SECRETS = env.list(
    "STRIPE_THIN_WEBHOOK_SECRET", default=["whsec_sandbox_thin_known_to_everybody"] if STRIPE_ON_SANDBOX else []
)
STRIPE_TIMEOUT_SECONDS = env.int("STRIPE_TIMEOUT_SECONDS", 20)
STRIPE_TAX = env.bool("STRIPE_TAX", False)  # Stripe Tax computes it; it has to be set up there first
BILLING_PRICES_INCLUDE_TAX = env.bool("BILLING_PRICES_INCLUDE_TAX", False)  # else it comes on top
STRIPE_TRIAL_DAYS = env.int("STRIPE_TRIAL_DAYS", 14)  # of a workspace's first subscription; 0: none
BILLING_CURRENCY = env.str("BILLING_CURRENCY", "eur").lower()
BILLING_GRACE_DAYS = env.int("BILLING_GRACE_DAYS", 7)  # after a payment failed, before posts are held
BILLING_CHOICE_DAYS = env.int(
    "BILLING_CHOICE_DAYS", 3
)  # to choose which accounts stay on a smaller plan, before some rest
