"""What the page of API keys sends."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.roles import Right
from accounts.services import Actor

NEVER = "never"
LIFETIMES = (("30", "30 days"), ("90", "90 days"), ("365", "1 year"), (NEVER, "Never"))
DEFAULT_DAYS = 90


def in_days(days: int | None) -> datetime | None:
    return timezone.now() + timedelta(days=days) if days else None


class KeyForm(forms.Form):
    """Offers only the scopes that the role of the moment covers. Reading is always one of them, so it is not asked."""

    name = forms.CharField(max_length=80, label="What it is for", help_text="Such as “Website” or “Report script”.")
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, required=False, label="Besides reading, it may"
    )
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial=str(DEFAULT_DAYS), label="It ends after")

    def __init__(self, actor: Actor, data: Any = None) -> None:
        super().__init__(data)
        rights = [right for right in Right if right != Right.READ and actor.may(right)]
        self.fields["scopes"].choices = [(right.value, str(right.label).capitalize()) for right in rights]  # type: ignore[attr-defined]
        if not rights:
            del self.fields["scopes"]

    def wanted(self) -> dict[str, Any]:
        days = self.cleaned_data["lifetime"]
        return {
            "name": self.cleaned_data["name"],
            "scopes": self.cleaned_data.get("scopes", []),
            "expires_at": in_days(None if days == NEVER else int(days)),
        }
