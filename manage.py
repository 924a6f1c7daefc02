#!/usr/bin/env python
"""Django's command line. Commands that change the schema log in as its owner, the dispatcher as the system role."""

import os
import sys

OWNER_COMMANDS = {"makemigrations", "migrate", "prepare_database", "showmigrations", "sqlmigrate", "squashmigrations"}
SYSTEM_COMMANDS = {"dispatch"}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if sys.argv[1:] == ["up"]:
        from multivio.supervisor.up import main as up  # noqa: PLC0415 - without Django it starts at once

        sys.exit(up())
    if command in OWNER_COMMANDS:
        os.environ.setdefault("MULTIVIO_DB_ROLE", "owner")
    if command in SYSTEM_COMMANDS:
        os.environ.setdefault("MULTIVIO_DB_ROLE", "system")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "multivio.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after the environment is set

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
