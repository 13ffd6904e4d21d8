"""The one Node: this machine."""

from __future__ import annotations

from dataclasses import dataclass

from airside.controllers.held import Birth, served
from airside.resources.kinds import find_kind
from airside.store.changes import Put

NODE = "airside"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the node tells of the machine."""

    cpus: int
    memory_bytes: int
    kernel: str
    system: str
    architecture: str


def build_node(machine: Machine, birth: Birth) -> Put:
    resources = {"cpu": str(machine.cpus), "memory": f"{machine.memory_bytes // 1024}Ki", "pods": "250"}
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "the agent runs pods as processes of this machine",
        "lastHeartbeatTime": birth.time,
        "lastTransitionTime": birth.time,
    }
    labels = {
        "kubernetes.io/hostname": NODE,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": machine.architecture,
        "node-role.kubernetes.io/control-plane": "",
    }
    status = {
        "capacity": resources,
        "allocatable": resources,
        "conditions": [condition],
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": NODE}],
        "nodeInfo": {
            "architecture": machine.architecture,
            "operatingSystem": "linux",
            "kernelVersion": machine.kernel,
            "osImage": machine.system,
            "kubeletVersion": "v1.32.0+airside",
            "containerRuntimeVersion": "process://1",
        },
    }
    return birth.create(served(find_kind("", "Node")), {"name": NODE, "labels": labels}, {"spec": {}, "status": status})
