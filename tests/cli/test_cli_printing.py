"""Lines come out as kubectl and istioctl print them."""

from __future__ import annotations

import json

import pytest
import yaml

from airside.cli.conditions import Condition, Created, Field, Goal, Gone, is_met, parse_goal
from airside.cli.errors import CommandError
from airside.cli.live_view import build_lines
from airside.cli.output import Output
from airside.cli.proxies import show_clusters, show_endpoints, show_listeners, show_routes, show_status
from airside.cli.show import show_objects
from airside.cli.table import Growing, layout, parse_table
from airside.cli.top_view import parse_rows, select_rows, show_metrics, show_top

TABLE = {
    "columnDefinitions": [{"name": "Name"}, {"name": "Ready"}, {"name": "Node", "priority": 1}, {"name": "Age"}],
    "rows": [
        {"cells": ["a", "2/2", "here", "9h"], "object": {"metadata": {"name": "a", "namespace": "default"}}},
        {"cells": ["longer", "0/2", None, "6s"], "object": {"metadata": {"name": "longer", "namespace": "other"}}},
    ],
}


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert layout(["NAME", "READY"], [["cpanel-v1", "2/2"], ["x", "0/2"]]) == ["NAME        READY", "cpanel-v1   2/2", "x           0/2"]


def test_a_table_shows_columns_of_priority_only_when_wide() -> None:
    assert layout(*parse_table(TABLE, wide=False).shown()) == ["NAME     READY   AGE", "a        2/2     9h", "longer   0/2     6s"]
    assert parse_table(TABLE, wide=True).shown()[1][1] == ["longer", "0/2", "<none>", "6s"]


def test_a_table_of_all_namespaces_says_which() -> None:
    header, rows = parse_table(TABLE, wide=False).shown("pod", with_namespace=True)

    assert header[:2] == ["NAMESPACE", "NAME"]
    assert [row[:2] for row in rows] == [["default", "pod/a"], ["other", "pod/longer"]]


def test_rows_that_come_later_stay_aligned_and_have_no_second_header() -> None:
    growing = Growing()

    assert growing.lines(["NAME", "READY"], [["long-name", "0/2"]]) == ["NAME        READY", "long-name   0/2"]
    assert growing.lines(["NAME", "READY"], [["a", "2/2"]]) == ["a           2/2"]
    assert growing.lines(["NAME", "READY"], [["a-longer-name", "2/2"]]) == ["a-longer-name   2/2"]
    assert growing.lines(["NAME", "READY"], [["a", "2/2"]]) == ["a               2/2"]


@pytest.mark.parametrize(("wide", "cells"), [(False, ["a", "1/2", "7s"]), (True, ["a", "1/2", "here", "7s"])])
def test_rows_of_a_watch_fit_the_columns_told_at_its_start(wide: bool, cells: list[str]) -> None:
    first = parse_table(TABLE, wide)

    later = parse_table({"rows": [{"cells": ["a", "1/2", "here", "7s"], "object": {"metadata": {"name": "a"}}}]}, wide, first)

    assert (later.columns, later.shown()[1]) == (first.columns, [cells])


def test_objects_are_printed_without_who_manages_what() -> None:
    raw = {"kind": "Pod", "metadata": {"name": "a", "managedFields": [{}], "annotations": {"text": "two\nlines"}}, "apiVersion": "v1"}

    text = show_objects([raw], Output.YAML, alone=True)

    assert text.startswith("apiVersion: v1\nkind: Pod\nmetadata:\n")
    assert "managedFields" not in text
    assert "text: |-\n" in text
    assert yaml.safe_load(text)["metadata"]["annotations"] == {"text": "two\nlines"}


def test_several_objects_are_a_list() -> None:
    whole = json.loads(show_objects([{"kind": "Pod"}, {"kind": "Pod"}], Output.JSON, alone=False))

    assert (whole["kind"], len(whole["items"])) == ("List", 2)


