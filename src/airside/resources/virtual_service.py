"""VirtualService: how calls to hosts are routed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from airside.resources.fields import Bool, Duration, Int32, Part, StringMap, Uint32
from airside.resources.istio import Destination, IstioStatus, Percent, StringMatch
from airside.resources.legacy import modern_cors, modern_http_route, modern_percent
from airside.resources.objects import Object

StringMatches = Mapping[str, StringMatch]


class HeaderOperations(Part):
    """What to do to the headers of a message: set, then add, then remove."""

    set: StringMap = Field(default_factory=dict)
    add: StringMap = Field(default_factory=dict)
    remove: tuple[str, ...] = ()


class Headers(Part):
    """Operations on the request on its way in and the response on its way out."""

    request: HeaderOperations | None = None
    response: HeaderOperations | None = None


class HttpMatch(Part):
    """All set fields must hold; a route has several, of which one must hold."""

    name: str = ""
    uri: StringMatch | None = None
    ignore_uri_case: Bool = False
    scheme: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    headers: StringMatches = Field(default_factory=dict)
    without_headers: StringMatches = Field(default_factory=dict)
    query_params: StringMatches = Field(default_factory=dict)
    port: Uint32 = 0
    gateways: tuple[str, ...] = ()
    source_labels: StringMap = Field(default_factory=dict)
    source_namespace: str = ""
    stat_prefix: str = ""


class HttpRouteDestination(Part):
    """One destination of a route and its share of the calls."""

    destination: Destination
    weight: Int32 = 0
    headers: Headers | None = None


class HttpRedirect(Part):
    """Answer with another place to go to."""

    uri: str = ""
    prefix_rewrite: str = ""
    authority: str = ""
    port: Uint32 | None = None
    derive_port: Literal["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"] | None = None
    scheme: str = ""
    redirect_code: Uint32 = 0


class DirectResponseBody(Part):
    """One of the two; bytes are base64."""

    string: str | None = None
    bytes: str | None = None


class DirectResponse(Part):
    """Answer without a call."""

    status: Uint32
    body: DirectResponseBody | None = None


class Delegate(Part):
    """The routes of another VirtualService go here."""

    name: str = ""
    namespace: str = ""


class RegexRewrite(Part):
    """Replace what the pattern finds in the path."""

    match: str = ""
    rewrite: str = ""


class HttpRewrite(Part):
    """Change path or host before the call goes out."""

    uri: str = ""
    authority: str = ""
    uri_regex_rewrite: RegexRewrite | None = None


class HttpRetry(Part):
    """Zero attempts turn the default retries off."""

    attempts: Int32 = 0
    per_try_timeout: Duration | None = None
    retry_on: str = ""
    retry_remote_localities: Bool | None = None
    retry_ignore_previous_hosts: Bool | None = None
    backoff: Duration | None = None


class Delay(Part):
    """Hold a share of the calls back."""

    _modern = model_validator(mode="before")(modern_percent)

    fixed_delay: Duration | None = None
    exponential_delay: Duration | None = None
    percentage: Percent | None = None


class Abort(Part):
    """Answer a share of the calls with an error."""

    _modern = model_validator(mode="before")(modern_percent)

    http_status: Int32 | None = None
    grpc_status: str | None = None
    http2_error: str | None = Field(default=None, alias="http2Error")
    percentage: Percent | None = None


class HttpFault(Part):
    """Faults on purpose, on the caller's side."""

    delay: Delay | None = None
    abort: Abort | None = None


class MirrorPolicy(Part):
    """Where a copy of the calls goes, and of how many."""

    destination: Destination
    percentage: Percent | None = None


class CorsPolicy(Part):
    """Which other origins a browser may call from."""

    _modern = model_validator(mode="before")(modern_cors)

    allow_origins: tuple[StringMatch, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: Duration | None = None
    allow_credentials: Bool | None = None
    unmatched_preflights: Literal["UNSPECIFIED", "FORWARD", "IGNORE"] = "UNSPECIFIED"


class HttpRoute(Part):
    """One rule: if one of `match` holds (or there is none), do what the rest says."""

    _modern = model_validator(mode="before")(modern_http_route)

    name: str = ""
    match: tuple[HttpMatch, ...] = ()
    route: tuple[HttpRouteDestination, ...] = ()
    redirect: HttpRedirect | None = None
    direct_response: DirectResponse | None = None
    delegate: Delegate | None = None
    rewrite: HttpRewrite | None = None
    timeout: Duration | None = None
    retries: HttpRetry | None = None
    fault: HttpFault | None = None
    mirror: Destination | None = None
    mirrors: tuple[MirrorPolicy, ...] = ()
    mirror_percentage: Percent | None = None
    cors_policy: CorsPolicy | None = None
    headers: Headers | None = None


class RouteDestination(Part):
    """One destination of a TCP or TLS route and its share of the connections."""

    destination: Destination
    weight: Int32 = 0


class TlsMatch(Part):
    """Connections by server name and place."""

    sni_hosts: tuple[str, ...]
    destination_subnets: tuple[str, ...] = ()
    port: Uint32 = 0
    source_labels: StringMap = Field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    source_namespace: str = ""


class TlsRoute(Part):
    """A rule for TLS that is passed on unopened."""

    match: tuple[TlsMatch, ...]
    route: tuple[RouteDestination, ...] = ()


class TcpMatch(Part):
    """Connections by place."""

    destination_subnets: tuple[str, ...] = ()
    port: Uint32 = 0
    source_labels: StringMap = Field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    source_namespace: str = ""
    source_subnet: str = ""


class TcpRoute(Part):
    """A rule for plain connections."""

    match: tuple[TcpMatch, ...] = ()
    route: tuple[RouteDestination, ...] = ()


class VirtualServiceSpec(Part):
    """Hosts, where the rules hold (gateways, or `mesh`), and the rules in order."""

    hosts: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    http: tuple[HttpRoute, ...] = ()
    tls: tuple[TlsRoute, ...] = ()
    tcp: tuple[TcpRoute, ...] = ()
    export_to: tuple[str, ...] = ()


class VirtualService(Object):
    """Routing rules of some hosts."""

    spec: VirtualServiceSpec = Field(default_factory=VirtualServiceSpec)
    status: IstioStatus = Field(default_factory=IstioStatus)
