"""Stripe's test cards, and what happens when one is charged. https://docs.stripe.com/testing"""

from dataclasses import dataclass

from sandbox.stripe.objects import Object, Objects


@dataclass(frozen=True)
class Card:
    number: str
    brand: str
    label: str
    charge: str = "ok"  # or "declined", "3ds"; of a bank: "later", "never"
    attaches: bool = True

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = (
    Card("4242424242424242", "visa", "pays"),
    Card("4000000000000341", "visa", "is accepted now and declined at every charge", charge="declined"),
    Card("4000000000000002", "visa", "is declined", charge="declined", attaches=False),
    Card("4000002500003155", "visa", "asks for 3-D Secure", charge="3ds"),
)
# For what is bought once: paid, or not, some days after everything looked done. https://docs.stripe.com/payments/sepa-debit
DEBITS = (
    Card("AT611904300234573201", "sepa_debit", "is a bank debit, paid in three days", charge="later"),
    Card("AT861904300235473202", "sepa_debit", "is a bank debit that comes to nothing", charge="never"),
)
LATER = ("later", "never")
BY_NUMBER = {card.number: card for card in (*CARDS, *DEBITS)}


def attach(objects: Objects, customer: str, card: Card) -> Object:
    """Keep a card for a customer and make it the one that is charged."""
    body = {
        "type": "card",
        "customer": customer,
        "card": {"brand": card.brand, "last4": card.last4, "exp_month": 12, "exp_year": 2031},
        "_charge": card.charge,
    }
    method = objects.make("payment_method", body, customer=customer, tell="payment_method.attached")
    owner = objects.get("customer", customer)
    settings = {**owner["invoice_settings"], "default_payment_method": method["id"]}
    objects.change(owner, invoice_settings=settings, tell="customer.updated")
    return method


def charge(objects: Objects, customer: str, method_id: str | None = None) -> str:
    """What becomes of a charge now: ok, declined or 3ds."""
    owner = objects.get("customer", customer)
    method = objects.find("payment_method", method_id or owner["invoice_settings"]["default_payment_method"])
    return str(method["_charge"]) if method else "declined"
