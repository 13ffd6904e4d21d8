"""Rules of faults, retries, percentages and CORS of an HTTP route."""

from __future__ import annotations

from datetime import timedelta

from airside.resources.istio import Percent
from airside.resources.virtual_service import Abort, CorsPolicy, Delay, HttpFault, HttpRetry
from airside.validate.finding import Finding, Findings
from airside.validate.string_match import check_string_match, is_header_name

_GRPC = frozenset(
    {
        *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED"),
        *("RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE"),
        *("DATA_LOSS", "UNAUTHENTICATED"),
    }
)
_RETRY_ON = (
    *("5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream"),
    *("retriable-status-codes", "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure"),
    *("cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"})
_SMALLEST_PERCENT = 0.0001


def check_percent(percent: Percent | None, path: str) -> Findings:
    if percent is None:
        return
    if not 0 <= percent.value <= 100:
        yield Finding("AIR1130", f"{path}.value", f"expected 0 to 100, found {percent.value:g}")
    elif 0 < percent.value < _SMALLEST_PERCENT:
        yield Finding("AIR1130", f"{path}.value", f"the smallest share above 0 is {_SMALLEST_PERCENT} percent, found {percent.value:g}")


def check_fault(fault: HttpFault, path: str) -> Findings:
    if fault.delay is None and fault.abort is None:
        yield Finding("AIR1126", path, "which fault is missing: delay or abort")
    if fault.delay is not None:
        yield from _check_delay(fault.delay, f"{path}.delay")
    if fault.abort is not None:
        yield from _check_abort(fault.abort, f"{path}.abort")


def _check_delay(delay: Delay, path: str) -> Findings:
    yield from check_percent(delay.percentage, f"{path}.percentage")
    if delay.exponential_delay is not None:
        yield Finding("AIR1127", f"{path}.exponentialDelay", "not supported by Envoy, nor here: use fixedDelay")
    elif delay.fixed_delay is None:
        yield Finding("AIR1126", path, "fixedDelay is missing")
    if delay.percentage is None:
        yield Finding("AIR1139", path, "without percentage no call is delayed; write percentage: {value: 100} for all")


def _check_abort(abort: Abort, path: str) -> Findings:
    yield from check_percent(abort.percentage, f"{path}.percentage")
    kinds = [name for name, given in (("httpStatus", abort.http_status), ("grpcStatus", abort.grpc_status)) if given is not None]
    if abort.http2_error is not None:
        yield Finding("AIR1126", f"{path}.http2Error", "not supported by Envoy, nor here: use httpStatus or grpcStatus")
    elif not kinds:
        yield Finding("AIR1126", path, "the error to answer with is missing: httpStatus or grpcStatus")
    if len(kinds) > 1:
        yield Finding("AIR1126", path, "httpStatus and grpcStatus exclude each other")
    if abort.http_status is not None and not 200 <= abort.http_status <= 600:
        yield Finding("AIR1126", f"{path}.httpStatus", f"expected 200 to 600, found {abort.http_status}")
    if abort.grpc_status is not None and abort.grpc_status not in _GRPC:
        yield Finding("AIR1126", f"{path}.grpcStatus", f'"{abort.grpc_status}" is no gRPC status; expected a name such as UNAVAILABLE')
    if abort.percentage is None:
        yield Finding("AIR1139", path, "without percentage no call is aborted; write percentage: {value: 100} for all")


def check_retries(retries: HttpRetry, path: str) -> Findings:
    if retries.attempts < 0:
        yield Finding("AIR1128", f"{path}.attempts", f"expected 0 or more, found {retries.attempts}")
    elif retries.attempts == 0 and (retries.per_try_timeout is not None or retries.retry_on or retries.retry_remote_localities):
        yield Finding(
            "AIR1128",
            f"{path}.attempts",
            "0 attempts turn retries off, so perTryTimeout, retryOn and retryRemoteLocalities cannot stand beside",
        )
    for condition in retries.retry_on.split(",") if retries.retry_on else ():
        if condition in _RETRY_ON or (condition.isdigit() and 100 <= int(condition) <= 599):
            continue
        spaces = " without spaces" if condition.strip() in _RETRY_ON else ""
        expected = f"expected{spaces} HTTP codes or {', '.join(_RETRY_ON)}"
        yield Finding("AIR1128", f"{path}.retryOn", f'"{condition}" is no condition to retry on; {expected}')


def check_cors(cors: CorsPolicy, path: str) -> Findings:
    for index, origin in enumerate(cors.allow_origins):
        at = f"{path}.allowOrigins[{index}]"
        if not (origin.exact or origin.prefix or origin.regex):
            yield Finding("AIR1131", at, "an empty origin; expected exact, prefix or regex")
        else:
            yield from check_string_match(origin, at)
    for index, method in enumerate(cors.allow_methods):
        if method not in _METHODS:
            yield Finding("AIR1131", f"{path}.allowMethods[{index}]", f'"{method}" is no HTTP method (in capital letters)')
    for field, names in (("allowHeaders", cors.allow_headers), ("exposeHeaders", cors.expose_headers)):
        for index, name in enumerate(names):
            if not is_header_name(name):
                yield Finding("AIR1131", f"{path}.{field}[{index}]", f'"{name}" is no header name')
    if cors.max_age is not None and cors.max_age % timedelta(seconds=1):
        yield Finding("AIR1131", f"{path}.maxAge", "whole seconds only")
