"""Looks at the machine's TCP ports: which are free, and who listens on the others as far as this user may know."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import psutil

from airside.installation.errors import PortTaken


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP socket that listens; `pid` 0 where the kernel would not say whose."""

    address: str
    port: int
    pid: int


def is_free(address: str, port: int) -> bool:
    """Whether a server could listen there now. Tried by doing: only the kernel knows about wildcards and other users' sockets."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: connections lingering in TIME_WAIT are no hindrance
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def listeners(port: int) -> list[Listener]:
    """Who listens on `port`, on whatever address."""
    found = psutil.net_connections(kind="tcp")
    return [
        Listener(entry.laddr.ip, entry.laddr.port, entry.pid or 0)
        for entry in found
        if entry.status == psutil.CONN_LISTEN and entry.laddr and entry.laddr.port == port
    ]


def busy_subnets() -> set[int]:
    """Every N for which someone listens on an address 127.N.x.y."""
    found = psutil.net_connections(kind="tcp4")
    addresses = (entry.laddr.ip for entry in found if entry.status == psutil.CONN_LISTEN and entry.laddr)
    return {int(address.split(".")[1]) for address in addresses if address.startswith("127.")}


def listening(pids: Collection[int]) -> list[Listener]:
    """What these processes listen on."""
    found = []
    for pid in pids:
        try:
            connections = psutil.Process(pid).net_connections(kind="tcp")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        found += [
            Listener(entry.laddr.ip, entry.laddr.port, pid) for entry in connections if entry.status == psutil.CONN_LISTEN and entry.laddr
        ]
    return found


def check_ports(wanted: Mapping[str, int], ours: Collection[int]) -> None:
    """Raises PortTaken, naming every port of `wanted` that another than `ours` (pids) holds, and the holder where it can be known."""
    taken = []
    for purpose, port in wanted.items():
        if is_free("127.0.0.1", port):
            continue
        holders = [found for found in listeners(port) if found.address in ("127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1")]
        if not any(found.pid in ours for found in holders):
            taken.append(f"port {port} ({purpose}) is taken by {_describe(holders)}")
    if taken:
        raise PortTaken("; ".join(taken) + ". Stop it, or choose other ports: airside up --gateway-port, --api-port")


def _describe(holders: Collection[Listener]) -> str:
    pid = next((found.pid for found in holders if found.pid), 0)
    if not pid:
        return "a process of another user"
    try:
        words = psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        words = []
    command = " ".join(words)
    return f"process {pid}" + (f" ({command if len(command) <= 80 else command[:77] + '...'})" if command else "")
