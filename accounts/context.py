"""What every page's shell shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Workspace
from accounts.roles import Right

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The workspace of the page, the others to switch to, the theme, and whether accounts live in the sandbox."""
    theme = request.COOKIES.get("theme", "")
    values: dict[str, Any] = {
        "theme": theme if theme in THEMES else "auto",
        "sandbox_url": settings.SANDBOX_URL if settings.SANDBOX else "",
        "debug": settings.DEBUG,
        "firebase": bool(settings.FIREBASE_SIGN_IN and settings.FIREBASE_WEB_API_KEY),
        "google_sign_in": bool(settings.GOOGLE_CLIENT_ID),
    }
    actor = getattr(request, "actor", None)
    if actor is None:
        return values
    return {
        **values,
        "workspace": actor.workspace,
        "role": actor.role,
        "may": {right.value: actor.may(right) for right in Right},
        "workspaces": Workspace.objects.of(actor.user.pk),
    }
