"""All settings, read from the environment. Sections in order: core, apps, database, cache and Celery, sign-in, static and
media, security, platforms, AI, billing, e-mail, API, logs. `manage.py check` says what is missing and what that disables."""

import hmac
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from multivio.database import database
from multivio.local import load_local_environment
from multivio.logs import logging_config
from multivio.rate_settings import read_rates
from multivio.redis_url import broker_url

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if not env.bool("MULTIVIO_IGNORE_LOCAL", False):  # tests and the children of `up` get a complete environment
    environ.Env.read_env(BASE_DIR / ".env")
    load_local_environment()

# -- core ---------------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY and DEBUG:
    SECRET_KEY = "only-for-local-debugging-and-never-in-production-0123456789"  # noqa: S105 - refused by check --deploy
PORT = env.int("PORT", 8000)
BASE_URL = env.str("BASE_URL", f"http://localhost:{PORT}").rstrip("/")
_host = urlsplit(BASE_URL).hostname or "localhost"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_host, "localhost", "127.0.0.1"] if DEBUG else [_host])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "multivio.urls"
ASGI_APPLICATION = "multivio.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
SITE_ID = 1

# The sandbox stands in for every platform without keys. Only for local work: refused when DEBUG is off.
SANDBOX = env.bool("MULTIVIO_SANDBOX", False)
SANDBOX_PORT = env.int("SANDBOX_PORT", PORT + 1)
SANDBOX_URL = env.str("SANDBOX_URL", f"http://127.0.0.1:{SANDBOX_PORT}").rstrip("/")

# -- apps ---------------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "multivio",
    "accounts",
    "billing",
    "social",
    "ai",
    "posts",
    "multivio.admin_site.MultivioAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "allauth.socialaccount.providers.google",
    "social.providers.x",
    "social.providers.x_oauth1",
    "social.providers.facebook",
    "social.providers.linkedin",
    "social.providers.tiktok",
    "social.providers.youtube",
    "social.providers.threads",
    "social.providers.instagram",
    "social.providers.instagram_facebook",
    "corsheaders",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "multivio.health.HealthMiddleware",
    "multivio.chunked.ChunkedBodyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "multivio.request_log.RequestLog",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.origin.OriginMiddleware",
    "accounts.refusals.RefusalsMiddleware",
    "accounts.rate_middleware.RatesMiddleware",
    "accounts.signin.sessions.SessionAge",
    "multivio.tenancy.TenantMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.shell",
                "posts.context.needs_you",
            ],
            "builtins": ["multivio.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- database -----------------------------------------------------------------------------------------------------------

# Three log-ins (docs/architecture.md): the doors use the app role, engine and dispatcher the system role, `migrate` the
# owner. manage.py picks the owner for the commands that change the schema.
DATABASE_URL = env.str("DATABASE_URL", "")
DATABASE_SYSTEM_URL = env.str("DATABASE_SYSTEM_URL", DATABASE_URL)
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", DATABASE_URL)
DATABASE_ROLE = env.str("MULTIVIO_DB_ROLE", "app")
DATABASES = {
    "default": database(
        {"app": DATABASE_URL, "system": DATABASE_SYSTEM_URL, "owner": DATABASE_OWNER_URL}[DATABASE_ROLE],
        pool_size=env.int("DATABASE_POOL_SIZE", 8) if DATABASE_ROLE != "owner" else 0,
    )
}

# -- cache, sessions, Celery --------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("CACHE_PREFIX", "mv"),
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())

CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"posts.tasks.drain": {"queue": "publish"}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# kombu's default pool of 10 connections left tasks stuck under load.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "max_connections": 200, "socket_timeout": 5}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# -- sign-in ------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.signin.passwords.ContextWords"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "optional" if DEBUG else "mandatory")
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Days in which an invitation can be accepted, and in which a deleted workspace can be kept after all.
INVITATION_DAYS = env.int("INVITATION_DAYS", 7)
WORKSPACE_GRACE_DAYS = env.int("WORKSPACE_GRACE_DAYS", 14)
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(BASE_URL).scheme
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# The second factor. A passkey signs in by itself, so it has to verify who holds it.
MFA_ADAPTER = "accounts.signin.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = BASE_URL.startswith("http://")  # browsers allow it on localhost alone
MFA_TOTP_ISSUER = "Multivio"
MFA_TOTP_TOLERANCE = 1
# Sign-in with Google. Its keys are not those that publish to YouTube.
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", "")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", "")
# Sign-in with Firebase (docs/security.md). Without credentials nobody could ask whether a sign-in was revoked meanwhile.
FIREBASE_PROJECT_ID = env.str("FIREBASE_PROJECT_ID", "")
FIREBASE_CREDENTIALS_JSON = env.str("FIREBASE_CREDENTIALS_JSON", "")
FIREBASE_WEB_API_KEY = env.str("FIREBASE_WEB_API_KEY", "")  # only for the form with address and password
FIREBASE_PROVIDERS = env.list("FIREBASE_PROVIDERS", default=["password", "google.com", "apple.com"])
# With this variable Google's library takes any token, signed or not.
FIREBASE_EMULATOR = env.str("FIREBASE_AUTH_EMULATOR_HOST", "")
if FIREBASE_EMULATOR and not DEBUG:
    raise ImproperlyConfigured("FIREBASE_AUTH_EMULATOR_HOST is set: anybody could sign in as anybody. Unset it.")
