"""`airside proxy-config`: asks a pod's Envoy through the API server and shows the part wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from airside.cli.get import name_of
from airside.cli.pods import find_pod
from airside.cli.proxies import clusters_of, listeners_of, routes_of, show_clusters, show_endpoints, show_listeners, show_routes
from airside.client.client import ApiClient

Raw = Mapping[str, object]

_TABLES: Mapping[str, Callable[[Raw], list[str]]] = {"clusters": show_clusters, "listeners": show_listeners, "routes": show_routes}
_PARTS: Mapping[str, Callable[[Raw], list[Raw]]] = {"clusters": clusters_of, "listeners": listeners_of, "routes": routes_of}


def show_part(client: ApiClient, part: str, pod: tuple[str, str], as_json: bool) -> Iterator[str]:
    """Lines. `pod`: its name (or what it belongs to) and namespace."""
    name, namespace = pod
    found = name_of(find_pod(client, [name], namespace))

    def ask(path: str, form: str | None = None) -> Raw:
        return client.ask(f"/airside/v1/namespaces/{namespace}/pods/{found}/proxy/{path}", format=form)

    dump = ask("config_dump") if part != "endpoints" else {}
    clusters = ask("clusters", "json") if part in ("endpoints", "all") else {}
    if as_json:
        yield json.dumps(clusters if part == "endpoints" else dump if part == "all" else _PARTS[part](dump), indent=4)
        return
    tables = [show(dump) for one, show in _TABLES.items() if part in (one, "all")]
    if clusters:
        tables.append(show_endpoints(clusters))
    for index, lines in enumerate(tables):
        yield from ["", *lines] if index else lines
