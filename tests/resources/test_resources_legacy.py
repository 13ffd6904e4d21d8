"""Older forms mean what they meant, in the typed object; a warning shows today's form; what is stored stays as written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airside.resources.destination_rule import DestinationRule
from airside.resources.parse import Parsed, parse_object
from airside.resources.virtual_service import VirtualService


def _parsed(kind: str, spec: dict[str, Any]) -> Parsed:
    raw = {"apiVersion": "networking.istio.io/v1alpha3", "kind": kind, "metadata": {"name": "a", "namespace": "n"}, "spec": spec}
    parsed = parse_object(raw)
    assert isinstance(parsed, Parsed), parsed
    assert parsed.raw["spec"] == spec
    return parsed


def _route(**route: Any) -> tuple[Any, list[str]]:
    parsed = _parsed("VirtualService", {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "a"}}]} | route]})
    assert isinstance(parsed.object, VirtualService)
    return parsed.object.spec.http[0], [f"{problem.field}: {problem.message}" for problem in parsed.warnings]


def _policy(**policy: Any) -> tuple[Any, list[str]]:
    parsed = _parsed("DestinationRule", {"host": "a", "trafficPolicy": policy})
    assert isinstance(parsed.object, DestinationRule)
    return parsed.object.spec.traffic_policy, [f"{problem.field}: {problem.message}" for problem in parsed.warnings]


def test_consecutive_errors_count_gateway_errors_only() -> None:
    policy, warnings = _policy(outlierDetection={"consecutiveErrors": 7, "interval": "5m"})

    found = policy.outlier_detection
    assert (found.consecutive_gateway_errors, found.consecutive_5xx_errors, found.interval) == (7, 0, timedelta(minutes=5))
    assert warnings == [
        "spec.trafficPolicy.outlierDetection.consecutiveErrors: from an older Istio, and taken as it was meant there;"
        " write consecutiveGatewayErrors: 7 and consecutive5xxErrors: 0"
    ]


def test_consecutive_errors_of_zero_never_meant_anything() -> None:
    policy, warnings = _policy(outlierDetection={"consecutiveErrors": 0})

    assert (policy.outlier_detection.consecutive_gateway_errors, policy.outlier_detection.consecutive_5xx_errors) == (None, None)
    assert len(warnings) == 1


def test_todays_fields_win_over_consecutive_errors() -> None:
    policy, warnings = _policy(outlierDetection={"consecutiveErrors": 7, "consecutive5xxErrors": 3})

    assert (policy.outlier_detection.consecutive_gateway_errors, policy.outlier_detection.consecutive_5xx_errors) == (None, 3)
    assert "without effect" in warnings[0]


@pytest.mark.parametrize(
    "fault", [{"delay": {"percent": 50, "fixedDelay": "2s"}}, {"abort": {"percent": 50, "httpStatus": 500}}], ids=["delay", "abort"]
)
def test_percent_is_a_percentage(fault: dict[str, Any]) -> None:
    route, warnings = _route(fault=fault)

    (name,) = fault
    assert getattr(route.fault, name).percentage.value == 50
    assert warnings == [f"spec.http[0].fault.{name}.percent: from an older Istio; write percentage: {{value: 50}}"]


def test_percentage_wins_over_percent() -> None:
    route, warnings = _route(fault={"delay": {"percent": 50, "percentage": {"value": 1}, "fixedDelay": "2s"}})

    assert route.fault.delay.percentage.value == 1
    assert warnings == ["spec.http[0].fault.delay.percent: from an older Istio, and without effect beside percentage. Leave it out"]


@pytest.mark.parametrize("old", ["mirrorPercent", "mirror_percent"])
def test_mirror_percent_is_a_percentage(old: str) -> None:
    route, warnings = _route(mirror={"host": "b"}, **{old: 20})

    assert route.mirror_percentage.value == 20
    assert warnings == [f"spec.http[0].{old}: from an older Istio; write mirrorPercentage: {{value: 20}}"]


def test_websocket_upgrade_is_no_longer_needed() -> None:
    _, warnings = _route(websocketUpgrade=True)

    assert [warning.split(":")[0] for warning in warnings] == ["spec.http[0].websocketUpgrade"]


def test_allowed_origins_are_exact() -> None:
    route, warnings = _route(corsPolicy={"allowOrigin": ["https://a.com", "*"]})

    assert [origin.exact for origin in route.cors_policy.allow_origins] == ["https://a.com", "*"]
    assert len(warnings) == 1


def test_least_connections_and_warmup_have_newer_names() -> None:
    policy, warnings = _policy(loadBalancer={"simple": "LEAST_CONN", "warmupDurationSecs": "30s"})

    assert policy.load_balancer.simple == "LEAST_REQUEST"
    assert policy.load_balancer.warmup.duration == timedelta(seconds=30)
    assert len(warnings) == 2


def test_older_forms_are_found_in_subsets_and_ports() -> None:
    outlier = {"outlierDetection": {"consecutiveErrors": 7}}
    subset = {"name": "v1", "trafficPolicy": outlier | {"portLevelSettings": [{"port": {"number": 80}} | outlier]}}

    parsed = _parsed("DestinationRule", {"host": "a", "subsets": [subset]})

    assert [problem.field for problem in parsed.warnings] == [
        "spec.subsets[0].trafficPolicy.outlierDetection.consecutiveErrors",
        "spec.subsets[0].trafficPolicy.portLevelSettings[0].outlierDetection.consecutiveErrors",
    ]


def test_an_older_form_of_a_wrong_type_is_an_error_and_no_crash() -> None:
    raw = {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "a"}}

    problems = parse_object(raw | {"spec": {"host": "a", "trafficPolicy": {"outlierDetection": {"consecutiveErrors": "7"}}}})

    assert isinstance(problems, list) and problems[0].code == "AIR0021"
