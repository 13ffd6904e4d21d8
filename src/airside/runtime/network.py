"""Network modes: a pod's place in the network, and what its containers are told of it. `loopback` here; `netns` takes the same seam."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from airside.installation.claims import Claim
from airside.model.workload import APP_PORTS_ANNOTATION
from airside.resources.pod import Container, ContainerPort, Pod

PROXY = "istio-proxy"
PROXY_PORT = 15080  # Istio's proxyHttpPort: outbound calls of the pod
LOOPBACK = "127.0.0.1"
HOST_IP = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Placement:
    """A pod's address, and by container port the port on which its app really listens."""

    ip: str
    ports: Mapping[int, int] = field(default_factory=dict)


class NetworkMode(Protocol):
    """What differs between modes on the pod's side."""

    def wanted_ports(self, pod: Pod) -> tuple[int, ...]:
        """Container ports for which the app needs a port of its own."""
        ...

    def environment(self, pod: Pod, container: Container, place: Placement) -> dict[str, str]:
        """Variables that no other setting may override."""
        ...

    def address(self, place: Placement, port: int) -> tuple[str, int]:
        """Where a probe finds the app's container port, past the sidecar."""
        ...

    def unsupported(self, pod: Pod) -> list[str]:
        """What the pod asks for and this mode cannot do: a sentence each."""
        ...


class Loopback:
    """Pods share the machine's loopback: the app on 127.0.0.1 and a port it is given, its Envoy on 127.N.x.y in front of it."""

    def wanted_ports(self, pod: Pod) -> tuple[int, ...]:
        return tuple(
            dict.fromkeys(port.container_port for container in pod.spec.containers if container.name != PROXY for port in _tcp(container))
        )

    def environment(self, pod: Pod, container: Container, place: Placement) -> dict[str, str]:
        proxy = f"http://{place.ip}:{PROXY_PORT}"
        found = {"HOST": LOOPBACK}
        if any(other.name == PROXY for other in pod.spec.containers):
            found |= {"http_proxy": proxy, "HTTP_PROXY": proxy, "no_proxy": "localhost,127.0.0.1", "NO_PROXY": "localhost,127.0.0.1"}
        ports = _tcp(container)
        if ports:
            found["PORT"] = str(place.ports[ports[0].container_port])
        found |= {f"{_shout(port.name)}_PORT": str(place.ports[port.container_port]) for port in ports if port.name}
        return found

    def address(self, place: Placement, port: int) -> tuple[str, int]:
        return LOOPBACK, place.ports.get(port, port)

    def unsupported(self, pod: Pod) -> list[str]:
        if not self.wanted_ports(pod) or any(container.name == PROXY for container in pod.spec.containers):
            return []
        return [
            "the pod has no sidecar, and in network mode loopback only sidecars listen on pod addresses: calls to it get 503. "
            f"Label its namespace (kubectl label namespace {pod.metadata.namespace} istio-injection=enabled) and make the pod anew"
        ]


def _tcp(container: Container) -> list[ContainerPort]:
    return [port for port in container.ports if port.protocol == "TCP"]


def _shout(name: str) -> str:
    return name.upper().replace("-", "_")


def pod_environment(pod: Pod, place: Placement) -> dict[str, str]:
    """What every container is told of its pod, in every mode; a container's own env comes on top."""
    return {
        "HOSTNAME": pod.metadata.name,
        "POD_NAME": pod.metadata.name,
        "POD_NAMESPACE": pod.metadata.namespace,
        "POD_IP": place.ip,
        "INSTANCE_IP": place.ip,
    }


def next_address(claim: Claim, held: Collection[str], last: int) -> tuple[str, int]:
    """A free address and its number, counting on from `last`: it comes back as late as it can, for others may still call its former pod.

    Raises LookupError when all 65,000 are in use.
    """
    total = 256 * 254 - 1
    for step in range(total):
        number = (last + step) % total + 1
        if (address := claim.address(number)) not in held:
            return address, number
    raise LookupError(f"all addresses of 127.{claim.subnet}.0.0/16 are in use")


def candidate_ports(claim: Claim, held: Collection[int], last: int) -> Sequence[int]:
    """The claim's ports that no pod holds, in the order in which to try them: those after `last` first."""
    free = [port for port in claim.ports if port not in held]
    return [port for port in free if port > last] + [port for port in free if port <= last]


__all__ = ["APP_PORTS_ANNOTATION", "Loopback", "NetworkMode", "Placement", "candidate_ports", "next_address", "pod_environment"]
