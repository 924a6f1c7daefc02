"""What an open checkout comes to: its lines, the code that was typed, and the tax of where the customer is."""

from typing import Any

from sandbox.stripe import changing, coupons, invoices, tax, totals
from sandbox.stripe.objects import Object, Objects
from sandbox.stripe.tax import Tax

BAD_VAT_ID = "Your VAT ID is invalid."


def put_code(objects: Objects, session: Object, text: str) -> None:
    """Raises BadCode, and then the order is as it was."""
    if not text.strip():
        objects.change(session, discounts=[])
    elif session["allow_promotion_codes"]:
        amount = sum(each["amount"] for each in _lines(objects, session))
        found = coupons.named(objects, text, customer=session["customer"], amount=amount, currency=session["currency"])
        objects.change(session, discounts=[{"coupon": None, "promotion_code": found["id"]}])
    reckon(objects, session)


def put_details(objects: Objects, session: Object, form: Any) -> str:
    """Address and VAT id as typed; what the page says when one cannot be."""
    told = session["customer_details"]
    if form.get("country"):
        told["address"] = {"country": str(form["country"]), "postal_code": str(form.get("postal_code") or "")}
    vat_id = str(form.get("tax_id") or "").replace(" ", "").upper()
    if vat_id and not tax.is_vat_id(vat_id):
        return BAD_VAT_ID
    if session["tax_id_collection"]["enabled"] and "tax_id" in form:
        told["tax_ids"] = [{"type": "eu_vat", "value": vat_id}] if vat_id else []
    objects.change(session, customer_details=told)
    reckon(objects, session)
    return ""


def sums_of(objects: Objects, session: Object, discount: str = "di_of_the_order") -> Object:
    """What it comes to, as an invoice has it. The discount itself is there once it is paid; before it is only counted with."""
    found, is_taxed = code_of(objects, session), session["automatic_tax"]["enabled"]
    given = [({"id": discount}, objects.get("coupon", found["promotion"]["coupon"]))] if found else []
    return totals.of(_lines(objects, session), given, tax_of(objects, session), is_taxed=is_taxed)


def reckon(objects: Objects, session: Object) -> None:
    """Bring the sums up to what is known."""
    sums, is_taxed = sums_of(objects, session), session["automatic_tax"]["enabled"]
    objects.change(
        session,
        amount_subtotal=sums["subtotal"],
        amount_total=sums["total"],
        automatic_tax={"enabled": is_taxed, "status": sums["automatic_tax"]["status"]},
        total_details={
            "amount_discount": sum(each["amount"] for each in sums["total_discount_amounts"]),
            "amount_shipping": 0,
            "amount_tax": sum(each["amount"] for each in sums["total_taxes"]),
        },
    )


def code_of(objects: Objects, session: Object) -> Object | None:
    return objects.get("promotion_code", session["discounts"][0]["promotion_code"]) if session["discounts"] else None


def tax_of(objects: Objects, session: Object) -> Tax | None:
    """By what was typed, else by what is known of the customer."""
    told, customer = session["customer_details"], session["customer"]
    known = objects.all("tax_id", customer=customer) if customer else []
    address = told["address"] or (objects.get("customer", customer).get("address") if customer else None)
    return tax.on(address, [*told["tax_ids"], *known])


def _lines(objects: Objects, session: Object) -> list[Object]:
    about = {"id": "sub_of_the_order", "currency": session["currency"]}
    is_trial = bool(session["_data"].get("trial_period_days"))
    lines = []
    for each in session["_lines"]:
        price = objects.get("price", each["price"])
        item = {**changing.fresh(about["id"]), "price": price, "quantity": each["quantity"]}
        amount = 0 if is_trial else price["unit_amount"] * each["quantity"]
        lines.append(invoices.line(item, amount, about, (0, 0), words=changing.name(price)))
    return lines
