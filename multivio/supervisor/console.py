"""Log lines of all processes in one terminal, each with the name of who says it."""

import sys
import threading
from collections.abc import Callable
from typing import IO, TextIO

COLOURS = {
    "multivio": 36,
    "web": 32,
    "worker-publish": 33,
    "worker-default": 93,
    "beat": 35,
    "dispatcher": 34,
    "sandbox": 95,
    "migrate": 90,
    "bootstrap": 90,
}
WIDTH = max(len(name) for name in COLOURS)


class Console:
    """Prints `name | line`; with colours on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colours = self._stream.isatty()
        self._lock = threading.Lock()

    def say(self, line: str, *, name: str = "multivio") -> None:
        prefix = f"{name:>{WIDTH}} |"
        if self._colours:
            prefix = f"\x1b[{COLOURS.get(name, 0)}m{prefix}\x1b[0m"
        with self._lock:
            try:
                self._stream.write(f"{prefix} {line}\n")
                self._stream.flush()
            except OSError:  # the terminal is gone; the product goes on until it is told to stop
                return

    def follow(self, pipe: IO[bytes], *, name: str, tell: Callable[[str], bool] | None = None) -> threading.Thread:
        """Print what comes out of `pipe` until it ends. `tell` sees each line first; False keeps it off the screen."""

        def pump() -> None:
            for raw in pipe:
                line = raw.decode(errors="replace").rstrip()
                if line and (tell is None or tell(line)):
                    self.say(line, name=name)

        thread = threading.Thread(target=pump, name=f"log of {name}", daemon=True)
        thread.start()
        return thread
