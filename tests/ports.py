"""Ports for tests: free now, and unlikely to be anybody's a moment later."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

RANGE = range(10_000, 20_000)
"""Below the kernel's ephemeral ports, by which any client could take one in the meantime, and below those that pods' applications get."""


def free_ports(count: int) -> list[int]:
    """Different ones; chosen by chance, so that tests which choose at the same time choose others."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            probe = held.enter_context(socket.socket())
            port = secrets.choice(RANGE)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    return found
