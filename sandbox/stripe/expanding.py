"""`expand`: ids in an answer become the objects they name. https://docs.stripe.com/api/expanding_objects"""

from typing import Any

from sandbox.stripe.answers import refuse
from sandbox.stripe.objects import Object, Objects

KINDS = {
    "customer": "customer", "subscription": "subscription", "latest_invoice": "invoice", "discounts": "discount",
    "coupon": "coupon", "promotion_code": "promotion_code", "default_payment_method": "payment_method", "invoice": "invoice",
    "payment_intent": "payment_intent", "latest_charge": "charge", "charge": "charge",
}  # fmt: skip


def expand(objects: Objects, body: Object, paths: Any) -> Object:
    """The answer with every path followed. Raises the refusal of a property that cannot be."""
    for path in paths if isinstance(paths, list) else []:
        _follow(objects, body, str(path).split("."), str(path))
    return body


def _follow(objects: Objects, at: Any, parts: list[str], path: str) -> None:
    if isinstance(at, list):
        for each in at:
            _follow(objects, each, parts, path)
        return
    name, rest = parts[0], parts[1:]
    if name == "tax_ids" and at.get("object") == "customer":
        at[name] = objects.page(objects.all("tax_id", customer=at["id"]), {}, f"/v1/customers/{at['id']}/tax_ids")
    elif not isinstance(at, dict) or name not in at:
        raise refuse(400, f"This property cannot be expanded ({path}).", param="expand")
    elif name in KINDS:
        at[name] = _object(objects, KINDS[name], at[name])
    if rest and at[name] is not None:
        _follow(objects, at[name], rest, path)


def _object(objects: Objects, kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_object(objects, kind, each) for each in value]
    return objects.get(kind, value) if isinstance(value, str) else value
