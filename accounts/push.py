"""Push messages by Firebase Cloud Messaging. The only file that speaks to it; without a project it is never loaded."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from accounts.notification_models import Notification

NAME = "push"
TIMEOUT_SECONDS = 10
MOST_AT_ONCE = 500  # of one call


class PushFailed(Exception):
    """It could not be sent for now."""


def send(notification: Notification, tokens: Sequence[str]) -> list[str]:
    """Send to these devices; the tokens that no app answers to any more. Raises PushFailed when it should be tried again."""
    from firebase_admin import exceptions, messaging  # noqa: PLC0415 - heavy, and only where push is on

    gone: list[str] = []
    for start in range(0, len(tokens), MOST_AT_ONCE):
        some = list(tokens[start : start + MOST_AT_ONCE])
        try:
            answer = messaging.send_each_for_multicast(_message(messaging, notification, some), app=_app())
        except (exceptions.FirebaseError, ValueError) as error:
            raise PushFailed(type(error).__name__) from error
        results = list(zip(some, answer.responses, strict=True))
        gone += [token for token, one in results if isinstance(one.exception, messaging.UnregisteredError)]
        if results and all(
            one.exception and not isinstance(one.exception, messaging.UnregisteredError) for _, one in results
        ):
            raise PushFailed(type(results[0][1].exception).__name__)
    return gone


def _message(messaging: Any, notification: Notification, tokens: list[str]) -> Any:
    return messaging.MulticastMessage(
        tokens=tokens,
        notification=messaging.Notification(title=notification.title, body=notification.body[:300]),
        data={
            "id": str(notification.uid),
            "kind": str(notification.kind),
            "url": settings.BASE_URL + notification.url,
        },
    )


def _app() -> Any:
    """One application of the SDK in each process."""
    import firebase_admin  # noqa: PLC0415 - as above

    try:
        return firebase_admin.get_app(NAME)
    except ValueError:
        account = json.loads(settings.FIREBASE_CREDENTIALS_JSON)
        account["private_key"] = account["private_key"].replace("\\n", "\n")  # secret stores escape it
        options = {"projectId": settings.FIREBASE_PROJECT_ID, "httpTimeout": TIMEOUT_SECONDS}
        return firebase_admin.initialize_app(firebase_admin.credentials.Certificate(account), options, name=NAME)
