"""A client over memory that behaves as Envoy does, and complains when it is treated badly.

It asks for the endpoints of clusters and the routes of listeners, acknowledges clusters only when all are warm, and applies the good
resources of a response that it rejects. It records each time it was given routes to a cluster that it does not have warm, or lost one
that its routes name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from airside.xds.part import Response
from airside.xds.protocol import Request
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, Resource, Scope, TypeUrl, Update

ALL = Scope("all")
CHILD = {CLUSTER: ENDPOINTS, LISTENER: ROUTES}


def cluster(name: str, version: str = "1", bad: bool = False) -> Resource:
    return Resource(name, version, _body(child=name, bad=bad), needs=((ENDPOINTS, name),), origins=(f"DestinationRule/{name}",))


def endpoints(name: str, version: str = "1", bad: bool = False) -> Resource:
    return Resource(name, version, _body(bad=bad))


def listener(name: str, route: str, version: str = "1", bad: bool = False) -> Resource:
    return Resource(name, version, _body(child=route, bad=bad), needs=((ROUTES, route),))


def routes(name: str, *clusters: str, version: str = "1", bad: bool = False) -> Resource:
    needs = tuple((CLUSTER, cluster) for cluster in clusters)
    return Resource(name, version, _body(clusters=clusters, bad=bad), needs=needs, origins=(f"VirtualService/{name}",))


def _body(child: str = "", clusters: tuple[str, ...] = (), bad: bool = False) -> bytes:
    return json.dumps({"child": child, "clusters": clusters, "bad": bad}).encode()


def update(revision: int, put: dict[TypeUrl, list[Resource]] | None = None, drop: dict[TypeUrl, list[str]] | None = None) -> Update:
    """An update of one scope that every proxy of these tests sees."""
    tables: dict[tuple[TypeUrl, Scope], dict[str, Resource | None]] = {}
    for type, resources in (put or {}).items():
        tables.setdefault((type, ALL), {}).update({resource.name: resource for resource in resources})
    for type, names in (drop or {}).items():
        tables.setdefault((type, ALL), {}).update(dict.fromkeys(names))
    return Update(revision, tables)


@dataclass
class Client:
    """Envoy, as far as its control plane can tell."""

    has: dict[TypeUrl, dict[str, tuple[str, dict[str, object]]]] = field(default_factory=dict)
    acknowledged: dict[TypeUrl, dict[str, str]] = field(
        default_factory=dict
    )  # what it tells of on reconnect: nothing from rejected responses
    asked: dict[TypeUrl, set[str]] = field(default_factory=dict)
    outbox: list[Request] = field(default_factory=list)
    cold: set[str] = field(default_factory=set)  # clusters that wait for endpoints
    withheld: list[Request] = field(default_factory=list)  # acknowledgements of clusters, until all are warm
    complaints: list[str] = field(default_factory=list)
    received: list[tuple[TypeUrl, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def connect(self) -> None:
        """Open a stream, bringing along what it has; whatever it had not said is lost."""
        self.outbox, self.withheld = [], []
        for type in (CLUSTER, ENDPOINTS, LISTENER, ROUTES):
            if type in CHILD or self.asked.get(type):
                self.outbox.append(Request(type, tuple(sorted(self.asked.get(type, ()))), known=dict(self.acknowledged.get(type, {}))))

    def take(self, response: Response) -> None:
        """Apply a response and put the answer into the outbox."""
        self.received.append((response.type, tuple(sorted(r.name for r in response.resources)), tuple(sorted(response.removed))))
        bad = []
        for resource in response.resources:
            if response.type in CHILD.values() and resource.name not in self.asked.get(response.type, ()):
                continue  # it has let go of this meanwhile
            content = json.loads(resource.body)
            if content["bad"]:
                bad.append(resource.name)
            else:
                self._apply(response.type, resource, content)
        for name in response.removed:
            self._lose(response.type, name)
            self.acknowledged.get(response.type, {}).pop(name, None)
        if not bad:
            taken = {resource.name: resource.version for resource in response.resources if resource.name in self.has.get(response.type, {})}
            self.acknowledged.setdefault(response.type, {}).update(taken)
        self._ask()
        answer = Request(response.type, nonce=response.nonce, error=f"{', '.join(bad)} bad" if bad else None)
        if response.type == CLUSTER:
            self.withheld.append(answer)
        else:
            self.outbox.append(answer)
        if not self.cold:
            self.outbox += self.withheld
            self.withheld = []

    def _apply(self, type: TypeUrl, resource: Resource, content: dict[str, object]) -> None:
        held = self.has.setdefault(type, {})
        if type == CLUSTER and held.get(resource.name) != (resource.version, content):
            self.cold.add(resource.name)
        if type == ENDPOINTS:
            self.cold.discard(resource.name)
        if type == ROUTES:
            for name in content["clusters"]:  # type: ignore[attr-defined]
                if name not in self.has.get(CLUSTER, {}) or name in self.cold:
                    self.complaints.append(f"routes {resource.name} name {name}, which is {'cold' if name in self.cold else 'unknown'}")
        held[resource.name] = (resource.version, content)

    def _lose(self, type: TypeUrl, name: str) -> None:
        self.has.get(type, {}).pop(name, None)
        if type == ENDPOINTS:
            self.cold.discard(name)  # without endpoints a cluster is warm, and empty
        if type == CLUSTER:
            self.cold.discard(name)
            users = [route for route, (_, content) in self.has.get(ROUTES, {}).items() if name in content["clusters"]]  # type: ignore[operator]
            if users:
                self.complaints.append(f"cluster {name} was taken away from routes {users}")

    def _ask(self) -> None:
        for parent, child in CHILD.items():
            needed = {str(content["child"]) for _, content in self.has.get(parent, {}).values()}
            asked = self.asked.get(child, set())
            if needed != asked:
                self.outbox.append(Request(child, tuple(sorted(needed - asked)), tuple(sorted(asked - needed))))
                for name in asked - needed:
                    self.has.get(child, {}).pop(name, None)
                    self.acknowledged.get(child, {}).pop(name, None)
                self.asked[child] = needed

    def versions(self) -> dict[TypeUrl, dict[str, str]]:
        return {type: {name: version for name, (version, _) in held.items()} for type, held in self.has.items() if held}
