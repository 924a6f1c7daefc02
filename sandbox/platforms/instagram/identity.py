"""Who calls: tokens of Instagram's own log-in, or of Facebook Pages and people behind which an account stands.

Which it is says the host: below `/facebook/` this is graph.facebook.com, else graph.instagram.com.
"""

from collections.abc import Callable

from sandbox.accounts import Account
from sandbox.calls import Actor, Call, Problem
from sandbox.platforms import graph
from sandbox.platforms.facebook import identity as facebook
from sandbox.store import Row
from sandbox.world import World

SLUG = "instagram"
FACEBOOK_HOST = "/instagram/api/facebook/"
TOKEN_PREFIX = "IGAAsandbox"  # noqa: S105 - how they all begin
# What a call needs: Instagram's own name, and the one of Facebook's log-in.
BASIC = ("instagram_business_basic", "instagram_basic")
PUBLISH = ("instagram_business_content_publish", "instagram_content_publish")
COMMENTS = ("instagram_business_manage_comments", "instagram_manage_comments")
INSIGHTS = ("instagram_business_manage_insights", "instagram_manage_insights")
CONTENTS = ("", "instagram_manage_contents")
Need = tuple[str, str]


def is_facebook(call: Call) -> bool:
    return call.path.startswith(FACEBOOK_HOST)


def anybody(*needs: Need) -> Callable[[Call], Actor]:
    """A check that the call has a living token of an account with these permissions."""

    def identify(call: Call) -> Actor:
        return _through_facebook(call, needs) if is_facebook(call) else _directly(call, needs)

    return identify


def owner_only(*needs: Need) -> Callable[[Call], Actor]:
    """The same, for paths that name the account (or `me`)."""
    check = anybody(*needs)

    def identify(call: Call) -> Actor:
        actor = check(call)
        wanted = call.path_params.get("id", "me")
        if wanted not in (actor.account.id, "me"):
            raise graph.missing(wanted)
        return actor

    return identify


def nobody(call: Call) -> None:
    """For the token endpoints, which know their callers by the app's secret or the token itself."""
    return


def account(world: World, account_id: str) -> Account:
    found = world.accounts.get(SLUG, account_id)
    if found is None:
        raise graph.missing(account_id)
    return found


def row(world: World, account_id: str) -> Row | None:
    return world.store.one("select * from ig_account where id = ?", [account_id])


def _directly(call: Call, needs: tuple[Need, ...]) -> Actor:
    world, value = call.world, graph.token_value(call)
    if not value:
        raise Problem(graph.error(104, "An access token is required to request this resource."))
    if not value.startswith("IG"):
        raise Problem(graph.error(190, "Invalid OAuth access token - Cannot parse access token", status=401))
    token = graph.check_alive(world, world.consents.find(SLUG, "access", value))
    consent = token.consent
    assert consent is not None  # noqa: S101 - checked by check_alive()
    for need, _ in needs:
        if not need:
            raise Problem(graph.error(10, "(#10) This is not available with Instagram Login.", status=400))
        if need not in consent.scopes:
            raise Problem(graph.error(10, f"(#10) Application does not have permission for this action: {need}"))
    call.notes["token"] = value
    return Actor(account(world, consent.account_id), consent.client_id, consent.id, consent.scopes)


def _through_facebook(call: Call, needs: tuple[Need, ...]) -> Actor:
    """The account behind the Page of the token, or behind one of the Pages of the person whose token it is."""
    actor = facebook.anybody(*(need for _, need in needs))(call)
    world = call.world
    page = facebook.page_row(world, actor.account.id)
    if page is not None:
        linked = page["instagram_id"]
    else:
        wanted = call.path_params.get("id", "")
        ids = [one["instagram_id"] for one in facebook.pages_of(world, actor.account.id) if one["instagram_id"]]
        linked = wanted if wanted in ids else (ids[0] if ids else None)
    if not linked:
        raise graph.missing(call.path_params.get("id", "me"))
    return Actor(account(world, linked), actor.client_id, actor.consent_id, actor.scopes)
