"""How lists of the built-in kinds merge under a strategic merge patch: the `patchStrategy` and `patchMergeKey` tags of Kubernetes' types.

What is not named here is the rule of its sort: mappings merge, lists are replaced whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """One field. `merges`: a list merges, by `key` if its elements are mappings. `fields`: what is below, of a list: in its elements."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    key: str = ""
    merges: bool = False

    def below(self, name: str) -> Shape:
        return self.fields.get(name, PLAIN)


PLAIN = Shape()


def _by(key: str, **fields: Shape) -> Shape:
    return Shape(fields, key, merges=True)


_CONDITIONS = Shape({"conditions": _by("type")})
_METADATA = Shape({"ownerReferences": _by("uid"), "finalizers": Shape(merges=True)})
_CONTAINERS = _by("name", ports=_by("containerPort"), env=_by("name"), volumeMounts=_by("mountPath"), volumeDevices=_by("devicePath"))
_POD_SPEC = Shape(
    {
        "containers": _CONTAINERS,
        "initContainers": _CONTAINERS,
        "ephemeralContainers": _CONTAINERS,
        "volumes": _by("name"),
        "imagePullSecrets": _by("name"),
        "hostAliases": _by("ip"),
        "topologySpreadConstraints": _by("topologyKey"),
        "resourceClaims": _by("name"),
        "schedulingGates": _by("name"),
    }
)
_WORKLOAD = {
    "spec": Shape({"template": Shape({"metadata": _METADATA, "spec": _POD_SPEC})}),
    "status": _CONDITIONS,
}
_KINDS: Mapping[str, Mapping[str, Shape]] = {
    "Pod": {"spec": _POD_SPEC, "status": Shape({"conditions": _by("type"), "podIPs": _by("ip"), "hostIPs": _by("ip")})},
    "Deployment": _WORKLOAD,
    "ReplicaSet": _WORKLOAD,
    "Service": {"spec": Shape({"ports": _by("port")}), "status": _CONDITIONS},
    "ServiceAccount": {"secrets": _by("name")},
    "Namespace": {"status": _CONDITIONS},
    "Node": {"spec": Shape({"podCIDRs": Shape(merges=True)}), "status": Shape({"conditions": _by("type"), "addresses": _by("type")})},
}


def shape_of(kind: str) -> Shape:
    return Shape({"metadata": _METADATA, **_KINDS.get(kind, {})})
