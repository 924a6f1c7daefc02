"""E-mail, and how people are told things."""

from multivio.settings.core import env
from multivio.settings.sign_in import FIREBASE_CREDENTIALS_JSON, FIREBASE_PROJECT_ID

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Multivio <hello@localhost>")
# Whoever runs this installation: told when a platform blocks the whole application.
ADMINS = [(address, address) for address in env.list("OPERATOR_EMAILS", default=[])]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = "[Multivio] "

# In the person's zone, else the workspace's, in which the summary of the week comes too.
DIGEST_HOUR = env.int("DIGEST_HOUR", 8)
NOTIFICATION_DAYS = env.int("NOTIFICATION_DAYS", 180)  # how long they are kept
# Push needs a Firebase project with Cloud Messaging; without one nothing on the pages speaks of it.
PUSH_ENABLED = bool(FIREBASE_PROJECT_ID and FIREBASE_CREDENTIALS_JSON)
