"""`up`, `down` and `status`: the installation as a user sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rich.console import Console

from airside.cli.connection import connect
from airside.cli.errors import CommandError, Failed
from airside.cli.pods import PODS, field
from airside.cli.session import Session, tell, warn
from airside.client.errors import ClientError
from airside.client.requests import Selection
from airside.installation.home import Home
from airside.installation.run import Started, install, read_settings, running, start, stop
from airside.installation.settings import NETWORKS, Settings


@dataclass(frozen=True, slots=True)
class Wishes:
    """What flags and environment say; None: as it was, or the default."""

    gateway_port: int | None = None
    console_port: int | None = None
    api_port: int | None = None
    network: str | None = None
    profile: str | None = None


def choose_settings(before: Settings | None, wishes: Wishes) -> Settings:
    """`auto` takes the best network mode there is."""
    base = before or Settings()
    network = wishes.network or base.network
    return replace(
        base,
        gateway_port=base.gateway_port if wishes.gateway_port is None else wishes.gateway_port,
        console_port=base.console_port if wishes.console_port is None else wishes.console_port,
        api_port=base.api_port if wishes.api_port is None else wishes.api_port,
        network=NETWORKS[0] if network == "auto" else network,
        profile=wishes.profile or base.profile,
    )


def bring_up(home: Home, wishes: Wishes) -> Started:
    """Raises Unavailable; CommandError where a running installation would have to be another."""
    before = _settings(home)
    settings = choose_settings(before, wishes)
    if before is not None and settings != before and running(home):
        raise CommandError(f"the installation in {home.root} runs with other settings; `airside down` first")
    with Console(stderr=True).status("starting the control plane and the agent"):
        install(home, settings)
        return start(home)


def tell_started(home: Home, started: Started) -> None:
    if started.already:
        tell("already up")
    else:
        parts = ", ".join(f"{part.name} {part.seconds * 1000:.0f} ms" for part in started.parts)
        tell(f"up in {started.seconds:.1f} s ({parts})")
    for line in addresses(read_settings(home), home):
        tell(line)


def addresses(settings: Settings, home: Home) -> list[str]:
    return [
        f"gateway  http://127.0.0.1:{settings.gateway_port}",
        f"api      https://127.0.0.1:{settings.api_port}   kubectl: export KUBECONFIG={home.kubeconfig}",
    ]


def bring_down(home: Home) -> None:
    """Raises Failed where a process did not end."""
    with Console(stderr=True).status("stopping"):
        stopped = stop(home)
    if stopped.left:
        warn(f"error: these processes did not end: {', '.join(map(str, stopped.left))}")
        raise Failed
    tell(f"down; {stopped.ended} processes ended" if stopped.ended else "nothing was running")


def show_installation(session: Session) -> Iterator[str]:
    """Raises Failed, after the last line, where something that should run does not."""
    home, settings = session.home, _settings(session.home)
    if settings is None:
        raise CommandError(f"no installation in {home.root}; start one with `airside up`")
    yield f"home     {home.root}"
    yield from addresses(settings, home)
    yield f"network  {settings.network}    profile  {settings.profile}"
    alive = running(home)
    whole = True
    for name in ("control-plane", "agent"):
        whole = whole and name in alive
        yield f"{name:<14} {f'running, pid {alive[name].pid}' if name in alive else 'NOT RUNNING (airside up)'}"
    try:
        with connect(session) as client:
            yield _count_pods(client.list(PODS, Selection()).items)
            yield _count_proxies(client.ask("/airside/v1/proxies").get("items"))
    except ClientError as error:
        warn(f"error: {error}")
        raise Failed from error
    if not whole:
        raise Failed


def _count_pods(pods: object) -> str:
    listed = pods if isinstance(pods, list) else []
    ready = sum(1 for pod in listed if _is_ready(pod))
    return f"{'pods':<14} {ready} of {len(listed)} ready"


def _is_ready(pod: object) -> bool:
    conditions = field(pod, "status", "conditions")
    return any(
        isinstance(one, Mapping) and one.get("type") == "Ready" and one.get("status") == "True"
        for one in (conditions if isinstance(conditions, list) else ())
    )


def _count_proxies(proxies: object) -> str:
    listed = [one for one in proxies if isinstance(one, Mapping)] if isinstance(proxies, list) else []
    rejecting = sum(1 for one in listed if one.get("rejected"))
    connected = sum(1 for one in listed if one.get("connected"))
    note = f", {rejecting} rejected something (airside proxy-status)" if rejecting else ""
    return f"{'proxies':<14} {connected} of {len(listed)} connected{note}"


def _settings(home: Home) -> Settings | None:
    return read_settings(home) if home.settings.exists() else None
