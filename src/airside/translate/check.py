"""Checks a snapshot against itself: everything named is there, and nothing is there twice. For tests: it looks at everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration

from airside.xds.resource import LISTENER, ROUTES, ProxyId, Resource, Scope, TypeUrl, Update

View = Mapping[TypeUrl, Mapping[str, Resource]]


def view_of(snapshot: Update, proxy: ProxyId) -> View:
    """All that one proxy is given: of several scopes with a name, the first wins."""
    scopes: tuple[Scope, ...] = snapshot.proxies[proxy] or ()
    view: dict[TypeUrl, dict[str, Resource]] = {}
    for scope in reversed(scopes):
        for (type, of), table in snapshot.tables.items():
            if of == scope:
                view.setdefault(type, {}).update({name: resource for name, resource in table.items() if resource is not None})
    return view


def dangling(snapshot: Update) -> list[str]:
    """What some proxy's resources need and the proxy is not given; a sentence each."""
    found: dict[str, None] = {}
    for proxy in snapshot.proxies:
        view = view_of(snapshot, proxy)
        for table in view.values():
            for resource in table.values():
                for type, name in resource.needs:
                    if name not in view.get(type, {}):
                        found[f"{proxy}: {resource.name} needs {type.rpartition('.')[2]} {name}, which is not there"] = None
    return list(found)


def duplicates(snapshot: Update) -> list[str]:
    """What Envoy would refuse for being there twice: virtual hosts and domains of a table, addresses of a proxy's listeners."""
    found: list[str] = []
    for proxy in snapshot.proxies:
        view = view_of(snapshot, proxy)
        for resource in view.get(ROUTES, {}).values():
            table = RouteConfiguration.FromString(resource.body)
            found += [f"{proxy}: {table.name} has two virtual hosts {name}" for name in _twice(host.name for host in table.virtual_hosts)]
            domains = (domain.lower() for host in table.virtual_hosts for domain in host.domains)
            found += [f"{proxy}: {table.name} has the domain {domain} twice" for domain in _twice(domains)]
        listeners = (Listener.FromString(resource.body) for resource in view.get(LISTENER, {}).values())
        found += [f"{proxy}: two listeners on {address}" for address in _twice(a for each in listeners for a in _addresses(each))]
    return list(dict.fromkeys(found))


def _addresses(listener: Listener) -> Iterator[str]:
    for address in (listener.address, *(additional.address for additional in listener.additional_addresses)):
        yield f"{address.socket_address.address}:{address.socket_address.port_value}"


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
