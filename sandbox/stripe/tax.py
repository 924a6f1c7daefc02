"""What is owed to whom: a rate for each country, and none for a business elsewhere in the EU that names its VAT id.

The figures are those of 2026 and only as exact as trying things out needs. https://docs.stripe.com/tax
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.calls import Call
from sandbox.stripe.answers import refuse
from sandbox.stripe.objects import Object, Objects

HOME = "DE"  # where the seller is
RATES = {
    "AT": 20, "BE": 21, "DE": 19, "DK": 25, "ES": 21, "FI": 25.5, "FR": 20, "IE": 23, "IT": 22, "NL": 21, "PL": 23, "PT": 23,
    "SE": 25, "GB": 20, "CH": 8.1, "NO": 25,
}  # fmt: skip
OUTSIDE_EU = frozenset({"GB", "CH", "NO"})
NEEDS_POSTAL_CODE = frozenset({"US", "CA"})
# The form of a VAT id; that it exists is not asked of anybody here.
VAT_IDS = {
    "AT": r"ATU\d{8}", "BE": r"BE[01]\d{9}", "DE": r"DE\d{9}", "DK": r"DK\d{8}", "ES": r"ES[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"FI\d{8}", "FR": r"FR[A-Z0-9]{2}\d{9}", "IE": r"IE\d[A-Z0-9]\d{5}[A-Z]{1,2}", "IT": r"IT\d{11}",
    "NL": r"NL\d{9}B\d{2}", "PL": r"PL\d{10}", "PT": r"PT\d{9}", "SE": r"SE\d{12}",
}  # fmt: skip
COUNTRIES = ("DE", "AT", "BE", "CH", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "NL", "NO", "PL", "PT", "SE", "US", "JP")
WHERE = (
    "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax."
)


@dataclass(frozen=True)
class Tax:
    """A rate in per cent and why it is that."""

    percent: float
    reason: str

    @property
    def rate_id(self) -> str:
        return f"txr_sandbox_{self.percent:g}".replace(".", "_")

    def of(self, amount: int, behavior: str) -> int:
        """The tax on an amount, or inside of it."""
        whole = 100 + self.percent if behavior == "inclusive" else 100
        return round(amount * self.percent / whole)


def on(address: Object | None, tax_ids: Sequence[Object]) -> Tax | None:
    """What somebody pays; None when it cannot be told where they are."""
    country = str((address or {}).get("country") or "")
    if country not in COUNTRIES or (country in NEEDS_POSTAL_CODE and not (address or {}).get("postal_code")):
        return None
    if country not in RATES:
        return Tax(0, "not_collecting")
    is_business = any(each["type"] == "eu_vat" for each in tax_ids)
    if is_business and country != HOME and country not in OUTSIDE_EU:
        return Tax(0, "reverse_charge")
    return Tax(RATES[country], "standard_rated")


def of_customer(objects: Objects, customer: str) -> Tax | None:
    return on(objects.get("customer", customer).get("address"), objects.all("tax_id", customer=customer))


def is_vat_id(value: str) -> bool:
    form = VAT_IDS.get(value[:2])
    return form is not None and re.fullmatch(form, value) is not None


def make_id(objects: Objects, call: Call, asked: Object) -> Object:
    owner = objects.get("customer", call.path_params["id"])
    return keep_id(objects, owner["id"], str(asked.get("value", "")), kind=str(asked.get("type", "")))


def keep_id(objects: Objects, customer: str, value: str, *, kind: str = "eu_vat") -> Object:
    """Raises Stripe's refusal of one that cannot be."""
    plain = value.replace(" ", "").upper()
    if kind != "eu_vat" or not is_vat_id(plain):
        raise refuse(400, f"Invalid value for {kind}.", code="tax_id_invalid", param="value")
    for each in objects.all("tax_id", customer=customer):
        if each["value"] == plain:
            return each
    status = {"status": "verified", "verified_address": None, "verified_name": None}
    body = {"type": kind, "value": plain, "country": plain[:2], "customer": customer, "verification": status}
    return objects.make("tax_id", body, customer=customer, tell="customer.tax_id.created")


def ids(objects: Objects, call: Call, asked: Object) -> Object:
    owner = objects.get("customer", call.path_params["id"])
    return objects.page(objects.all("tax_id", customer=owner["id"]), asked, f"/v1/customers/{owner['id']}/tax_ids")
