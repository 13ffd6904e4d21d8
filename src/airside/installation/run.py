"""The life of an installation: made, started, stopped. Stopping needs nothing but the home, whatever died before."""

from __future__ import annotations

import json
import os
import secrets
import select
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from airside.installation import process
from airside.installation.errors import NotReady, Unavailable
from airside.installation.home import Home
from airside.installation.kubeconfig import build_kubeconfig
from airside.installation.pki import Pair, build_authority, build_server, is_due
from airside.installation.records import OWNER, ProcessRecord
from airside.installation.registry.run import REGISTRY, claim, locked, release
from airside.installation.settings import Settings
from airside.installation.watch import check_ports

CONTROL_PLANE = "control-plane"
AGENT = "agent"
READY_SECONDS = 30.0
GRACE_SECONDS = 5.0
SOCKET_PATH = 107  # bytes, the kernel's limit for the path of a UNIX socket


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the start, and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Started:
    """What `start` did: nothing if `already`; else the parts, in the order they came up, and the whole."""

    parts: tuple[Part, ...] = ()
    seconds: float = 0.0
    already: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """How many processes `stop` ended, and the ones it could not (pids)."""

    ended: int
    left: tuple[int, ...] = ()


def at(root: Path) -> Home:
    """The home at `root`, under the one name that marks its processes."""
    return Home(root.expanduser().resolve())


def install(home: Home, settings: Settings) -> None:
    """Make what an installation consists of on disk. What is there and good is kept: CA, token, certificate, data."""
    longest = len(os.fsencode(home.pod("0" * 36).admin_socket))
    if longest > SOCKET_PATH:
        raise Unavailable(
            f"{home.root}: this path is {longest - SOCKET_PATH} bytes too long for its UNIX sockets; set AIRSIDE_HOME to a shorter one"
        )
    if problems := settings.problems():
        raise Unavailable("; ".join(problems))
    for directory in (home.root, home.pki, home.run, home.logs, home.pods, home.volumes):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.root.chmod(0o700)
    process.write_file(home.settings, settings.print())
    if not home.token.exists():
        process.write_file(home.token, secrets.token_urlsafe(32))
    authority = _certify(home, datetime.now(UTC))
    process.write_file(home.kubeconfig, build_kubeconfig(settings.api_port, authority.certificate_pem, home.token.read_text()))


def _certify(home: Home, now: datetime) -> Pair:
    authority = _read_pair(home, "ca")
    renewed = authority is None or is_due(authority, now)
    if authority is None or renewed:
        authority = build_authority(ec.generate_private_key(ec.SECP256R1()), _serial(), now)
        _write_pair(home, "ca", authority)
    server = _read_pair(home, "apiserver")
    if renewed or server is None or is_due(server, now):
        _write_pair(home, "apiserver", build_server(authority, ec.generate_private_key(ec.SECP256R1()), _serial(), now))
    return authority


def _serial() -> int:
    return secrets.randbits(150) | 1


