"""Fields that are known, typed and kept, and on which nothing here acts yet. Each is warned about by name, never skipped in silence.

A path ends in the field; `[]` goes through the elements of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from airside.resources.paths import field_path
from airside.validate.finding import Finding, Findings

UNSUPPORTED = "unsupported, has no effect yet"

_POLICIES = ("spec.trafficPolicy", "spec.subsets[].trafficPolicy")
_POLICY_FIELDS = (
    *("tls", "tunnel", "proxyProtocol"),
    *("loadBalancer.localityLbSetting", "loadBalancer.zoneAwareLbSetting", "loadBalancer.backendUtilization"),
)
# Not fsGroup: a pod's directories belong to the one user all its processes run as, which is what it asks for.
_SECURITY = (
    *("runAsUser", "runAsGroup", "runAsNonRoot", "supplementalGroups", "privileged", "allowPrivilegeEscalation", "capabilities"),
    *("readOnlyRootFilesystem", "procMount", "seccompProfile", "seLinuxOptions", "appArmorProfile", "sysctls"),
)

# What schedules over several nodes, or needs containers. Volumes: those that runtime/volumes.py does not make.
_POD = (
    *("ephemeralContainers", "hostAliases", "dnsConfig", "hostNetwork", "shareProcessNamespace", "activeDeadlineSeconds"),
    *("nodeSelector", "affinity", "topologySpreadConstraints", "runtimeClassName", "schedulingGates", "readinessGates"),
    *(f"{place}securityContext.{field}" for place in ("", "containers[].", "initContainers[].") for field in _SECURITY),
    "containers[].lifecycle",
    *(
        "containers[].volumeDevices",
        "volumes[].projected",
        "volumes[].downwardAPI",
        "volumes[].csi",
        "volumes[].nfs",
        "volumes[].ephemeral",
    ),
)

_UNSUPPORTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "VirtualService": ("spec.tls", "spec.tcp"),
        "DestinationRule": (
            *(f"{policy}.{field}" for policy in _POLICIES for field in _POLICY_FIELDS),
            *(f"{policy}.portLevelSettings[].{field}" for policy in _POLICIES for field in _POLICY_FIELDS),
        ),
        "Gateway": ("spec.servers[].defaultEndpoint", "spec.servers[].bind"),
        "Pod": tuple(f"spec.{field}" for field in _POD),
        "Deployment": tuple(f"spec.template.spec.{field}" for field in _POD),
        "ReplicaSet": tuple(f"spec.template.spec.{field}" for field in _POD),
        "Service": ("spec.sessionAffinityConfig", "spec.externalIPs", "spec.loadBalancerIP", "spec.loadBalancerSourceRanges"),
    }
)


class _Node:
    """One step of all paths together: a walk over the table and the object at once touches only what both have."""

    __slots__ = ("children", "ends")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.ends = False

    def add(self, steps: Sequence[str]) -> None:
        node = self
        for step in steps:
            node = node.children.setdefault(step, _Node())
        node.ends = True


def _tree(paths: tuple[str, ...]) -> _Node:
    root = _Node()
    for path in paths:
        root.add(path.replace("[]", ".[]").split("."))
    return root


_TREES: Mapping[str, _Node] = MappingProxyType({kind: _tree(paths) for kind, paths in _UNSUPPORTED.items()})


def check_unsupported(kind: str, raw: Mapping[str, object]) -> Findings:
    tree = _TREES.get(kind)
    if tree is not None:
        for path in _walk(tree, raw, ""):
            yield Finding("AIR0040", path, UNSUPPORTED)


def _walk(node: _Node, value: object, path: str) -> Iterator[str]:
    if node.ends:
        # An empty part says nothing, so there is nothing to warn about.
        if value not in ({}, [], "", False):
            yield path
        return
    if "[]" in node.children and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(node.children["[]"], item, field_path(path, index))
    if isinstance(value, Mapping):
        for key, child in node.children.items():
            if key in value:
                yield from _walk(child, value[key], field_path(path, key))
