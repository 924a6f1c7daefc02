"""Run a command with servers that live as long as it does: `python -m multivio.testing.with_servers command …`."""

import os
import subprocess
import sys

from multivio.testing.environment import prepare


def main() -> int:
    prepare()
    from multivio.testing.databases import create_own_database  # noqa: PLC0415 - reads the prepared environment

    create_own_database()
    return subprocess.run(sys.argv[1:], env=dict(os.environ), check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
