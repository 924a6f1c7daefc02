"""Which ports web and sandbox listen on."""

import errno
import socket
import sys
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


def take(port: int) -> bool:
    """Whether a server could listen on `port` now; if so, it is ours."""
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
    return claim(port)


_claims: dict[int, socket.socket] = {}


def claim(port: int) -> bool:
    """Claim `port` against other supervisors for the life of this process: between this and the moment a child listens
    lie seconds, in which another checkout may start. Linux only, by a name that vanishes with us; elsewhere always True.
    """
    if sys.platform != "linux" or port in _claims:
        return True
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0multivio-port-{port}")
    except OSError:
        name.close()
        return False
    _claims[port] = name
    return True


def choose(env: Mapping[str, str], *, sandbox: bool) -> Ports:
    """PORT and SANDBOX_PORT where they are set, else the first free ones from 8000 on. Raises PortBusy."""
    web, beside = _asked(env, "PORT"), _asked(env, "SANDBOX_PORT") if sandbox else None
    for port in [web] if web else range(FIRST, LAST, 2):
        if web or take(port):
            # Beside a port that was asked for, the sandbox looks further; else the two stay together.
            for neighbour in [beside] if beside else range(port + 1, port + (100 if web else 2)):
                if neighbour != port and (beside or not sandbox or take(neighbour)):
                    return Ports(port, neighbour)
    raise PortBusy("No port is free for the web or the sandbox. Set PORT and SANDBOX_PORT.")


def _asked(env: Mapping[str, str], name: str) -> int | None:
    """The port in variable `name`, or None when it is not set. Raises PortBusy when it cannot be used."""
    text = env.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise PortBusy(f"{name}={text} is not a port number.")
    if not take(int(text)):
        raise PortBusy(f"Port {text} is taken by another program. Choose another one: {name}={int(text) + 10} make run")
    return int(text)