def _read_pair(home: Home, name: str) -> Pair | None:
    try:
        return Pair.parse((home.pki / f"{name}.crt").read_bytes(), (home.pki / f"{name}.key").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _write_pair(home: Home, name: str, pair: Pair) -> None:
    process.write_file(home.pki / f"{name}.key", pair.key_pem.decode())
    process.write_file(home.pki / f"{name}.crt", pair.certificate_pem.decode())


def read_settings(home: Home) -> Settings:
    """The settings of an installed home. Raises Unavailable."""
    try:
        return Settings.parse(home.settings.read_text())
    except FileNotFoundError as error:
        raise Unavailable(f"{home.root} holds no installation; make one with `airside up`") from error
    except ValueError as error:
        raise Unavailable(f"{home.settings}: {error}") from error


def running(home: Home) -> dict[str, ProcessRecord]:
    """The installation's own processes that are alive, by name."""
    records = {name: process.read_record(home.process_record(name)) for name in (CONTROL_PLANE, AGENT)}
    return {name: record for name, record in records.items() if record is not None and process.is_alive(record)}


@dataclass(slots=True)
class _Child:
    """A process that was started and is waited for."""

    name: str
    log: Path
    pipe: int
    text: bytes = b""
    parts: list[Part] = field(default_factory=list)
    ready: bool = False

    def read(self) -> None:
        """Take in what it said. Raises NotReady when it ended instead."""
        chunk = os.read(self.pipe, 65536)
        *lines, self.text = (self.text + chunk).split(b"\n")
        for line in lines:
            said = json.loads(line)
            self.ready = self.ready or bool(said.get("ready"))
            if "part" in said:
                self.parts.append(Part(f"{self.name}: {said['part']}", float(said["seconds"])))
        if not chunk and not self.ready:
            raise NotReady(f"the {self.name} ended before it was ready; the end of {self.log}:\n{_tail(self.log)}")


def _tail(path: Path, lines: int = 20) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(nothing was written)"


def start(home: Home, registry: Path = REGISTRY) -> Started:
    """Start what of the installation is not running and return when it is ready. Raises Unavailable, having stopped what it started."""
    settings = read_settings(home)
    with locked(home.run / "lock"):
        alive = running(home)
        if len(alive) == 2:
            return Started(already=True)
        check_ports({"API": settings.api_port, "gateway": settings.gateway_port}, process.owned(home.root))
        claim(home, registry)
        began = time.monotonic()
        try:
            parts = _start_missing(home, alive)
        except BaseException:  # also Ctrl-C: nothing half-started stays
            if alive:
                process.end({record.pid for name, record in running(home).items() if name not in alive}, GRACE_SECONDS)
            else:
                _stop(home, registry)
            raise
        return Started(tuple(parts), round(time.monotonic() - began, 3))


def _start_missing(home: Home, alive: dict[str, ProcessRecord]) -> list[Part]:
    """Both at once, for their imports take longest; the agent waits for the control plane at the gate before it connects."""
    children: list[_Child] = []
    gate, opener = os.pipe()
    try:
        if CONTROL_PLANE not in alive:
            children.append(_launch(home, CONTROL_PLANE, "airside.app", ()))
        else:
            os.close(opener)
            opener = -1
        if AGENT not in alive:
            children.append(_launch(home, AGENT, "airside.agent.app", (gate,)))
        parts = []
        for child in children:
            _await(child)
            parts += child.parts
            if child.name == CONTROL_PLANE:
                os.close(opener)
                opener = -1
        return parts
    finally:
        for descriptor in (gate, opener, *(child.pipe for child in children)):
            if descriptor >= 0:
                os.close(descriptor)


def _launch(home: Home, name: str, module: str, gate: tuple[int, ...]) -> _Child:
    receive, send = os.pipe()
    log = home.logs / f"{name}.log"
    argv = [sys.executable, "-m", module, "--home", str(home.root), "--ready-fd", str(send)]
    if gate:
        argv += ["--gate-fd", str(gate[0])]
    env = {**os.environ, OWNER: str(home.root)}
    try:
        record = process.spawn(process.Launch(tuple(argv), env, home.root, log, keep=(send, *gate)))
    finally:
        os.close(send)
    process.write_file(home.process_record(name), record.print())
    return _Child(name, log, receive)


def _await(child: _Child) -> None:
    poll = select.poll()
    poll.register(child.pipe, select.POLLIN)
    deadline = time.monotonic() + READY_SECONDS
    while not child.ready:
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotReady(f"the {child.name} was not ready after {READY_SECONDS:.0f} s; the end of {child.log}:\n{_tail(child.log)}")
        if poll.poll(left * 1000):
            child.read()


def stop(home: Home, registry: Path = REGISTRY) -> Stopped:
    """End every process of the installation, whatever was killed before, and give its claims back. Twice is harmless."""
    if not home.run.is_dir():
        return Stopped(0)
    with locked(home.run / "lock"):
        return _stop(home, registry)


def _stop(home: Home, registry: Path) -> Stopped:
    ended: set[int] = set()
    spared = process.ancestors()
    alive = running(home)
    if AGENT in alive:  # first, so that nothing is started behind our back
        ended.add(alive[AGENT].pid)
        process.end([alive[AGENT].pid], GRACE_SECONDS)
    own = {record.pid for record in alive.values()}
    pods = (set(process.owned(home.root)) | _sessions(home)) - own - spared
    ended |= pods
    process.end(pods, GRACE_SECONDS)
    if CONTROL_PLANE in alive:
        ended.add(alive[CONTROL_PLANE].pid)
        process.end([alive[CONTROL_PLANE].pid], GRACE_SECONDS)
    while late := set(process.owned(home.root)) - spared - ended:  # born while we were at it
        ended |= late
        process.end(late, 0.0)
    left = tuple(pid for pid in process.owned(home.root) if pid not in spared)
    for name in (CONTROL_PLANE, AGENT):
        home.process_record(name).unlink(missing_ok=True)
    home.xds_socket.unlink(missing_ok=True)
    release(home, registry)
    return Stopped(len(ended), left)


def _sessions(home: Home) -> set[int]:
    """The containers' processes by session: also those that shed the mark (`env -i`)."""
    records = (process.read_record(path) for path in home.pods.glob("*/container.*.json"))
    return {pid for record in records if record is not None for pid in process.session(record)}


__all__ = ["Part", "Started", "Stopped", "at", "install", "read_settings", "running", "start", "stop"]
