"""Faults on purpose: HttpFault to the fault filter's configuration of one route."""

from __future__ import annotations

from envoy.config.route.v3.route_components_pb2 import Route
from envoy.extensions.filters.http.fault.v3.fault_pb2 import HTTPFault
from envoy.type.v3.percent_pb2 import FractionalPercent

from airside.resources.istio import Percent
from airside.resources.virtual_service import HttpFault
from airside.translate.wire import set_duration

FAULT_FILTER = "envoy.filters.http.fault"

_GRPC_STATUS = {
    "OK": 0,
    "CANCELLED": 1,
    "UNKNOWN": 2,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "OUT_OF_RANGE": 11,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "DATA_LOSS": 15,
    "UNAUTHENTICATED": 16,
}


def apply_fault(route: Route, fault: HttpFault | None) -> None:
    if fault is None:
        return
    built = HTTPFault()
    delay, abort = fault.delay, fault.abort
    if delay is not None and delay.fixed_delay is not None:
        set_duration(built.delay.fixed_delay, delay.fixed_delay)
        set_share(built.delay.percentage, delay.percentage)
    if abort is not None:
        if abort.http_status is not None:
            built.abort.http_status = abort.http_status
        elif abort.grpc_status is not None:
            built.abort.grpc_status = _GRPC_STATUS[abort.grpc_status]
        if built.HasField("abort"):
            set_share(built.abort.percentage, abort.percentage)
    route.typed_per_filter_config[FAULT_FILTER].Pack(built)


def set_share(target: FractionalPercent, share: Percent | None) -> None:
    """No share given means none of the requests, for faults."""
    target.denominator = FractionalPercent.MILLION
    target.numerator = int(share.value * 10_000) if share is not None else 0
