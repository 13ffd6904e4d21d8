"""The Pod's status as the API shows it, from what is seen of it: what `kubectl get`, readiness gates and controllers read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from airside.resources.fields import format_time
from airside.resources.pod import Pod
from airside.runtime.network import HOST_IP
from airside.runtime.sandbox import Absent, Desired, Exited, Observed, Refused, Role, Running, Seen, Wanted

Raw = dict[str, object]
Phase = Literal["Pending", "Running", "Succeeded", "Failed"]
NOT_READY = "ContainersNotReady"


def build_status(desired: Desired, observed: Observed, now: datetime) -> Raw:
    """The whole status. Conditions keep the time of their last change, which `desired.pod` tells."""
    pod = desired.pod
    wanted = desired.containers
    inits = [each for each in wanted if each.role is Role.INIT]
    mains = [each for each in wanted if each.role is not Role.INIT]
    complaint = _complaint(observed, wanted)
    status: Raw = {
        "phase": phase(desired, observed),
        "conditions": _conditions(desired, observed, now),
        "hostIP": HOST_IP,
        "hostIPs": [{"ip": HOST_IP}],
        "startTime": format_time((pod.status.start_time or now).replace(microsecond=0)),
        "qosClass": pod.status.qos_class or "BestEffort",
        "containerStatuses": [_container(each, desired, observed, now) for each in _as_written(pod, mains)],
    }
    if inits:
        status["initContainerStatuses"] = [_container(each, desired, observed, now) for each in inits]
    if observed.place is not None:
        status |= {"podIP": observed.place.ip, "podIPs": [{"ip": observed.place.ip}]}
    if complaint is not None:
        status |= {"reason": complaint[0], "message": complaint[1]}
    return status


def phase(desired: Desired, observed: Observed) -> Phase:
    """Kubernetes' rule: pending until all have been started; over when all apps are done for good."""
    apps = [wanted for wanted in desired.containers if wanted.role is Role.APP] or list(desired.containers)
    states = [observed.seen(wanted.name) for wanted in apps]
    if any(isinstance(seen.state, Absent) or (isinstance(seen.state, Refused) and seen.last is None) for seen in states):
        return "Pending"
    codes = [
        seen.state.code
        for wanted, seen in zip(apps, states, strict=True)
        if isinstance(seen.state, Exited) and not desired.restarts(wanted, seen.state.code)
    ]
    if len(codes) < len(apps):
        return "Running"
    return "Succeeded" if not any(codes) else "Failed"


def is_ready(desired: Desired, observed: Observed) -> bool:
    mains = [wanted for wanted in desired.containers if wanted.role is not Role.INIT]
    return bool(mains) and all(_ready(observed.seen(wanted.name)) for wanted in mains)


def _ready(seen: Seen) -> bool:
    return isinstance(seen.state, Running) and seen.state.ready and seen.state.complaint is None and seen.state.stopping is None


def _as_written(pod: Pod, mains: list[Wanted]) -> list[Wanted]:
    order = {container.name: index for index, container in enumerate(pod.spec.containers)}
    return sorted(mains, key=lambda wanted: order.get(wanted.name, 0))


def _complaint(observed: Observed, wanted: tuple[Wanted, ...]) -> tuple[str, str] | None:
    """Why a pod does not serve although its processes run; shown where `kubectl get pods` has STATUS."""
    if observed.trouble is not None:
        return observed.trouble.reason, observed.trouble.message
    states = (observed.seen(each.name).state for each in wanted)
    return next((state.complaint for state in states if isinstance(state, Running) and state.complaint is not None), None)


def _conditions(desired: Desired, observed: Observed, now: datetime) -> list[Raw]:
    unready = [each.name for each in desired.containers if each.role is not Role.INIT and not _ready(observed.seen(each.name))]
    over = phase(desired, observed) in ("Succeeded", "Failed")
    inits_done = all(
        isinstance(state := observed.seen(each.name).state, Exited) and state.code == 0
        for each in desired.containers
        if each.role is Role.INIT
    )
    complaint = _complaint(observed, desired.containers)
    names = " ".join(unready)
    why: Mapping[str, str] = {}
    if unready:
        reason, message = complaint or (("PodCompleted", "") if over else (NOT_READY, f"containers with unready status: [{names}]"))
        why = {"reason": reason, **({"message": message} if message else {})}
    wanted: list[tuple[str, bool, Mapping[str, str]]] = [
        ("PodReadyToStartContainers", observed.place is not None, {}),
        ("Initialized", inits_done, {} if inits_done else {"reason": "ContainersNotInitialized"}),
        ("Ready", not unready, why),
        ("ContainersReady", not unready, why),
        ("PodScheduled", True, {}),
    ]
    before = {condition.type: condition for condition in desired.pod.status.conditions}
    found: list[Raw] = []
    for kind, holds, words in wanted:
        status = "True" if holds else "False"
        old = before.get(kind)
        since = old.last_transition_time if old is not None and old.status == status else None
        found.append({"type": kind, "status": status, "lastTransitionTime": format_time((since or now).replace(microsecond=0)), **words})
    return found


def _container(wanted: Wanted, desired: Desired, observed: Observed, now: datetime) -> Raw:
    seen = observed.seen(wanted.name)
    running = isinstance(seen.state, Running)
    ready = _ready(seen) or (wanted.role is Role.INIT and isinstance(seen.state, Exited) and seen.state.code == 0)
    status: Raw = {
        "name": wanted.name,
        "image": wanted.spec.image,
        "imageID": "",
        "ready": ready,
        "started": isinstance(seen.state, Running) and seen.state.started,
        "restartCount": seen.restarts,
        "state": _state(wanted, desired, seen, now),
        "lastState": {"terminated": _terminated(seen.last)} if seen.last is not None else {},
    }
    state = seen.state
    if running and isinstance(state, Running):
        status["containerID"] = state.process
    elif isinstance(state, Exited) and desired.restarts(wanted, state.code) and not desired.leaving:
        status["lastState"] = {"terminated": _terminated(state)}  # it waits for its next start: what ended is its last state
    return status


def _state(wanted: Wanted, desired: Desired, seen: Seen, now: datetime) -> Raw:
    match seen.state:
        case Absent():
            waits = bool(desired.pod.spec.init_containers) and wanted.role is Role.APP
            return {"waiting": {"reason": "PodInitializing" if waits else "ContainerCreating"}}
        case Refused(reason, message):
            return {"waiting": {"reason": reason, "message": message}}
        case Running(since=since):
            return {"running": {"startedAt": format_time(since.replace(microsecond=0))}}
        case Exited(code=code) as exited:
            if not desired.restarts(wanted, code) or desired.leaving:
                return {"terminated": _terminated(exited)}
            pause = seen.backoff.until
            if pause is None or pause <= now:
                return {"waiting": {"reason": "ContainerCreating"}}
            wait = round((pause - exited.at).total_seconds())
            name = desired.pod.metadata.name
            hint = f"; {exited.hint}" if exited.hint else ""
            return {
                "waiting": {
                    "reason": "CrashLoopBackOff",
                    "message": f"back-off {wait}s restarting failed container={wanted.name} pod={name}{hint}",
                }
            }


def _terminated(exited: Exited) -> Raw:
    signal = {"signal": exited.code - 128} if 128 < exited.code < 160 else {}
    return {
        "exitCode": exited.code,
        **signal,
        "reason": exited.reason,
        **({"message": exited.message} if exited.message else {}),
        "startedAt": format_time(exited.since.replace(microsecond=0)),
        "finishedAt": format_time(exited.at.replace(microsecond=0)),
        **({"containerID": exited.process} if exited.process else {}),
    }
