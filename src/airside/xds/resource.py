"""What is served: versioned bytes in scopes, and which proxies see which scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

TypeUrl = NewType("TypeUrl", str)
Scope = NewType("Scope", str)
ProxyId = NewType("ProxyId", str)

CLUSTER = TypeUrl("type.googleapis.com/envoy.config.cluster.v3.Cluster")
ENDPOINTS = TypeUrl("type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment")
LISTENER = TypeUrl("type.googleapis.com/envoy.config.listener.v3.Listener")
ROUTES = TypeUrl("type.googleapis.com/envoy.config.route.v3.RouteConfiguration")
SECRET = TypeUrl("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")

ORDER = (SECRET, CLUSTER, ENDPOINTS, LISTENER, ROUTES)
"""Make before break: additions go in this order, removals in the reverse."""

PUSHED = frozenset({CLUSTER, LISTENER})
"""Envoy takes all there are of these (a wildcard subscription); of every other type those that a resource it has names."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as every proxy that sees it gets it.

    `needs` reads by the type needed. A pushed one (a route's clusters) must be acknowledged and warm before this is sent. One that
    Envoy asks for by name because of this (the endpoints of a cluster, the routes of a listener) comes after it: this is warm once
    that one is acknowledged too.
    """

    name: str
    version: str  # hash of the content: equal bytes, equal version
    body: bytes  # the serialised message, without the Any around it
    needs: tuple[tuple[TypeUrl, str], ...] = ()
    origins: tuple[str, ...] = ()  # str(ObjectKey) of the objects it was made from
    before: tuple[tuple[TypeUrl, str], ...] = field(init=False, compare=False, repr=False)  # of `needs`, those that must be there first
    after: tuple[tuple[TypeUrl, str], ...] = field(init=False, compare=False, repr=False)  # and those that follow

    def __post_init__(self) -> None:
        object.__setattr__(self, "before", tuple(need for need in self.needs if need[0] in PUSHED))
        object.__setattr__(self, "after", tuple(need for need in self.needs if need[0] not in PUSHED))


@dataclass(frozen=True, slots=True)
class Update:
    """One atomic change of what is served, made by the change of the store that `revision` numbers.

    `tables`: per type and scope, the resources that changed; None removes. `proxies`: the scopes a proxy sees, first wins; None: the
    proxy is gone.
    """

    revision: int
    tables: Mapping[tuple[TypeUrl, Scope], Mapping[str, Resource | None]] = field(default_factory=dict)
    proxies: Mapping[ProxyId, tuple[Scope, ...] | None] = field(default_factory=dict)
