"""ReplicaSet -> Pods: as many as wanted; too many go, the least useful first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from airside.controllers.held import Birth, Held, Outcome, owner_reference, part, served
from airside.controllers.inject import inject
from airside.controllers.node import NODE
from airside.resources.apps import ReplicaSet
from airside.resources.core import Namespace
from airside.resources.fields import format_time
from airside.resources.kinds import find_kind
from airside.resources.pod import Pod
from airside.store.changes import Change, Put
from airside.validate.accept import Accepted, Rejected, accept

POD = served(find_kind("", "Pod"))


def reconcile_replica_set(
    replica_set: Held[ReplicaSet], pods: Sequence[Held[Pod]], namespace: Held[Namespace] | None, birth: Birth
) -> Outcome:
    """`pods`: those it controls, the leaving ones too. `namespace` decides, by its labels, whether new pods get a sidecar."""
    active = [pod for pod in pods if not pod.leaving and pod.value.status.phase not in ("Succeeded", "Failed")]
    changes: list[Change] = []
    problems: list[Rejected] = []
    if not replica_set.leaving:
        missing = replica_set.value.spec.replicas - len(active)
        born = [_create(replica_set, namespace, birth) for _ in range(missing)]
        changes += [each for each in born if isinstance(each, Put)]
        problems = [each for each in born if isinstance(each, Rejected)]
        changes += [doom(pod, birth.now) for pod in _least_useful(active)[: max(-missing, 0)]]
    status = _status(replica_set, active, birth.now)
    if problems:
        status["conditions"] = [_failure(problems[0], replica_set, birth)]
    update = replica_set.put(status=status)
    if update.raw != replica_set.raw:
        changes.append(update)
    return Outcome(changes, _again(replica_set, active, birth.now))


def doom(pod: Held[Pod], now: datetime) -> Put:
    """The pod marked as leaving; the agent stops it and then removes it."""
    grace = pod.value.spec.termination_grace_period_seconds
    gone = format_time(now.replace(microsecond=0) + timedelta(seconds=grace))
    metadata = {**part(pod.raw, "metadata"), "deletionTimestamp": gone, "deletionGracePeriodSeconds": grace}
    return pod.put(metadata={**metadata, "generation": pod.value.metadata.generation + 1})


def _create(replica_set: Held[ReplicaSet], namespace: Held[Namespace] | None, birth: Birth) -> Put | Rejected:
    """A pod as the API server would have admitted it: injected, then accepted with its defaults, so that a later update compares equal."""
    template = part(replica_set.raw, "spec", "template")
    meta = part(template, "metadata")
    name = replica_set.value.metadata.name
    metadata: dict[str, object] = {
        "name": f"{name}-{birth.suffix()}",
        "generateName": f"{name}-",
        "namespace": replica_set.value.metadata.namespace,
        **{field: meta[field] for field in ("labels", "annotations") if meta.get(field)},
        "ownerReferences": [owner_reference(replica_set)],
    }
    spec = {"serviceAccountName": "default", **part(template, "spec"), "nodeName": NODE}
    put = birth.create(POD, metadata, {"spec": spec, "status": {"phase": "Pending", "qosClass": "BestEffort"}})
    accepted = accept(inject(put.raw, namespace.raw if namespace is not None else {}))
    return Put(put.key, accepted.raw, put.expected) if isinstance(accepted, Accepted) else accepted


def _failure(rejected: Rejected, replica_set: Held[ReplicaSet], birth: Birth) -> dict[str, object]:
    """The condition that says why there are no pods; its time is that of the first failure."""
    before = next((condition for condition in replica_set.value.status.conditions if condition.type == "ReplicaFailure"), None)
    since = format_time(before.last_transition_time) if before is not None and before.last_transition_time is not None else birth.time
    message = "; ".join(str(problem) for problem in rejected.problems)
    return {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message, "lastTransitionTime": since}


def _least_useful(pods: Sequence[Held[Pod]]) -> list[Held[Pod]]:
    """First those without an address, then those not ready, then the youngest."""

    def usefulness(pod: Held[Pod]) -> tuple[bool, bool, float, str]:
        created = pod.value.metadata.creation_timestamp
        return bool(pod.value.status.pod_ip), pod.value.ready, -(created.timestamp() if created else 0.0), pod.value.metadata.name

    return sorted(pods, key=usefulness)


def _ready_for(pod: Held[Pod], now: datetime) -> timedelta | None:
    """Since how long the pod is ready; None when it is not."""
    ready = next((condition for condition in pod.value.status.conditions if condition.type == "Ready"), None)
    if ready is None or ready.status != "True":
        return None
    return now - ready.last_transition_time if ready.last_transition_time is not None else timedelta(0)


def _status(replica_set: Held[ReplicaSet], active: Sequence[Held[Pod]], now: datetime) -> dict[str, object]:
    labels = replica_set.value.spec.template.metadata.labels
    least = timedelta(seconds=replica_set.value.spec.min_ready_seconds)
    ready = [age for pod in active if (age := _ready_for(pod, now)) is not None]
    counts = {
        "fullyLabeledReplicas": sum(labels.items() <= pod.value.metadata.labels.items() for pod in active),
        "readyReplicas": len(ready),
        "availableReplicas": sum(age >= least or not least for age in ready),
    }
    status: dict[str, object] = {"replicas": len(active), **{name: count for name, count in counts.items() if count}}
    return {**status, "observedGeneration": replica_set.value.metadata.generation}


def _again(replica_set: Held[ReplicaSet], active: Sequence[Held[Pod]], now: datetime) -> timedelta | None:
    """When the next ready pod becomes available."""
    least = timedelta(seconds=replica_set.value.spec.min_ready_seconds)
    waiting = [least - age for pod in active if (age := _ready_for(pod, now)) is not None and age < least]
    return min(waiting, default=None)
