"""`proxy-status` and `proxy-config`: Envoy's own words as istioctl's tables. JSON in, lines out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from airside.cli.table import layout

Raw = Mapping[str, object]
TYPES = ("CDS", "LDS", "EDS", "RDS")


def show_status(proxies: Sequence[Raw]) -> list[str]:
    """A line per proxy, and below what they rejected and why."""
    rows = []
    for proxy in sorted(proxies, key=lambda one: (_text(one, "namespace"), _text(one, "pod"))):
        types = _mapping(proxy.get("types"))
        states = [_text(_mapping(types.get(name)), "state") or "NOT SENT" for name in TYPES]
        rows.append([f"{_text(proxy, 'pod')}.{_text(proxy, 'namespace')}", *states, "yes" if proxy.get("connected") else "NO"])
    lines = layout(["NAME", *TYPES, "CONNECTED"], rows)
    for proxy in proxies:
        for rejected in _mappings(proxy.get("rejected")):
            lines += ["", *show_rejection({"proxy": _text(proxy, "id"), **rejected})]
    return lines


def show_rejection(rejected: Raw) -> list[str]:
    """One resource that an Envoy did not take, with the objects it was made from."""
    origins = rejected.get("origins")
    made_from = ", ".join(str(origin) for origin in origins) if isinstance(origins, list) and origins else "no object of yours"
    kind = _text(rejected, "type").rpartition(".")[2]
    what = f"{_text(rejected, 'proxy')} rejected {kind} {_text(rejected, 'resource')}"
    return [f"{what}, and goes on with what it had: {_text(rejected, 'message')}", f"    made from: {made_from}"]


def config_of(dump: Raw, suffix: str) -> list[Raw]:
    """The parts of a config dump whose type ends so, such as `ClustersConfigDump`."""
    return [part for part in _mappings(dump.get("configs")) if _text(part, "@type").endswith(suffix)]


def clusters_of(dump: Raw) -> list[Raw]:
    return list(_inner(config_of(dump, "ClustersConfigDump"), ("static_clusters", "dynamic_active_clusters"), "cluster"))


def routes_of(dump: Raw) -> list[Raw]:
    return list(_inner(config_of(dump, "RoutesConfigDump"), ("static_route_configs", "dynamic_route_configs"), "route_config"))


def listeners_of(dump: Raw) -> list[Raw]:
    parts = config_of(dump, "ListenersConfigDump")
    static = list(_inner(parts, ("static_listeners",), "listener"))
    active = [_mapping(one.get("active_state")) for part in parts for one in _mappings(part.get("dynamic_listeners"))]
    return static + [_mapping(state.get("listener")) for state in active if state]


def show_clusters(dump: Raw) -> list[str]:
    rows = []
    for cluster in clusters_of(dump):
        direction, port, subset, host = _split_cluster(_text(cluster, "name"))
        rows.append(
            [host, port, subset, direction, _text(cluster, "type") or _text(_mapping(cluster.get("cluster_type")), "name"), _rule(cluster)]
        )
    return layout(["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"], sorted(rows))


def show_listeners(dump: Raw) -> list[str]:
    rows = []
    for listener in listeners_of(dump):
        sockets = [listener.get("address"), *(one.get("address") for one in _mappings(listener.get("additional_addresses")))]
        for socket in sockets:
            address = _mapping(_mapping(socket).get("socket_address"))
            place = [_text(address, "address"), _text(address, "port_value"), _text(listener, "name")]
            rows += [[*place, destination] for destination in _destinations(listener) or [""]]
    return layout(["ADDRESS", "PORT", "NAME", "DESTINATION"], sorted(rows))


def show_routes(dump: Raw) -> list[str]:
    rows = []
    for config in routes_of(dump):
        for host in _mappings(config.get("virtual_hosts")):
            domains = host.get("domains")
            names = [str(one) for one in domains] if isinstance(domains, list) else []
            shown = names[0] + (f" +{len(names) - 1} more" if len(names) > 1 else "") if names else ""
            place = [_text(config, "name"), _text(host, "name"), shown]
            rows += [[*place, _match(route), _target(route), _rule(route)] for route in _mappings(host.get("routes"))]
    return layout(["NAME", "VHOST NAME", "DOMAINS", "MATCH", "TO", "VIRTUAL SERVICE"], rows)


def show_endpoints(clusters: Raw) -> list[str]:
    """Of `/clusters?format=json`: what Envoy knows of every endpoint's health."""
    rows = []
    for cluster in _mappings(clusters.get("cluster_statuses")):
        for host in _mappings(cluster.get("host_statuses")):
            socket = _mapping(_mapping(host.get("address")).get("socket_address"))
            pipe = _text(_mapping(_mapping(host.get("address")).get("pipe")), "path")
            health = _mapping(host.get("health_status"))
            status = _text(health, "eds_health_status") or "UNKNOWN"
            ejected = "EJECTED" if health.get("failed_outlier_check") else "OK"
            endpoint = f"{_text(socket, 'address')}:{_text(socket, 'port_value')}" if socket else pipe
            rows.append([endpoint, status, ejected, _text(cluster, "name")])
    return layout(["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"], sorted(rows, key=lambda row: (row[3], row[0])))


