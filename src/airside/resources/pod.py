"""Pod: containers with their commands, environment, probes; the template of a Deployment too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from airside.resources.fields import Bool, Int32, Int64, IntOrString, JsonObject, Part, Quantity, StringMap, Time
from airside.resources.objects import Condition, LocalObjectReference, Object, ObjectMeta
from airside.resources.volume import Volume


class KeySelector(Part):
    """One key of a ConfigMap or a Secret."""

    name: str = ""
    key: str
    optional: Bool = False


class FieldSelector(Part):
    """A field of the pod itself (downward API)."""

    field_path: str
    api_version: str = "v1"


class ResourceFieldSelector(Part):
    """A limit or request of a container (downward API)."""

    resource: str
    container_name: str = ""
    divisor: Quantity = "0"


class EnvVarSource(Part):
    """Where the value of a variable comes from; exactly one is set."""

    field_ref: FieldSelector | None = None
    resource_field_ref: ResourceFieldSelector | None = None
    config_map_key_ref: KeySelector | None = None
    secret_key_ref: KeySelector | None = None
    file_key_ref: JsonObject | None = None


class EnvVar(Part):
    """One variable of a container's environment; `$(NAME)` in the value names earlier ones."""

    name: str
    value: str = ""
    value_from: EnvVarSource | None = None


class EnvSource(Part):
    """A whole ConfigMap or Secret as variables."""

    name: str = ""
    optional: Bool = False


class EnvFrom(Part):
    """Variables taken from a whole ConfigMap or Secret."""

    prefix: str = ""
    config_map_ref: EnvSource | None = None
    secret_ref: EnvSource | None = None


class ContainerPort(Part):
    """A port the container serves; by name, other objects find it."""

    container_port: Int32
    name: str = ""
    protocol: str = "TCP"
    host_port: Int32 | None = None
    host_ip: str = Field(default="", alias="hostIP")


class ExecAction(Part):
    """A command run in the container; zero is well."""

    command: tuple[str, ...] = ()


class HttpHeader(Part):
    """A header of a probe's request."""

    name: str
    value: str


class HttpGetAction(Part):
    """A GET whose 2xx or 3xx is well."""

    port: IntOrString
    path: str = "/"
    host: str = ""
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    http_headers: tuple[HttpHeader, ...] = ()


class TcpSocketAction(Part):
    """A connection that opens is well."""

    port: IntOrString
    host: str = ""


class GrpcAction(Part):
    """A gRPC health check."""

    port: Int32
    service: str = ""


class Probe(Part):
    """How and how often to ask a container whether it lives, is ready, has started."""

    exec: ExecAction | None = None
    http_get: HttpGetAction | None = None
    tcp_socket: TcpSocketAction | None = None
    grpc: GrpcAction | None = None
    initial_delay_seconds: Int32 = 0
    period_seconds: Int32 = 10
    timeout_seconds: Int32 = 1
    success_threshold: Int32 = 1
    failure_threshold: Int32 = 3
    termination_grace_period_seconds: Int64 | None = None


class ResourceRequirements(Part):
    """Limits and requests by resource name."""

    limits: Mapping[str, Quantity] = Field(default_factory=dict)
    requests: Mapping[str, Quantity] = Field(default_factory=dict)
    claims: tuple[JsonObject, ...] = ()


class LifecycleHandler(Part):
    """What to do just after the start or just before the stop of a container."""

    exec: ExecAction | None = None
    http_get: HttpGetAction | None = None
    tcp_socket: TcpSocketAction | None = None
    sleep: JsonObject | None = None


class Lifecycle(Part):
    """Hooks around a container's life."""

    post_start: LifecycleHandler | None = None
    pre_stop: LifecycleHandler | None = None
    stop_signal: str = ""


class VolumeMount(Part):
    """Where a volume appears in a container."""

    name: str
    mount_path: str
    sub_path: str = ""
    sub_path_expr: str = ""
    read_only: Bool = False
    recursive_read_only: str = ""
    mount_propagation: str = ""


class Container(Part):
    """One process of a pod."""

    name: str
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    ports: tuple[ContainerPort, ...] = ()
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFrom, ...] = ()
    resources: ResourceRequirements = Field(default_factory=ResourceRequirements)
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    startup_probe: Probe | None = None
    lifecycle: Lifecycle | None = None
    restart_policy: str = ""
    restart_policy_rules: tuple[JsonObject, ...] = ()
    resize_policy: tuple[JsonObject, ...] = ()
    volume_mounts: tuple[VolumeMount, ...] = ()
    volume_devices: tuple[JsonObject, ...] = ()
    image_pull_policy: Literal["", "Always", "IfNotPresent", "Never"] = ""
    security_context: JsonObject | None = None
    termination_message_path: str = "/dev/termination-log"
    termination_message_policy: Literal["File", "FallbackToLogsOnError"] = "File"
    stdin: Bool = False
    stdin_once: Bool = False
    tty: Bool = False


