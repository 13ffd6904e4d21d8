"""OutlierDetection, and the panic threshold that goes with it."""

from __future__ import annotations

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from google.protobuf.wrappers_pb2 import UInt32Value

from airside.resources.destination_rule import OutlierDetection
from airside.translate.wire import set_duration


def apply_outlier_detection(cluster: Cluster, outlier: OutlierDetection | None) -> None:
    # Envoy would send calls to endpoints it knows are bad once half of them are; Istio does not, unless told to.
    cluster.common_lb_config.healthy_panic_threshold.value = outlier.min_health_percent if outlier is not None else 0
    if outlier is None:
        return
    built = cluster.outlier_detection
    built.enforcing_success_rate.value = 0
    _set_count(built.consecutive_5xx, built.enforcing_consecutive_5xx, outlier.consecutive_5xx_errors)
    _set_count(built.consecutive_gateway_failure, built.enforcing_consecutive_gateway_failure, outlier.consecutive_gateway_errors)
    if outlier.interval is not None:
        set_duration(built.interval, outlier.interval)
    if outlier.base_ejection_time is not None:
        set_duration(built.base_ejection_time, outlier.base_ejection_time)
    if outlier.max_ejection_percent > 0:
        built.max_ejection_percent.value = outlier.max_ejection_percent
    if outlier.split_external_local_origin_errors:
        built.split_external_local_origin_errors = True
        if outlier.consecutive_local_origin_failures:
            built.consecutive_local_origin_failure.value = outlier.consecutive_local_origin_failures
            built.enforcing_consecutive_local_origin_failure.value = 100
        built.enforcing_local_origin_success_rate.value = 0


def _set_count(count: UInt32Value, enforcing: UInt32Value, wanted: int | None) -> None:
    """Zero turns the check off; unset leaves Envoy's own."""
    if wanted is None:
        return
    if wanted > 0:
        count.value = wanted
    enforcing.value = 100 if wanted > 0 else 0
