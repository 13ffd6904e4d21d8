"""Which node a pod runs on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from airside.apiserver.metadata import format_time

Raw = Mapping[str, object]


def placed_at(pod: Raw) -> str:
    """The node's name; "" while the pod has none."""
    spec = pod.get("spec")
    node = spec.get("nodeName") if isinstance(spec, Mapping) else None
    return node if isinstance(node, str) else ""


def placed(pod: Raw, node: str, now: datetime) -> dict[str, object]:
    """The pod with its place, and the condition that says so."""
    spec, status = pod.get("spec"), pod.get("status")
    found = status if isinstance(status, Mapping) else {}
    others = [entry for entry in found.get("conditions") or [] if entry.get("type") != "PodScheduled"]
    condition = {"type": "PodScheduled", "status": "True", "lastTransitionTime": format_time(now)}
    return {
        **pod,
        "spec": {**(spec if isinstance(spec, Mapping) else {}), "nodeName": node},
        "status": {**found, "conditions": [*others, condition]},
    }
