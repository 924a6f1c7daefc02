"""Which ports web and sandbox listen on."""

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass

HOST = "127.0.0.1"
FIRST = 8000
LAST = 8998


class PortBusy(Exception):
    """A port that was asked for is taken. The text is for the person at the terminal."""


@dataclass(frozen=True)
class Ports:
    web: int
    sandbox: int


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier run that are still closing are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def choose(env: Mapping[str, str], *, sandbox: bool) -> Ports:
    """PORT and SANDBOX_PORT where they are set, else the first free ones from 8000 on. Raises PortBusy."""
    web, beside = _asked(env, "PORT"), _asked(env, "SANDBOX_PORT") if sandbox else None
    for port in [web] if web else range(FIRST, LAST, 2):
        neighbour = beside or port + 1
        if (web or is_free(port)) and port != neighbour and (not sandbox or beside or is_free(neighbour)):
            return Ports(port, neighbour)
    if web:
        raise PortBusy(f"Port {web + 1}, for the sandbox, is taken by another program. Set SANDBOX_PORT to a free one.")
    raise PortBusy(f"No port from {FIRST} to {LAST} is free. Set PORT.")


def _asked(env: Mapping[str, str], name: str) -> int | None:
    """The port in variable `name`, or None when it is not set. Raises PortBusy when it cannot be used."""
    text = env.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise PortBusy(f"{name}={text} is not a port number.")
    if not is_free(int(text)):
        raise PortBusy(f"Port {text} is taken by another program. Choose another one: {name}={int(text) + 10} make run")
    return int(text)
