"""How people sign in: allauth with second factors and tokens for programs, Google, Firebase."""

import hmac
import os
from datetime import timedelta
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from multivio.settings.cache import SESSION_COOKIE_AGE
from multivio.settings.core import BASE_URL, DEBUG, SECRET_KEY, env

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

if os.environ.get("PYTEST_VERSION"):
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
