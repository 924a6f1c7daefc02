"""PostgreSQL, by three log-ins."""

from multivio.database import database
from multivio.settings.core import env

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
