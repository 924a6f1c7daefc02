"""What the browser sends about ai."""

from typing import Any

from django import forms


class VoiceForm(forms.Form):
    """How AI should sound."""

    about = forms.CharField(
        required=False,
        max_length=1000,
        label="How you sound",
        help_text="Who speaks, to whom, and how: such as “a small lamp maker, dry and warm, never salesy”.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    rules = forms.CharField(
        required=False,
        max_length=2000,
        help_text="What always or never happens: we or I, emoji or none, how prices are written.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    samples = forms.CharField(
        required=False,
        max_length=4000,
        label="Posts that sound right",
        help_text="Two or three are enough.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    avoid = forms.CharField(
        required=False,
        max_length=1000,
        label="Words to avoid",
        help_text="With commas between. A text that has one is written again.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    languages = forms.CharField(required=False, max_length=120, help_text="Such as English (British), Danish.")

    def lock(self) -> None:
        """To read only."""
        for field in self.fields.values():
            field.disabled = True

    @classmethod
    def of(cls, row: Any, sent: Any = None) -> "VoiceForm":
        return cls(sent, initial={name: getattr(row, name, "") for name in cls.base_fields})
