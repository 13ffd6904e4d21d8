"""A container's environment as Kubernetes computes it: `$(VAR)`, downward API, ConfigMaps and Secrets."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from airside.resources.core import ConfigMap, Secret
from airside.resources.pod import Container, EnvFrom, EnvVar, EnvVarSource, KeySelector, Pod, ResourceFieldSelector
from airside.resources.quantity import parse_quantity
from airside.runtime.network import HOST_IP, Placement

_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


class Unready(Exception):
    """A container that cannot be started yet: Kubernetes' waiting reason, and what is missing."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


@dataclass(frozen=True, slots=True)
class Sources:
    """The ConfigMaps and Secrets a pod refers to, by name; None or absent: there is none."""

    config_maps: Mapping[str, ConfigMap | None] = field(default_factory=dict)
    secrets: Mapping[str, Secret | None] = field(default_factory=dict)


def expand(text: str, values: Mapping[str, str]) -> str:
    """`$(NAME)` to its value, `$$` to `$`; an unknown name stays as it is, as in Kubernetes."""

    def one(found: re.Match[str]) -> str:
        return "$" if found[0] == "$$" else values.get(found[1], found[0])

    return _REFERENCE.sub(one, text)


def referred(pod: Pod) -> tuple[set[str], set[str]]:
    """The names of the ConfigMaps and Secrets that the pod's environments and volumes need."""
    maps: set[str] = set()
    secrets: set[str] = set()
    for container in (*pod.spec.init_containers, *pod.spec.containers):
        for source in container.env_from:
            maps |= {source.config_map_ref.name} if source.config_map_ref else set()
            secrets |= {source.secret_ref.name} if source.secret_ref else set()
        for variable in container.env:
            if variable.value_from is not None:
                maps |= {variable.value_from.config_map_key_ref.name} if variable.value_from.config_map_key_ref else set()
                secrets |= {variable.value_from.secret_key_ref.name} if variable.value_from.secret_key_ref else set()
    for volume in pod.spec.volumes:
        maps |= {volume.config_map.name} if volume.config_map else set()
        secrets |= {volume.secret.secret_name} if volume.secret else set()
    return maps, secrets


def build_environment(
    pod: Pod, container: Container, place: Placement, sources: Sources, base: Mapping[str, str], forced: Mapping[str, str]
) -> dict[str, str]:
    """`base`: what is there before the pod's own words; `forced`: the network's, which nothing overrides. Raises Unready."""
    found = {**base, **forced}
    for origin in container.env_from:
        found |= {name: value for name, value in _whole(origin, sources).items() if name not in forced}
    for variable in container.env:
        if variable.name in forced:
            continue
        value = _value(pod, container, place, variable, sources, found)
        if value is not None:
            found[variable.name] = value
    return found


def _whole(origin: EnvFrom, sources: Sources) -> dict[str, str]:
    found: dict[str, str] = {}
    if origin.config_map_ref is not None:
        config = sources.config_maps.get(origin.config_map_ref.name)
        if config is None and not origin.config_map_ref.optional:
            raise Unready("CreateContainerConfigError", f'configmap "{origin.config_map_ref.name}" not found')
        found |= dict(config.data) if config is not None else {}
    if origin.secret_ref is not None:
        secret = sources.secrets.get(origin.secret_ref.name)
        if secret is None and not origin.secret_ref.optional:
            raise Unready("CreateContainerConfigError", f'secret "{origin.secret_ref.name}" not found')
        found |= secret_data(secret) if secret is not None else {}
    return {f"{origin.prefix}{name}": value for name, value in found.items()}


def secret_data(secret: Secret) -> dict[str, str]:
    """A Secret's values as text; bytes that are none survive as surrogates, as the system's environment has them."""
    decoded = {name: base64.b64decode(value).decode(errors="surrogateescape") for name, value in secret.data.items()}
    return {**decoded, **secret.string_data}


def _value(pod: Pod, container: Container, place: Placement, variable: EnvVar, sources: Sources, so_far: Mapping[str, str]) -> str | None:
    source = variable.value_from
    if source is None:
        return expand(variable.value, so_far)
    if source.field_ref is not None:
        return read_field(pod, place, source.field_ref.field_path)
    if source.resource_field_ref is not None:
        return _read_resource(container, source.resource_field_ref)
    return _read_key(pod, source, sources)


def _read_key(pod: Pod, source: EnvVarSource, sources: Sources) -> str | None:
    if source.config_map_key_ref is not None:
        selector = source.config_map_key_ref
        config = sources.config_maps.get(selector.name)
        return _pick(pod, "configmap", selector, config.data if config is not None else None)
    if source.secret_key_ref is not None:
        selector = source.secret_key_ref
        secret = sources.secrets.get(selector.name)
        return _pick(pod, "secret", selector, secret_data(secret) if secret is not None else None)
    return None


def _pick(pod: Pod, kind: str, selector: KeySelector, data: Mapping[str, str] | None) -> str | None:
    if data is not None and selector.key in data:
        return data[selector.key]
    if selector.optional:
        return None
    if data is None:
        raise Unready("CreateContainerConfigError", f'{kind} "{selector.name}" not found')
    title = {"configmap": "ConfigMap", "secret": "Secret"}[kind]
    raise Unready("CreateContainerConfigError", f"couldn't find key {selector.key} in {title} {pod.metadata.namespace}/{selector.name}")


def read_field(pod: Pod, place: Placement, path: str) -> str:
    """A field of the downward API. Raises Unready for one it does not have."""
    fields = {
        "metadata.name": pod.metadata.name,
        "metadata.namespace": pod.metadata.namespace,
        "metadata.uid": pod.metadata.uid,
        "spec.nodeName": pod.spec.node_name,
        "spec.serviceAccountName": pod.spec.service_account_name or "default",
        "status.podIP": place.ip,
        "status.podIPs": place.ip,
        "status.hostIP": HOST_IP,
        "status.hostIPs": HOST_IP,
    }
    if path in fields:
        return fields[path]
    if found := _SUBSCRIPT.fullmatch(path):
        mapping = pod.metadata.labels if found[1] == "labels" else pod.metadata.annotations
        return mapping.get(found[2], "")
    raise Unready("CreateContainerConfigError", f"unsupported fieldPath: {path}; known: {', '.join(fields)}, metadata.labels['...']")


def _read_resource(container: Container, selector: ResourceFieldSelector) -> str:
    group, _, name = selector.resource.partition(".")
    values = container.resources.limits if group == "limits" else container.resources.requests
    divisor = parse_quantity(selector.divisor) or 1
    return str(math.ceil(parse_quantity(values.get(name, "0")) / divisor))