FIREBASE_SIGN_IN = bool(FIREBASE_PROJECT_ID and (FIREBASE_CREDENTIALS_JSON or FIREBASE_EMULATOR))
SOCIALACCOUNT_PROVIDERS = {
    "google": {
        "SCOPE": ["openid", "profile", "email"],
        "AUTH_PARAMS": {"prompt": "select_account"},
        "OAUTH_PKCE_ENABLED": True,
    }
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True  # for whom: social/adapter.py
SOCIALACCOUNT_ADAPTER = "social.adapter.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False  # tokens live encrypted in our grants, nowhere else
USERSESSIONS_TRACK_ACTIVITY = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before changing how one signs in
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a mail about every change to how one signs in
# Guessing is counted by our rates (multivio/rates.py, accounts/adapter.py). These are allauth's inner walls, by person.
ACCOUNT_RATE_LIMITS = {
    "login": "", "signup": "", "reset_password": "5/m/key", "reset_password_from_key": "", "request_login_code": "3/m/key",
    "login_failed": "10/5m/key", "confirm_email": "1/1m/key",
}  # fmt: skip
MFA_RATE_LIMITS = {"webauthn_login": ""}
# Tokens for programs in which a person signs in. Stateful: each use asks for the session, so that revoking is immediate.
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "accounts.signin.tokens.TokenStrategy"  # noqa: S105 - a class
HEADLESS_JWT_ALGORITHM = "HS256"
HEADLESS_JWT_PRIVATE_KEY = hmac.digest(SECRET_KEY.encode(), b"multivio.jwt", "sha256").hex()
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = int(timedelta(minutes=10).total_seconds())
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = SESSION_COOKIE_AGE
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True

# -- static and media ---------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_HOME = env.str("MEDIA_HOME", str(BASE_DIR / ".data" / "media"))
MEDIA_PUBLIC_URL = env.str("MEDIA_PUBLIC_URL", "").rstrip("/")
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_BYTES", 5 * 1024**3)
# Platforms that fetch media themselves need an address that they reach; those in the sandbox reach this machine.
MEDIA_CAN_BE_FETCHED = bool(MEDIA_PUBLIC_URL or env.str("S3_BUCKET", ""))
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
S3_BUCKET = env.str("S3_BUCKET", "")
_s3_options = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
    "access_key": env.str("S3_ACCESS_KEY_ID", ""),
    "secret_key": env.str("S3_SECRET_ACCESS_KEY", ""),
    "region_name": env.str("S3_REGION", "auto"),
}
STORAGES = {
    "default": {"BACKEND": "posts.media.bucket.Bucket", "OPTIONS": _s3_options}
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_HOME}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "multivio.storage.StaticStorage"
    },
}

# -- security -----------------------------------------------------------------------------------------------------------

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

# The audit trail. Its chain is keyed: the first key seals, all of them verify. How much of an address it keeps: full, network
# or none. After how many days entries go (0: never). Where the ends of the chains are noted outside the database.
AUDIT_KEYS = env.list("AUDIT_KEYS", default=[SECRET_KEY])
AUDIT_ADDRESSES = env.str("AUDIT_ADDRESSES", "full")
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", 730)
AUDIT_ANCHORS = env.str("AUDIT_ANCHORS", str(Path(MEDIA_HOME).parent / "anchors"))
SUPPORT_VISIT_MINUTES = env.int("SUPPORT_VISIT_MINUTES", 60)

# The audit trail. Its chain is keyed: the first key seals, all of them verify. How much of an address it keeps: full, network
# or none. After how many days entries go (0: never). Where the ends of the chains are noted outside the database.
AUDIT_KEYS = env.list("AUDIT_KEYS", default=[SECRET_KEY])
AUDIT_ADDRESSES = env.str("AUDIT_ADDRESSES", "full")
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", 730)
AUDIT_ANCHORS = env.str("AUDIT_ANCHORS", str(Path(MEDIA_HOME).parent / "anchors"))
SUPPORT_VISIT_MINUTES = env.int("SUPPORT_VISIT_MINUTES", 60)

# -- platforms: base addresses and limits are settings, so a sandbox, a proxy or tomorrow's version is not an edit ------

