"""Rules of a DestinationRule: subsets, and the policies that hold in general, by subset and by port."""

from __future__ import annotations

from airside.resources.destination_rule import (
    ClientTls,
    ConnectionPool,
    DestinationRule,
    OutlierDetection,
    PortTrafficPolicy,
    RetryBudget,
    TrafficPolicy,
    Tunnel,
)
from airside.resources.paths import key_path
from airside.validate.finding import Finding, Findings
from airside.validate.host import check_export_to, check_port_number, judge_host
from airside.validate.load_balancer import check_load_balancer
from airside.validate.names import dns_label, label_value, qualified_name


def check_destination_rule(rule: DestinationRule) -> Findings:
    spec = rule.spec
    for text in judge_host(spec.host):
        yield Finding("AIR1201", "spec.host", text)
    yield from check_export_to(spec.export_to, rule.metadata.namespace)
    if spec.workload_selector is not None and any(entry not in (".", rule.metadata.namespace) for entry in spec.export_to):
        yield Finding(
            "AIR1217", "spec.exportTo", 'a rule with a workloadSelector holds in its own namespace only: leave exportTo out, or write "."'
        )
    if spec.traffic_policy is not None:
        yield from _check_policy(spec.traffic_policy, "spec.trafficPolicy")
    names: dict[str, int] = {}
    for index, subset in enumerate(spec.subsets):
        path = f"spec.subsets[{index}]"
        for text in dns_label(subset.name):
            yield Finding("AIR1203", f"{path}.name", f'subset "{subset.name}": {text}')
        if subset.name in names:
            yield Finding(
                "AIR1202", f"{path}.name", f'subset "{subset.name}" is here twice; the first is spec.subsets[{names[subset.name]}]'
            )
        names.setdefault(subset.name, index)
        for key, value in subset.labels.items():
            for text in (*qualified_name(key), *label_value(value)):
                yield Finding("AIR1203", key_path(f"{path}.labels", key), text)
        if subset.traffic_policy is not None:
            yield from _check_policy(subset.traffic_policy, f"{path}.trafficPolicy")


def _check_policy(policy: TrafficPolicy, path: str) -> Findings:
    if not policy.model_fields_set:
        yield Finding(
            "AIR1204", path, "an empty policy; leave it out, or say what holds: loadBalancer, connectionPool, outlierDetection, tls ..."
        )
    yield from _check_parts(policy, path)
    for index, setting in enumerate(policy.port_level_settings):
        at = f"{path}.portLevelSettings[{index}]"
        if setting.port is None:
            yield Finding("AIR1205", f"{at}.port", "required: the number of the service's port")
        else:
            yield from check_port_number(setting.port.number, f"{at}.port.number")
        if not setting.model_fields_set - {"port"}:
            yield Finding("AIR1205", at, "says nothing but the port; add loadBalancer, connectionPool, outlierDetection or tls")
        yield from _check_parts(setting, at)
    if policy.tunnel is not None:
        yield from _check_tunnel(policy.tunnel, f"{path}.tunnel")
        if policy.proxy_protocol is not None:
            yield Finding("AIR1216", f"{path}.proxyProtocol", "tunnel and proxyProtocol exclude each other")
    if policy.retry_budget is not None:
        yield from _check_retry_budget(policy.retry_budget, f"{path}.retryBudget")


def _check_parts(policy: TrafficPolicy | PortTrafficPolicy, path: str) -> Findings:
    if policy.connection_pool is not None:
        yield from _check_pool(policy.connection_pool, f"{path}.connectionPool")
    if policy.outlier_detection is not None:
        yield from _check_outlier(policy.outlier_detection, f"{path}.outlierDetection")
    if policy.load_balancer is not None:
        yield from check_load_balancer(policy.load_balancer, f"{path}.loadBalancer", ejects=policy.outlier_detection is not None)
    if policy.tls is not None:
        yield from _check_tls(policy.tls, f"{path}.tls")


def _check_pool(pool: ConnectionPool, path: str) -> Findings:
    if pool.tcp is None and pool.http is None:
        yield Finding("AIR1206", path, "an empty connectionPool; add tcp or http, or leave it out")
    counts: list[tuple[str, int]] = []
    if pool.tcp is not None:
        counts.append(("tcp.maxConnections", pool.tcp.max_connections))
    if pool.http is not None:
        counts += [
            ("http.http1MaxPendingRequests", pool.http.http1_max_pending_requests),
            ("http.http2MaxRequests", pool.http.http2_max_requests),
            ("http.maxRequestsPerConnection", pool.http.max_requests_per_connection),
            ("http.maxRetries", pool.http.max_retries),
            ("http.maxConcurrentStreams", pool.http.max_concurrent_streams),
        ]
        if pool.http.use_client_protocol and pool.http.h2_upgrade_policy == "UPGRADE":
            yield Finding("AIR1207", f"{path}.http.useClientProtocol", "useClientProtocol and h2UpgradePolicy: UPGRADE exclude each other")
    for field, count in counts:
        if count < 0:
            yield Finding("AIR1206", f"{path}.{field}", f"expected 0 (no limit) or more, found {count}")


def _check_outlier(outlier: OutlierDetection, path: str) -> Findings:
    for field, value in (("maxEjectionPercent", outlier.max_ejection_percent), ("minHealthPercent", outlier.min_health_percent)):
        if not 0 <= value <= 100:
            yield Finding("AIR1208", f"{path}.{field}", f"expected 0 to 100, found {value}")
    if outlier.consecutive_local_origin_failures is not None and not outlier.split_external_local_origin_errors:
        text = "has an effect only with splitExternalLocalOriginErrors: true"
        yield Finding("AIR1208", f"{path}.consecutiveLocalOriginFailures", text)


def _check_tls(tls: ClientTls, path: str) -> Findings:
    files = {"clientCertificate": tls.client_certificate, "privateKey": tls.private_key, "caCertificates": tls.ca_certificates}
    given = [field for field, value in files.items() if value]
    if tls.credential_name:
        for field in given:
            yield Finding("AIR1215", f"{path}.{field}", "credentialName and files exclude each other")
    elif tls.mode == "MUTUAL":
        for field in ("clientCertificate", "privateKey"):
            if field not in given:
                yield Finding("AIR1215", f"{path}.{field}", "required for mode MUTUAL (or credentialName)")
    if tls.mode == "ISTIO_MUTUAL":
        for field in given:
            yield Finding("AIR1215", f"{path}.{field}", "mode ISTIO_MUTUAL uses the mesh's own certificates: leave it out")
    if tls.insecure_skip_verify and (tls.ca_certificates or tls.subject_alt_names):
        yield Finding(
            "AIR1215",
            f"{path}.insecureSkipVerify",
            "nothing is verified with it, so caCertificates and subjectAltNames cannot stand beside",
        )


def _check_tunnel(tunnel: Tunnel, path: str) -> Findings:
    if tunnel.protocol not in ("", "CONNECT", "POST"):
        yield Finding("AIR1216", f"{path}.protocol", f'expected CONNECT or POST, found "{tunnel.protocol}"')
    for text in judge_host(tunnel.target_host):
        yield Finding("AIR1216", f"{path}.targetHost", text)
    yield from check_port_number(tunnel.target_port, f"{path}.targetPort")


def _check_retry_budget(budget: RetryBudget, path: str) -> Findings:
    if not budget.model_fields_set:
        yield Finding("AIR1204", path, "an empty retryBudget; add percent or minRetryConcurrency, or leave it out")
