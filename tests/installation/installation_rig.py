"""Installations of their own: short paths, free ports, a registry apart from the machine's."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ports import free_ports

from airside.installation import process
from airside.installation.home import Home
from airside.installation.run import at, install, stop
from airside.installation.settings import Settings


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
