"""What everything else stands on: the environment, addresses, and whether this is local work with the sandbox."""

from pathlib import Path
from urllib.parse import urlsplit

import environ

from multivio.local import load_local_environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
if not env.bool("MULTIVIO_IGNORE_LOCAL", False):  # tests and the children of `up` get a complete environment
    environ.Env.read_env(BASE_DIR / ".env")
    load_local_environment()

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
