"""What to run for a container: argument vector, environment, directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airside.installation.home import Home
from airside.installation.records import CONTAINER, OWNER, POD
from airside.resources.pod import Pod
from airside.runtime.bootstrap import ProxyPaths, build_arguments
from airside.runtime.catalogue import Image, find_program
from airside.runtime.environment import Sources, Unready, build_environment, expand
from airside.runtime.network import NetworkMode, Placement, pod_environment
from airside.runtime.sandbox import Role, Wanted
from airside.runtime.volumes import mounts_of, relocate


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of this machine a container's command depends on. `base`: the few of the user's variables that processes need (PATH ...)."""

    home: Home
    network: NetworkMode
    catalogue: Sequence[Image]
    base: Mapping[str, str]
    envoy: Path
    checkout: str = ""  # where a checkout of this project lies, for its own images


@dataclass(frozen=True, slots=True)
class Command:
    """Ready to be run. `port`: what the variable PORT says; `given`: all ports the container was told to listen on."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    port: int | None = None
    given: tuple[int, ...] = ()


def proxy_paths(home: Home, pod: Pod) -> ProxyPaths:
    pod_home = home.pod(pod.metadata.uid)
    return ProxyPaths(home.xds_socket, pod_home.admin_socket, pod_home.bootstrap)


def build_command(pod: Pod, wanted: Wanted, place: Placement, sources: Sources, around: Surroundings) -> Command:
    """Raises Unready, with Kubernetes' waiting reason where there is one, when the container's description does not give a command."""
    marks = {OWNER: str(around.home.root), POD: pod.metadata.uid, CONTAINER: wanted.name}
    pod_home = around.home.pod(pod.metadata.uid)
    if wanted.role is Role.PROXY:
        return Command(build_arguments(around.envoy, proxy_paths(around.home, pod)), {**around.base, **marks}, pod_home.root)
    container = wanted.spec
    program = find_program(around.catalogue, container.image, around.checkout)
    if program is None and not container.command:
        raise Unready("UnknownImage", _how_to_name(container.image, around.home))
    forced = {**around.network.environment(pod, container, place), **marks}
    base = {**around.base, **pod_environment(pod, place), **(program.env if program is not None else {})}
    env = build_environment(pod, container, place, sources, base, forced)
    mounts = mounts_of(pod, container, around.home)
    env = {name: value if name in forced else relocate(value, mounts) for name, value in env.items()}
    command = container.command or (program.command if program is not None else ())
    args = container.args or (program.args if program is not None and not container.command else ())
    argv = tuple(relocate(expand(word, env), mounts) for word in (*command, *args))
    directory = relocate(container.working_dir, mounts) or (program.directory if program is not None else "")
    given = [place.ports[port.container_port] for port in container.ports if port.container_port in place.ports]
    port = int(env["PORT"]) if given else None
    return Command(argv, env, Path(directory) if directory else pod_home.work, port, tuple(given))


def _how_to_name(image: str, home: Home) -> str:
    return (
        f'image "{image}" is not in the image catalogue and the container has no command. '
        f'Give the container a "command", or say in {home.images} what the image runs:\n'
        f"images:\n  - image: {image.partition(':')[0]}\n    command: [python, -m, your_module]\n    directory: /where/it/lies"
    )


def explain_launch(error: OSError, command: Command) -> tuple[str, str]:
    """Waiting reason and message for a command that the system would not start."""
    name = command.argv[0]
    if not command.cwd.is_absolute() or str(error.filename) == str(command.cwd):
        return "RunContainerError", f"working directory {command.cwd}: {error.strerror}; here containers see this machine's files"
    if isinstance(error, FileNotFoundError):
        return "RunContainerError", f'exec: "{name}": executable file not found in $PATH'
    return "RunContainerError", f'exec: "{name}": {error.strerror}'