_x_sandbox = SANDBOX and not env.str("X_CLIENT_ID", "") and not env.str("X_CONSUMER_KEY", "")
X_ON_SANDBOX = _x_sandbox
X_API_URL = env.str("X_API_URL", f"{SANDBOX_URL}/x/api" if _x_sandbox else "https://api.x.com").rstrip("/")
X_WEB_URL = env.str("X_WEB_URL", f"{SANDBOX_URL}/x" if _x_sandbox else "https://x.com").rstrip("/")
X_CLIENT_ID = env.str("X_CLIENT_ID", "sandbox-x-client" if _x_sandbox else "")
X_CLIENT_SECRET = env.str("X_CLIENT_SECRET", "sandbox-x-secret" if _x_sandbox else "")
X_CONSUMER_KEY = env.str("X_CONSUMER_KEY", "sandbox-x-key" if _x_sandbox else "")
X_CONSUMER_SECRET = env.str("X_CONSUMER_SECRET", "sandbox-x-key-secret" if _x_sandbox else "")
X_FIELDS_PARAMETER = env.str("X_FIELDS_PARAMETER", "tweet.fields")
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

_form_targets = [
    SELF,
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
    _s3_origin = "{0.scheme}://{0.netloc}".format(urlsplit(_s3_options["endpoint_url"] or ""))
    _bucket.append(
        _s3_origin if _s3_options["endpoint_url"] else f"https://s3.{_s3_options['region_name']}.amazonaws.com"
    )
_avatars = [SANDBOX_URL] if SANDBOX else ["https://pbs.twimg.com", "https://*.fbcdn.net", "https://*.fbsbx.com"]
_avatars += [] if SANDBOX else ["https://media.licdn.com"]
_avatars += [] if SANDBOX else [f"https://*.tiktokcdn{region}.com" for region in ("", "-us", "-eu")]
_avatars += [] if SANDBOX else ["https://yt3.ggpht.com", "https://yt3.googleusercontent.com"]
_avatars += [] if SANDBOX else ["https://*.cdninstagram.com"]  # Threads shows the pictures of Instagram
_avatars += [] if SANDBOX else ["https://*.cdninstagram.com"]
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

# -- publishing ---------------------------------------------------------------------------------------------------------

PUBLISH_SLOTS = env.int("PUBLISH_SLOTS", 64)
PUBLISH_LEASE_SECONDS = env.int("PUBLISH_LEASE_SECONDS", 60)
PUBLISH_WORKSPACE_CAP = env.int("PUBLISH_WORKSPACE_CAP", 20)
PUBLISH_CALL_TIMEOUT_SECONDS = env.int("PUBLISH_CALL_TIMEOUT_SECONDS", 30)
# Outcomes that the database could not take wait here; on a disk that survives a restart of the process.
PUBLISH_SPOOL = env.str("PUBLISH_SPOOL", str(Path(MEDIA_HOME).parent / "spool"))
PUBLISH_FAILPOINT = env.str("PUBLISH_FAILPOINT", "")

# -- e-mail -------------------------------------------------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Multivio <hello@localhost>")
# Whoever runs this installation: told when a platform blocks the whole application.
ADMINS = [(address, address) for address in env.list("OPERATOR_EMAILS", default=[])]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = "[Multivio] "

# -- notifications ------------------------------------------------------------------------------------------------------

DIGEST_HOUR = env.int(
    "DIGEST_HOUR", 8
)  # in the person's zone, else the workspace's, in which the summary of the week comes too
NOTIFICATION_DAYS = env.int("NOTIFICATION_DAYS", 180)  # how long they are kept
# Push needs a Firebase project with Cloud Messaging; without one nothing on the pages speaks of it.
PUSH_ENABLED = bool(FIREBASE_PROJECT_ID and FIREBASE_CREDENTIALS_JSON)

# -- API ----------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.JwtAuthentication",
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.rates.CallerRate"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.InWorkspace"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["multivio.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "multivio.api.Cursor",
    "DEFAULT_SCHEMA_CLASS": "multivio.openapi.Schema",
    "EXCEPTION_HANDLER": "multivio.api.problem_handler",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Multivio",
    "VERSION": "1",
    "DESCRIPTION": "Write once, publish everywhere, exactly once or you are told.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Role": "accounts.roles.Role",
        "Theme": "accounts.models.Theme",
        "ApprovalState": "posts.states.Approval",
        "ApprovalPolicy": "accounts.models.ApprovalPolicy",
        "NoteKind": "posts.models.Note.Kind",
        "PostState": "posts.states.PostState",
        "PublicationState": "posts.states.State",
        "AttemptStatus": "posts.models.Attempt.Status",
        "MediaKind": "posts.models.Media.Kind",
        "RuleKind": ["image", "gif", "video"],
        "KeyState": ["active", "replaced", "expired", "revoked"],
        "PlatformSlug": "social.models.PlatformSlug",
        "NotificationKind": "accounts.notification_models.Kind",
        "AuditKind": "accounts.audit_models.AuditEntry.Kind",
        "AuditArea": "accounts.trail.reading.AREAS",
        "MailChoice": "accounts.notification_models.Mail",
        "DeviceSystem": "accounts.notification_models.Device.System",
    },
    "SERVE_AUTHENTICATION": ["accounts.authentication.SessionAuthentication"],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# -- logs ---------------------------------------------------------------------------------------------------------------

LOGGING = logging_config(level=env.str("LOG_LEVEL", "INFO"), json=env.bool("LOG_JSON", not DEBUG))
if os.environ.get("PYTEST_VERSION"):
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
