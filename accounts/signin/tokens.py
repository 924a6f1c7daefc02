"""Access and refresh tokens of people who sign in from programs: allauth's, with reuse of a refresh token detected."""

import structlog
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.headless.tokens.strategies.jwt.internal import decode_token, get_refresh_token_state, get_token_session
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection, transaction

from accounts.signin.sessions import is_over

log = structlog.get_logger(__name__)


class TokenStrategy(JWTTokenStrategy):  # type: ignore[misc]
    """A refresh token works once. A second use means that two hold it, so the session ends for both."""

    @transaction.atomic
    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        payload = decode_token(refresh_token, "refresh")
        if payload is None:
            return None
        with connection.cursor() as cursor:  # one at a time: two at once would both find it unused
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"refresh:{payload['jti']}"])
        session = get_token_session(payload)
        if session is not None and payload["jti"] not in get_refresh_token_state(session):
            _end(session)
            log.warning("a refresh token was used twice", user=payload["sub"])
            return None
        if session is None or is_over(session):
            return None
        fresh: tuple[str, str] | None = super().refresh_token(refresh_token)
        return fresh


def _end(session: SessionBase) -> None:
    for listed in UserSession.objects.filter(session_key=session.session_key):
        listed.end()
    session.flush()
