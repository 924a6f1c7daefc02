"""Platforms: base addresses and limits are settings, so a sandbox, a proxy or tomorrow's version is not an edit."""

from urllib.parse import urlsplit

from multivio.settings.core import SANDBOX, SANDBOX_URL, env

_x_sandbox = SANDBOX and not env.str("X_CLIENT_ID", "") and not env.str("X_CONSUMER_KEY", "")
X_ON_SANDBOX = _x_sandbox
X_API_URL = env.str("X_API_URL", f"{SANDBOX_URL}/x/api" if _x_sandbox else "https://api.x.com").rstrip("/")
X_WEB_URL = env.str("X_WEB_URL", f"{SANDBOX_URL}/x" if _x_sandbox else "https://x.com").rstrip("/")
X_CLIENT_ID = env.str("X_CLIENT_ID", "sandbox-x-client" if _x_sandbox else "")
X_CLIENT_SECRET = env.str("X_CLIENT_SECRET", "sandbox-x-secret" if _x_sandbox else "")
X_CONSUMER_KEY = env.str("X_CONSUMER_KEY", "sandbox-x-key" if _x_sandbox else "")
X_CONSUMER_SECRET = env.str("X_CONSUMER_SECRET", "sandbox-x-key-secret" if _x_sandbox else "")
X_FIELDS_PARAMETER = env.str("X_FIELDS_PARAMETER", "tweet.fields")
X_READ_METRICS = env.bool("X_READ_METRICS", True)  # X bills each post that is read
X_MEDIA_CHUNK_BYTES = env.int("X_MEDIA_CHUNK_BYTES", 4 * 1024**2)
X_VIDEO_MAX_SECONDS = env.int("X_VIDEO_MAX_SECONDS", 1200)
X_VIDEO_MAX_SECONDS_PREMIUM = env.int("X_VIDEO_MAX_SECONDS_PREMIUM", 7500)

FACEBOOK_ON_SANDBOX = SANDBOX and not env.str("FACEBOOK_CLIENT_ID", "")
_facebook = f"{SANDBOX_URL}/facebook" if FACEBOOK_ON_SANDBOX else ""
FACEBOOK_API_URL = env.str("FACEBOOK_API_URL", f"{_facebook}/api" if _facebook else "https://graph.facebook.com")
FACEBOOK_UPLOAD_URL = env.str(
    "FACEBOOK_UPLOAD_URL", f"{_facebook}/api/rupload" if _facebook else "https://rupload.facebook.com"
)
FACEBOOK_WEB_URL = env.str("FACEBOOK_WEB_URL", _facebook or "https://www.facebook.com").rstrip("/")
FACEBOOK_API_VERSION = env.str("FACEBOOK_API_VERSION", "v26.0")
FACEBOOK_CLIENT_ID = env.str("FACEBOOK_CLIENT_ID", "sandbox-facebook-client" if _facebook else "")
FACEBOOK_CLIENT_SECRET = env.str("FACEBOOK_CLIENT_SECRET", "sandbox-facebook-secret" if _facebook else "")
FACEBOOK_CONFIG_ID = env.str("FACEBOOK_CONFIG_ID", "")
FACEBOOK_EXTRA_SCOPES = env.list("FACEBOOK_EXTRA_SCOPES", default=[])
FACEBOOK_PHOTO_MAX_BYTES = env.int("FACEBOOK_PHOTO_MAX_BYTES", 4 * 1024**2)
FACEBOOK_VIDEO_MAX_BYTES = env.int("FACEBOOK_VIDEO_MAX_BYTES", 1024**3)
FACEBOOK_VIDEO_MAX_SECONDS = env.int("FACEBOOK_VIDEO_MAX_SECONDS", 1200)

