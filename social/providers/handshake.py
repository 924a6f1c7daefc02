"""What the handshakes of all platforms share: from tokens to a login that allauth can carry to our adapter."""

from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.providers.base import Provider, ProviderAccount, ProviderException
from django.http import HttpRequest

from social import platforms
from social.contract import PlatformError, Profile, Refused, Tokens


@dataclass(frozen=True)
class Granted:
    """What an account just let us do, before anything is stored."""

    tokens: Tokens
    profiles: list[Profile]
    token_secret: str = ""


class NothingToConnect(ProviderException):  # type: ignore[misc]
    """Access was granted, but there is no account in it that we could publish to; the message says what to do."""


class ConnectOnly(Provider):  # type: ignore[misc]
    """Mix-in for allauth providers: identity is all that allauth needs to know of a profile."""

    account_class = ProviderAccount

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["id"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}


def login_for(
    provider: Provider, request: HttpRequest, *, platform: str, tokens: Tokens, token_secret: str = ""
) -> Any:
    """Ask the platform whose tokens these are, and wrap the answer. Raises ProviderException."""
    try:
        profiles = platforms.get(platform).profiles(tokens, token_secret=token_secret)
    except Refused as error:
        raise NothingToConnect(error.sentence) from None
    except PlatformError as error:
        raise ProviderException(error.sentence) from None
    login = provider.sociallogin_from_response(request, {"id": profiles[0].remote_id})
    login.granted = Granted(tokens, profiles, token_secret)
    return login
