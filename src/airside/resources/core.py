"""The core group: Namespace, Service, Endpoints, ServiceAccount, ConfigMap, Secret, Node, Event; Pod has a module of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from airside.resources.fields import Bool, Int32, IntOrString, JsonObject, Part, Quantity, StringMap, Time
from airside.resources.objects import Condition, LocalObjectReference, Object, ObjectReference
from airside.resources.pod import Container, ContainerPort, Pod, PodSpec, PodStatus, PodTemplate, Probe

__all__ = [
    "ConfigMap",
    "Container",
    "ContainerPort",
    "EndpointAddress",
    "EndpointPort",
    "EndpointSubset",
    "Endpoints",
    "Event",
    "Namespace",
    "Node",
    "Pod",
    "PodSpec",
    "PodStatus",
    "PodTemplate",
    "Probe",
    "Secret",
    "Service",
    "ServiceAccount",
    "ServicePort",
    "ServiceSpec",
]


class NamespaceSpec(Part):
    """What holds a namespace's deletion back."""

    finalizers: tuple[str, ...] = ()


class NamespaceStatus(Part):
    """Active or Terminating."""

    phase: str = ""
    conditions: tuple[Condition, ...] = ()


class Namespace(Object):
    """A room of names; its labels switch injection."""

    spec: NamespaceSpec = Field(default_factory=NamespaceSpec)
    status: NamespaceStatus = Field(default_factory=NamespaceStatus)


class ServicePort(Part):
    """A port of the service, and the container's port behind it (same number unless said)."""

    port: Int32
    name: str = ""
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"
    app_protocol: str = ""
    target_port: IntOrString | None = None
    node_port: Int32 = 0


class ServiceSpec(Part):
    """Which pods, on which ports, reached how."""

    selector: StringMap = Field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()
    type: Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] = "ClusterIP"
    cluster_ip: str = Field(default="", alias="clusterIP")
    cluster_ips: tuple[str, ...] = Field(default=(), alias="clusterIPs")
    external_name: str = ""
    external_ips: tuple[str, ...] = Field(default=(), alias="externalIPs")
    session_affinity: Literal["None", "ClientIP"] = "None"
    session_affinity_config: JsonObject | None = None
    publish_not_ready_addresses: Bool = False
    ip_families: tuple[str, ...] = ()
    ip_family_policy: str = ""
    internal_traffic_policy: str = ""
    external_traffic_policy: str = ""
    health_check_node_port: Int32 = 0
    allocate_load_balancer_node_ports: Bool | None = None
    load_balancer_ip: str = Field(default="", alias="loadBalancerIP")
    load_balancer_class: str = ""
    load_balancer_source_ranges: tuple[str, ...] = ()
    traffic_distribution: str = ""

    @property
    def headless(self) -> bool:
        return self.cluster_ip == "None"


class ServiceStatus(Part):
    """Addresses of a load balancer, of which there is none here."""

    load_balancer: JsonObject | None = None
    conditions: tuple[Condition, ...] = ()


class Service(Object):
    """A name and address for the pods a selector finds."""

    spec: ServiceSpec = Field(default_factory=ServiceSpec)
    status: ServiceStatus = Field(default_factory=ServiceStatus)


class EndpointAddress(Part):
    """One address behind a service."""

    ip: str
    hostname: str = ""
    node_name: str = ""
    target_ref: ObjectReference | None = None


class EndpointPort(Part):
    """One port the addresses serve; the name is the service port's."""

    port: Int32
    name: str = ""
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"
    app_protocol: str = ""


class EndpointSubset(Part):
    """Addresses times ports."""

    addresses: tuple[EndpointAddress, ...] = ()
    not_ready_addresses: tuple[EndpointAddress, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


class Endpoints(Object):
    """The older form of EndpointSlice."""

    subsets: tuple[EndpointSubset, ...] = ()


class ServiceAccount(Object):
    """The identity pods run under."""

    secrets: tuple[ObjectReference, ...] = ()
    image_pull_secrets: tuple[LocalObjectReference, ...] = ()
    automount_service_account_token: Bool | None = None


class ConfigMap(Object):
    """Configuration for apps, by key."""

    data: StringMap = Field(default_factory=dict)
    binary_data: StringMap = Field(default_factory=dict)
    immutable: Bool = False


class Secret(Object):
    """As a ConfigMap, base64, not to be shown."""

    data: StringMap = Field(default_factory=dict)
    string_data: StringMap = Field(default_factory=dict)
    type: str = "Opaque"
    immutable: Bool = False


class NodeSpec(Part):
    """What is asked of a node."""

    pod_cidr: str = Field(default="", alias="podCIDR")
    pod_cidrs: tuple[str, ...] = Field(default=(), alias="podCIDRs")
    provider_id: str = Field(default="", alias="providerID")
    unschedulable: Bool = False
    taints: tuple[JsonObject, ...] = ()
    config_source: JsonObject | None = None
    external_id: str = Field(default="", alias="externalID")


class NodeStatus(Part):
    """What a node has, and how it does."""

    capacity: Mapping[str, Quantity] = Field(default_factory=dict)
    allocatable: Mapping[str, Quantity] = Field(default_factory=dict)
    phase: str = ""
    conditions: tuple[Condition, ...] = ()
    addresses: tuple[JsonObject, ...] = ()
    daemon_endpoints: JsonObject | None = None
    node_info: JsonObject | None = None
    images: tuple[JsonObject, ...] = ()
    volumes_in_use: tuple[str, ...] = ()
    volumes_attached: tuple[JsonObject, ...] = ()
    config: JsonObject | None = None
    runtime_handlers: tuple[JsonObject, ...] = ()
    features: JsonObject | None = None


class Node(Object):
    """This machine: there is one."""

    spec: NodeSpec = Field(default_factory=NodeSpec)
    status: NodeStatus = Field(default_factory=NodeStatus)


class EventSource(Part):
    """Who said it."""

    component: str = ""
    host: str = ""


class Event(Object):
    """Something that happened to an object."""

    involved_object: ObjectReference = Field(default_factory=ObjectReference)
    reason: str = ""
    message: str = ""
    type: str = ""
    action: str = ""
    count: Int32 = 0
    first_timestamp: Time | None = None
    last_timestamp: Time | None = None
    event_time: Time | None = None
    source: EventSource = Field(default_factory=EventSource)
    reporting_component: str = ""
    reporting_instance: str = ""
    related: ObjectReference | None = None
    series: JsonObject | None = None