def _inner(parts: Iterable[Raw], lists: Sequence[str], name: str) -> Iterator[Raw]:
    for part in parts:
        for one in lists:
            yield from (_mapping(entry.get(name)) for entry in _mappings(part.get(one)))


def _split_cluster(name: str) -> tuple[str, str, str, str]:
    """Istio's `outbound|8080|v1|cpanel.default.svc.cluster.local`; any other name is its own."""
    parts = name.split("|")
    if len(parts) != 4:
        return "-", "-", "-", name
    direction, port, subset, host = parts
    return direction, port, subset or "-", host or "-"


def _rule(made: Raw) -> str:
    """The object that a cluster or route was made from, out of Istio's metadata: its name and namespace."""
    istio = _mapping(_mapping(_mapping(made.get("metadata")).get("filter_metadata")).get("istio"))
    path = _text(istio, "config").split("/")  # Istio's /apis/<group>/<version>/namespaces/<namespace>/<kind>/<name>, or an object's key
    if "namespaces" in path:
        return f"{path[-1]}.{path[path.index('namespaces') + 1]}"
    return f"{path[2]}.{path[1]}" if len(path) == 3 else ""


def _destinations(listener: Raw) -> list[str]:
    found = []
    for chain in _mappings(listener.get("filter_chains")):
        for one in _mappings(chain.get("filters")):
            config = _mapping(one.get("typed_config"))
            routes, inline = _text(_mapping(config.get("rds")), "route_config_name"), _mapping(config.get("route_config"))
            if routes:
                found.append(f"Route: {routes}")
            elif inline:
                found.append(f"Inline Route: {_text(inline, 'name')}")
            elif config.get("cluster"):
                found.append(f"Cluster: {_text(config, 'cluster')}")
    return list(dict.fromkeys(found))


def _match(route: Raw) -> str:
    match = _mapping(route.get("match"))
    for name, shown in (("prefix", "{}*"), ("path", "{}"), ("path_separated_prefix", "{}/*")):
        if match.get(name):
            return shown.format(match[name])
    regex = _text(_mapping(match.get("safe_regex")), "regex")
    return f"regex {regex}" if regex else ("CONNECT" if "connect_matcher" in match else "*")


def _target(route: Raw) -> str:
    action = _mapping(route.get("route"))
    weighted = [
        f"{_text(one, 'name')} ({_text(one, 'weight')})" for one in _mappings(_mapping(action.get("weighted_clusters")).get("clusters"))
    ]
    if weighted:
        return ", ".join(weighted)
    for name in ("redirect", "direct_response"):
        if name in route:
            return name.replace("_", " ")
    return _text(action, "cluster")


def _mapping(value: object) -> Raw:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Raw]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(raw: Raw, name: str) -> str:
    value = raw.get(name)
    return "" if value is None else str(value)
