"""Rules of what an HTTP route does: exactly one of route, redirect, direct response (or a delegate), and what goes with each."""

from __future__ import annotations

from airside.resources.istio import Destination
from airside.resources.virtual_service import DirectResponse, HttpRedirect, HttpRewrite, HttpRoute
from airside.validate.finding import Finding, Findings
from airside.validate.header_operations import authority_writes, check_headers
from airside.validate.host import check_port_number, judge_host
from airside.validate.http_match import check_match
from airside.validate.http_policy import check_cors, check_fault, check_percent, check_retries
from airside.validate.names import dns_label
from airside.validate.regex import judge_regex

_MAX_BODY, _LARGE_BODY = 1024 * 1024, 100 * 1024


def check_http_route(route: HttpRoute, path: str, delegate_only: bool) -> Findings:
    """`delegate_only`: the VirtualService has no hosts, so another one includes its routes."""
    for index, match in enumerate(route.match):
        yield from check_match(match, f"{path}.match[{index}]")
    yield from _check_action(route, path, delegate_only)
    yield from _check_destinations(route, path)
    yield from _check_mirrors(route, path)
    if route.redirect is not None:
        yield from _check_redirect(route.redirect, f"{path}.redirect")
    if route.direct_response is not None:
        yield from _check_direct_response(route.direct_response, f"{path}.directResponse")
    if route.rewrite is not None:
        yield from _check_rewrite(route.rewrite, f"{path}.rewrite")
    if route.fault is not None:
        yield from check_fault(route.fault, f"{path}.fault")
    if route.retries is not None:
        yield from check_retries(route.retries, f"{path}.retries")
    if route.cors_policy is not None:
        yield from check_cors(route.cors_policy, f"{path}.corsPolicy")
    if route.headers is not None:
        yield from check_headers(route.headers, f"{path}.headers")
    yield from _check_authority(route, path)


def _check_action(route: HttpRoute, path: str, delegate_only: bool) -> Findings:
    actions = [
        name
        for name, given in (("route", bool(route.route)), ("redirect", route.redirect), ("directResponse", route.direct_response))
        if given
    ]
    if route.delegate is not None:
        if delegate_only:
            yield Finding("AIR1113", f"{path}.delegate", "a delegate cannot itself delegate (it has no hosts): one level only")
        for action in actions:
            yield Finding("AIR1113", f"{path}.{action}", f"a route that delegates cannot have {action} as well")
        for field, name in (("name", route.delegate.name), ("namespace", route.delegate.namespace)):
            for text in dns_label(name) if name or field == "name" else ():
                yield Finding("AIR1113", f"{path}.delegate.{field}", text)
        return
    if not actions:
        yield Finding("AIR1110", path, "what to do is missing: one of route, redirect, directResponse")
    if len(actions) > 1:
        yield Finding("AIR1111", path, f"{' and '.join(actions)} exclude each other: keep one")
    for other in ("redirect", "directResponse"):
        if other in actions:
            for field, given in (("fault", route.fault), ("rewrite", route.rewrite)):
                if given is not None:
                    yield Finding("AIR1111", f"{path}.{field}", f"{field} has no place beside {other}: no call goes out")


def check_destination(destination: Destination, path: str) -> Findings:
    if destination.host == "*":
        yield Finding("AIR1114", f"{path}.host", '"*" is no destination: name one service')
    for text in judge_host(destination.host):
        yield Finding("AIR1114", f"{path}.host", text)
    for text in dns_label(destination.subset) if destination.subset else ():
        yield Finding("AIR1114", f"{path}.subset", f'subset "{destination.subset}": {text}')
    if destination.port is not None:
        yield from check_port_number(destination.port.number, f"{path}.port.number")


def _check_destinations(route: HttpRoute, path: str) -> Findings:
    for index, target in enumerate(route.route):
        at = f"{path}.route[{index}]"
        yield from check_destination(target.destination, f"{at}.destination")
        if target.headers is not None:
            yield from check_headers(target.headers, f"{at}.headers")
    yield from check_weights([target.weight for target in route.route], f"{path}.route")