class EphemeralContainer(Container):
    """A container put into a running pod for debugging."""

    target_container_name: str = ""


class PodSpec(Part):
    """What runs, and how. Scheduling fields are known and kept; on one node they decide nothing."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    ephemeral_containers: tuple[EphemeralContainer, ...] = ()
    volumes: tuple[Volume, ...] = ()
    restart_policy: Literal["Always", "OnFailure", "Never"] = "Always"
    termination_grace_period_seconds: Int64 = 30
    active_deadline_seconds: Int64 | None = None
    service_account_name: str = ""
    service_account: str = ""
    automount_service_account_token: Bool | None = None
    dns_policy: str = "ClusterFirst"
    dns_config: JsonObject | None = None
    node_name: str = ""
    node_selector: StringMap = Field(default_factory=dict)
    hostname: str = ""
    hostname_override: str = ""
    subdomain: str = ""
    set_hostname_as_fqdn: Bool = Field(default=False, alias="setHostnameAsFQDN")
    host_aliases: tuple[JsonObject, ...] = ()
    host_network: Bool = False
    host_pid: Bool = Field(default=False, alias="hostPID")
    host_ipc: Bool = Field(default=False, alias="hostIPC")
    host_users: Bool | None = None
    share_process_namespace: Bool = False
    enable_service_links: Bool = True
    security_context: JsonObject | None = None
    image_pull_secrets: tuple[LocalObjectReference, ...] = ()
    affinity: JsonObject | None = None
    tolerations: tuple[JsonObject, ...] = ()
    topology_spread_constraints: tuple[JsonObject, ...] = ()
    scheduler_name: str = "default-scheduler"
    scheduling_gates: tuple[JsonObject, ...] = ()
    priority: Int32 | None = None
    priority_class_name: str = ""
    preemption_policy: str = ""
    runtime_class_name: str = ""
    overhead: Mapping[str, Quantity] = Field(default_factory=dict)
    readiness_gates: tuple[JsonObject, ...] = ()
    resource_claims: tuple[JsonObject, ...] = ()
    resources: JsonObject | None = None
    os: JsonObject | None = None
    workload_ref: JsonObject | None = None


class PodTemplate(Part):
    """What a Deployment's pods are made from."""

    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: PodSpec = Field(default_factory=PodSpec)


class ContainerStateRunning(Part):
    """It runs."""

    started_at: Time | None = None


class ContainerStateWaiting(Part):
    """It does not run yet, or not again yet."""

    reason: str = ""
    message: str = ""


class ContainerStateTerminated(Part):
    """It ended."""

    exit_code: Int32 = 0
    signal: Int32 = 0
    reason: str = ""
    message: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None
    container_id: str = Field(default="", alias="containerID")


class ContainerState(Part):
    """One of the three."""

    waiting: ContainerStateWaiting | None = None
    running: ContainerStateRunning | None = None
    terminated: ContainerStateTerminated | None = None


class ContainerStatus(Part):
    """How one container does."""

    name: str
    ready: Bool = False
    started: Bool | None = None
    restart_count: Int32 = 0
    state: ContainerState = Field(default_factory=ContainerState)
    last_state: ContainerState = Field(default_factory=ContainerState)
    image: str = ""
    image_id: str = Field(default="", alias="imageID")
    container_id: str = Field(default="", alias="containerID")
    allocated_resources: JsonObject | None = None
    allocated_resources_status: tuple[JsonObject, ...] = ()
    resources: JsonObject | None = None
    volume_mounts: tuple[JsonObject, ...] = ()
    user: JsonObject | None = None
    stop_signal: str = ""


class PodIP(Part):
    """One address of a pod."""

    ip: str = ""


class PodStatus(Part):
    """How the pod does, as the agent reports it."""

    phase: str = ""
    conditions: tuple[Condition, ...] = ()
    reason: str = ""
    message: str = ""
    pod_ip: str = Field(default="", alias="podIP")
    pod_ips: tuple[PodIP, ...] = Field(default=(), alias="podIPs")
    host_ip: str = Field(default="", alias="hostIP")
    host_ips: tuple[PodIP, ...] = Field(default=(), alias="hostIPs")
    start_time: Time | None = None
    observed_generation: Int64 | None = None
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()
    ephemeral_container_statuses: tuple[ContainerStatus, ...] = ()
    qos_class: str = ""
    nominated_node_name: str = ""
    resize: str = ""
    resource_claim_statuses: tuple[JsonObject, ...] = ()

    def holds(self, condition: str) -> bool:
        """Whether the condition of this type is True."""
        return any(found.type == condition and found.status == "True" for found in self.conditions)


class Pod(Object):
    """A group of processes with one address and one Envoy."""

    spec: PodSpec = Field(default_factory=PodSpec)
    status: PodStatus = Field(default_factory=PodStatus)

    @property
    def ready(self) -> bool:
        return self.status.holds("Ready")
