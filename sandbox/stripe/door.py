"""What every call of Stripe's API goes through: the key, the version, and idempotency keys."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sandbox.calls import Actor, Call, Operation, Problem, Reply
from sandbox.stripe import answers, clockwork, forms
from sandbox.stripe.expanding import expand
from sandbox.stripe.objects import Object, Objects, shown

Handler = Callable[[Objects, Call, Object], Object]


def identify(call: Call) -> Actor | None:
    """A secret key of test mode, by Bearer or Basic. Raises Stripe's refusals."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        message = "You did not provide an API key. You need to provide your API key in the Authorization header."
        raise answers.refuse(401, message)
    if not key.startswith(("sk_test_", "rk_test_")) or "invalid" in key:
        raise answers.refuse(401, f"Invalid API Key provided: {key[:8]}****{key[-4:]}")
    version = call.headers.get("stripe-version")
    if version and version != answers.VERSION:
        raise answers.refuse(400, f"Invalid Stripe API version: {version}")
    return None


def operation(name: str, method: str, path: str, do: Handler) -> Operation:
    """An endpoint that answers with what `do` returns."""

    def handle(call: Call) -> Reply:
        platform: Any = call.world.services["stripe"]
        objects: Objects = platform.objects
        clockwork.tick(objects)
        asked = forms.read_body(call.body) if method == "POST" else forms.read(call.query)
        if method != "POST":
            return answers.ok(shown(expand(objects, do(objects, call, asked), asked.get("expand"))))
        return _once(call, lambda: expand(objects, do(objects, call, asked), asked.get("expand")))

    return Operation(name=name, method=method, path=path, handle=handle, identify=identify)


def _once(call: Call, do: Callable[[], Object]) -> Reply:
    """With an Idempotency-Key the first answer is kept: the same request gets it again, another one is refused."""
    key = call.headers.get("idempotency-key", "")
    store = call.world.store
    fingerprint = hashlib.sha256(f"{call.path}?".encode() + call.body).hexdigest()
    row = store.one("select * from st_idempotency where key = ?", [key]) if key else None
    if row is not None and row["fingerprint"] != fingerprint:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a"
            f" key other than '{key}' if you meant to execute a different request."
        )
        raise answers.refuse(400, message, kind="idempotency_error")
    if row is not None:
        again = answers.ok(json.loads(row["body"]))
        return Reply(row["status"], again.body, {**again.headers, "idempotent-replayed": "true"})
    try:
        with store.transaction():
            reply = answers.ok(shown(do()))
    except Problem as problem:
        if key and problem.reply.status == 402:  # a charge that was tried is an answer too
            _keep(store, key, fingerprint, problem.reply)
            return problem.reply
        raise
    if key:
        _keep(store, key, fingerprint, reply)
    return Reply(reply.status, reply.body, reply.headers, effect={"made": reply.body.get("id")})


def _keep(store: Any, key: str, fingerprint: str, reply: Reply) -> None:
    store.insert(
        "st_idempotency",
        {"key": key, "fingerprint": fingerprint, "status": reply.status, "body": json.dumps(reply.body)},
    )
