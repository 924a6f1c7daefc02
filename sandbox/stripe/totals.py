"""What the lines of an invoice come to, less its discounts, with its taxes."""

from collections.abc import Sequence

from sandbox.stripe.objects import Object
from sandbox.stripe.tax import Tax

Discounts = Sequence[tuple[Object, Object]]  # each with its coupon


def of(lines: Sequence[Object], discounts: Discounts, tax: Tax | None, *, is_taxed: bool) -> Object:
    """The sums of an invoice. Without `tax` although it `is_taxed`, where the customer is could not be told."""
    given = _give(lines, discounts)
    counted = [_with_tax(each, tax if is_taxed else None) for each in given]
    subtotal = sum(each["amount"] for each in counted)
    off = [_sum_off(counted, each["id"]) for each, _coupon in discounts]
    taxes = _taxes(counted, tax) if is_taxed and tax else []
    before_tax = subtotal - sum(each["amount"] for each in off)
    total = before_tax + sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
    status = None if not is_taxed else "complete" if tax else "requires_location_inputs"
    return {
        "lines": {"object": "list", "data": counted, "has_more": False},
        "subtotal": subtotal,
        "total": total,
        "total_excluding_tax": total - sum(each["amount"] for each in taxes),
        "amount_due": max(0, total),
        "amount_remaining": max(0, total),
        "discounts": [each["id"] for each, _coupon in discounts],
        "total_discount_amounts": off,
        "total_taxes": taxes,
        "automatic_tax": {"enabled": is_taxed, "status": status, "disabled_reason": None, "provider": "stripe"},
    }


def share(discounts: Discounts, gross: int) -> float:
    """Which part of an amount is still paid under these discounts."""
    left = float(gross)
    for _discount, coupon in discounts:
        left = (
            left * (1 - coupon["percent_off"] / 100) if coupon["percent_off"] else max(0, left - coupon["amount_off"])
        )
    return left / gross if gross else 1.0


def _give(lines: Sequence[Object], discounts: Discounts) -> list[Object]:
    """The lines with what each discount takes off them. Prorations have it inside already."""
    left = {each["id"]: each["amount"] for each in lines if each["discountable"]}
    amounts: dict[str, list[Object]] = {each["id"]: [] for each in lines}
    for discount, coupon in discounts:
        whole = sum(left.values())
        fixed = rest = min(coupon["amount_off"] or 0, whole)
        for number, name in enumerate(left):
            if coupon["percent_off"]:
                off = round(left[name] * coupon["percent_off"] / 100)
            else:  # the last one takes what rounding left
                off = rest if number == len(left) - 1 else round(fixed * left[name] / max(1, whole))
                rest -= off
            left[name] -= off
            amounts[name].append({"amount": off, "discount": discount["id"]})
    return [{**each, "discount_amounts": amounts[each["id"]]} for each in lines]


def _with_tax(line: Object, tax: Tax | None) -> Object:
    if tax is None:
        return {**line, "taxes": []}
    net = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
    return {**line, "taxes": [_tax(net, tax, line["_behavior"])]}


def _tax(taxable: int, tax: Tax, behavior: str) -> Object:
    return {
        "amount": tax.of(taxable, behavior),
        "tax_behavior": behavior,
        "tax_rate_details": {"tax_rate": tax.rate_id},
        "taxability_reason": tax.reason,
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }


def _taxes(lines: Sequence[Object], tax: Tax) -> list[Object]:
    """The taxes of all lines, by how they are in the price."""
    found = [each for line in lines for each in line["taxes"]]
    behaviors = sorted({each["tax_behavior"] for each in found})
    summed = []
    for behavior in behaviors:
        same = [each for each in found if each["tax_behavior"] == behavior]
        whole = _tax(sum(each["taxable_amount"] for each in same), tax, behavior)
        summed.append({**whole, "amount": sum(each["amount"] for each in same)})
    return summed


def _sum_off(lines: Sequence[Object], discount: str) -> Object:
    off = [each["amount"] for line in lines for each in line["discount_amounts"] if each["discount"] == discount]
    return {"amount": sum(off), "discount": discount}
