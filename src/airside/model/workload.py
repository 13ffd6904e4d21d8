"""Pods as the mesh sees them: identities that endpoints have, and proxies that get configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airside.model.facts import GATEWAY_PODS, Aspect, Fact
from airside.model.labels import Age, age_of
from airside.model.names import Namespace, ProxyName, Role
from airside.resources import core
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object

SIDECAR_ANNOTATION = "sidecar.istio.io/status"
TEMPLATE_ANNOTATION = "inject.istio.io/templates"
APP_PORTS_ANNOTATION = "airside.dev/app-ports"
CANONICAL_NAME = "service.istio.io/canonical-name"
CANONICAL_REVISION = "service.istio.io/canonical-revision"


@dataclass(frozen=True)
class Identity:
    """What a pod is, wherever it runs: the labels of its metrics, and what subsets select by."""

    namespace: Namespace
    pod: str
    workload: str
    service_account: str
    labels: Mapping[str, str]

    @property
    def app(self) -> str:
        return self.labels.get("app", "")

    @property
    def version(self) -> str:
        return self.labels.get("version", "")

    @property
    def canonical_service(self) -> str:
        labels = self.labels
        return labels.get(CANONICAL_NAME) or labels.get("app.kubernetes.io/name") or labels.get("app") or self.workload

    @property
    def canonical_revision(self) -> str:
        labels = self.labels
        return labels.get(CANONICAL_REVISION) or labels.get("app.kubernetes.io/version") or labels.get("version") or "latest"


@dataclass(frozen=True)
class Proxy:
    """A pod's Envoy. `ports`: the containers' named ports. `app_ports`: by container port, the loopback port the application really has."""

    name: ProxyName
    identity: Identity
    ports: Mapping[str, int]
    app_ports: Mapping[int, int]
    age: Age
    key: ObjectKey

    def target_port(self, target: int | str) -> int | None:
        """A service's target port as a number; None if the pod has no port of that name."""
        return target if isinstance(target, int) else self.ports.get(target)


def workload_name(pod: core.Pod) -> str:
    """The Deployment's name for a pod of a ReplicaSet, else its controller's, else its own."""
    controller = pod.metadata.controller
    if controller is None:
        return pod.metadata.name
    suffix = "-" + pod.metadata.labels.get("pod-template-hash", "")
    if controller.kind == "ReplicaSet" and len(suffix) > 1 and controller.name.endswith(suffix):
        return controller.name.removesuffix(suffix)
    return controller.name


def identity_of(key: ObjectKey, pod: core.Pod) -> Identity:
    account = pod.spec.service_account_name or "default"
    return Identity(Namespace(key.namespace), key.name, workload_name(pod), account, pod.metadata.labels)


def role_of(pod: core.Pod) -> Role | None:
    annotations = pod.metadata.annotations
    if "gateway" in annotations.get(TEMPLATE_ANNOTATION, "").split(","):
        return Role.GATEWAY
    return Role.SIDECAR if SIDECAR_ANNOTATION in annotations else None


def proxy_of(key: ObjectKey, pod: core.Pod) -> Proxy | None:
    """The proxy of a pod, once it has an address; None for a pod outside the mesh or done for good."""
    role, ip = role_of(pod), pod.status.pod_ip
    if role is None or not ip or pod.status.phase in ("Succeeded", "Failed"):
        return None
    return Proxy(
        name=ProxyName(role, ip, key.name, Namespace(key.namespace)),
        identity=identity_of(key, pod),
        ports={port.name: port.container_port for container in pod.spec.containers for port in container.ports if port.name},
        app_ports=parse_app_ports(pod.metadata.annotations.get(APP_PORTS_ANNOTATION, "")),
        age=age_of(key, pod),
        key=key,
    )


def parse_app_ports(text: str) -> Mapping[int, int]:
    """The agent's annotation, `{"8080": 20031}`; empty if there is none yet, or someone wrote something else there."""
    try:
        return {int(port): int(number) for port, number in json.loads(text).items()} if text else {}
    except (ValueError, TypeError, AttributeError):
        return {}


@dataclass(frozen=True)
class Pods:
    """All pods' identities by namespace/name, and the proxies among them."""

    identities: Mapping[str, Identity] = field(default_factory=dict)
    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    proxy_of_pod: Mapping[str, str] = field(default_factory=dict)

    def change(self, changes: Iterable[tuple[ObjectKey, Object | None]]) -> tuple[Pods, set[Fact]]:
        identities, proxies, proxy_of_pod = dict(self.identities), dict(self.proxies), dict(self.proxy_of_pod)
        facts: set[Fact] = set()
        for key, object in changes:
            pod = f"{key.namespace}/{key.name}"
            old_identity = identities.pop(pod, None)
            old_id = proxy_of_pod.pop(pod, "")
            old_proxy = proxies.pop(old_id, None)
            identity = proxy = None
            if isinstance(object, core.Pod):
                identity, proxy = identity_of(key, object), proxy_of(key, object)
                identities[pod] = identity
            if proxy is not None:
                proxies[str(proxy.name)] = proxy
                proxy_of_pod[pod] = str(proxy.name)
            if identity != old_identity:
                facts.add(Fact(Aspect.POD, pod))
            if proxy != old_proxy:
                facts |= {Fact(Aspect.PROXY, name) for name in (old_id, str(proxy.name) if proxy else "") if name}
                if any(each is not None and each.name.role is Role.GATEWAY for each in (old_proxy, proxy)):
                    facts.add(GATEWAY_PODS)
        return Pods(identities, proxies, proxy_of_pod), facts
