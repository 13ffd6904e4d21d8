"""Header operations of a route or of one of its destinations."""

from __future__ import annotations

from collections.abc import Mapping

from envoy.config.core.v3.base_pb2 import HeaderValueOption
from envoy.config.route.v3.route_components_pb2 import Route, WeightedCluster

from airside.resources.virtual_service import HeaderOperations, Headers


def apply_headers(target: Route | WeightedCluster.ClusterWeight, headers: Headers | None) -> None:
    """Set, then add, each by name; then remove."""
    if headers is None:
        return
    if headers.request is not None:
        _add(target.request_headers_to_add, headers.request)
        target.request_headers_to_remove.extend(name for name in headers.request.remove if _ordinary(name))
    if headers.response is not None:
        _add(target.response_headers_to_add, headers.response)
        target.response_headers_to_remove.extend(name for name in headers.response.remove if _ordinary(name))


def authority_of(headers: Headers | None) -> str:
    """The host a request is to be sent under, where a rule sets the header that way: `set` before `add`."""
    if headers is None or headers.request is None:
        return ""
    for operations in (headers.request.set, headers.request.add):
        for name, value in operations.items():
            if name.lower() in ("host", ":authority"):
                return value
    return ""


def _ordinary(name: str) -> bool:
    """Envoy rejects changing pseudo headers this way; the host has a field of its own."""
    return not name.startswith(":") and name.lower() != "host"


def _add(target: list[HeaderValueOption], operations: HeaderOperations) -> None:
    _add_all(target, operations.set, HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD)
    _add_all(target, operations.add, HeaderValueOption.APPEND_IF_EXISTS_OR_ADD)


def _add_all(target: list[HeaderValueOption], values: Mapping[str, str], how: int) -> None:
    for name, value in sorted(values.items()):
        if _ordinary(name):
            option = HeaderValueOption(append_action=how)
            option.header.key, option.header.value = name, value
            target.append(option)