LINKEDIN_ON_SANDBOX = SANDBOX and not env.str("LINKEDIN_CLIENT_ID", "")
_linkedin = f"{SANDBOX_URL}/linkedin" if LINKEDIN_ON_SANDBOX else ""
LINKEDIN_API_URL = env.str("LINKEDIN_API_URL", f"{_linkedin}/api" if _linkedin else "https://api.linkedin.com")
LINKEDIN_OAUTH_URL = env.str(
    "LINKEDIN_OAUTH_URL", f"{_linkedin}/api/oauth" if _linkedin else "https://www.linkedin.com/oauth"
)
LINKEDIN_WEB_URL = env.str("LINKEDIN_WEB_URL", _linkedin or "https://www.linkedin.com").rstrip("/")
LINKEDIN_API_VERSION = env.str("LINKEDIN_API_VERSION", "202609")
LINKEDIN_CLIENT_ID = env.str("LINKEDIN_CLIENT_ID", "sandbox-linkedin-client" if _linkedin else "")
LINKEDIN_CLIENT_SECRET = env.str("LINKEDIN_CLIENT_SECRET", "sandbox-linkedin-secret" if _linkedin else "")
# Which of LinkedIn's products the application was given: "share" (members) or "community" (members and pages).
LINKEDIN_PRODUCT = env.str("LINKEDIN_PRODUCT", "community" if _linkedin else "share")
LINKEDIN_SCOPES = env.list("LINKEDIN_SCOPES", default=[])
LINKEDIN_FREE_COMMENTS = env.bool("LINKEDIN_FREE_COMMENTS", False)
LINKEDIN_GRACE_SECONDS = env.int("LINKEDIN_GRACE_SECONDS", 20)
LINKEDIN_IMAGE_MAX_BYTES = env.int("LINKEDIN_IMAGE_MAX_BYTES", 10 * 1024**2)
LINKEDIN_DOCUMENT_MAX_BYTES = env.int("LINKEDIN_DOCUMENT_MAX_BYTES", 100 * 1024**2)
LINKEDIN_VIDEO_MAX_BYTES = env.int("LINKEDIN_VIDEO_MAX_BYTES", 500 * 1024**2)
LINKEDIN_VIDEO_MAX_SECONDS = env.int("LINKEDIN_VIDEO_MAX_SECONDS", 1800)
TIKTOK_ON_SANDBOX = SANDBOX and not env.str("TIKTOK_CLIENT_ID", "")
_tiktok = f"{SANDBOX_URL}/tiktok" if TIKTOK_ON_SANDBOX else ""
TIKTOK_API_URL = env.str("TIKTOK_API_URL", f"{_tiktok}/api" if _tiktok else "https://open.tiktokapis.com").rstrip("/")
TIKTOK_WEB_URL = env.str("TIKTOK_WEB_URL", _tiktok or "https://www.tiktok.com").rstrip("/")
# Upload addresses come from TikTok's answers; bytes go nowhere but below this domain.
TIKTOK_UPLOAD_DOMAIN = env.str(
    "TIKTOK_UPLOAD_DOMAIN", (urlsplit(_tiktok).hostname or "") if _tiktok else "tiktokapis.com"
)
TIKTOK_CLIENT_ID = env.str("TIKTOK_CLIENT_ID", "sandbox-tiktok-client" if _tiktok else "")
TIKTOK_CLIENT_SECRET = env.str("TIKTOK_CLIENT_SECRET", "sandbox-tiktok-secret" if _tiktok else "")
# Until TikTok has audited the app it takes private posts only; say here when it has.
TIKTOK_APP_AUDITED = env.bool("TIKTOK_APP_AUDITED", TIKTOK_ON_SANDBOX)
TIKTOK_CHUNK_BYTES = env.int("TIKTOK_CHUNK_BYTES", 10_000_000)
TIKTOK_VIDEO_MAX_BYTES = env.int("TIKTOK_VIDEO_MAX_BYTES", 4_000_000_000)
TIKTOK_VIDEO_MAX_SECONDS = env.int("TIKTOK_VIDEO_MAX_SECONDS", 600)
TIKTOK_PHOTO_MAX_BYTES = env.int("TIKTOK_PHOTO_MAX_BYTES", 20_000_000)
YOUTUBE_ON_SANDBOX = SANDBOX and not env.str("YOUTUBE_CLIENT_ID", "")
_youtube = f"{SANDBOX_URL}/youtube" if YOUTUBE_ON_SANDBOX else ""
YOUTUBE_API_URL = env.str("YOUTUBE_API_URL", f"{_youtube}/api" if _youtube else "https://www.googleapis.com")
YOUTUBE_API_VERSION = env.str("YOUTUBE_API_VERSION", "v3")
YOUTUBE_ANALYTICS_URL = env.str(
    "YOUTUBE_ANALYTICS_URL", f"{_youtube}/api/analytics" if _youtube else "https://youtubeanalytics.googleapis.com"
)
YOUTUBE_TOKEN_URL = env.str("YOUTUBE_TOKEN_URL", f"{_youtube}/api" if _youtube else "https://oauth2.googleapis.com")
YOUTUBE_AUTH_URL = env.str("YOUTUBE_AUTH_URL", _youtube or "https://accounts.google.com")
YOUTUBE_WEB_URL = env.str("YOUTUBE_WEB_URL", _youtube or "https://www.youtube.com").rstrip("/")
YOUTUBE_CLIENT_ID = env.str("YOUTUBE_CLIENT_ID", "sandbox-youtube-client" if _youtube else "")
YOUTUBE_CLIENT_SECRET = env.str("YOUTUBE_CLIENT_SECRET", "sandbox-youtube-secret" if _youtube else "")
YOUTUBE_ONLY_PRIVATE = env.bool("YOUTUBE_ONLY_PRIVATE", False)
YOUTUBE_CHUNK_BYTES = env.int("YOUTUBE_CHUNK_BYTES", 32 * 1024**2)
YOUTUBE_VIDEO_MAX_BYTES = env.int("YOUTUBE_VIDEO_MAX_BYTES", 256 * 1024**3)
YOUTUBE_VIDEO_MAX_SECONDS = env.int("YOUTUBE_VIDEO_MAX_SECONDS", 43_200)
YOUTUBE_VIDEO_MAX_SECONDS_UNVERIFIED = env.int("YOUTUBE_VIDEO_MAX_SECONDS_UNVERIFIED", 900)
YOUTUBE_SHORT_MAX_SECONDS = env.int("YOUTUBE_SHORT_MAX_SECONDS", 180)
YOUTUBE_THUMBNAIL_MAX_BYTES = env.int("YOUTUBE_THUMBNAIL_MAX_BYTES", 50 * 1024**2)
YOUTUBE_UPLOADS_PER_DAY = env.int("YOUTUBE_UPLOADS_PER_DAY", 100)
THREADS_ON_SANDBOX = SANDBOX and not env.str("THREADS_CLIENT_ID", "")
_threads = f"{SANDBOX_URL}/threads" if THREADS_ON_SANDBOX else ""
THREADS_API_URL = env.str("THREADS_API_URL", f"{_threads}/api" if _threads else "https://graph.threads.net").rstrip("/")
THREADS_WEB_URL = env.str("THREADS_WEB_URL", _threads or "https://www.threads.com").rstrip("/")
THREADS_API_VERSION = env.str("THREADS_API_VERSION", "v1.0")
THREADS_CLIENT_ID = env.str("THREADS_CLIENT_ID", "sandbox-threads-client" if _threads else "")
THREADS_CLIENT_SECRET = env.str("THREADS_CLIENT_SECRET", "sandbox-threads-secret" if _threads else "")
THREADS_EXTRA_SCOPES = env.list("THREADS_EXTRA_SCOPES", default=[])
THREADS_IMAGE_MAX_BYTES = env.int("THREADS_IMAGE_MAX_BYTES", 8 * 1024**2)
THREADS_VIDEO_MAX_BYTES = env.int("THREADS_VIDEO_MAX_BYTES", 1024**3)
THREADS_VIDEO_MAX_SECONDS = env.int("THREADS_VIDEO_MAX_SECONDS", 300)
THREADS_MAX_LINKS = env.int("THREADS_MAX_LINKS", 5)
# Two ways in: Instagram's own log-in, and Facebook's, whose app may be the one of Pages or another.
INSTAGRAM_ON_SANDBOX = (
    SANDBOX and not env.str("INSTAGRAM_CLIENT_ID", "") and not env.str("INSTAGRAM_FACEBOOK_CLIENT_ID", "")
)
_instagram = f"{SANDBOX_URL}/instagram" if INSTAGRAM_ON_SANDBOX else ""
INSTAGRAM_API_URL = env.str("INSTAGRAM_API_URL", f"{_instagram}/api" if _instagram else "https://graph.instagram.com")
INSTAGRAM_TOKEN_URL = env.str("INSTAGRAM_TOKEN_URL", f"{_instagram}/api" if _instagram else "https://api.instagram.com")
INSTAGRAM_WEB_URL = env.str("INSTAGRAM_WEB_URL", _instagram or "https://www.instagram.com").rstrip("/")
INSTAGRAM_API_VERSION = env.str("INSTAGRAM_API_VERSION", "v26.0")
INSTAGRAM_CLIENT_ID = env.str("INSTAGRAM_CLIENT_ID", "sandbox-instagram-client" if _instagram else "")
INSTAGRAM_CLIENT_SECRET = env.str("INSTAGRAM_CLIENT_SECRET", "sandbox-instagram-secret" if _instagram else "")
INSTAGRAM_FACEBOOK_API_URL = env.str(
    "INSTAGRAM_FACEBOOK_API_URL", f"{_instagram}/api/facebook" if _instagram else "https://graph.facebook.com"
)
INSTAGRAM_UPLOAD_URL = env.str(
    "INSTAGRAM_UPLOAD_URL", f"{_instagram}/api/facebook/rupload" if _instagram else "https://rupload.facebook.com"
)
INSTAGRAM_FACEBOOK_WEB_URL = env.str(
    "INSTAGRAM_FACEBOOK_WEB_URL", f"{SANDBOX_URL}/facebook" if _instagram else "https://www.facebook.com"
).rstrip("/")
INSTAGRAM_FACEBOOK_CLIENT_ID = env.str("INSTAGRAM_FACEBOOK_CLIENT_ID", "sandbox-facebook-client" if _instagram else "")
INSTAGRAM_FACEBOOK_CLIENT_SECRET = env.str(
    "INSTAGRAM_FACEBOOK_CLIENT_SECRET", "sandbox-facebook-secret" if _instagram else ""
)
INSTAGRAM_FACEBOOK_CONFIG_ID = env.str("INSTAGRAM_FACEBOOK_CONFIG_ID", "")
INSTAGRAM_FACEBOOK_EXTRA_SCOPES = env.list("INSTAGRAM_FACEBOOK_EXTRA_SCOPES", default=[])
INSTAGRAM_IMAGE_MAX_BYTES = env.int("INSTAGRAM_IMAGE_MAX_BYTES", 8 * 1024**2)
INSTAGRAM_IMAGE_NARROWEST = env.float("INSTAGRAM_IMAGE_NARROWEST", 0.8)
INSTAGRAM_VIDEO_MAX_BYTES = env.int("INSTAGRAM_VIDEO_MAX_BYTES", 300 * 1024**2)
INSTAGRAM_VIDEO_MAX_SECONDS = env.int("INSTAGRAM_VIDEO_MAX_SECONDS", 900)
INSTAGRAM_CAROUSEL_MOST = env.int("INSTAGRAM_CAROUSEL_MOST", 10)
