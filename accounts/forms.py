"""What the browser sends about accounts."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest

from accounts.models import Theme, User, Weekday
from accounts.roles import Role, grantable_by
from multivio.zones import places


class SignUpForm(forms.Form):
    """Added by allauth to its own e-mail and password fields. The browser fills in the zone; a wrong one is ignored."""

    name = forms.CharField(max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-zone": ""}))

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"].strip()
        user.save(update_fields=["name"])


def _zones(*more: str, blank: str = "") -> list[tuple[str, str]]:
    names = [(name, name) for name in places(*more)]
    return [("", blank), *names] if blank else names


class WorkspaceForm(forms.Form):
    """What a workspace is called, and by which clock and calendar it lives."""

    name = forms.CharField(max_length=80)
    zone = forms.ChoiceField(label="Time zone")
    week_start = forms.TypedChoiceField(label="A week begins on", coerce=int, choices=Weekday.choices)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = _zones(zone)  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """Whom to ask to join, and as what."""

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(initial=Role.EDITOR)

    def __init__(self, *args: Any, giver: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in grantable_by(giver)]  # type: ignore[attr-defined]


class ProfileForm(forms.Form):
    """One's own profile."""

    name = forms.CharField(max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    short_name = forms.CharField(
        max_length=60, required=False, label="What to call you", help_text="Colleagues can mention you by it."
    )
    work = forms.CharField(
        max_length=120, required=False, label="What you do",
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )  # fmt: skip
    bio = forms.CharField(
        max_length=600, required=False, label="About you", widget=forms.Textarea(attrs={"rows": 3, "cols": None})
    )
    zone = forms.ChoiceField(
        label="Time zone",
        required=False,
        help_text="For the daily digest. Pages show the clock of their workspace.",
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    theme = forms.ChoiceField(choices=Theme.choices)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = _zones(zone, blank="As the workspace")  # type: ignore[attr-defined]
