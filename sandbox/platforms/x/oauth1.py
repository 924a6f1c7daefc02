"""OAuth 1.0a: signatures and the three-legged token dance (https://docs.x.com/fundamentals/authentication/oauth-1-0a)."""

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode

from sandbox.apps import App
from sandbox.calls import Actor, Call, Problem, Reply
from sandbox.consents import Token
from sandbox.platforms.x import problems
from sandbox.world import World

CLOCK_SKEW = 300
REQUEST_TOKEN_TTL = 900
PARAMETER = re.compile(r'(\w+)="([^"]*)"')
REQUIRED = {"oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp"}


@dataclass(frozen=True)
class Signed:
    """A request whose signature is right."""

    app: App
    token: Token | None
    parameters: dict[str, str]


def verify(call: Call, *, token_kind: str | None) -> Signed:
    """Check signature, timestamp and nonce; raises 401. `token_kind` None: signed by the app alone."""
    header = call.headers.get("authorization", "").partition(" ")[2]
    oauth = {name: unquote(value) for name, value in PARAMETER.findall(header) if name != "realm"}
    form = _form(call)
    oauth |= {name: value for name, value in (*call.query, *form) if name.startswith("oauth_") and name not in oauth}
    if not oauth.keys() >= REQUIRED or oauth["oauth_signature_method"] != "HMAC-SHA1":
        raise problems.unauthorized()
    app = call.world.apps.by_consumer_key("x", oauth["oauth_consumer_key"])
    token = None
    if token_kind is not None:
        token = call.world.consents.find("x", token_kind, oauth.get("oauth_token", ""))
    if app is None or (token_kind is not None and (token is None or not call.world.consents.is_alive(token))):
        raise problems.unauthorized()
    signature = oauth["oauth_signature"]
    unsigned = [(name, value) for name, value in oauth.items() if name != "oauth_signature"]
    unsigned += [pair for pair in (*call.query, *form) if not pair[0].startswith("oauth_")]
    expected = sign(call.method, call.url, unsigned, app.consumer_secret, token.secret if token else "")
    if not hmac.compare_digest(expected, signature):
        raise problems.unauthorized()
    # Last, so that a nonce is used up only by a request whose signature is right.
    _check_freshness(call, oauth)
    return Signed(app, token, oauth)


def sign(method: str, url: str, parameters: list[tuple[str, str]], consumer_secret: str, token_secret: str) -> str:
    """HMAC-SHA1 over the base string of RFC 5849, section 3.4.1."""
    encoded = sorted((_encode(name), _encode(value)) for name, value in parameters)
    normalised = "&".join(f"{name}={value}" for name, value in encoded)
    base = "&".join(_encode(part) for part in (method.upper(), _base_url(url), normalised))
    key = f"{_encode(consumer_secret)}&{_encode(token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def identify_app(call: Call) -> Actor | None:
    """The request token is asked for by the app, before any user is known."""
    call.notes["client_id"] = verify(call, token_kind=None).app.client_id
    return None


def identify_request(call: Call) -> Actor | None:
    """The access token is asked for with the approved request token; its user is known by then."""
    signed = verify(call, token_kind="request")  # noqa: S106 - the name of a kind
    if signed.token is None or signed.token.details.get("verifier") != signed.parameters.get("oauth_verifier"):
        raise problems.unauthorized()
    call.notes["request_token"] = signed.token.value
    consent = signed.token.details["consent_id"]
    account = call.world.accounts.get("x", signed.token.details["account_id"])
    return None if account is None else Actor(account, signed.app.client_id, consent, ())


def request_token(call: Call) -> Reply:
    callback = _callback(call)
    app = call.world.apps.get("x", call.notes["client_id"])
    if app is None or (callback != "oob" and callback not in app.redirect_uris):
        message = (
            "Callback URL not approved for this client application. Approved callback URLs can be adjusted in your"
            " application settings"
        )
        raise Problem(Reply(403, {"errors": [{"code": 415, "message": message}]}))
    secret = secrets.token_urlsafe(32)
    value = call.world.consents.issue(
        platform="x",
        kind="request",
        ttl=REQUEST_TOKEN_TTL,
        secret=secret,
        details={"client_id": app.client_id, "callback": callback},
    )
    return _form_reply({"oauth_token": value, "oauth_token_secret": secret, "oauth_callback_confirmed": "true"})


def access_token(call: Call) -> Reply:
    world = call.world
    token = world.consents.find("x", "request", call.notes["request_token"])
    if token is None or call.actor is None:
        raise problems.unauthorized()
    world.consents.spend(token)
    value, secret = issue_access(world, call.actor.account.id, call.actor.consent_id)
    fields = {
        "oauth_token": value,
        "oauth_token_secret": secret,
        "user_id": call.account.id,
        "screen_name": call.account.username,
    }
    return replace(_form_reply(fields), effect={"consent_id": call.actor.consent_id})


def issue_access(world: World, account_id: str, consent_id: int) -> tuple[str, str]:
    """A token and its secret; OAuth 1.0a tokens do not expire."""
    secret = secrets.token_urlsafe(32)
    value = world.consents.issue(
        platform="x", kind="oauth1", consent_id=consent_id, prefix=f"{account_id}-", secret=secret
    )
    return value, secret


def _callback(call: Call) -> str:
    header = call.headers.get("authorization", "")
    found = dict(PARAMETER.findall(header)).get("oauth_callback")
    return unquote(found) if found is not None else dict((*call.query, *_form(call))).get("oauth_callback", "")


def _check_freshness(call: Call, oauth: dict[str, str]) -> None:
    # Signatures carry the client's real clock, so the sandbox's own pushed-forward clock does not count here.
    now = time.time()
    if not oauth["oauth_timestamp"].isdigit() or abs(now - int(oauth["oauth_timestamp"])) > CLOCK_SKEW:
        raise problems.unauthorized()
    store = call.world.store
    store.execute("delete from x_nonce where at < ?", [now - 2 * CLOCK_SKEW])
    nonce = f"{oauth['oauth_consumer_key']}/{oauth.get('oauth_token', '')}/{oauth['oauth_nonce']}"
    if not store.execute("insert or ignore into x_nonce values (?, ?)", [nonce, now]).rowcount:
        raise problems.unauthorized()


def _form(call: Call) -> list[tuple[str, str]]:
    if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return []
    return parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)


def _form_reply(fields: dict[str, str]) -> Reply:
    return Reply(200, urlencode(fields).encode(), media_type="application/x-www-form-urlencoded")


def _encode(value: str) -> str:
    return quote(value, safe="~")


def _base_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    default = {"http": ":80", "https": ":443"}[scheme]
    return f"{scheme}://{host.lower().removesuffix(default)}{slash}{path}"
