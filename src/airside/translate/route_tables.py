"""The table of a sidecar's outbound routes: virtual hosts that were built apart, joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from envoy.config.route.v3.route_pb2 import RouteConfiguration

from airside.model.names import HTTP_PROXY_ROUTES
from airside.translate.profile import Profile
from airside.translate.unknown_hosts import build_catch_all
from airside.translate.vhosts import BuiltHost
from airside.translate.wire import field_bytes, on_clusters, resource_of, serialise
from airside.xds.resource import Resource

_VIRTUAL_HOSTS = RouteConfiguration.DESCRIPTOR.fields_by_name["virtual_hosts"].number


def build_http_proxy_table(hosts: Iterable[BuiltHost], profile: Profile) -> Resource:
    """Sorted by name, what catches all the rest last."""
    frame = RouteConfiguration(name=HTTP_PROXY_ROUTES)
    frame.validate_clusters.value = False
    frame.max_direct_response_body_size_bytes.value = 1 << 20
    ordered = sorted(hosts, key=lambda host: host.name)
    domains = _share_domains(ordered)
    bodies = [field_bytes(_VIRTUAL_HOSTS, host.body(domains[host.name])) for host in ordered if domains.get(host.name)]
    catch_all = field_bytes(_VIRTUAL_HOSTS, serialise(build_catch_all(profile)))
    body = b"".join((serialise(frame), *bodies, catch_all))
    clusters = {cluster for host in ordered for cluster in host.clusters}
    origins = dict.fromkeys(origin for host in ordered for origin in host.origins)
    return resource_of(HTTP_PROXY_ROUTES, body, on_clusters(clusters), origins)


def _share_domains(hosts: list[BuiltHost]) -> Mapping[str, tuple[str, ...]]:
    """Each domain once, or Envoy refuses the whole table. A host in full goes before others' short forms; of equals, the first by name."""
    owners: dict[str, str] = {}
    for host in hosts:
        owners.setdefault(host.domains[0].lower(), host.name)
    for host in hosts:
        for domain in host.domains:
            owners.setdefault(domain.lower(), host.name)
    named: dict[str, BuiltHost] = {}
    for host in hosts:
        named.setdefault(host.name, host)
    return {name: tuple(domain for domain in dict.fromkeys(host.domains) if owners[domain.lower()] == name) for name, host in named.items()}
