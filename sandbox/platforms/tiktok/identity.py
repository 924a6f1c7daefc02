"""Who calls: a bearer token with the scopes that the call wants, or the secret address of an upload."""

from collections.abc import Callable

from sandbox.accounts import Account
from sandbox.calls import Actor, Call
from sandbox.platforms.tiktok import answers
from sandbox.store import Row
from sandbox.world import World

SLUG = "tiktok"


def bearer(*scopes: str) -> Callable[[Call], Actor]:
    """A check that the call has a living access token with these scopes."""

    def identify(call: Call) -> Actor:
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        token = call.world.consents.find(SLUG, "access", value.strip()) if scheme == "Bearer" else None
        if token is None or token.consent is None or not call.world.consents.is_alive(token):
            raise answers.refused("access_token_invalid")
        for scope in scopes:
            if scope not in token.consent.scopes:
                raise answers.refused("scope_not_authorized")
        owner = account(call.world, token.consent.account_id)
        return Actor(owner, token.consent.client_id, token.consent.id, token.consent.scopes)

    return identify


def account(world: World, account_id: str) -> Account:
    found = world.accounts.get(SLUG, account_id)
    if found is None:
        raise answers.refused("access_token_invalid")
    return found


def creator(world: World, account_id: str) -> Row:
    """The account's own settings; made with the usual ones for an account that has none yet."""
    world.store.execute("insert or ignore into tt_creator (account_id) values (?)", [account_id])
    row = world.store.one("select * from tt_creator where account_id = ?", [account_id])
    assert row is not None  # noqa: S101 - inserted above
    return row


def may_be_seen_by(row: Row) -> list[str]:
    """The audiences that a creator may choose from; those of a private account are others."""
    widest = "FOLLOWER_OF_CREATOR" if row["is_private"] else "PUBLIC_TO_EVERYONE"
    return [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
