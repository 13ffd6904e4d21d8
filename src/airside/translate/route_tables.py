"""The table of a sidecar's outbound routes: virtual hosts that were built apart, joined.

A table of a thousand services is half a megabyte. When one virtual host changes the others' bytes are taken as they are, and nothing is
done once for every domain.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from envoy.config.route.v3.route_pb2 import RouteConfiguration

from airside.model.names import HTTP_PROXY_ROUTES
from airside.translate.profile import Profile
from airside.translate.unknown_hosts import build_catch_all
from airside.translate.vhosts import VIRTUAL_HOSTS, BuiltHost
from airside.translate.wire import field_bytes, resource_of, serialise
from airside.xds.resource import Resource


@dataclass(slots=True)
class HttpProxyTable:
    """The virtual hosts of one audience, by the part that built them, and how many of them claim each domain."""

    hosts: dict[str, tuple[BuiltHost, ...]] = field(default_factory=dict)
    claims: Counter[str] = field(default_factory=Counter)
    contested: set[str] = field(default_factory=set)

    def put(self, part: str, hosts: tuple[BuiltHost, ...]) -> bool:
        """Takes a part's virtual hosts in place of those it had; False if they are the same."""
        before = self.hosts.get(part)
        if hosts == before:
            return False
        self._claim(before or (), -1)
        self._claim(hosts, 1)
        self.hosts[part] = hosts
        return True

    def drop(self, part: str) -> None:
        self._claim(self.hosts.pop(part, ()), -1)

    def _claim(self, hosts: tuple[BuiltHost, ...], by: int) -> None:
        for host in hosts:
            for domain in host.domains:
                count = self.claims[domain] = self.claims[domain] + by
                if count > 1:
                    self.contested.add(domain)
                else:
                    self.contested.discard(domain)
                    if not count:
                        del self.claims[domain]

    def join(self, profile: Profile) -> Resource:
        """Sorted by name, what catches all the rest last."""
        ordered = sorted(chain.from_iterable(self.hosts.values()), key=lambda host: host.name)
        frame = RouteConfiguration(name=HTTP_PROXY_ROUTES)
        frame.validate_clusters.value = False
        frame.max_direct_response_body_size_bytes.value = 1 << 20
        entries = [host.entry for host in ordered] if not self.contested else self._entries(ordered)
        if "*" not in self.claims:
            entries.append(field_bytes(VIRTUAL_HOSTS, serialise(build_catch_all(profile))))
        body = b"".join((serialise(frame), *entries))
        needs = tuple(dict.fromkeys(chain.from_iterable(host.needs for host in ordered)))
        origins = dict.fromkeys(chain.from_iterable(host.origins for host in ordered))
        return resource_of(HTTP_PROXY_ROUTES, body, needs, origins)

    def _entries(self, ordered: list[BuiltHost]) -> list[bytes]:
        """Each domain once, or Envoy refuses the table. A host in full goes before others' short forms; of equals, the first by name."""
        owners: dict[str, BuiltHost] = {}
        for host in ordered:
            owners.setdefault(host.domains[0], host)
        for host in ordered:
            for domain in self.contested.intersection(host.domains):
                owners.setdefault(domain, host)
        entries = []
        for host in ordered:
            if self.contested.isdisjoint(host.domains):
                entries.append(host.entry)
            elif kept := tuple(domain for domain in host.domains if domain not in self.contested or owners[domain] is host):
                entries.append(host.entry_with(kept))
        return entries
