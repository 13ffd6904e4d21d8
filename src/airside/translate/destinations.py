"""A rule's destination to the cluster it names, for callers of one audience."""

from __future__ import annotations

from dataclasses import dataclass

from airside.model.audience import Audience
from airside.model.names import Host, Namespace, OutboundCluster, resolve_host
from airside.model.reader import Reader
from airside.model.service import Resolution, Service
from airside.resources.destination_rule import ConsistentHash
from airside.resources.istio import Destination
from airside.translate.policy.effective import effective_policy
from airside.translate.policy.hashing import hash_of


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster a route sends to. One that does not exist is named all the same: Envoy then answers 503, as on Istio.

    `outside`: the service only stands for a host that is not in the mesh.
    """

    cluster: str
    host: Host
    exists: bool
    outside: bool
    hashed: ConsistentHash | None
    origins: tuple[str, ...]


def resolve_target(destination: Destination, namespace: Namespace, listener_port: int, audience: Audience, reader: Reader) -> Target:
    """`namespace` is the rule's; without a port in the destination it is the service's only one, else the listener's."""
    host = resolve_host(destination.host, namespace)
    named_port = destination.port.number if destination.port is not None else None
    return target_of(host, named_port, destination.subset, listener_port, Caller(audience, reader))


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf, and through which reader, destinations are looked up."""

    audience: Audience
    reader: Reader


def target_of(host: Host, named_port: int | None, subset: str, listener_port: int, caller: Caller) -> Target:
    service = caller.reader.service(host)
    alias = service is not None and service.resolution is Resolution.ALIAS
    if service is not None and alias:
        host = service.alias_of
        service = caller.reader.service(host)
    port = named_port or _port_of(service, listener_port)
    rule = caller.reader.policy(host, caller.audience)
    known_subset = not subset or (rule is not None and rule.subset(subset) is not None)
    return Target(
        cluster=str(OutboundCluster(port, subset, host)),
        host=host,
        exists=service is not None and service.port(port) is not None and known_subset,
        outside=alias and service is None,
        hashed=hash_of(effective_policy(rule, named_port, subset)),
        origins=rule.origins if rule is not None else (),
    )


def _port_of(service: Service | None, listener_port: int) -> int:
    return service.ports[0].number if service is not None and len(service.ports) == 1 else listener_port
