"""Keys of encrypted fields, HTTPS and cookies, proxies, rates, and other origins."""

from multivio.rate_settings import read_rates
from multivio.settings.core import BASE_URL, DEBUG, env

# "id:base64url(32 bytes)", comma separated. The first key seals, all of them open; `manage.py rotate_keys` re-seals.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
_https = BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = _https and not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("TRUST_PROXY_SCHEME", False) else None
SECURE_HSTS_SECONDS = 31_536_000 if _https and not DEBUG else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrftoken"
X_FRAME_OPTIONS = "DENY"
# How many proxies of ours add to X-Forwarded-For (multivio/visitor.py).
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
# Other rates than those in multivio/rates.py: "name=amount/seconds", comma separated.
RATE_LIMITS = read_rates(env.list("RATE_LIMITS", default=[]))
# Pages elsewhere that may call the API from a browser, with a token or key; cookies are never taken from there.
CORS_ALLOWED_ORIGINS = env.list("CORS_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/(api/v1|_allauth/app)/"
CORS_ALLOW_HEADERS = [
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "multivio-workspace",
    "x-session-token",
]
CORS_EXPOSE_HEADERS = ["ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"]
CORS_PREFLIGHT_MAX_AGE = 600