POD = {
    "metadata": {"generation": 2},
    "status": {"phase": "Running", "observedGeneration": 2, "conditions": [{"type": "Ready", "status": "True"}]},
}


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("condition=Ready", Condition("Ready", "true")),
        ("condition=Ready=False", Condition("Ready", "False")),
        ("delete", Gone()),
        ("create", Created()),
        ("jsonpath={.status.phase}=Running", Field(("status", "phase"), "Running")),
        ("jsonpath='{.status.phase}'", Field(("status", "phase"), None)),
    ],
)
def test_a_goal_is_read_as(text: str, goal: Goal) -> None:
    assert parse_goal(text) == goal


@pytest.mark.parametrize("text", ["", "ready", "condition=", "jsonpath={.items[0]}", "delete=yes"])
def test_a_goal_that_is_none_is_answered_with_those_there_are(text: str) -> None:
    with pytest.raises(CommandError, match="--for=" if "items" not in text else "only plain paths"):
        parse_goal(text)


@pytest.mark.parametrize(
    ("goal", "raw", "met"),
    [
        pytest.param("condition=ready", POD, True, id="met"),
        pytest.param("condition=Ready=false", POD, False, id="the other status"),
        pytest.param("condition=Available", POD, False, id="no such condition"),
        pytest.param("condition=Ready", None, False, id="not there"),
        pytest.param("delete", None, True, id="gone"),
        pytest.param("delete", POD, False, id="still there"),
        pytest.param("create", POD, True, id="created"),
        pytest.param("create", None, False, id="not yet created"),
        pytest.param("jsonpath={.status.phase}=Running", POD, True, id="a field"),
        pytest.param("jsonpath={.status.phase}=Pending", POD, False, id="a field of another value"),
        pytest.param("jsonpath={.status.phase}", POD, True, id="a field of any value"),
        pytest.param("jsonpath={.status.nosuch}", POD, False, id="no such field"),
    ],
)
def test_a_goal_is_met(goal: str, raw: dict[str, object] | None, met: bool) -> None:
    assert is_met(parse_goal(goal), raw) is met


def test_a_condition_about_an_older_generation_says_nothing() -> None:
    raw = {**POD, "metadata": {"generation": 3}}

    assert not is_met(parse_goal("condition=Ready"), raw)


def row(**given: object) -> dict[str, object]:
    base = {
        "side": "client",
        "namespace": "default",
        "service": "image-analysis.default.svc.cluster.local",
        "workload": "image-analysis-deploy",
    }
    figures = {
        "source": "",
        "code": "",
        "flags": "",
        "requests": 110.0,
        "rate": 1.8333,
        "p50": 9.96,
        "p90": 812.3,
        "p99": 2400.0,
        "success": 0.9,
    }
    return {**base, **figures, **given}


def test_top_shows_both_sides_and_figures_people_can_read() -> None:
    rows = parse_rows(
        {"rows": [row(), row(side="server", p50=None, success=0.9996), row(source="collector-deploy", code="503", flags="UO")]}
    )

    assert show_top(rows, "default", details=False) == [
        "CLIENT SIDE, as the callers' proxies measured it",
        "SERVICE          WORKLOAD                REQUESTS   RATE/S   P50      P90     P99     SUCCESS",
        "image-analysis   image-analysis-deploy   110        1.83     10.0ms   812ms   2.40s   90.0%",
        "",
        "SERVER SIDE, as the called pods' proxies did",
        "SERVICE          WORKLOAD                REQUESTS   RATE/S   P50   P90     P99     SUCCESS",
        "image-analysis   image-analysis-deploy   110        1.83     -     812ms   2.40s   99.9%",
    ]


def test_top_of_one_service_is_split_by_source_and_code() -> None:
    rows = parse_rows({"rows": [row(), row(source="collector-deploy", code="503", flags="UO")]})

    lines = show_top(rows, "default", details=True)

    assert lines[4] == "CLIENT SIDE by source and response code"
    assert lines[6].split()[:5] == ["collector-deploy", "image-analysis-deploy", "503", "UO", "110"]


