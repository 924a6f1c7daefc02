#!/usr/bin/env python
"""Django's command line. `up` runs the whole product; commands that change the schema log in as its owner."""

import os
import sys

OWNER_COMMANDS = {"makemigrations", "migrate", "prepare_database", "showmigrations", "sqlmigrate", "squashmigrations"}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command in OWNER_COMMANDS:
        os.environ.setdefault("MULTIVIO_DB_ROLE", "owner")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "multivio.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after the environment is set

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
