"""Pod -> its place: on the one node there is."""

from __future__ import annotations

from airside.controllers.held import Held, Outcome, part
from airside.controllers.node import NODE
from airside.resources.pod import Pod


def reconcile_pod(pod: Held[Pod]) -> Outcome:
    if pod.value.spec.node_name or pod.leaving:
        return Outcome()
    return Outcome([pod.put(spec={**part(pod.raw, "spec"), "nodeName": NODE})])
