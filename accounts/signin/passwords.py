"""Words that are the first to be guessed for an account of ours, and so are no password here."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

# docs/security.md lists them. Names and addresses of the person are refused by Django's own validator.
WORDS = (
    "multivio",
    "publish",
    "password",
    "passwort",
    "welcome",
    "letmein",
    "qwerty",
    "admin",
    "facebook",
    "instagram",
)
LEET = str.maketrans("013457@$!", "oieastasi")


class ContextWords:
    """Refuses a password that is little more than such a word, whatever digits stand around or in it."""

    def validate(self, password: str, user: object = None) -> None:
        plain = re.sub(r"[^a-z]", "", password.lower().translate(LEET))
        host = re.sub(r"[^a-z]", "", (urlsplit(settings.BASE_URL).hostname or "").removeprefix("www.").split(".")[0])
        for word in (*WORDS, host):
            if len(word) > 3 and word in plain and len(plain.replace(word, "")) < 4:
                raise ValidationError(
                    "That is among the first that anybody would guess here.", code="password_is_obvious"
                )

    def get_help_text(self) -> str:
        return "Not the name of this product, of a platform, or another obvious word with digits."
