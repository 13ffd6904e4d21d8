"""HttpMatch to RouteMatch: which requests a route is for."""

from __future__ import annotations

from collections.abc import Mapping

from envoy.config.route.v3.route_components_pb2 import HeaderMatcher, RouteMatch
from envoy.type.matcher.v3.string_pb2 import StringMatcher

from airside.resources.istio import StringMatch
from airside.resources.virtual_service import HttpMatch


def build_match(match: HttpMatch | None) -> RouteMatch:
    """No match, or one that says nothing of the request, is for every request."""
    built = RouteMatch()
    if match is None:
        built.prefix = "/"
        return built
    _set_path(built, match)
    _set_headers(built, match.headers, inverted=False)
    _set_headers(built, match.without_headers, inverted=True)
    for name, wanted in ((":method", match.method), (":authority", match.authority), (":scheme", match.scheme)):
        if wanted is not None:
            _set_header(built.headers.add(), name, wanted)
    for name, wanted in sorted(match.query_params.items()):
        parameter = built.query_parameters.add(name=name)
        if _any_value(wanted):
            parameter.present_match = True
        else:
            set_string(parameter.string_match, wanted)
    return built


def is_catch_all(match: RouteMatch) -> bool:
    """Whether no later route of the same host can ever be taken."""
    everywhere = match.prefix == "/" or match.safe_regex.regex == ".*"
    return everywhere and not (match.headers or match.query_parameters or match.dynamic_metadata)


def set_string(target: StringMatcher, wanted: StringMatch) -> None:
    if wanted.exact is not None:
        target.exact = wanted.exact
    elif wanted.prefix is not None:
        target.prefix = wanted.prefix
    elif wanted.regex is not None:
        target.safe_regex.regex = wanted.regex


def _set_path(built: RouteMatch, match: HttpMatch) -> None:
    uri = match.uri
    if uri is None or (uri.exact is None and uri.prefix is None and uri.regex is None):
        built.prefix = "/"
    elif uri.exact is not None:
        built.path = uri.exact
    elif uri.prefix is not None:
        built.prefix = uri.prefix
    else:
        built.safe_regex.regex = uri.regex
    if match.ignore_uri_case:
        built.case_sensitive.value = False


def _set_headers(built: RouteMatch, headers: Mapping[str, StringMatch], *, inverted: bool) -> None:
    for name, wanted in sorted(headers.items()):
        header = built.headers.add()
        _set_header(header, name, wanted)
        if inverted:
            header.invert_match = True
            # Without this a request that lacks the header would match nothing, not even "without it".
            header.treat_missing_header_as_empty = not _any_value(wanted)


def _set_header(header: HeaderMatcher, name: str, wanted: StringMatch) -> None:
    header.name = name
    if _any_value(wanted):
        header.present_match = True
    else:
        set_string(header.string_match, wanted)


def _any_value(wanted: StringMatch) -> bool:
    return wanted.regex == "*" or (wanted.exact is None and wanted.prefix is None and wanted.regex is None)
