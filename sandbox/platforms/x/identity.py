"""Who is calling: OAuth 2.0 bearer tokens and OAuth 1.0a signatures, both in a user's context."""

from collections.abc import Callable

from sandbox.calls import Actor, Call
from sandbox.consents import Consent
from sandbox.platforms.x import oauth1, problems


def user_context(*scopes: str) -> Callable[[Call], Actor]:
    """A check that the call acts for a user and may do what the scopes name; raises 401 or 403."""

    def identify(call: Call) -> Actor:
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "oauth":
            return _by_signature(call, scopes)
        if scheme.lower() != "bearer" or not value:
            raise problems.unauthorized()
        token = call.world.consents.find("x", "access", value.strip())
        if token is None or token.consent is None or not call.world.consents.is_alive(token):
            raise problems.unauthorized()
        if not set(scopes) <= set(token.consent.scopes):
            raise problems.forbidden()
        return actor_of(call, token.consent)

    return identify


def actor_of(call: Call, consent: Consent) -> Actor:
    account = call.world.accounts.get("x", consent.account_id)
    if account is None:
        raise problems.unauthorized()
    return Actor(account, consent.client_id, consent.id, consent.scopes)


def _by_signature(call: Call, scopes: tuple[str, ...]) -> Actor:
    signed = oauth1.verify(call, token_kind="oauth1")  # noqa: S106 - the name of a kind
    if signed.token is None or signed.token.consent is None:
        raise problems.unauthorized()
    if signed.app.permissions == "read" and any(scope.endswith(".write") for scope in scopes):
        raise problems.oauth1_permissions()
    return actor_of(call, signed.token.consent)
