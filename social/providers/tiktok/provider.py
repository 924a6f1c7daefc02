"""allauth's description of TikTok, for connecting accounts."""

import hashlib
import secrets
from urllib.parse import urlsplit

from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.conf import settings

from multivio.http import is_loopback
from social.platforms import tiktok
from social.providers.handshake import ConnectOnly
from social.providers.tiktok.views import TikTokAdapter


class TikTokProvider(ConnectOnly, OAuth2Provider):  # type: ignore[misc]
    id = "tiktok"
    name = "TikTok"
    package = "social.providers.tiktok"
    oauth2_adapter_class = TikTokAdapter

    def get_default_scope(self) -> list[str]:
        return list(tiktok.asked_scopes())

    def get_pkce_params(self) -> dict[str, str]:
        """Apps that come back to this machine need PKCE, others do not. The challenge is hexadecimal here, where RFC 7636
        has base64url (https://developers.tiktok.com/doc/login-kit-desktop)."""
        if not is_loopback(urlsplit(settings.BASE_URL).hostname or ""):
            return {}
        verifier = secrets.token_urlsafe(48)
        challenge = hashlib.sha256(verifier.encode()).hexdigest()
        return {"code_verifier": verifier, "code_challenge": challenge, "code_challenge_method": "S256"}


provider_classes = [TikTokProvider]
