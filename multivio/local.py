"""A local installation's own environment: `state.json` in its home, written by `manage.py up`."""

import os

from multivio.embedded.home import Home, chosen_home


def load_local_environment() -> None:
    """Fill missing environment variables from the running (or last) `manage.py up` of this checkout.

    A second terminal (`manage.py shell`, `create_api_key`) then talks to the same database as the running product.
    Variables that are set already win, so production, which sets DATABASE_URL, never reads the file's database.
    """
    for name, value in Home(chosen_home()).read().get("env", {}).items():
        os.environ.setdefault(name, value)
