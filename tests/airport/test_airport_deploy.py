from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from airport_crd import schema_problems

DEPLOY = Path(__file__).parents[2] / "deploy" / "airport"
CRDS = Path(__file__).parents[3] / "shared" / "istio" / "crd-all.gen.yaml"

K8S = sorted((DEPLOY / "k8s").glob("*.yaml"))
ISTIO = sorted((DEPLOY / "istio").glob("*.yaml"))
BASE = ("dest_rule_all.yaml", "virt_svc_all.yaml", "ingress_gateway.yaml")

# name of the Service: its Deployments
WORKLOADS = {
    "camera-agent-1": {"camera-agent-1-deploy"},
    "camera-agent-2": {"camera-agent-2-deploy"},
    "collector": {"collector-deploy"},
    "image-analysis": {"image-analysis-deploy"},
    "face-recognition": {"face-recognition-deploy"},
    "section-1": {"section-1-deploy"},
    "alerts": {"alerts-deploy"},
    "momentum": {"momentum-deploy"},
    "cpanel": {"cpanel-v1", "cpanel-v2"},
}

Object = Mapping[str, Any]


@cache
def objects(*files: Path) -> list[Object]:
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


def of_kind(kind: str, *files: Path) -> dict[str, Object]:
    return {found["metadata"]["name"]: found for found in objects(*files) if found["kind"] == kind}


def istio(name: str) -> Path:
    return DEPLOY / "istio" / name


def routes(name: str, kind: str = "VirtualService") -> dict[str, list[Object]]:
    return {vs: found["spec"]["http"] for vs, found in of_kind(kind, istio(name)).items()}


class TestKubernetes:
    def test_the_workloads_are_those_of_the_contract(self) -> None:
        deployments = of_kind("Deployment", *K8S)

        assert {app: {n for n, d in deployments.items() if d["metadata"]["labels"]["app"] == app} for app in WORKLOADS} == WORKLOADS
        assert len(deployments) == sum(map(len, WORKLOADS.values())) == 10
        assert set(of_kind("Service", *K8S)) == set(of_kind("ServiceAccount", *K8S)) == set(WORKLOADS)

    @pytest.mark.parametrize("app", WORKLOADS)
    def test_a_service_selects_by_app_alone_and_names_its_port_http(self, app: str) -> None:
        spec = of_kind("Service", *K8S)[app]["spec"]

        assert spec["selector"] == {"app": app}
        assert spec["ports"] == [{"name": "http", "port": 8080, "targetPort": 8080}]

    @pytest.mark.parametrize("name", sorted(set().union(*WORKLOADS.values())))
    def test_a_deployment_is_labelled_probed_and_limited(self, name: str) -> None:
        deployment = of_kind("Deployment", *K8S)[name]
        template = deployment["spec"]["template"]
        (container,) = template["spec"]["containers"]
        app, version = template["metadata"]["labels"]["app"], "v2" if name == "cpanel-v2" else "v1"

        assert template["metadata"]["labels"] == deployment["spec"]["selector"]["matchLabels"] == {"app": app, "version": version}
        assert deployment["spec"]["replicas"] == 1
        assert template["spec"]["serviceAccountName"] == app
        assert container["ports"] == [{"name": "http", "containerPort": 8080}]
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert {"name": "VERSION", "value": version} in container["env"]

    def test_every_image_has_a_target_in_the_dockerfile_and_a_program(self) -> None:
        images = {d["spec"]["template"]["spec"]["containers"][0]["image"] for d in of_kind("Deployment", *K8S).values()}
        names = {re.fullmatch(r"airside/airport-([a-z-]+):v[12]", image)[1] for image in images}  # type: ignore[index]
        dockerfile = (DEPLOY / "Dockerfile").read_text()
        programs = dict(re.findall(r'AS ([a-z-]+)\nCMD \["python", "-m", "([a-z_.]+)"\]', dockerfile))

        assert programs == {name: f"airport.{name.replace('-', '_')}" for name in names}

    def test_the_panels_share_a_database_and_the_fault_switch_is_out_of_the_public_s_reach(self) -> None:
        containers = {n: d["spec"]["template"]["spec"]["containers"][0] for n, d in of_kind("Deployment", *K8S).items()}
        env = {name: {entry["name"]: entry for entry in found["env"]} for name, found in containers.items()}

        for variable in ("AIRPORT_DATA", "DATABASE_URL"):
            assert env["cpanel-v1"][variable] == env["cpanel-v2"][variable]
        assert {name for name, variables in env.items() if "FAULT_SWITCH" in variables} == {
            "image-analysis-deploy",
            "face-recognition-deploy",
        }


