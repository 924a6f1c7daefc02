"""Who calls: bearer tokens of a channel, and the scopes that an operation wants one of."""

from collections.abc import Callable

from sandbox.accounts import Account
from sandbox.calls import Actor, Call
from sandbox.platforms.youtube import answers
from sandbox.world import World

SLUG = "youtube"
AUTH = "https://www.googleapis.com/auth/"
ANY = ("youtube", "youtube.force-ssl", "youtubepartner")
UPLOAD = (*ANY, "youtube.upload")
READ = (*ANY, "youtube.readonly")
COMMENT = ("youtube.force-ssl",)
ANALYTICS = ("yt-analytics.readonly", "youtube", "youtubepartner")


def anybody(scopes: tuple[str, ...], *, needs_channel: bool = True) -> Callable[[Call], Actor]:
    """A check that the call has a living token with one of these scopes, of an account with a channel."""

    def identify(call: Call) -> Actor:
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        token = call.world.consents.find(SLUG, "access", value.strip())
        if scheme.lower() != "bearer" or token is None or not call.world.consents.is_alive(token):
            raise answers.unauthenticated()
        consent = token.consent
        account = None if consent is None else call.world.accounts.get(SLUG, consent.account_id)
        if consent is None or account is None:
            raise answers.unauthenticated()
        if not any(f"{AUTH}{scope}" in consent.scopes for scope in scopes):
            raise answers.lacks_scope()
        if needs_channel and not has_channel(account):
            raise answers.no_channel()
        return Actor(account, consent.client_id, consent.id, consent.scopes)

    return identify


def has_channel(account: Account) -> bool:
    """Every Google account can sign in; those of channels have a channel's id."""
    return account.id.startswith("UC")


def is_verified(account: Account) -> bool:
    """By phone: only then long videos and thumbnails of one's own."""
    return account.tier == "premium"


def uploads_of(account_id: str) -> str:
    return f"UU{account_id[2:]}"


def account(world: World, account_id: str) -> Account:
    found = world.accounts.get(SLUG, account_id)
    if found is None:
        raise answers.not_found("channel", "The channel cannot be found.")
    return found
