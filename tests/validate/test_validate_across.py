"""What an object says of others that are not there is a warning with the names that are."""

from __future__ import annotations

from typing import Any

import pytest

from airside.resources.objects import Object
from airside.validate.accept import Accepted, accept
from airside.validate.view import Gathered


def _istio(kind: str, name: str, spec: dict[str, Any], namespace: str = "default") -> dict[str, Any]:
    return {"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def _service(name: str, *ports: int, namespace: str = "default") -> dict[str, Any]:
    listed = [{"name": f"p{port}", "port": port} for port in ports]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": {"ports": listed}}


def _virtual_service(*destinations: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return _istio(
        "VirtualService",
        "cpanel",
        {"hosts": ["cpanel"], "http": [{"route": [{"destination": goal, "weight": 1} for goal in destinations]}]} | spec,
    )


def _object(raw: dict[str, Any]) -> Object:
    verdict = accept(raw)
    assert isinstance(verdict, Accepted), verdict
    return verdict.object


GATEWAY = _istio(
    "Gateway",
    "gw",
    {"selector": {"istio": "x"}, "servers": [{"port": {"number": 80, "name": "a", "protocol": "HTTP"}, "hosts": ["*.a.com"]}]},
)
RULE = _istio("DestinationRule", "cpanel", {"host": "cpanel", "subsets": [{"name": "v1"}, {"name": "v2"}]})
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
FULL = "cpanel.default.svc.cluster.local"

ROWS = [
    pytest.param(_virtual_service({"host": "cpanel"}), [_service("cpanel", 80)], [], id="a known service is fine"),
    pytest.param(
        _virtual_service({"host": "cpanel"}),
        [_service("cp", 80), _service("cpanel", 80, namespace="other")],
        [f'AIR2002 spec.http[0].route[0].destination.host: no Service for host "{FULL}"; Services of namespace default: cp'],
        id="an unknown service",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel.default"}),
        [_service("cpanel", 80)],
        [
            'AIR2002 spec.http[0].route[0].destination.host: no Service has the host "cpanel.default";'
            f' write "{FULL}", since only a name without dots is completed'
        ],
        id="a name that is only half complete",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel", "subset": "v3"}),
        [_service("cpanel", 80), RULE],
        [f'AIR2001 spec.http[0].route[0].destination.subset: no subset "v3" for host "{FULL}"; DestinationRule cpanel has v1, v2'],
        id="an unknown subset",
    ),
    pytest.param(_virtual_service({"host": FULL, "subset": "v2"}), [_service("cpanel", 80), RULE], [], id="a known subset by full name"),
    pytest.param(
        _virtual_service({"host": "cpanel", "subset": "v1"}),
        [_service("cpanel", 80)],
        [f'AIR2001 spec.http[0].route[0].destination.subset: no subset "v1" for host "{FULL}"; no DestinationRule is for this host'],
        id="a subset without any rule",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel", "port": {"number": 81}}),
        [_service("cpanel", 80)],
        ["AIR2006 spec.http[0].route[0].destination.port.number: Service cpanel has no port 81; it has 80"],
        id="a port the service does not have",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel"}),
        [_service("cpanel", 80, 81)],
        ["AIR2006 spec.http[0].route[0].destination: Service cpanel has ports 80, 81: say which, as port: {number: 80}"],
        id="several ports and none named",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel"}, gateways=["gx", "ns/gw"]),
        [_service("cpanel", 80), GATEWAY],
        [
            'AIR2003 spec.gateways[0]: no Gateway "gx" in namespace default; it has gw',
            'AIR2003 spec.gateways[1]: no Gateway "gw" in namespace ns; it has none',
        ],
        id="unknown gateways",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel"}, gateways=["gw"], hosts=["b.com", "x.a.com"]),
        [_service("cpanel", 80), GATEWAY],
        ['AIR2008 spec.hosts[0]: "b.com" is none of the hosts of Gateway default/gw (*.a.com)'],
        id="a host the gateway does not serve",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel"}),
        [
            _service("cpanel", 80),
            _istio("VirtualService", "older", {"hosts": [FULL], "http": [{"route": [{"destination": {"host": "cpanel"}}]}]}),
        ],
        [
            f'AIR2004 spec.hosts[0]: VirtualService default/older is for "{FULL}" in the mesh too;'
            " they are not merged, the older one holds. Put all routes into one"
        ],
        id="two for one host in the mesh",
    ),
    pytest.param(
        _virtual_service({"host": "cpanel"}),
        [_service("cpanel", 80), _virtual_service({"host": "x"})],
        [],
        id="not two when it is the same object again",
    ),
    pytest.param(RULE, [], [f'AIR2005 spec.host: no Service for host "{FULL}"'], id="a rule for an unknown service"),
    pytest.param(
        RULE,
        [_service("cpanel", 80), _virtual_service({"host": "cpanel", "subset": "v3"}, gateways=["gw"])],
        ['AIR2001 spec.subsets: VirtualService default/cpanel (spec.http[0].route[0].destination) sends to subset "v3", which is not here'],
        id="a rule that drops a subset in use",
    ),
    pytest.param(
        GATEWAY,
        [POD],
        ["AIR2010 spec.selector: no pod has the labels istio=x; the gateway of an installation has istio=ingressgateway"],
        id="a gateway without pods",
    ),
]


@pytest.mark.parametrize(("raw", "others", "warnings"), ROWS)
def test_what_is_not_there_is_warned_about(raw: dict[str, Any], others: list[dict[str, Any]], warnings: list[str]) -> None:
    view = Gathered(map(_object, others))

    verdict = accept(raw, view=view)

    assert isinstance(verdict, Accepted)
    assert [f"{problem.code} {problem.field}: {problem.message}" for problem in verdict.warnings] == warnings


def test_without_a_view_nothing_is_said_of_others() -> None:
    verdict = accept(_virtual_service({"host": "cpanel", "subset": "v3"}))

    assert isinstance(verdict, Accepted) and verdict.warnings == ()


def test_an_object_of_the_same_apply_hides_the_stored_one() -> None:
    stored = Gathered([_object(_service("cpanel", 80)), _object(_service("other", 80))])
    view = Gathered([_object(_service("cpanel", 81))], below=stored)

    services = {found.metadata.name: found for found in view.all("", "Service")}

    assert services.keys() == {"cpanel", "other"}
    assert view.find(services["cpanel"].key) is services["cpanel"]
    assert view.find(services["other"].key) is services["other"]