def check_weights(weights: list[int], path: str) -> Findings:
    for index, weight in enumerate(weights):
        if weight < 0:
            yield Finding("AIR1115", f"{path}[{index}].weight", f"a weight is 0 or more, found {weight}")
    if len(weights) > 1 and sum(weights) == 0:
        yield Finding("AIR1115", path, f"of {len(weights)} destinations none has a weight above 0: nothing would get a call")


def _check_mirrors(route: HttpRoute, path: str) -> Findings:
    if route.mirror is not None:
        if route.mirrors:
            yield Finding("AIR1112", f"{path}.mirrors", "mirror and mirrors exclude each other: put all into mirrors")
        yield from check_destination(route.mirror, f"{path}.mirror")
    for index, mirror in enumerate(route.mirrors):
        yield from check_destination(mirror.destination, f"{path}.mirrors[{index}].destination")
        yield from check_percent(mirror.percentage, f"{path}.mirrors[{index}].percentage")
    yield from check_percent(route.mirror_percentage, f"{path}.mirrorPercentage")


def _check_redirect(redirect: HttpRedirect, path: str) -> Findings:
    if not redirect.model_fields_set - {"redirect_code"}:
        yield Finding("AIR1123", path, "where to is missing: one or more of uri, prefixRewrite, authority, port, derivePort, scheme")
    if redirect.uri and redirect.prefix_rewrite:
        yield Finding("AIR1123", path, "uri and prefixRewrite exclude each other")
    if redirect.port is not None and redirect.derive_port is not None:
        yield Finding("AIR1123", path, "port and derivePort exclude each other")
    if redirect.redirect_code and not 300 <= redirect.redirect_code <= 399:
        yield Finding(
            "AIR1123", f"{path}.redirectCode", f"expected 300 to 399 (Envoy sends 301, 302, 303, 307, 308), found {redirect.redirect_code}"
        )
    if redirect.scheme not in ("", "http", "https"):
        yield Finding("AIR1123", f"{path}.scheme", f'expected http or https, found "{redirect.scheme}"')


def _check_direct_response(response: DirectResponse, path: str) -> Findings:
    if not 200 <= response.status <= 600:
        yield Finding("AIR1124", f"{path}.status", f"expected 200 to 600, found {response.status}")
    if response.body is None:
        return
    if response.body.string is not None and response.body.bytes is not None:
        yield Finding("AIR1124", f"{path}.body", "string and bytes exclude each other")
    text = response.body.string if response.body.string is not None else response.body.bytes
    size = len((text or "").encode(errors="replace"))
    if size > _MAX_BODY:
        yield Finding("AIR1124", f"{path}.body", f"at most {_MAX_BODY} bytes, this has {size}")
    elif size > _LARGE_BODY:
        yield Finding("AIR1125", f"{path}.body", f"{size} bytes go to every proxy with the routes; serve large bodies from a service")


def _check_rewrite(rewrite: HttpRewrite, path: str) -> Findings:
    regex = rewrite.uri_regex_rewrite
    if not rewrite.uri and not rewrite.authority and regex is None:
        yield Finding("AIR1122", path, "what to rewrite is missing: uri, uriRegexRewrite or authority")
    if regex is None:
        return
    if rewrite.uri:
        yield Finding("AIR1122", path, "uri and uriRegexRewrite exclude each other")
    if not regex.match or not regex.rewrite:
        yield Finding("AIR1122", f"{path}.uriRegexRewrite", "both match and rewrite are needed")
    for text in judge_regex(regex.match) if regex.match else ():
        yield Finding("AIR1117", f"{path}.uriRegexRewrite.match", text)


def _check_authority(route: HttpRoute, path: str) -> Findings:
    """The host a call goes out with is written in one place."""
    places = [f"{path}.rewrite.authority"] if route.rewrite is not None and route.rewrite.authority else []
    places += authority_writes(route.headers, f"{path}.headers")
    if len(places) > 1:
        yield Finding("AIR1121", places[1], f"the authority is written twice, here and in {places[0]}: keep one")
