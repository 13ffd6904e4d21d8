"""Installations of their own: short paths, free ports, a registry apart from the machine's."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from airside.installation import process
from airside.installation.home import Home
from airside.installation.run import at, install, stop
from airside.installation.settings import Settings


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now, below the kernel's ephemeral ones, by which a client could take them in the meantime."""
    found: list[int] = []
    start = 31300 + os.getpid() % 1000
    with ExitStack() as held:
        for port in range(start, 32700):
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
    raise AssertionError("no free ports")


@contextmanager
def short_directory() -> Iterator[Path]:
    """UNIX sockets lie in it: their paths must be short."""
    root = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))
    try:
        yield root
    finally:
        shutil.rmtree(root)


@contextmanager
def installation() -> Iterator[Home]:
    """Installed, not started; nothing of it is left afterwards, whatever the test did."""
    gateway, console, api = free_ports(3)
    with short_directory() as root:
        home = at(root)
        install(home, Settings(gateway_port=gateway, console_port=console, api_port=api))
        try:
            yield home
        finally:
            stop(home)
            process.end(process.owned(home.root), 0.0)
