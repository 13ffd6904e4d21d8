"""The API as this process serves it: a socket of its own, TLS by the installation's certificate, uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from airside.installation.home import Home


class ApiServer(uvicorn.Server):
    """uvicorn that says when it listens and leaves the signals to us. Set `should_exit` to end it."""

    def __init__(self, api: Starlette, home: Home) -> None:
        super().__init__(
            uvicorn.Config(
                api,
                http="httptools",
                ws="wsproto",  # the other backend refuses port-forward's subprotocol
                ssl_certfile=home.pki / "apiserver.crt",
                ssl_keyfile=home.pki / "apiserver.key",
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=3,
                server_header=False,
            )
        )
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def listen(port: int) -> socket.socket:
    """A socket of the loopback interface. Raises OSError when the port is taken."""
    # Said with its protocol: without, asyncio does not know it for TCP and leaves Nagle's algorithm on, 40 ms on each answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener
