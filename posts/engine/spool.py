"""Outcomes that the database could not take, kept on disk until it can.

A known outcome that is lost turns into an unknown one, and in the end into a question to a person. So while PostgreSQL is
away each outcome is written to a file of its own (fsync, then rename) and handed in again when the database is back: by
the same process, or after its death by the next one on this machine. Handing in twice is harmless.
"""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

import structlog

from posts.engine.protocol import Item

log = structlog.get_logger(__name__)
SUFFIX = ".json"


class Spool:
    """A folder of outcomes. Several processes may share it; a lock on each file says who hands it in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, item: Item) -> Path:
        """Write an outcome durably; the same one twice ends in the same file."""
        final = self.folder / f"{item['id']}-{item['fence']}-{item['step'].replace(':', '-')}-{item['kind']}{SUFFIX}"
        draft = final.with_suffix(f".{os.getpid()}.tmp")
        with draft.open("w") as file:
            json.dump(item, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(final)
        self._sync_folder()
        return final

    def hand_in(self, record: Callable[[Item], None]) -> int:
        """Give every kept outcome to `record`, and forget those that it took; answers how many. Raises what it raises."""
        handed = 0
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            handed += self._hand_in_one(path, record)
        return handed

    def _hand_in_one(self, path: Path, record: Callable[[Item], None]) -> int:
        try:
            file = path.open()
        except FileNotFoundError:
            return 0  # another process was faster
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0
            try:
                item: Item = json.load(file)
            except ValueError:
                log.exception("a kept outcome cannot be read", path=str(path))
                path.replace(path.with_suffix(".unreadable"))
                return 0
            record(item)
            path.unlink(missing_ok=True)
            log.info("handed in a kept outcome", publication=item["id"], kind=item["kind"])
        return 1

    def _sync_folder(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
