"""What the STATUS, READY and RESTARTS columns say of a pod: Kubernetes' own printer, told anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from airside.apiserver.ages import age_of

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PodSummary:
    """A pod in a line."""

    ready: int
    containers: int
    reason: str
    restarts: str


def summarise_pod(pod: Raw, now: datetime) -> PodSummary:
    spec, status = part(pod, "spec"), part(pod, "status")
    reason = str(status.get("reason") or status.get("phase") or "")
    states = parts(status, "containerStatuses")
    starting = _starting(parts(status, "initContainerStatuses"), len(parts(spec, "initContainers")))
    if starting:
        reason = starting
    else:
        # the last container with something to say wins, so the first is looked at last
        for container in reversed(states):
            reason = _said(container) or reason
        if reason == "Completed" and any(container.get("ready") and "running" in part(container, "state") for container in states):
            reason = "Running" if _condition(status, "Ready") else "NotReady"
    if "deletionTimestamp" in part(pod, "metadata"):
        reason = "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    ready = sum(1 for container in states if container.get("ready") and "running" in part(container, "state"))
    return PodSummary(ready, len(parts(spec, "containers")), reason, _restarts(states, now))


def _starting(states: list[Raw], total: int) -> str:
    """What an init container that is not done yet says; "" when they are."""
    for index, container in enumerate(states):
        state = part(container, "state")
        terminated = part(state, "terminated")
        if "terminated" in state and terminated.get("exitCode", 0) == 0:
            continue
        if "terminated" in state:
            return "Init:" + _ended(terminated)
        waiting = part(state, "waiting").get("reason")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{index}/{total}"
    return ""


def _said(container: Raw) -> str:
    state = part(container, "state")
    if part(state, "waiting").get("reason"):
        return str(part(state, "waiting")["reason"])
    return _ended(part(state, "terminated")) if "terminated" in state else ""


def _ended(terminated: Raw) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    return f"Signal:{terminated['signal']}" if terminated.get("signal") else f"ExitCode:{terminated.get('exitCode', 0)}"


def _restarts(states: list[Raw], now: datetime) -> str:
    count = sum(found for found in (container.get("restartCount") for container in states) if isinstance(found, int))
    ends = [str(part(part(container, "lastState"), "terminated").get("finishedAt") or "") for container in states]
    return f"{count} ({age_of(max(ends), now)} ago)" if count and any(ends) else str(count)


def _condition(status: Raw, name: str) -> bool:
    return any(condition.get("type") == name and condition.get("status") == "True" for condition in parts(status, "conditions"))


def part(raw: Raw, name: str) -> Raw:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def parts(raw: Raw, name: str) -> list[Raw]:
    found = raw.get(name)
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
