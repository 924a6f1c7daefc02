"""Static files and media, on this machine or in a bucket."""

from multivio.settings.core import BASE_DIR, DEBUG, env

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
# While developing files are found when they are asked for, and not listed beforehand: each client of a test would list them anew.
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_HOME = env.str("MEDIA_HOME", str(BASE_DIR / ".data" / "media"))
MEDIA_PUBLIC_URL = env.str("MEDIA_PUBLIC_URL", "").rstrip("/")
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_BYTES", 5 * 1024**3)
# Platforms that fetch media themselves need an address that they reach; those in the sandbox reach this machine.
MEDIA_CAN_BE_FETCHED = bool(MEDIA_PUBLIC_URL or env.str("S3_BUCKET", ""))
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
S3_BUCKET = env.str("S3_BUCKET", "")
s3_options = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
    "access_key": env.str("S3_ACCESS_KEY_ID", ""),
    "secret_key": env.str("S3_SECRET_ACCESS_KEY", ""),
    "region_name": env.str("S3_REGION", "auto"),
}
STORAGES = {
    "default": {"BACKEND": "posts.media.bucket.Bucket", "OPTIONS": s3_options}
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_HOME}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "multivio.storage.StaticStorage"
    },
}
