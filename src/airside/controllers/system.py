"""The objects an installation begins with: its namespaces and its ingress gateway. Made once; what the user changes or deletes stays so.

`kube-system` is made last, and cannot be deleted: where it is, the others have been made, and where it is not, the start was cut short.
"""

from __future__ import annotations

from airside.resources.keys import ObjectKey

GATEWAY = "istio-ingressgateway"
ROOT_NAMESPACE = "istio-system"

LAST = ObjectKey("", "Namespace", "", "kube-system")

Raw = dict[str, object]


def build_system(gateway_port: int) -> list[Raw]:
    """The first objects, in the order they must be made; the gateway's NodePort is the port the installation was given."""
    return [
        _namespace("default", {"istio-injection": "enabled"}),
        _namespace(ROOT_NAMESPACE, {}),
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": GATEWAY, "namespace": ROOT_NAMESPACE}},
        _gateway_service(gateway_port),
        _gateway_deployment(),
        _namespace("kube-system", {}),
    ]


def _namespace(name: str, labels: Raw) -> Raw:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name, **labels}}}


def _labels() -> Raw:
    return {"app": GATEWAY, "istio": "ingressgateway"}


def _gateway_service(port: int) -> Raw:
    """As Istio's chart has it, with plain HTTP alone: 80 outside, 8080 inside, and the NodePort people call."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": GATEWAY, "namespace": ROOT_NAMESPACE, "labels": _labels()},
        "spec": {
            "type": "NodePort",
            "selector": _labels(),
            "ports": [{"name": "http2", "port": 80, "targetPort": 8080, "nodePort": port, "protocol": "TCP"}],
        },
    }


def _gateway_deployment() -> Raw:
    """Gateway injection as Istio's documentation shows it: one container `istio-proxy` with `image: auto`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": GATEWAY, "namespace": ROOT_NAMESPACE, "labels": _labels()},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _labels()},
            "template": {
                "metadata": {"labels": _labels(), "annotations": {"inject.istio.io/templates": "gateway"}},
                "spec": {
                    "serviceAccountName": GATEWAY,
                    "containers": [{"name": "istio-proxy", "image": "auto", "ports": [{"name": "http2", "containerPort": 8080}]}],
                },
            },
        },
    }