class TestIstio:
    def test_the_files_are_those_of_the_thesis_and_what_it_left_open(self) -> None:
        assert {file.name for file in ISTIO} == {
            *BASE,
            *("virt_svc_50-50.yaml", "virt_svc_v2.yaml", "round_robin.yaml", "random_lb.yaml", "timeout.yaml", "retry.yaml"),
            *("retry_fault_only.yaml", "fault_injection_500.yaml", "fault_injection_delay10.yaml", "circuit_breaker.yaml"),
        }

    @pytest.mark.parametrize("file", ISTIO, ids=lambda file: file.name)
    def test_a_file_fits_the_schemas_of_istio(self, file: Path) -> None:
        if not CRDS.exists():
            pytest.skip(f"no {CRDS}: the CRDs of Istio are not part of this repository")
        for found in objects(file):
            group, _, version = found["apiVersion"].partition("/")
            (schema,) = [
                served["schema"]["openAPIV3Schema"]
                for crd in objects(CRDS)
                if (crd["spec"]["group"], crd["spec"]["names"]["kind"]) == (group, found["kind"])
                for served in crd["spec"]["versions"]
                if served["name"] == version
            ]

            assert list(schema_problems(schema["properties"]["spec"], found["spec"], "spec")) == []

    @pytest.mark.parametrize("file", [file for file in ISTIO if file.name not in BASE], ids=lambda file: file.name)
    def test_a_variant_replaces_objects_of_the_base_and_adds_none(self, file: Path) -> None:
        base = {(found["kind"], found["metadata"]["name"]) for found in objects(*map(istio, BASE))}

        assert {(found["kind"], found["metadata"]["name"]) for found in objects(file)} <= base

    @pytest.mark.parametrize("file", ISTIO, ids=lambda file: file.name)
    def test_every_destination_is_a_service_and_a_subset_that_there_is(self, file: Path) -> None:
        subsets = {
            rule["spec"]["host"]: {subset["name"] for subset in rule["spec"]["subsets"]}
            for rule in of_kind("DestinationRule", istio("dest_rule_all.yaml")).values()
        }
        for found in of_kind("VirtualService", file).values():
            for destination in (entry["destination"] for http in found["spec"]["http"] for entry in http["route"]):
                assert destination["host"].removesuffix(".default.svc.cluster.local") in WORKLOADS
                assert destination["port"] == {"number": 8080}
                assert destination.get("subset") in {None, *subsets[destination["host"]]}

    @pytest.mark.parametrize("file", ISTIO, ids=lambda file: file.name)
    def test_every_route_says_its_timeout_and_what_is_tried_again(self, file: Path) -> None:
        for found in of_kind("VirtualService", file).values():
            for http in found["spec"]["http"]:
                assert {"timeout", "retries"} <= set(http)
                assert {"attempts", "retryOn"} <= set(http["retries"])

    @pytest.mark.parametrize("app", WORKLOADS)
    def test_every_service_is_balanced_in_turn_and_said_to_be(self, app: str) -> None:
        rule = of_kind("DestinationRule", istio("dest_rule_all.yaml"))[app]["spec"]

        assert rule["host"] == f"{app}.default.svc.cluster.local"
        assert rule["trafficPolicy"] == {"loadBalancer": {"simple": "ROUND_ROBIN"}}

    def test_the_gateway_is_the_ingress_gateway_for_everybody(self) -> None:
        gateway = of_kind("Gateway", istio("ingress_gateway.yaml"))["airport-gateway"]["spec"]

        assert gateway["selector"] == {"istio": "ingressgateway"}
        assert gateway["servers"] == [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]

    @pytest.mark.parametrize(
        ("path", "service", "arrives"),
        [
            ("/", "cpanel", "/"),
            ("/index", "cpanel", "/index"),
            ("/status", "cpanel", "/status"),
            ("/static/cpanel.js", "cpanel", "/static/cpanel.js"),
            ("/production", "cpanel", "/production"),
            ("/alert", "cpanel", "/alert"),
            ("/cameras/1/state", "cpanel", "/cameras/1/state"),
            ("/sections/1/status", "collector", "/sections/1/status"),
            ("/collector/status", "collector", "/status"),
            ("/alerts/status", "alerts", "/status"),
            ("/alerts/alerts", "alerts", "/alerts"),
            ("/momentum/status", "momentum", "/status"),
        ],
    )
    def test_a_public_path_arrives_where_it_should(self, path: str, service: str, arrives: str) -> None:
        public = [found for found in of_kind("VirtualService", istio("virt_svc_all.yaml")).values() if "gateways" in found["spec"]]
        assert all(found["spec"]["hosts"] == ["*"] and found["spec"]["gateways"] == ["airport-gateway"] for found in public)
        # Routes for every path come last, whatever their file says: so Istio joins the VirtualServices of one host.
        http = sorted((http for found in public for http in found["spec"]["http"]), key=lambda http: _prefix(http) == "/")

        chosen = next(route for route in http if path.startswith(_prefix(route)))
        rewritten = path.replace(_prefix(chosen), chosen["rewrite"]["uri"], 1) if "rewrite" in chosen else path

        assert chosen["route"][0]["destination"]["host"] == f"{service}.default.svc.cluster.local"
        assert rewritten == arrives

    @pytest.mark.parametrize(
        ("name", "weights"),
        [
            ("virt_svc_all.yaml", {"v1": 100}),
            ("virt_svc_50-50.yaml", {"v1": 50, "v2": 50}),
            ("virt_svc_v2.yaml", {"v1": 0, "v2": 100}),
            ("round_robin.yaml", {None: None}),
            ("timeout.yaml", {"v1": None}),
        ],
    )
    def test_visitors_are_shared_out_between_the_panel_s_versions(self, name: str, weights: dict[str | None, int | None]) -> None:
        (http,) = routes(name)["cpanel"]

        assert {entry["destination"].get("subset"): entry.get("weight") for entry in http["route"]} == weights

    def test_the_timeout_is_one_hop_before_the_delay(self) -> None:
        changed = routes("timeout.yaml")

        assert list(changed) == ["camera-agent-1", "cpanel"]
        assert changed["cpanel"][0]["timeout"] == "1s"
        assert changed["camera-agent-1"][0]["fault"] == {"delay": {"percentage": {"value": 50}, "fixedDelay": "2s"}}

    def test_the_retries_are_one_hop_before_the_abort(self) -> None:
        changed = routes("retry.yaml")

        assert list(changed) == ["collector", "section-1"]
        assert [http["retries"] for http in changed["collector"]] == [{"attempts": 3, "perTryTimeout": "2s", "retryOn": "5xx"}] * 2
        assert changed["section-1"][0]["fault"] == {"abort": {"percentage": {"value": 50}, "httpStatus": 500}}

    def test_without_its_retries_the_same_fault_meets_the_base_s_routes(self) -> None:
        changed, base = routes("retry_fault_only.yaml"), routes("virt_svc_all.yaml")

        assert changed["section-1"] == routes("retry.yaml")["section-1"]
        assert changed["collector"] == base["collector"]

    def test_the_circuit_breaker_is_that_of_the_thesis(self) -> None:
        policy = of_kind("DestinationRule", istio("circuit_breaker.yaml"))["image-analysis"]["spec"]["trafficPolicy"]

        assert policy["connectionPool"] == {
            "tcp": {"maxConnections": 1},
            "http": {"http1MaxPendingRequests": 1, "maxRequestsPerConnection": 1},
        }
        assert policy["outlierDetection"] == {
            "consecutiveGatewayErrors": 7,
            "consecutive5xxErrors": 0,
            "interval": "5m",
            "baseEjectionTime": "15m",
            "maxEjectionPercent": 100,
        }


class TestSchemaCheck:
    SCHEMA: Mapping[str, Any] = {
        "type": "object",
        "required": ["host"],
        "properties": {"host": {"type": "string"}, "weight": {"type": "integer"}, "mode": {"enum": ["A", "B"]}},
        "oneOf": [{"not": {"anyOf": [{"required": ["a"]}]}}, {"required": ["a"]}],
    }

    @pytest.mark.parametrize(
        ("value", "problems"),
        [
            ({"host": "a", "weight": 1, "mode": "A"}, []),
            ({"weight": 1}, ["spec.host: missing"]),
            ({"host": "a", "wieght": 1}, ["spec.wieght: unknown"]),
            ({"host": 1}, ["spec.host: expected string, got 1"]),
            ({"host": "a", "weight": True}, ["spec.weight: expected integer, got True"]),
            ({"host": "a", "mode": "C"}, ["spec.mode: expected one of ['A', 'B'], got 'C'"]),
        ],
    )
    def test_what_a_schema_refuses_is_found(self, value: object, problems: list[str]) -> None:
        assert list(schema_problems(self.SCHEMA, value, "spec")) == problems


def _prefix(http: Object) -> str:
    return str(http["match"][0]["uri"]["prefix"])
