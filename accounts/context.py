"""What every page's shell shows."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.models import Workspace
from accounts.roles import Right

THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


def remember_theme(answer: HttpResponse, theme: str, *, is_secure: bool) -> HttpResponse:
    """Wear the theme of the profile in this browser too; static/js/theme.js keeps the same cookie."""
    if theme in THEMES:
        answer.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=is_secure)
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer


def shell(request: HttpRequest) -> dict[str, Any]:
    """The workspace of the page, the others to switch to, the theme, and whether accounts live in the sandbox."""
    # The cookie is this browser's choice; without one, what the person chose in their profile.
    theme = request.COOKIES.get("theme", "") or getattr(getattr(request, "user", None), "theme", "")
    values: dict[str, Any] = {
        "theme": theme if theme in THEMES else "auto",
        "sandbox_url": settings.SANDBOX_URL if settings.SANDBOX else "",
        "debug": settings.DEBUG,
        "push_enabled": settings.PUSH_ENABLED,
        "firebase": bool(settings.FIREBASE_SIGN_IN and settings.FIREBASE_WEB_API_KEY),
        "google_sign_in": bool(settings.GOOGLE_CLIENT_ID),
    }
    actor = getattr(request, "actor", None)
    if actor is None:
        return values
    # One question for the switcher and the bell.
    mine = Workspace.objects.of(actor.user.pk).with_unread(actor.user.pk)
    return {
        **values,
        "is_visit": actor.is_support,
        "unread_count": SimpleLazyObject(lambda: _unread(mine)),
        "workspace": actor.workspace,
        "role": "support" if actor.is_support else actor.role,
        "may": {right.value: actor.may(right) for right in Right},
        "workspaces": mine,
    }


def _unread(workspaces: Iterable[Any]) -> int:
    found = list(workspaces)
    return int(sum(each.unread for each in found) + max((each.unread_elsewhere for each in found), default=0))
