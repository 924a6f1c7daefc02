"""What pages may load, and where their forms may lead."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from multivio.settings.billing import BILLING_ENABLED, STRIPE_WEB_URL
from multivio.settings.core import SANDBOX, SANDBOX_URL
from multivio.settings.files import MEDIA_PUBLIC_URL, S3_BUCKET, s3_options
from multivio.settings.platforms import (
    FACEBOOK_WEB_URL,
    INSTAGRAM_FACEBOOK_WEB_URL,
    INSTAGRAM_WEB_URL,
    LINKEDIN_OAUTH_URL,
    THREADS_ON_SANDBOX,
    THREADS_WEB_URL,
    TIKTOK_WEB_URL,
    X_ON_SANDBOX,
    X_WEB_URL,
    YOUTUBE_AUTH_URL,
)
from multivio.settings.sign_in import GOOGLE_CLIENT_ID

_form_targets = [
    SELF,
    *([STRIPE_WEB_URL] if BILLING_ENABLED else []),
    X_WEB_URL if X_ON_SANDBOX else "https://x.com",
    *(["https://api.x.com"] if not X_ON_SANDBOX else []),
    FACEBOOK_WEB_URL,
    LINKEDIN_OAUTH_URL,
    TIKTOK_WEB_URL,
    YOUTUBE_AUTH_URL,
    THREADS_WEB_URL,
    # Threads answers under both of its names, and leads from one to the other.
    *([] if THREADS_ON_SANDBOX else ["https://www.threads.net", "https://threads.net"]),
    INSTAGRAM_WEB_URL,
    INSTAGRAM_FACEBOOK_WEB_URL,
    *(["https://accounts.google.com"] if GOOGLE_CLIENT_ID else []),
]
_form_targets = [t if t == SELF else "{0.scheme}://{0.netloc}".format(urlsplit(t)) for t in _form_targets]
_bucket = [MEDIA_PUBLIC_URL] if MEDIA_PUBLIC_URL else []
if S3_BUCKET:  # signed addresses of media redirect to it
    _s3_origin = "{0.scheme}://{0.netloc}".format(urlsplit(s3_options["endpoint_url"] or ""))
    _bucket.append(
        _s3_origin if s3_options["endpoint_url"] else f"https://s3.{s3_options['region_name']}.amazonaws.com"
    )
_avatars = [SANDBOX_URL] if SANDBOX else ["https://pbs.twimg.com", "https://*.fbcdn.net", "https://*.fbsbx.com"]
_avatars += [] if SANDBOX else ["https://media.licdn.com"]
_avatars += [] if SANDBOX else [f"https://*.tiktokcdn{region}.com" for region in ("", "-us", "-eu")]
_avatars += [] if SANDBOX else ["https://yt3.ggpht.com", "https://yt3.googleusercontent.com"]
_avatars += [] if SANDBOX else ["https://*.cdninstagram.com"]  # Threads shows the pictures of Instagram
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_avatars, *_bucket],
        "media-src": [SELF, "blob:", *_bucket],
        "connect-src": [SELF, *_bucket],
        # Chrome applies form-action to the redirect after a POST as well, and connecting an account is one.
        "form-action": _form_targets,
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
