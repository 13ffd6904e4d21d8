"""What stands in a bookmark of a built-in kind beside its version: the object as Go writes one of which nothing is set.

Clients that decode bookmarks as they decode objects find the fields their types require.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Raw = Mapping[str, object]

_TEMPLATE = {"metadata": {"creationTimestamp": None}, "spec": {"containers": None}}
_NODE_INFO = (
    *("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion"),
    *("kubeProxyVersion", "operatingSystem", "architecture"),
)
_BLANKS: Mapping[str, Raw] = MappingProxyType(
    {
        "Pod": {"spec": {"containers": None}, "status": {}},
        "Service": {"spec": {}, "status": {"loadBalancer": {}}},
        "Namespace": {"spec": {}, "status": {}},
        "Node": {
            "spec": {},
            "status": {"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}, "nodeInfo": dict.fromkeys(_NODE_INFO, "")},
        },
        "Deployment": {"spec": {"selector": None, "template": _TEMPLATE, "strategy": {}}, "status": {}},
        "ReplicaSet": {"spec": {"selector": None, "template": _TEMPLATE}, "status": {"replicas": 0}},
        "EndpointSlice": {"addressType": "", "endpoints": None, "ports": None},
    }
)


def blank(kind: str) -> Raw:
    return _BLANKS.get(kind, {})
