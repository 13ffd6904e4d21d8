"""`up`, `down` and `status`: the installation as a user sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from rich.console import Console

from airside.cli.connection import connect
from airside.cli.errors import CommandError, Failed
from airside.cli.pods import PODS, field
from airside.cli.session import Session, tell, warn
from airside.client.client import ApiClient
from airside.client.errors import ClientError, NotFound
from airside.client.requests import Selection, Target
from airside.controllers.system import GATEWAY, ROOT_NAMESPACE
from airside.installation.home import Home
from airside.installation.run import AGENT, CONTROL_PLANE, Started, install, read_settings, running, start, stop
from airside.installation.settings import NETWORKS, Settings
from airside.resources.kinds import KINDS

SERVICES = next(kind for kind in KINDS if kind.kind == "Service")


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
        started = start(home)
    if before is not None and before.gateway_port != settings.gateway_port:
        with ApiClient.from_kubeconfig(home.kubeconfig) as client:
            move_gateway(client, before.gateway_port, settings.gateway_port)
    return started


def move_gateway(client: ApiClient, before: int, after: int) -> None:
    """The gateway's Service was made with the first port; a gateway that the user made or deleted since is left as it is."""
    try:
        service = client.get(SERVICES, GATEWAY, ROOT_NAMESPACE)
    except NotFound:
        return
    ports = field(service, "spec", "ports")
    listed = [port for port in ports if isinstance(port, dict)] if isinstance(ports, list) else []
    moved = [{**port, "nodePort": after} if port.get("nodePort") == before else port for port in listed]
    if moved != ports:
        client.patch(Target(SERVICES, ROOT_NAMESPACE, GATEWAY), {"spec": {"ports": moved}})


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


@dataclass(frozen=True, slots=True)
class State:
    """What `status` found; None where nobody could be asked. `trouble`: what should not be so."""

    home: Home
    settings: Settings
    processes: Mapping[str, int | None]  # name -> pid, None where it does not run
    pods: tuple[int, int] | None = None  # ready, all
    proxies: tuple[int, int] | None = None  # connected, all
    trouble: tuple[str, ...] = ()


def look_at(session: Session) -> State:
    """Raises CommandError where there is no installation."""
    home, settings = session.home, _settings(session.home)
    if settings is None:
        raise CommandError(f"no installation in {home.root}; start one with `airside up`")
    alive = running(home)
    processes = {name: alive[name].pid if name in alive else None for name in (CONTROL_PLANE, AGENT)}
    trouble = [f"the {name} does not run; `airside up` starts it again" for name, pid in processes.items() if pid is None]
    try:
        with connect(session) as client:
            pods = client.list(PODS, Selection()).items
            answer = client.ask("/airside/v1/proxies").get("items")
    except ClientError as error:
        return State(home, settings, processes, trouble=(*trouble, str(error)))
    proxies = [one for one in answer if isinstance(one, Mapping)] if isinstance(answer, list) else []
    trouble += [f"the proxy of {one.get('pod')} rejected something; see `airside proxy-status`" for one in proxies if one.get("rejected")]
    ready, connected = sum(1 for pod in pods if _is_ready(pod)), sum(1 for one in proxies if one.get("connected"))
    return State(home, settings, processes, (ready, len(pods)), (connected, len(proxies)), tuple(trouble))


def tell_state(state: State, as_json: bool) -> None:
    """Raises Failed, after the last line, where there is trouble."""
    if as_json:
        tell(json.dumps(_as_json(state), indent=4))
    else:
        for line in _lines(state):
            tell(line)
        for line in state.trouble:
            warn(f"error: {line}")
    if state.trouble:
        raise Failed


def _as_json(state: State) -> dict[str, object]:
    return {
        "home": str(state.home.root),
        "settings": asdict(state.settings),
        "processes": {name: {"pid": pid} for name, pid in state.processes.items() if pid is not None},
        "pods": None if state.pods is None else {"ready": state.pods[0], "all": state.pods[1]},
        "proxies": None if state.proxies is None else {"connected": state.proxies[0], "all": state.proxies[1]},
        "trouble": list(state.trouble),
    }


def _lines(state: State) -> Iterator[str]:
    yield f"home     {state.home.root}"
    yield from addresses(state.settings, state.home)
    yield f"network  {state.settings.network}; the defaults are those of the profile {state.settings.profile}"
    for name, pid in state.processes.items():
        yield f"{name:<14} {'NOT RUNNING' if pid is None else f'running, pid {pid}'}"
    yield f"{'pods':<14} {_count(state.pods, 'ready')}"
    yield f"{'proxies':<14} {_count(state.proxies, 'connected')}"


def _count(found: tuple[int, int] | None, how: str) -> str:
    """Not knowing is not none: pods serve on while the control plane is away."""
    return "unknown: the API does not answer" if found is None else f"{found[0]} of {found[1]} {how}"


def _is_ready(pod: object) -> bool:
    conditions = field(pod, "status", "conditions")
    return any(
        isinstance(one, Mapping) and one.get("type") == "Ready" and one.get("status") == "True"
        for one in (conditions if isinstance(conditions, list) else ())
    )


def _settings(home: Home) -> Settings | None:
    return read_settings(home) if home.settings.exists() else None
