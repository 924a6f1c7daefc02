"""What an ID token of Firebase says, once everything about it was checked. The only file that asks Firebase who somebody is."""

import hashlib
import json
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import requests
import structlog
from django.conf import settings
from django.core.cache import cache

from accounts import refusals
from multivio.errors import DomainError, Forbidden

log = structlog.get_logger(__name__)
NAME = "sign-in"
SKEW_SECONDS = 10  # clocks of hosts drift
RECENT_SECONDS = 300
TIMEOUT_SECONDS = 8
LONGEST_TOKEN = 8192
MOST_AT_ONCE = 100  # people that Firebase tells of in one answer


class TokenRefused(DomainError):
    """It does not say who this is."""

    status = 401
    code = "token_invalid"


class FirebaseSilent(DomainError):
    """Firebase did not answer: nothing is known about the token."""

    status = 503
    code = "firebase_unavailable"
    retry_after = 10


class NotConfigured(DomainError):
    status = 404
    code = "not_configured"


@dataclass(frozen=True)
class Person:
    """Whom Firebase knows by `uid` in our project, freshly signed in, with an address that is confirmed."""

    uid: str
    email: str
    name: str
    provider: str
    signed_in_at: int = 0  # by Firebase's clock


@dataclass(frozen=True)
class Standing:
    """How Firebase sees somebody now: sign-ins before `valid_after` are void."""

    is_disabled: bool
    valid_after: int


def verify(id_token: str) -> Person:
    """Check signature, project, times, revocation, provider and address; the token is then used up.

    Calls the network: keep no transaction open. Raises TokenRefused, Forbidden, FirebaseSilent, NotConfigured.
    """
    if not settings.FIREBASE_SIGN_IN:
        raise NotConfigured("This installation does not sign in with Firebase.")
    try:
        return _verified(id_token)
    except (TokenRefused, Forbidden) as error:
        refusals.remember("sign_in.refused", f"Firebase: {error.message}")
        raise


def _verified(id_token: str) -> Person:
    claims = _claims(id_token)
    now = time.time()
    # Under the emulator the SDK checks neither signature nor expiry, so this is not left to it.
    if float(claims.get("exp", 0)) + SKEW_SECONDS <= now or float(claims.get("iat", 0)) > now + SKEW_SECONDS:
        raise TokenRefused("This token has expired. Get a fresh one and try again.", code="token_expired")
    age = now - float(claims.get("auth_time", 0))
    if not -SKEW_SECONDS <= age <= RECENT_SECONDS:
        raise TokenRefused("Sign in with Firebase again: the last time is too long ago.", code="recent_login_required")
    person = _person(claims)
    seen = f"firebase-token:{hashlib.sha256(id_token.encode()).hexdigest()}"
    if not cache.add(seen, "1", int(float(claims["exp"]) - now) + SKEW_SECONDS + 1):
        raise TokenRefused("This token was used already. Get a fresh one.", code="token_used")
    return person


def _claims(id_token: str) -> dict[str, Any]:
    from firebase_admin import auth, exceptions  # noqa: PLC0415 - heavy, and only where it is used

    if not id_token or len(id_token) > LONGEST_TOKEN:
        raise TokenRefused("This is not an ID token of Firebase.")
    try:
        return dict(auth.verify_id_token(id_token, app=_app(), check_revoked=True, clock_skew_seconds=SKEW_SECONDS))
    except auth.ExpiredIdTokenError as error:
        raise TokenRefused("This token has expired. Get a fresh one and try again.", code="token_expired") from error
    except auth.RevokedIdTokenError as error:
        raise TokenRefused("This sign-in was ended. Sign in with Firebase again.", code="token_revoked") from error
    except auth.UserDisabledError as error:
        raise Forbidden("This account is closed at Firebase.", code="account_closed") from error
    except auth.UserNotFoundError as error:
        raise TokenRefused("This account was deleted at Firebase.") from error
    except (auth.InvalidIdTokenError, ValueError) as error:
        log.info("a firebase token was refused", reason=type(error).__name__)
        raise TokenRefused("This is not an ID token of our Firebase project.") from error
    except exceptions.FirebaseError as error:  # certificates that cannot be fetched among them
        log.warning("firebase does not answer", reason=type(error).__name__)
        raise FirebaseSilent("Firebase does not answer right now. Try again in a moment.") from error


