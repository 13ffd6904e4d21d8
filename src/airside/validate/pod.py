"""Rules of pods and pod templates, in Kubernetes' words."""

from __future__ import annotations

from collections.abc import Iterable

from airside.resources.pod import Container, Pod, PodSpec
from airside.resources.volume import Volume
from airside.validate.container_resources import check_resources
from airside.validate.finding import Finding, Findings
from airside.validate.metadata import check_labels
from airside.validate.names import dns_label, dns_subdomain, env_name, invalid, port_name
from airside.validate.probe import check_probes

BETWEEN = "must be between 1 and 65535, inclusive"
NOT_NEGATIVE = "must be greater than or equal to 0"
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")


def check_pod(pod: Pod) -> Findings:
    yield from check_pod_spec(pod.spec, "spec")


def check_pod_spec(spec: PodSpec, path: str) -> Findings:
    volumes = {volume.name for volume in spec.volumes}
    yield from _check_volumes(spec.volumes, f"{path}.volumes")
    if not spec.containers:
        yield Finding("AIR1020", f"{path}.containers", "Required value")
    names: set[str] = set()
    for field, containers in (("initContainers", spec.init_containers), ("containers", spec.containers)):
        for index, container in enumerate(containers):
            at = f"{path}.{field}[{index}]"
            if container.name in names:
                yield Finding("AIR1024", f"{at}.name", f'Duplicate value: "{container.name}"')
            names.add(container.name)
            yield from _check_container(container, volumes, at)
    yield from check_labels(spec.node_selector, f"{path}.nodeSelector")
    if spec.dns_policy not in _DNS_POLICIES:
        yield Finding("AIR0023", f"{path}.dnsPolicy", _unsupported(spec.dns_policy, _DNS_POLICIES))
    for field, name in (("serviceAccountName", spec.service_account_name), ("nodeName", spec.node_name)):
        for text in dns_subdomain(name) if name else ():
            yield Finding("AIR1002", f"{path}.{field}", invalid(name, text))
    if spec.hostname:
        for text in dns_label(spec.hostname):
            yield Finding("AIR1002", f"{path}.hostname", invalid(spec.hostname, text))


def _check_container(container: Container, volumes: set[str], path: str) -> Findings:
    if not container.name:
        yield Finding("AIR0022", f"{path}.name", "Required value")
    else:
        for text in dns_label(container.name):
            yield Finding("AIR1021", f"{path}.name", invalid(container.name, text))
    if not container.image:
        yield Finding("AIR1022", f"{path}.image", "Required value")
    yield from _check_ports(container, f"{path}.ports")
    yield from _check_env(container, path)
    yield from check_probes(container, path)
    yield from check_resources(container.resources, f"{path}.resources")
    mounted: set[str] = set()
    for index, mount in enumerate(container.volume_mounts):
        at = f"{path}.volumeMounts[{index}]"
        if mount.name not in volumes:
            yield Finding("AIR1037", f"{at}.name", f'Not found: "{mount.name}"')
        if mount.mount_path in mounted:
            yield Finding("AIR1028", f"{at}.mountPath", invalid(mount.mount_path, "must be unique"))
        mounted.add(mount.mount_path)


def _check_ports(container: Container, path: str) -> Findings:
    names: set[str] = set()
    for index, port in enumerate(container.ports):
        at = f"{path}[{index}]"
        if port.container_port == 0:
            yield Finding("AIR0022", f"{at}.containerPort", "Required value")
        elif not 1 <= port.container_port <= 65535:
            yield Finding("AIR1023", f"{at}.containerPort", invalid(port.container_port, BETWEEN))
        if port.host_port and not 1 <= port.host_port <= 65535:
            yield Finding("AIR1023", f"{at}.hostPort", invalid(port.host_port, BETWEEN))
        if port.protocol not in _PROTOCOLS:
            yield Finding("AIR0023", f"{at}.protocol", _unsupported(port.protocol, _PROTOCOLS))
        if not port.name:
            continue
        for text in port_name(port.name):
            yield Finding("AIR1023", f"{at}.name", invalid(port.name, text))
        if port.name in names:
            yield Finding("AIR1024", f"{at}.name", f'Duplicate value: "{port.name}"')
        names.add(port.name)


def _check_env(container: Container, path: str) -> Findings:
    for index, variable in enumerate(container.env):
        at = f"{path}.env[{index}]"
        if not variable.name:
            yield Finding("AIR0022", f"{at}.name", "Required value")
        else:
            for text in env_name(variable.name):
                yield Finding("AIR1025", f"{at}.name", invalid(variable.name, text))
        source = variable.value_from
        if source is None:
            continue
        chosen = len(source.model_fields_set)
        if variable.value:
            yield Finding("AIR1025", f"{at}.valueFrom", "Invalid value: may not be specified when `value` is not empty")
        if chosen != 1:
            text = (
                "may not have more than one field specified at a time"
                if chosen
                else "must specify one of: `fieldRef`, `configMapKeyRef`, `secretKeyRef`"
            )
            yield Finding("AIR1025", f"{at}.valueFrom", f"Invalid value: {text}")
    for index, origin in enumerate(container.env_from):
        if (origin.config_map_ref is None) == (origin.secret_ref is None):
            text = "must specify one of: `configMapRef` or `secretRef`"
            yield Finding("AIR1025", f"{path}.envFrom[{index}]", f"Invalid value: {text}")


def _check_volumes(volumes: Iterable[Volume], path: str) -> Findings:
    names: set[str] = set()
    for index, volume in enumerate(volumes):
        at = f"{path}[{index}]"
        for text in dns_label(volume.name):
            yield Finding("AIR1028", f"{at}.name", invalid(volume.name, text))
        if volume.name in names:
            yield Finding("AIR1024", f"{at}.name", f'Duplicate value: "{volume.name}"')
        names.add(volume.name)
        sources = [name for name in type(volume).model_fields if name in volume.model_fields_set and name != "name"]
        for extra in sources[1:]:
            alias = type(volume).model_fields[extra].alias or extra
            yield Finding("AIR1038", f"{at}.{alias}", "Forbidden: may not specify more than 1 volume type")
        if volume.config_map is not None and not volume.config_map.name:
            yield Finding("AIR0022", f"{at}.configMap.name", "Required value")
        if volume.secret is not None and not volume.secret.secret_name:
            yield Finding("AIR0022", f"{at}.secret.secretName", "Required value")


def _unsupported(value: str, supported: tuple[str, ...]) -> str:
    choices = ", ".join(f'"{choice}"' for choice in supported)
    return f'Unsupported value: "{value}": supported values: {choices}'
