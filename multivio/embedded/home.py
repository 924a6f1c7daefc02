"""The folder of one local installation: data, sockets, log files, and `state.json` with secrets and addresses.

This module is imported by the settings, so it needs nothing but the standard library.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import IO, Any

CHECKOUT = Path(__file__).resolve().parents[2]
LONGEST_SOCKET = 100  # bytes; the kernel's limit is 107, on macOS 103
SOCKETS = "s"


class HomeUnusable(Exception):
    """The folder cannot be used. The text is for the person at the terminal."""


def default_home() -> Path:
    """Where this checkout keeps its data when MULTIVIO_HOME says nothing else."""
    return usable(CHECKOUT / ".data")


def chosen_home() -> Path:
    """The home in force: MULTIVIO_HOME or `.data`, moved to /var/tmp where sockets cannot live in it."""
    wish = os.environ.get("MULTIVIO_HOME")
    return usable(Path(wish).expanduser()) if wish else default_home()


def usable(wish: Path) -> Path:
    """`wish` itself, or a stand-in under /var/tmp when its socket path is too long or `nobody` cannot get there."""
    wish = wish.absolute()
    if fits(wish) and (os.geteuid() != 0 or traversable(wish)):
        return wish
    digest = hashlib.sha256(os.fsencode(wish)).hexdigest()[:10]
    return Path(f"/var/tmp/multivio-{os.geteuid()}-{digest}")  # noqa: S108 - survives a reboot; ownership is checked


def fits(home: Path) -> bool:
    """Whether PostgreSQL's socket path stays within the kernel's limit."""
    return len(os.fsencode(home / SOCKETS / ".s.PGSQL.5432")) <= LONGEST_SOCKET


def traversable(path: Path) -> bool:
    """Whether every existing folder down to `path` lets anybody pass."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.is_dir())


def private_file(path: Path) -> IO[str]:
    """Open `path` for writing, empty and readable by its owner only from the first byte on."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")


class Home:
    """One home folder: made on first use, locked by the process that runs its servers, described by state.json."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state_file = path / "state.json"
        self._lock: IO[str] | None = None

    def make(self) -> None:
        """Create the folder. Raises HomeUnusable when it belongs to somebody else (/var/tmp is open to all)."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise HomeUnusable(
                f"The folder {self.path} cannot be made: {error.strerror}. Set MULTIVIO_HOME."
            ) from error
        if self.path.is_symlink() or self.path.stat().st_uid != os.geteuid():
            raise HomeUnusable(f"The folder {self.path} belongs to another user. Set MULTIVIO_HOME to one of your own.")
        # As root the servers run as `nobody`, who has to pass through but not to look around.
        self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)

    def folder(self, name: str, *, owner: tuple[int, int] | None = None) -> Path:
        """A folder inside the home, for its owner alone; `owner` is (uid, gid) of the server that uses it."""
        folder = self.path / name
        folder.mkdir(exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        if owner:
            os.chown(folder, *owner)
        return folder

    def lock(self) -> bool:
        """Become the one process that runs this home's servers. False when another one is."""
        self.make()
        handle = (self.path / "lock").open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._lock = handle
        return True

    def lock_handle(self) -> int | None:
        """The lock's file descriptor: whoever inherits it holds the lock as long as it lives."""
        return self._lock.fileno() if self._lock else None

    def unlock(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def read(self) -> dict[str, Any]:
        """What state.json says; empty when there is none or it is damaged."""
        with contextlib.suppress(OSError, ValueError):
            state = json.loads(self.state_file.read_text())
            if isinstance(state, dict):
                return state
        return {}

    def write(self, **changes: Any) -> dict[str, Any]:
        """Merge `changes` into state.json in one step, so that a reader never sees half a file."""
        state = {**self.read(), **changes}
        fresh = self.state_file.with_suffix(".new")
        with private_file(fresh) as handle:
            json.dump(state, handle, indent=1)
        fresh.replace(self.state_file)
        return state
