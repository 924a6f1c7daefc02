"""uvicorn, made to end quickly and to say one thing when it is ready."""

import logging
import socket
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

import uvicorn

from sandbox.app import make_app
from sandbox.config import Config
from sandbox.platforms.registry import OTHERS, PLATFORMS
from sandbox.wire import WireProtocol
from sandbox.world import World

BACKLOG = 2048


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, world: World) -> None:
        super().__init__(config)
        self.world = world

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        sys.stdout.write(f"sandbox ready on {self.world.base_url}\n")
        sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Being asked to end is no failure: uvicorn would raise the signal again and exit with -15.
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Hanging requests must not hold up the end.
        self.world.closing.set()
        await super().shutdown(sockets=sockets)


def _listen(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # asyncio turns Nagle's algorithm off (40 ms a request) only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((config.host, config.port))
    listener.listen(BACKLOG)
    return listener


def serve(config: Config) -> None:
    """Run until SIGTERM or SIGINT. Port 0 picks a free one, named in the ready line."""
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    Path(config.data).mkdir(parents=True, exist_ok=True)
    listener = _listen(config)
    config = replace(config, port=listener.getsockname()[1])
    world = World(config, PLATFORMS, OTHERS)
    settings = uvicorn.Config(
        make_app(world),
        http=WireProtocol,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        # Longer than clients' pools keep a connection, so that no request meets a close by chance.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    Server(settings, world).run(sockets=[listener])
