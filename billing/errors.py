"""What billing refuses, in sentences for people."""

from multivio.errors import Conflict, DomainError, NotInPlan


class LimitReached(NotInPlan):
    """The plan does not allow more of this. `extra` has the numbers and the way out."""

    code = "limit_reached"


class PaymentNeeded(NotInPlan):
    """Nothing new goes out until the plan is paid."""

    code = "payment_needed"


class CardDeclined(DomainError):
    status = 402
    code = "card_declined"


class StripeUnavailable(DomainError):
    """Stripe could not be asked. Nothing is known to have changed."""

    status = 503
    code = "payments_unavailable"
    retry_after = 10


class StripeRefused(Conflict):
    """Stripe will not do this. The sentence says what to do instead."""

    code = "payments_refused"


class NotForSale(StripeRefused):
    """A price was archived at Stripe."""

    code = "price_not_for_sale"


class Gone(StripeRefused):
    """Stripe does not know the object (any more)."""

    code = "payments_gone"