def _person(claims: dict[str, Any]) -> Person:
    firebase = claims.get("firebase") or {}
    provider = str(firebase.get("sign_in_provider", ""))
    if firebase.get("tenant") or provider not in settings.FIREBASE_PROVIDERS:
        raise Forbidden("Nobody signs in here by that way of Firebase.", code="provider_not_allowed")
    email = str(claims.get("email") or "").strip().lower()
    if not email or claims.get("email_verified") is not True:
        raise Forbidden("Confirm your e-mail address at Firebase first.", code="email_not_verified")
    name = str(claims.get("name") or "")[:120]
    return Person(str(claims["uid"]), email, name, provider, signed_in_at=int(float(claims["auth_time"])))


def standings(uids: Collection[str]) -> dict[str, Standing]:
    """How these people, at most MOST_AT_ONCE, stand with Firebase; who is left out was deleted there.

    Calls the network: keep no transaction open. Raises FirebaseSilent.
    """
    from firebase_admin import auth, exceptions  # noqa: PLC0415 - heavy, and only where it is used
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - as above

    try:
        answer = auth.get_users([auth.UidIdentifier(uid) for uid in uids], app=_app())
    except (exceptions.FirebaseError, GoogleAuthError) as error:
        log.warning("firebase does not answer", reason=type(error).__name__)
        raise FirebaseSilent("Firebase does not answer right now. Try again in a moment.") from error
    return {
        user.uid: Standing(bool(user.disabled), int(user.tokens_valid_after_timestamp or 0) // 1000)
        for user in answer.users
    }


def _app() -> Any:
    """One application of the SDK in each process."""
    import firebase_admin  # noqa: PLC0415 - as above

    options = {"projectId": settings.FIREBASE_PROJECT_ID, "httpTimeout": TIMEOUT_SECONDS}
    try:
        return firebase_admin.get_app(NAME)
    except ValueError:
        return firebase_admin.initialize_app(_credentials(), options, name=NAME)


def _credentials() -> Any:
    from firebase_admin import credentials  # noqa: PLC0415 - as above

    if not settings.FIREBASE_CREDENTIALS_JSON:
        return None  # the emulator asks for none
    account = json.loads(settings.FIREBASE_CREDENTIALS_JSON)
    account["private_key"] = account["private_key"].replace("\\n", "\n")  # secret stores escape it
    return credentials.Certificate(account)


def by_password(*, email: str, password: str) -> str:
    """An ID token for an address and a password, from Firebase's REST. Raises TokenRefused, FirebaseSilent."""
    host = settings.FIREBASE_EMULATOR
    base = f"http://{host}/identitytoolkit.googleapis.com" if host else "https://identitytoolkit.googleapis.com"
    sent = {"email": email, "password": password, "returnSecureToken": True}
    try:
        answer = requests.post(
            f"{base}/v1/accounts:signInWithPassword",
            params={"key": settings.FIREBASE_WEB_API_KEY},
            json=sent,
            timeout=TIMEOUT_SECONDS,
        )
        told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise FirebaseSilent("Firebase does not answer right now. Try again in a moment.") from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise FirebaseSilent("Firebase does not answer right now. Try again in a moment.")
    if answer.status_code != 200 or not told.get("idToken"):
        # One sentence for a wrong password, an unknown address and a closed account.
        raise TokenRefused("That address and password do not open an account.", code="wrong_password")
    return str(told["idToken"])
