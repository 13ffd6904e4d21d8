"""`airside demo airport`: up, applied, serving, cameras on, shown; and down again on Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console
from rich.live import Live

from airside.cli.apply import Refusal, apply_items
from airside.cli.applying import judge
from airside.cli.conditions import Condition
from airside.cli.connection import connect
from airside.cli.errors import CommandError
from airside.cli.get import describe
from airside.cli.installation import Wishes, addresses, bring_down, bring_up
from airside.cli.live_view import build_view
from airside.cli.pods import PODS
from airside.cli.session import Session, tell, warn
from airside.cli.sources import read_sources
from airside.cli.table import layout, parse_table
from airside.cli.top_view import parse_rows
from airside.cli.watch import Awaited, wait_for
from airside.client.client import ApiClient
from airside.client.requests import TABLE, Request, Selection, build_list
from airside.installation.run import read_settings, running
from airside.resources.kinds import KINDS

DEPLOYMENTS = next(kind for kind in KINDS if kind.kind == "Deployment")
SERVING_SECONDS = 90.0
REFRESH_SECONDS = 2.0
DEFAULT_RULES = ("dest_rule_all.yaml", "ingress_gateway.yaml", "virt_svc_all.yaml")
"""The rules the walk begins with; the other files beside them are its steps."""
PATHS = ("/status", "/cameras/1/state", "/cameras/2/state", "/collector/status", "/alerts/status", "/sections/1/status", "/momentum/status")
"""What the thesis asks for its health (`make health`)."""


@dataclass(slots=True)
class Clock:
    """How long each part of the start took."""

    begun: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    parts: list[tuple[str, float]] = field(default_factory=list)

    def part(self, name: str) -> None:
        now = time.monotonic()
        self.parts.append((name, now - self.last))
        self.last = now

    def tell(self) -> str:
        parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.parts)
        return f"serving after {self.last - self.begun:.1f} s ({parts})"


def run_airport(session: Session, files: Path, wishes: Wishes, detach: bool) -> None:
    """Raises CommandError, ClientError, Unavailable; what it started it ends, unless detached and serving."""
    ours = not running(session.home)  # known before, since an interrupt may come while it starts
    with _ending_on_signal():
        try:
            clock = Clock()
            bring_up(session.home, wishes)
            clock.part("installation")
            with connect(session) as client:
                _serve(client, session, files, clock)
                if detach:
                    tell("airside down ends it")
                    ours = False
                else:
                    _show(client, _title(session))
        except KeyboardInterrupt:
            tell("")
        except CommandError:
            ours = ours and not detach  # what did not come up is there to be looked at
            raise
        finally:
            if ours:
                _end(session)


def _end(session: Session) -> None:
    """A second Ctrl-C must not leave half of it running."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        bring_down(session.home)
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _ending_on_signal() -> Iterator[None]:
    """A SIGTERM, as of `timeout` or a CI job, ends as Ctrl-C does."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _serve(client: ApiClient, session: Session, files: Path, clock: Clock) -> None:
    console = Console(stderr=True)
    gateway = f"http://127.0.0.1:{read_settings(session.home).gateway_port}"
    with console.status("applying the airport's files"):
        sources = [str(files / "k8s"), *(str(files / "istio" / name) for name in DEFAULT_RULES)]
        bundle = judge(client, read_sources(sources, sys.stdin), None)
        # Deployments last: what they start competes with us for the cores, and finds its rules there already
        outcome = apply_items(client, sorted(bundle.items, key=lambda item: item.kind == DEPLOYMENTS), _tell_refusal)
        if outcome.refused:
            raise CommandError("the airport's files were not taken whole; see above")
        clock.part("objects")
    awaited = [Awaited(one.item.kind, one.item.key.namespace, one.item.key.name) for one in outcome.done if one.item.kind == DEPLOYMENTS]
    with console.status(f"waiting for {len(awaited)} deployments") as status:
        waiting = {one.title for one in awaited}

        def tell_ready(title: str) -> None:
            waiting.discard(title)
            status.update(f"waiting for {', '.join(sorted(waiting)) or 'nothing more'}")

        late = wait_for(client, awaited, Condition("Available", "true"), SERVING_SECONDS, tell_ready)
        if late:
            names = ", ".join(one.title for one in late)
            raise CommandError(f"not available after {SERVING_SECONDS:.0f} s: {names}; see `airside get pods` and `airside logs`")
        clock.part("pods")
    with console.status(f"waiting for {gateway}"):
        _await_applied(client)
        _await_serving(gateway)
        clock.part("gateway")
        with httpx.Client(base_url=gateway, trust_env=False) as http:
            http.get("/production?toggle=on").raise_for_status()
        clock.part("cameras")
    _tell_where(client, session, clock)


def _tell_refusal(one: object) -> None:
    if isinstance(one, Refusal):
        warn(f"{one.item.document.file}:{one.item.document.line}: {describe(one.error)}")


def _await_applied(client: ApiClient) -> None:
    """Every proxy follows what is stored now."""
    revision = client.list(DEPLOYMENTS, Selection()).revision
    client.send(Request("GET", "/airside/v1/applied").asking(revision=revision, since=0, timeout=30), 35)


def _await_serving(gateway: str) -> None:
    """Only a client outside the mesh knows whether the gateway serves, and no event tells it: so it asks until it does."""
    deadline = time.monotonic() + SERVING_SECONDS
    with httpx.Client(base_url=gateway, trust_env=False, timeout=5) as http:
        for path in PATHS:
            while (answer := _answer(http, path)) != 200:
                if time.monotonic() > deadline:
                    raise CommandError(f"{gateway}{path} answers {answer or 'nothing'} after {SERVING_SECONDS:.0f} s")
                time.sleep(0.05)


def _answer(http: httpx.Client, path: str) -> int | None:
    try:
        return http.get(path).status_code
    except httpx.TransportError:
        return None


def _tell_where(client: ApiClient, session: Session, clock: Clock) -> None:
    header, rows = parse_table(client.send(build_list(PODS, Selection(), TABLE)), wide=True).shown(with_namespace=True)
    upto = header.index("IP") + 1  # what comes after is the same for all
    header, rows = header[:upto], [row[:upto] for row in rows]
    for line in layout(header, rows):
        tell(line)
    tell("")
    for line in addresses(read_settings(session.home), session.home):
        tell(line)
    tell(clock.tell())


def _title(session: Session) -> str:
    return f"The airport, at http://127.0.0.1:{read_settings(session.home).gateway_port} - Ctrl-C ends it"


def _show(client: ApiClient, title: str) -> None:
    """Until interrupted. Where nobody looks (a pipe, a CI log), it only waits."""
    console = Console()
    if not console.is_terminal:
        tell(title)
        signal.pause()
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            pods = parse_table(client.send(build_list(PODS, Selection(), TABLE)), wide=False)
            rows = parse_rows(client.ask("/airside/v1/top", window=60))
            live.update(build_view(title, pods, rows), refresh=True)
            time.sleep(REFRESH_SECONDS)
