"""DestinationRule: what holds for calls once it is known to which service they go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from airside.resources.fields import AnyDuration, Bool, Duration, Float, Int32, Part, StringMap, Uint32, Uint64
from airside.resources.istio import IstioStatus, PortSelector
from airside.resources.legacy import modern_load_balancer, modern_outlier_detection
from airside.resources.objects import Object

H2UpgradePolicy = Literal["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"]
SimpleLoadBalancer = Literal["UNSPECIFIED", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"]
ClientTlsMode = Literal["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"]
Percentage = Annotated[Float, Field(ge=0, le=100)]


class TcpKeepalive(Part):
    """Probes on idle connections; unset parts are the system's."""

    probes: Uint32 = 0
    time: Duration | None = None
    interval: Duration | None = None


class TcpPool(Part):
    """Limits of connections. Zero is unset."""

    max_connections: Int32 = 0
    connect_timeout: Duration | None = None
    tcp_keepalive: TcpKeepalive | None = None
    max_connection_duration: Duration | None = None
    idle_timeout: AnyDuration | None = None


class Http2KeepAlive(Part):
    """HTTP/2 pings."""

    interval: Duration | None = None
    timeout: Duration | None = None


class HttpPool(Part):
    """Limits of requests. Zero is unset."""

    http1_max_pending_requests: Int32 = Field(default=0, alias="http1MaxPendingRequests")
    http2_max_requests: Int32 = Field(default=0, alias="http2MaxRequests")
    max_requests_per_connection: Int32 = 0
    max_retries: Int32 = 0
    idle_timeout: Duration | None = None
    h2_upgrade_policy: H2UpgradePolicy = Field(default="DEFAULT", alias="h2UpgradePolicy")
    use_client_protocol: Bool = False
    max_concurrent_streams: Int32 = 0
    http2_keep_alive: Http2KeepAlive | None = Field(default=None, alias="http2KeepAlive")


class ConnectionPool(Part):
    """How much at once."""

    tcp: TcpPool | None = None
    http: HttpPool | None = None


class CookieAttribute(Part):
    """An attribute of a generated cookie."""

    name: str
    value: str = ""


class HttpCookie(Part):
    """Hash by a cookie; with a ttl, one is made where there is none."""

    name: str
    path: str = ""
    ttl: AnyDuration | None = None
    attributes: tuple[CookieAttribute, ...] = ()


class RingHash(Part):
    """Ketama-like hashing."""

    minimum_ring_size: Uint64 = 0


class Maglev(Part):
    """Maglev hashing."""

    table_size: Uint64 = 0


class ConsistentHash(Part):
    """Calls with the same key go to the same endpoint."""

    http_header_name: str | None = None
    http_cookie: HttpCookie | None = None
    use_source_ip: Bool | None = None
    http_query_parameter_name: str | None = None
    ring_hash: RingHash | None = None
    maglev: Maglev | None = None
    minimum_ring_size: Uint64 = 0


class LocalityDistribute(Part):
    """Shares by the caller's locality."""

    from_: str = Field(default="", alias="from")
    to: Mapping[str, Uint32] = Field(default_factory=dict)


class LocalityFailover(Part):
    """Where to go when a region is down."""

    from_: str = Field(default="", alias="from")
    to: str = ""


class LocalityLb(Part):
    """Prefer what is near."""

    enabled: Bool | None = None
    distribute: tuple[LocalityDistribute, ...] = ()
    failover: tuple[LocalityFailover, ...] = ()
    failover_priority: tuple[str, ...] = ()


class ZoneAwareLb(Part):
    """Prefer the own zone, as far as it has room."""

    enabled: Bool | None = None
    failover: tuple[LocalityFailover, ...] = ()
    failover_priority: tuple[str, ...] = ()
    min_cluster_size: Annotated[Uint32, Field(ge=1)] | None = None


class Warmup(Part):
    """New endpoints get their share little by little."""

    duration: Duration
    minimum_percent: Percentage | None = None
    aggression: Annotated[Float, Field(ge=0)] | None = None


class BackendUtilization(Part):
    """Weights by what endpoints report of themselves."""

    error_utilization_penalty_percent: Uint32 | None = None
    metric_names_for_computing_utilization: tuple[str, ...] = ()
    weight_expiration_period: AnyDuration | None = None
    weight_stabilization_period: AnyDuration | None = None
    weight_update_period: AnyDuration | None = None


class LoadBalancer(Part):
    """Which endpoint gets the next call."""

    _modern = model_validator(mode="before")(modern_load_balancer)

    simple: SimpleLoadBalancer | None = None
    consistent_hash: ConsistentHash | None = None
    locality_lb_setting: LocalityLb | None = None
    zone_aware_lb_setting: ZoneAwareLb | None = None
    warmup: Warmup | None = None
    backend_utilization: BackendUtilization | None = None


class OutlierDetection(Part):
    """When an endpoint that fails is left alone for a while. None is unset, zero turns off."""

    _modern = model_validator(mode="before")(modern_outlier_detection)

    consecutive_5xx_errors: Uint32 | None = Field(default=None, alias="consecutive5xxErrors")
    consecutive_gateway_errors: Uint32 | None = None
    consecutive_local_origin_failures: Uint32 | None = None
    split_external_local_origin_errors: Bool = False
    interval: Duration | None = None
    base_ejection_time: Duration | None = None
    max_ejection_percent: Int32 = 0
    min_health_percent: Int32 = 0
    outlier_detection_http_error_codes: tuple[Annotated[Int32, Field(ge=100, le=599)], ...] = ()


class ClientTls(Part):
    """How calls are encrypted."""

    mode: ClientTlsMode = "DISABLE"
    client_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""
    ca_crl: str = ""
    credential_name: str = ""
    subject_alt_names: tuple[str, ...] = ()
    sni: str = ""
    insecure_skip_verify: Bool | None = None


class Tunnel(Part):
    """Carry TCP in HTTP CONNECT or POST."""

    protocol: str = ""
    target_host: str
    target_port: Uint32


class ProxyProtocol(Part):
    """Tell the server the client's address first."""

    version: Literal["V1", "V2"] = "V1"


class RetryBudget(Part):
    """Retries as a share of what is active."""

    percent: Percentage | None = None
    min_retry_concurrency: Uint32 | None = None
    budget_interval: AnyDuration | None = None


class PortTrafficPolicy(Part):
    """The policy of one port; replaces the general one whole."""

    port: PortSelector | None = None
    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None


class TrafficPolicy(Part):
    """What holds for calls to a service or a subset."""

    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None
    port_level_settings: tuple[PortTrafficPolicy, ...] = ()
    tunnel: Tunnel | None = None
    proxy_protocol: ProxyProtocol | None = None
    retry_budget: RetryBudget | None = None


class Subset(Part):
    """Some endpoints of a service, by label, under a name."""

    name: str
    labels: StringMap = Field(default_factory=dict)
    traffic_policy: TrafficPolicy | None = None


class WorkloadSelector(Part):
    """The workloads a rule is for."""

    match_labels: StringMap = Field(default_factory=dict)


class DestinationRuleSpec(Part):
    """The host, its subsets and policies."""

    host: str
    traffic_policy: TrafficPolicy | None = None
    subsets: tuple[Subset, ...] = ()
    export_to: tuple[str, ...] = ()
    workload_selector: WorkloadSelector | None = None


class DestinationRule(Object):
    """Policies and subsets of a host."""

    spec: DestinationRuleSpec
    status: IstioStatus = Field(default_factory=IstioStatus)
