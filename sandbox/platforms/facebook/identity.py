"""Who calls: tokens of people, of Pages and of the app itself, with the proof of the app's secret."""

import json
from collections.abc import Callable

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem
from sandbox.consents import Consent, Token
from sandbox.platforms import graph
from sandbox.store import Row
from sandbox.world import World

SLUG = "facebook"
ALL_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")


def anybody(*scopes: str) -> Callable[[Call], Actor]:
    """A check that the call has a living token of a person or Page with these scopes."""

    def identify(call: Call) -> Actor:
        return _actor(call, scopes)

    return identify


def page_only(*scopes: str, task: str = "CREATE_CONTENT") -> Callable[[Call], Actor]:
    """The same, but only with the token of the very Page that the path names (or `me`)."""

    def identify(call: Call) -> Actor:
        actor = _actor(call, scopes)
        wanted = call.path_params.get("id", "me")
        if page_row(call.world, actor.account.id) is None:
            if page_row(call.world, wanted) is None:
                raise graph.missing(wanted)
            message = "A page access token is required for this call for the new Pages experience."
            raise Problem(graph.error(190, message, status=401, subcode=2069032))
        if wanted not in ("me", actor.account.id):
            raise graph.missing(wanted)
        if task not in tasks(call.world, _person(call), actor.account.id):
            raise graph.no_permission(scopes[0] if scopes else "pages_manage_posts")
        return actor

    return identify


def nobody(call: Call) -> None:
    """For the token endpoint, which knows its callers by the app's secret."""
    return


def page_row(world: World, page_id: str) -> Row | None:
    return world.store.one("select * from fb_page where id = ?", [page_id])


def tasks(world: World, person_id: str, page_id: str) -> list[str]:
    found = world.store.scalar("select tasks from fb_role where person_id = ? and page_id = ?", [person_id, page_id])
    return list(json.loads(found)) if found else []


def pages_of(world: World, person_id: str) -> list[Row]:
    """The Pages on which a person has a role, in a fixed order."""
    return world.store.all(
        "select p.*, r.tasks from fb_role r join fb_page p on p.id = r.page_id where r.person_id = ? order by p.id",
        [person_id],
    )


def account(world: World, account_id: str) -> Account:
    found = world.accounts.get(SLUG, account_id)
    if found is None:
        raise graph.missing(account_id)
    return found


def page_token(world: World, consent: Consent, page_id: str, *, ttl: float | None) -> str:
    """A Page's token lives for ever when it was got with a long-lived token, else as long as that one."""
    return world.consents.issue(
        platform=SLUG,
        kind="access",
        consent_id=consent.id,
        ttl=ttl,
        prefix="EAA",
        details={"page": page_id, "issued_at": world.clock.now()},
    )


def app_of_token(call: Call, value: str) -> App | None:
    """`id|secret`, the app's own token."""
    client_id, _, secret = value.partition("|")
    app = call.world.apps.get(SLUG, client_id)
    return app if app is not None and secret and app.client_secret == secret else None


def _actor(call: Call, scopes: tuple[str, ...]) -> Actor:
    world, value = call.world, graph.token_value(call)
    if not value:
        raise Problem(graph.error(104, "An access token is required to request this resource.", status=400))
    if not value.startswith("EAA"):
        raise Problem(graph.error(190, f"Malformed access token {value}"))
    token = world.consents.find(SLUG, "access", value)
    alive = graph.check_alive(world, token)
    _check_sessions(world, alive)
    consent = alive.consent
    assert consent is not None  # noqa: S101 - checked by check_alive()
    app = world.apps.get(SLUG, consent.client_id)
    is_upload = "/rupload/" in call.path  # the upload host knows no proof
    if not is_upload:
        graph.check_proof(call, value, app, is_required=world.settings["facebook_proof_required"])
    granted = set(consent.scopes) - set(_declined(world, consent))
    for scope in scopes:
        if scope not in granted:
            raise graph.no_permission(scope)
    call.notes["person"] = consent.account_id
    call.notes["token"] = value
    owner = account(world, alive.details.get("page") or consent.account_id)
    if alive.details.get("page") and not tasks(world, consent.account_id, owner.id):
        raise graph.dead_token(492)
    return Actor(owner, consent.client_id, consent.id, consent.scopes)


def _person(call: Call) -> str:
    return str(call.notes["person"])


def _check_sessions(world: World, token: Token) -> None:
    """A changed password ends every session that was begun before, those of Pages too."""
    consent = token.consent
    changed = world.store.get_meta(f"fb_password:{consent.account_id if consent else ''}", "")
    if changed and token.details.get("issued_at", 0) < float(changed):
        raise graph.dead_token(460)


def _declined(world: World, consent: Consent) -> list[str]:
    """Permissions taken back one by one since."""
    return [str(one) for one in json.loads(world.store.get_meta(f"fb_declined:{consent.id}", "[]"))]


def decline(world: World, consent_id: int, scope: str) -> None:
    name = f"fb_declined:{consent_id}"
    world.store.set_meta(name, json.dumps([*json.loads(world.store.get_meta(name, "[]")), scope]))


def declined(world: World, consent: Consent) -> list[str]:
    return _declined(world, consent)