def test_top_of_all_namespaces_says_which_and_no_traffic_is_said() -> None:
    assert show_top(parse_rows([row()]), None, details=False)[1].startswith("NAMESPACE")
    assert show_top([], None, details=False) == ["No requests in this window."]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("image-analysis", 1),
        ("image-analysis-deploy", 1),
        ("image-analysis.default", 1),
        ("image-analysis.default.svc.cluster.local", 1),
        ("image", 0),
        ("", 1),
    ],
)
def test_a_service_is_known_by_its_short_and_full_name_and_its_workload(name: str, found: int) -> None:
    assert len(select_rows(parse_rows([row()]), "default", name)) == found
    assert select_rows(parse_rows([row()]), "other", name) == []


def test_a_query_is_a_column_per_label() -> None:
    data = {
        "resultType": "vector",
        "result": [{"metric": {"__name__": "x", "app": "a"}, "value": [1, "2"]}, {"metric": {"app": "b", "z": "1"}, "value": [1, "3"]}],
    }

    assert show_metrics(data) == ["METRIC   app   z   VALUE", "         b     1   3", "x        a         2"]
    assert show_metrics({"resultType": "scalar", "result": [1, "2.5"]}) == ["2.5"]
    assert show_metrics({"resultType": "vector", "result": []}) == ["No data."]


def test_a_proxy_that_rejected_something_says_what_and_because_of_which_object() -> None:
    states = {name: {"state": "SYNCED"} for name in ("CDS", "LDS", "EDS")}
    rejection = {
        "type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "resource": "outbound|8080||cpanel",
        "message": "no such policy",
        "origins": ["DestinationRule.networking.istio.io/default/cpanel"],
    }
    proxy = {"id": "sidecar~127.16.0.2~cpanel-v1.default~x", "pod": "cpanel-v1", "namespace": "default", "connected": True, "types": states}

    lines = show_status([{**proxy, "rejected": [rejection]}])

    assert lines[:2] == [
        "NAME                CDS      LDS      EDS      RDS        CONNECTED",
        "cpanel-v1.default   SYNCED   SYNCED   SYNCED   NOT SENT   yes",
    ]
    assert lines[3].startswith(
        "sidecar~127.16.0.2~cpanel-v1.default~x rejected Cluster outbound|8080||cpanel, and goes on with what it had: no such"
    )
    assert lines[4] == "    made from: DestinationRule.networking.istio.io/default/cpanel"


def dump(kind: str, **lists: object) -> dict[str, object]:
    return {"configs": [{"@type": f"type.googleapis.com/envoy.admin.v3.{kind}", **lists}]}


def test_clusters_are_shown_by_the_parts_of_their_names() -> None:
    rule = {"filter_metadata": {"istio": {"config": "/apis/networking.istio.io/v1/namespaces/default/destination-rule/cpanel"}}}
    clusters = [
        {"cluster": {"name": "outbound|8080|v1|cpanel.default.svc.cluster.local", "type": "EDS", "metadata": rule}},
        {"cluster": {"name": "PassthroughCluster", "type": "ORIGINAL_DST"}},
    ]

    lines = show_clusters(dump("ClustersConfigDump", dynamic_active_clusters=clusters))

    assert [line.split() for line in lines[1:]] == [
        ["PassthroughCluster", "-", "-", "-", "ORIGINAL_DST"],
        ["cpanel.default.svc.cluster.local", "8080", "v1", "outbound", "EDS", "cpanel.default"],
    ]


