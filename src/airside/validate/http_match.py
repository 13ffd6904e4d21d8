"""Rules of an HTTP route's matches, and which routes no call reaches."""

from __future__ import annotations

from airside.resources.paths import key_path
from airside.resources.virtual_service import HttpMatch, HttpRoute, StringMatches
from airside.validate.finding import Finding, Findings
from airside.validate.host import check_gateways, check_port_number, check_source_labels
from airside.validate.names import dns_label
from airside.validate.string_match import check_match_header, check_string_match

_PSEUDO = frozenset({"uri", "scheme", "method", "authority"})


def check_match(match: HttpMatch, path: str) -> Findings:
    if match.uri is not None:
        yield from check_string_match(match.uri, f"{path}.uri", empty_prefix=True)
    for field, string_match in (("scheme", match.scheme), ("method", match.method), ("authority", match.authority)):
        if string_match is not None:
            yield from check_string_match(string_match, f"{path}.{field}")
    yield from _check_headers(match.headers, f"{path}.headers")
    yield from _check_headers(match.without_headers, f"{path}.withoutHeaders")
    for name, value in match.query_params.items():
        yield from check_string_match(value, key_path(f"{path}.queryParams", name))
    if "port" in match.model_fields_set:
        yield from check_port_number(match.port, f"{path}.port")
    yield from check_gateways(match.gateways, f"{path}.gateways")
    yield from check_source_labels(match.source_labels, f"{path}.sourceLabels")
    if match.source_namespace:
        for text in dns_label(match.source_namespace):
            yield Finding("AIR1119", f"{path}.sourceNamespace", text)


def _check_headers(headers: StringMatches, path: str) -> Findings:
    for name, value in headers.items():
        at = key_path(path, name)
        if name in _PSEUDO:
            yield Finding("AIR1120", at, f'"{name}" is not matched as a header; use the field {name} of the match')
        yield from check_match_header(name, at)
        yield from check_string_match(value, at)


def check_reach(routes: tuple[HttpRoute, ...]) -> Findings:
    """Routes after one that takes everything, and matches that stand in an earlier route already."""
    seen: dict[str, str] = {}
    taken = ""
    for index, route in enumerate(routes):
        path = f"spec.http[{index}]"
        if taken:
            yield Finding("AIR1135", path, f"no call reaches this route: {taken} takes every call before. Put that one last")
            continue
        if any(is_catch_all(match) for match in route.match) or not route.match:
            taken = path
        if len(routes) == 1:
            return
        for at, match in enumerate(route.match):
            key = match.model_dump_json(exclude={"name", "stat_prefix"}, exclude_defaults=True)
            if key in seen and seen[key] != path:
                yield Finding("AIR1136", f"{path}.match[{at}]", f"the same match is in {seen[key]}, which comes first and takes the calls")
            seen.setdefault(key, path)


_NARROWING = frozenset(
    {"scheme", "method", "authority", "headers", "without_headers", "query_params", "port", "gateways", "source_labels", "source_namespace"}
)


def is_catch_all(match: HttpMatch) -> bool:
    """Whether every call matches."""
    if any(getattr(match, name) for name in match.model_fields_set & _NARROWING):
        return False
    uri = match.uri
    return uri is None or uri.prefix in ("", "/") or uri.regex == ".*" or (uri.exact is None and uri.prefix is None and uri.regex is None)
