"""VirtualServices' http routes, and the default route of a host without any, to Envoy's.

A rule's routes come out in the order of the rule, one for each match. What is known beforehand (port, gateway, caller) is decided here, not
by Envoy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from envoy.config.route.v3.route_components_pb2 import Route, RouteAction

from airside.model.audience import Audience
from airside.model.labels import selector_of
from airside.model.names import MESH, Host, resolve_gateway
from airside.model.reader import Reader
from airside.model.routing import Routing
from airside.resources.istio import Destination, Percent
from airside.resources.virtual_service import HttpMatch, HttpRoute, HttpRouteDestination
from airside.translate.answers import build_direct_response, build_redirect
from airside.translate.destinations import Caller, Target, resolve_target, target_of
from airside.translate.match import build_match, is_catch_all
from airside.translate.policy.cors import apply_cors
from airside.translate.policy.faults import apply_fault, set_share
from airside.translate.policy.hashing import apply_hash
from airside.translate.policy.headers import apply_headers, authority_of
from airside.translate.policy.retries import apply_retries
from airside.translate.profile import Profile
from airside.translate.unknown_hosts import pass_through
from airside.translate.wire import set_duration


@dataclass(frozen=True, slots=True)
class RouteContext:
    """For whom and where routes are made: callers, the gateways in question (`mesh` for sidecars), the port called, the mesh's defaults."""

    audience: Audience
    reader: Reader
    port: int
    profile: Profile
    gateway: str = MESH


@dataclass(slots=True)
class RouteList:
    """Routes in order, the clusters they name that exist, and the objects they came from."""

    routes: list[Route] = field(default_factory=list)
    clusters: set[str] = field(default_factory=set)
    origins: dict[str, None] = field(default_factory=dict)
    closed: bool = False  # the last route takes everything

    def note(self, target: Target) -> None:
        if target.exists:
            self.clusters.add(target.cluster)
        self.origins |= dict.fromkeys(target.origins)


def build_rule_routes(rule: Routing, context: RouteContext) -> RouteList:
    """All routes of a rule that can be taken here; none, if it is about other callers, ports or gateways."""
    built = RouteList()
    for http in rule.http:
        for match in http.match or (None,):
            if match is not None and not _applies(match, rule, context):
                continue
            route = _build_route(http, match, rule, context, built)
            if route is None:
                continue
            built.routes.append(route)
            if is_catch_all(route.match):
                built.closed = True
                break
        if built.closed:
            break
    if built.routes:
        built.origins = dict.fromkeys(rule.origins) | built.origins
    return built


def build_default_route(host: Host, context: RouteContext) -> RouteList:
    """The one route of a host that no rule is about."""
    built = RouteList(closed=True)
    target = target_of(host, context.port, "", context.port, Caller(context.audience, context.reader))
    built.note(target)
    route = Route(name="default")
    route.match.prefix = "/"
    if target.outside and context.gateway == MESH and context.profile.outbound == "ALLOW_ANY":
        pass_through(route, f"{target.host}:{context.port}")
    else:
        route.route.cluster = target.cluster
    _finish(route.route, None, [target], context.profile)
    route.decorator.operation = f"{host}:{context.port}/*"
    built.routes.append(route)
    return built


def _applies(match: HttpMatch, rule: Routing, context: RouteContext) -> bool:
    if match.port and match.port != context.port:
        return False
    if match.gateways:  # then who calls is not looked at
        return context.gateway in {resolve_gateway(name, rule.namespace) for name in match.gateways}
    if match.source_labels and selector_of(match.source_labels) not in context.audience.traits:
        return False
    return match.source_namespace in ("", context.audience.namespace)


def _build_route(http: HttpRoute, match: HttpMatch | None, rule: Routing, context: RouteContext, built: RouteList) -> Route | None:
    route = Route(name=".".join(name for name in (http.name, match.name if match is not None else "") if name))
    route.match.CopyFrom(build_match(match))
    if match is not None and match.stat_prefix:
        route.stat_prefix = match.stat_prefix
    if http.redirect is not None:
        build_redirect(route, http.redirect, context.port)
    elif http.direct_response is not None:
        build_direct_response(route, http.direct_response)
    elif http.route:
        _build_action(route, http, rule, context, built)
    else:
        return None  # a delegate that is not there
    apply_headers(route, http.headers)
    if http.route and len(http.route) == 1:
        apply_headers(route, http.route[0].headers)
    apply_fault(route, http.fault)
    apply_cors(route, http.cors_policy)
    route.decorator.operation = _operation(http, route, rule, context)
    config = route.metadata.filter_metadata["istio"]
    config.fields["config"].string_value = f"/apis/networking.istio.io/v1/namespaces/{rule.namespace}/virtual-service/{rule.key.name}"
    return route


