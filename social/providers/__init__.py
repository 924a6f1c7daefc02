"""The OAuth handshakes that connect accounts. allauth carries them out; none of them can be used to sign in."""

from dataclasses import dataclass

from django.conf import settings

PURPOSE = "connection"
# allauth's word for a handshake that neither logs anybody in nor signs anybody up.
PROCESS = "redirect"


@dataclass(frozen=True)
class ConnectProvider:
    """One way to grant access to a platform. `id` is allauth's, `protocol` one of Grant.Protocol."""

    id: str
    platform: str
    protocol: str
    label: str
    id_setting: str
    secret_setting: str
    needs_secret: bool = False

    @property
    def client_id(self) -> str:
        return str(getattr(settings, self.id_setting))

    @property
    def secret(self) -> str:
        return str(getattr(settings, self.secret_setting))

    @property
    def enabled(self) -> bool:
        return bool(self.client_id and (self.secret or not self.needs_secret))


X = ConnectProvider("x", "x", "oauth2", "X", "X_CLIENT_ID", "X_CLIENT_SECRET")
X_OAUTH1 = ConnectProvider(
    "x-oauth1", "x", "oauth1", "X with OAuth 1.0a", "X_CONSUMER_KEY", "X_CONSUMER_SECRET", needs_secret=True
)
FACEBOOK = ConnectProvider(
    "facebook", "facebook", "oauth2", "Facebook", "FACEBOOK_CLIENT_ID", "FACEBOOK_CLIENT_SECRET", needs_secret=True
)
LINKEDIN = ConnectProvider(
    "linkedin", "linkedin", "oauth2", "LinkedIn", "LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET", needs_secret=True
)
TIKTOK = ConnectProvider(
    "tiktok", "tiktok", "oauth2", "TikTok", "TIKTOK_CLIENT_ID", "TIKTOK_CLIENT_SECRET", needs_secret=True
)
YOUTUBE = ConnectProvider(
    "youtube", "youtube", "oauth2", "YouTube", "YOUTUBE_CLIENT_ID", "YOUTUBE_CLIENT_SECRET", needs_secret=True
)
THREADS = ConnectProvider(
    "threads", "threads", "oauth2", "Threads", "THREADS_CLIENT_ID", "THREADS_CLIENT_SECRET", needs_secret=True
)
INSTAGRAM = ConnectProvider(
    "instagram",
    "instagram",
    "oauth2",
    "Instagram",
    "INSTAGRAM_CLIENT_ID",
    "INSTAGRAM_CLIENT_SECRET",
    needs_secret=True,
)
INSTAGRAM_FACEBOOK = ConnectProvider(
    "instagram-facebook",
    "instagram",
    "oauth2",
    "Instagram through Facebook",
    "INSTAGRAM_FACEBOOK_CLIENT_ID",
    "INSTAGRAM_FACEBOOK_CLIENT_SECRET",
    needs_secret=True,
)
CONNECT_ONLY = {
    provider.id: provider
    for provider in (X, X_OAUTH1, FACEBOOK, INSTAGRAM, INSTAGRAM_FACEBOOK, LINKEDIN, YOUTUBE, TIKTOK, THREADS)
}


def for_platform(slug: str) -> list[ConnectProvider]:
    """The ways to connect an account there that are switched on, the usual one first."""
    return [provider for provider in CONNECT_ONLY.values() if provider.platform == slug and provider.enabled]