def test_listeners_are_shown_once_per_address() -> None:
    def socket(address: str, port: int) -> dict[str, object]:
        return {"socket_address": {"address": address, "port_value": port}}

    listener = {
        "name": "gateway",
        "address": socket("127.16.0.1", 8080),
        "additional_addresses": [{"address": socket("127.0.0.1", 31221)}],
        "filter_chains": [{"filters": [{"typed_config": {"rds": {"route_config_name": "http.8080"}}}]}],
    }

    lines = show_listeners(dump("ListenersConfigDump", dynamic_listeners=[{"active_state": {"listener": listener}}]))

    assert [line.split()[:2] for line in lines[1:]] == [["127.0.0.1", "31221"], ["127.16.0.1", "8080"]]
    assert lines[1].endswith("Route: http.8080")


def test_routes_are_shown_with_what_they_match_and_where_they_go() -> None:
    weighted = {"clusters": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]}
    routes = [
        {"match": {"prefix": "/collector/"}, "route": {"cluster": "c"}},
        {"match": {"path": "/status"}, "route": {"weighted_clusters": weighted}},
        {"match": {"safe_regex": {"regex": "/x.*"}}, "redirect": {}},
    ]
    config = {"name": "http.8080", "virtual_hosts": [{"name": "all", "domains": ["*", "a", "b"], "routes": routes}]}

    lines = show_routes(dump("RoutesConfigDump", dynamic_route_configs=[{"route_config": config}]))

    assert [" ".join(line.split()) for line in lines[1:]] == [
        "http.8080 all * +2 more /collector/* c",
        "http.8080 all * +2 more /status a (50), b (50)",
        "http.8080 all * +2 more regex /x.* redirect",
    ]


def test_endpoints_are_shown_with_their_health() -> None:
    def host(address: str, **health: object) -> dict[str, object]:
        return {"address": {"socket_address": {"address": address, "port_value": 8080}}, "health_status": health}

    hosts = [host("127.16.0.3", eds_health_status="HEALTHY", failed_outlier_check=True), host("127.16.0.2", eds_health_status="HEALTHY")]

    lines = show_endpoints({"cluster_statuses": [{"name": "outbound|8080||a", "host_statuses": hosts}]})

    assert [line.split() for line in lines[1:]] == [
        ["127.16.0.2:8080", "HEALTHY", "OK", "outbound|8080||a"],
        ["127.16.0.3:8080", "HEALTHY", "EJECTED", "outbound|8080||a"],
    ]


def test_the_live_view_has_a_line_per_workload_and_one_for_calls_that_reached_none() -> None:
    columns = [{"name": name} for name in ("Name", "Ready", "Restarts")]
    cells = [
        ["cpanel-v2-8445ff5964-lgj84", "2/2", "3 (2m ago)"],
        ["cpanel-v2-8445ff5964-qdhk8", "1/2", "0"],
        ["alerts-deploy-1-2", "2/2", "0"],
    ]
    pods = parse_table({"columnDefinitions": columns, "rows": [{"cells": row} for row in cells]}, wide=False)
    rows = parse_rows([row(workload="alerts-deploy", service="alerts.default.svc.cluster.local"), row(workload="unknown", success=0.0)])

    lines = build_lines(pods, rows)

    assert [(line.workload, line.cells, line.style) for line in lines] == [
        ("cpanel-v2", ("1/2", "3", "-", "-", "-", "-"), "yellow"),
        ("alerts-deploy", ("1/1", "0", "1.83", "10.0ms", "2.40s", "90.0%"), "yellow"),
        ("image-analysis, no pod reached", ("", "", "1.83", "10.0ms", "2.40s", "0.0%"), "red"),
    ]


@pytest.mark.parametrize(
    "path", ["/apis/networking.istio.io/v1/namespaces/shop/destination-rule/cpanel", "DestinationRule.networking.istio.io/shop/cpanel"]
)
def test_the_rule_a_cluster_was_made_from_is_named(path: str) -> None:
    metadata = {"filter_metadata": {"istio": {"config": path}}}

    lines = show_clusters(dump("ClustersConfigDump", dynamic_active_clusters=[{"cluster": {"name": "a", "metadata": metadata}}]))

    assert lines[1].endswith("cpanel.shop")
