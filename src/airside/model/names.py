"""Names that Istio gives things: each is made and parsed here, side by side, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

Host = NewType("Host", str)
"""A fully qualified host, lower case; `*.` in front makes it a pattern."""

Namespace = NewType("Namespace", str)

DOMAIN = "cluster.local"
MESH = "mesh"
"""The name under which VirtualServices speak of all sidecars, as if they were a gateway."""

ROOT_NAMESPACE = Namespace("istio-system")

PASSTHROUGH_CLUSTER = "PassthroughCluster"
BLACK_HOLE_CLUSTER = "BlackHoleCluster"
HTTP_PROXY_ROUTES = "http_proxy"
HTTP_PROXY_CLUSTER = "http_proxy"
"""The proxy itself: what comes in a CONNECT tunnel to a host of the mesh is routed as if it had come without."""


class Role(StrEnum):
    """What a proxy does: stand beside an application, or at the edge."""

    SIDECAR = "sidecar"
    GATEWAY = "router"


@dataclass(frozen=True, slots=True)
class ProxyName:
    """Who a proxy is: Envoy's node id, `sidecar~127.1.0.5~cpanel-v1-abc.default~default.svc.cluster.local`."""

    role: Role
    ip: str
    pod: str
    namespace: Namespace

    def __str__(self) -> str:
        return f"{self.role.value}~{self.ip}~{self.pod}.{self.namespace}~{self.namespace}.svc.{DOMAIN}"

    @classmethod
    def parse(cls, text: str) -> ProxyName:
        """The name that prints as `text`. Raises ValueError for anything else."""
        role, ip, pod_and_namespace, _ = text.split("~")
        pod, dot, namespace = pod_and_namespace.rpartition(".")
        name = cls(Role(role), ip, pod, Namespace(namespace))
        if not dot or str(name) != text:
            raise ValueError(f"not a proxy name: {text!r}")
        return name


@dataclass(frozen=True, slots=True)
class OutboundCluster:
    """Calls to a service port, or to a subset of its endpoints: `outbound|8080|v1|cpanel.default.svc.cluster.local`."""

    port: int
    subset: str
    host: Host

    def __str__(self) -> str:
        return f"outbound|{self.port}|{self.subset}|{self.host}"


@dataclass(frozen=True, slots=True)
class InboundCluster:
    """Calls to the workload's own application: `inbound|8080||`."""

    port: int

    def __str__(self) -> str:
        return f"inbound|{self.port}||"


def parse_cluster(text: str) -> OutboundCluster | InboundCluster:
    """The cluster named `text`. Raises ValueError for a built-in or foreign name."""
    direction, port, subset, host = text.split("|")
    if direction == "outbound":
        return OutboundCluster(int(port), subset, Host(host))
    if direction == "inbound" and not subset and not host:
        return InboundCluster(int(port))
    raise ValueError(f"not a cluster's name: {text!r}")


def service_host(name: str, namespace: str) -> Host:
    """The host of a Kubernetes Service."""
    return Host(f"{name}.{namespace}.svc.{DOMAIN}")


def resolve_host(host: str, namespace: str) -> Host:
    """A host as a rule writes it: without a dot, it is a service of the rule's own namespace (never of the caller's)."""
    if "." in host or host == "*" or ":" in host:
        return Host(host.lower())
    return service_host(host.lower(), namespace)


def resolve_gateway(name: str, namespace: str) -> str:
    """The gateway a VirtualService of `namespace` means: `mesh` or `namespace/name`."""
    if name == MESH:
        return MESH
    head, slash, tail = name.partition("/")
    if slash:
        return f"{namespace if head == '.' else head}/{tail}"
    if "." in head:  # the legacy form, name.namespace.svc.cluster.local
        first, second, *_ = head.split(".")
        return f"{second}/{first}"
    return f"{namespace}/{head}"


def covers(pattern: str, host: str) -> bool:
    """Whether every name `host` stands for is one `pattern` stands for."""
    if pattern == "*":
        return True
    if pattern.startswith("*"):
        return host.endswith(pattern[1:])
    return pattern == host


def patterns_over(host: str) -> list[Host]:
    """Every pattern that covers `host`, most specific first: itself, then ever shorter wildcards, then `*`."""
    found = [Host(host)]
    rest = host.removeprefix("*.")
    while "." in rest:
        rest = rest.partition(".")[2]
        found.append(Host(f"*.{rest}"))
    return found if host == "*" else [*found, Host("*")]


def wildcards_of(hosts: Iterable[str]) -> tuple[Host, ...]:
    """The patterns among them, most specific first."""
    return tuple(Host(host) for host in sorted((host for host in hosts if "*" in host), key=lambda host: (-len(host), host)))


def listener_name(address: str, port: int) -> str:
    return f"{address}_{port}"


def gateway_routes(port: int) -> str:
    """The route table that all plain HTTP servers of a gateway port share."""
    return f"http.{port}"
