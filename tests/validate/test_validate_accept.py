"""The one door: nothing crashes it, nothing gets through half, it is fast, and what it refuses it names by file, line, object and field."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.resources.problems import Problem, Severity
from airside.resources.yaml import read_documents
from airside.validate.accept import Accepted, Rejected, UnknownFields, accept
from airside.validate.view import Gathered

_AIRPORT = Path(__file__).parents[2] / "deploy" / "airport"

SHOP = """\
apiVersion: v1
kind: Service
metadata: {name: cpanel}
spec:
  selector: {app: cpanel}
  ports: [{name: http, port: 8080}]
---
apiVersion: networking.istio.io/v1alpha3
kind: DestinationRule
metadata: {name: cpanel}
spec:
  host: cpanel
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
---
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata:
  name: cpanel
spec:
  hosts:
  - cpanel
  http:
  - route:
    - destination:
        host: cpanel
        subset: v2
"""


def _apply(text: str) -> list[Problem]:
    """All that is said of a file, as `apply` would."""
    documents, problems = read_documents(text, "shop.yaml")
    verdicts = [accept(document.raw) for document in documents]
    view = Gathered(verdict.object for verdict in verdicts if isinstance(verdict, Accepted))
    for document in documents:
        verdict = accept(document.raw, view=view)
        found = verdict.problems if isinstance(verdict, Rejected) else verdict.warnings
        problems += [document.locate(problem) for problem in found]
    return problems


def test_a_good_file_is_taken_without_a_word() -> None:
    assert _apply(SHOP) == []


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        pytest.param(
            SHOP.replace("  - route:", "\t- route:"),
            "shop.yaml:25 AIR0002 error: a tab in the indentation; YAML is indented by spaces. Replace each tab, for example by two spaces",
            id="a tab",
        ),
        pytest.param(
            SHOP.replace("        subset: v2", "        host: cpanel\n"),
            'shop.yaml:28 AIR0003 error spec.http[0].route[0].destination.host: the key "host" stands here a second time;'
            " the first is at line 27. Keep one",
            id="a duplicate key",
        ),
        pytest.param(
            SHOP.replace("subset: v2", "subsett: v2"),
            "shop.yaml:28 AIR0020 error VirtualService cpanel spec.http[0].route[0].destination.subsett:"
            ' unknown field "subsett"; did you mean "subset"?',
            id="an unknown field",
        ),
        pytest.param(
            SHOP.replace("subset: v2", "subset: v3"),
            'shop.yaml:28 AIR2001 warning VirtualService default/cpanel spec.http[0].route[0].destination.subset: no subset "v3"'
            ' for host "cpanel.default.svc.cluster.local"; DestinationRule cpanel has v1, v2',
            id="a subset that no DestinationRule has",
        ),
        pytest.param(
            SHOP.replace("port: 8080", 'port: "8080"'),
            'shop.yaml:6 AIR0021 error Service cpanel spec.ports[0].port: expected an integer, found the text "8080"',
            id="a number in quotes",
        ),
        pytest.param(
            SHOP.replace("  hosts:\n  - cpanel\n", "  hosts: cpanel\n"),
            'shop.yaml:22 AIR0021 error VirtualService cpanel spec.hosts: expected a list, found the text "cpanel"',
            id="one value for a list",
        ),
        pytest.param(
            SHOP.replace("kind: VirtualService", "kind: VirtualServices"),
            'shop.yaml:18 AIR0011 error VirtualServices cpanel kind: "VirtualServices" of "networking.istio.io/v1alpha3" is not'
            ' served here. Did you mean "VirtualService"? Served: ConfigMap, Deployment, DestinationRule, EndpointSlice, Endpoints, Event,'
            " Gateway, Namespace, Node, Pod, ReplicaSet, Secret, Service, ServiceAccount, VirtualService",
            id="a kind that is not served",
        ),
    ],
)
def test_what_is_wrong_is_named_by_file_line_object_and_field(broken: str, says: str) -> None:
    assert says in [str(problem) for problem in _apply(broken)]


@pytest.mark.skipif(not _AIRPORT.exists(), reason="the airport's files are not here")
def test_the_airports_own_files_have_no_error() -> None:
    files = sorted(path for folder in ("k8s", "istio") for path in (_AIRPORT / folder).glob("*.yaml"))
    assert files

    errors = [problem for path in files for problem in _apply(path.read_text()) if problem.severity is Severity.ERROR]

    assert errors == []


ROUTED: dict[str, Any] = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {"name": "v", "labels": {"a": "b"}},
    "spec": {
        "hosts": ["a.com", "*.b.com"],
        "gateways": ["gw", "n/gw"],
        "exportTo": ["."],
        "http": [
            {
                "match": [{"uri": {"prefix": "/x"}, "headers": {"h": {"regex": "a.*"}}, "queryParams": {"q": {"exact": "1"}}, "port": 80}],
                "route": [
                    {
                        "destination": {"host": "a", "subset": "v1", "port": {"number": 80}},
                        "weight": 50,
                        "headers": {"request": {"set": {"a": "b"}}},
                    }
                ],
                "retries": {"attempts": 3, "retryOn": "5xx", "perTryTimeout": "2s"},
                "fault": {"delay": {"percentage": {"value": 5}, "fixedDelay": "1s"}, "abort": {"httpStatus": 500, "percent": 5}},
                "rewrite": {"uri": "/"},
                "mirrors": [{"destination": {"host": "m"}, "percentage": {"value": 1}}],
                "corsPolicy": {"allowOrigins": [{"exact": "*"}], "maxAge": "1m"},
            },
            {"redirect": {"uri": "/y", "redirectCode": 302}},
        ],
        "tls": [{"match": [{"sniHosts": ["a.com"]}], "route": [{"destination": {"host": "a"}}]}],
    },
}
POLICY: dict[str, Any] = {
    "outlierDetection": {"consecutiveErrors": 7},
    "loadBalancer": {
        "consistentHash": {"httpCookie": {"name": "c", "ttl": "0s"}, "maglev": {"tableSize": 3}},
        "localityLbSetting": {"distribute": [{"from": "a/*", "to": {"b": 100}}]},
    },
    "connectionPool": {"tcp": {"maxConnections": 1}, "http": {"maxRetries": 1}},
    "tls": {"mode": "SIMPLE"},
    "portLevelSettings": [{"port": {"number": 80}, "loadBalancer": {"simple": "RANDOM"}}],
}
CONTAINER: dict[str, Any] = {
    "name": "c",
    "image": "i:1",
    "ports": [{"containerPort": 80, "name": "http"}],
    "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    "resources": {"limits": {"cpu": "1500m"}, "requests": {"cpu": 1}},
    "livenessProbe": {"httpGet": {"port": "http"}},
    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
}
SELECTED = {
    "selector": {"matchLabels": {"a": "b"}},
    "template": {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [CONTAINER], "volumes": [{"name": "v", "hostPath": {"path": "/"}}]},
    },
}
GOOD: list[dict[str, Any]] = [
    ROUTED,
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": "d"},
        "spec": {"host": "a", "trafficPolicy": POLICY, "subsets": [{"name": "v1"}]},
    },
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g"},
        "spec": {
            "selector": {"a": "b"},
            "servers": [
                {
                    "port": {"number": 443, "name": "h", "protocol": "HTTPS"},
                    "hosts": ["n/*.a.com"],
                    "tls": {"mode": "SIMPLE", "credentialName": "c"},
                }
            ],
        },
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": SELECTED | {"strategy": {"rollingUpdate": {"maxSurge": "25%"}}},
    },
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "ownerReferences": [{"kind": "A", "name": "a", "uid": "u", "apiVersion": "v1"}]},
        "spec": SELECTED["template"]["spec"],
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"selector": {"a": "b"}, "ports": [{"port": 80, "targetPort": "http"}], "clusterIP": "10.96.0.1"},
    },
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "finalizers": ["a.b/c"]},
        "data": {"a": "YQ=="},
        "stringData": {"b": "c"},
        "type": "Opaque",
    },
    {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "e"},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["1.2.3.4"]}],
        "ports": [{"port": 80}],
    },
]
ODD = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        1,
        99999,
        2**70,
        1.5,
        float("nan"),
        "",
        "x",
        "*",
        "~",
        "a/b/c",
        "-",
        "5s",
        "0s",
        "1e99",
        "(",
        "\ud800",
        "é",
        [],
        [None],
        [""],
        {},
        {"": ""},
        {"a": {"b": []}},
        {1: 2},
        b"x",
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for step, item in inner for place in _places(item, (*path, step))]


@given(st.data())
def test_no_change_of_a_good_object_crashes_the_door_or_gets_through_half(data: st.DataObject) -> None:
    raw = copy.deepcopy(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(0, 3))):
        *way, last = data.draw(st.sampled_from(_places(raw)))
        here: Any = raw
        for step in way:
            here = here[step]
        here[last] = copy.deepcopy(data.draw(ODD))
    view = Gathered(verdict.object for good in GOOD if isinstance(verdict := accept(good), Accepted))

    verdict = accept(raw, data.draw(st.sampled_from(UnknownFields)), view)

    if isinstance(verdict, Rejected):
        assert verdict.errors
    else:
        again = accept(verdict.raw, view=view)
        assert isinstance(again, Accepted), again
        assert (again.raw, again.object, again.key) == (verdict.raw, verdict.object, verdict.key)
        assert all(problem.severity is Severity.WARNING for problem in verdict.warnings)