def _build_action(route: Route, http: HttpRoute, rule: Routing, context: RouteContext, built: RouteList) -> None:
    def resolve(destination: Destination) -> Target:
        target = resolve_target(destination, rule.namespace, context.port, context.audience, context.reader)
        built.note(target)
        return target

    action = route.route
    shares: list[HttpRouteDestination] = list(http.route)
    if len(shares) > 1:
        shares = [share for share in shares if share.weight > 0]
    targets = [resolve(share.destination) for share in shares]
    if len(http.route) == 1:
        action.cluster = targets[0].cluster
    else:
        for share, target in zip(shares, targets, strict=True):
            weighted = action.weighted_clusters.clusters.add(name=target.cluster)
            weighted.weight.value = share.weight
            apply_headers(weighted, share.headers)
            if authority := authority_of(share.headers):
                weighted.host_rewrite_literal = authority
    _rewrite(action, http)
    for mirror, share_of_calls in _mirrors(http):
        target = resolve(mirror)
        if share_of_calls is None or share_of_calls.value > 0:
            policy = action.request_mirror_policies.add(cluster=target.cluster, disable_shadow_host_suffix_append=True)
            policy.trace_sampled.value = False
            set_share(policy.runtime_fraction.default_value, share_of_calls or Percent(value=100.0))
    _finish(action, http, targets, context.profile)


def _finish(action: RouteAction, http: HttpRoute | None, targets: list[Target], profile: Profile) -> None:
    """Timeout, retries and hashing: what every route that calls someone has, rule or no rule."""
    timeout = http.timeout if http is not None and http.timeout is not None else profile.timeout
    set_duration(action.timeout, timeout)
    if not timeout:
        # Callers' own `grpc-timeout` holds. Where there is a timeout this must not be set: Envoy would no longer look at the timeout.
        # (Istio caps `grpc-timeout` by it there, with a field that is deprecated; without that the timeout alone ends the call.)
        action.max_stream_duration.grpc_timeout_header_max.SetInParent()
    hashes = [target.hashed for target in targets if target.hashed is not None]
    apply_retries(action, http.retries if http is not None else None, profile, hashed=bool(hashes))
    for hashed in hashes:
        apply_hash(action, hashed)


def _rewrite(action: RouteAction, http: HttpRoute) -> None:
    rewrite = http.rewrite
    authority = authority_of(http.headers) or (authority_of(http.route[0].headers) if len(http.route) == 1 else "")
    if rewrite is not None:
        if rewrite.uri_regex_rewrite is not None:
            action.regex_rewrite.pattern.regex = rewrite.uri_regex_rewrite.match
            action.regex_rewrite.substitution = rewrite.uri_regex_rewrite.rewrite
        elif rewrite.uri:
            action.prefix_rewrite = rewrite.uri
        authority = rewrite.authority or authority
    if authority:
        action.host_rewrite_literal = authority


def _mirrors(http: HttpRoute) -> list[tuple[Destination, Percent | None]]:
    if http.mirror is None:
        return [(mirror.destination, mirror.percentage) for mirror in http.mirrors]
    return [(http.mirror, http.mirror_percentage)]


def _operation(http: HttpRoute, route: Route, rule: Routing, context: RouteContext) -> str:
    """What the route is called in traces."""
    match route.match.WhichOneof("path_specifier"):
        case "path":
            path = route.match.path
        case "safe_regex":
            path = route.match.safe_regex.regex
        case _:
            path = route.match.prefix + "*"
    cluster = route.route.cluster
    subject, port = (cluster.split("|")[3], cluster.split("|")[1]) if cluster else (rule.key.name, str(context.port))
    return f"{subject}:{port}{path}"
