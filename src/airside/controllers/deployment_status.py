"""How far a Deployment is: counts, and the conditions that `kubectl rollout status` and `kubectl wait` read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from airside.controllers.held import Held
from airside.controllers.rollout import resolve_bounds
from airside.resources.apps import Deployment, DeploymentStatus, ReplicaSet, RollingUpdate
from airside.resources.fields import format_time
from airside.resources.objects import Condition

AVAILABLE, PROGRESSING = "Available", "Progressing"
COMPLETE, EXCEEDED = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"


def build_status(
    deployment: Held[Deployment], new: Held[ReplicaSet] | None, sets: Sequence[Held[ReplicaSet]], now: datetime
) -> dict[str, object]:
    """The status as the API shows it: counts that are zero are left out, as a real API server does."""
    spec, old = deployment.value.spec, deployment.value.status
    total = sum(held.value.status.replicas for held in sets)
    available = sum(held.value.status.available_replicas for held in sets)
    counts = {
        "replicas": total,
        "updatedReplicas": new.value.status.replicas if new is not None else 0,
        "readyReplicas": sum(held.value.status.ready_replicas for held in sets),
        "availableReplicas": available,
        "unavailableReplicas": max(spec.replicas - available, total - available, 0),
    }
    updated = counts["updatedReplicas"]
    settled = new is not None and new.value.status.observed_generation == new.value.metadata.generation
    complete = settled and updated == spec.replicas and total == spec.replicas and available == spec.replicas
    conditions = [_available(deployment, available, now), _progressing(deployment, new, counts, complete, now)]
    return {
        "observedGeneration": deployment.value.metadata.generation,
        **{name: count for name, count in counts.items() if count},
        "conditions": [_raw(condition) for condition in conditions],
        **({"collisionCount": old.collision_count} if old.collision_count is not None else {}),
    }


def deadline(deployment: Held[Deployment], status: Mapping[str, object], now: datetime) -> timedelta | None:
    """How long until the rollout, if it stands still, is late; None when it is done, late, or may take for ever."""
    spec = deployment.value.spec
    progressing = _find(DeploymentStatus.model_validate(status), PROGRESSING)
    if progressing is None or progressing.reason in (COMPLETE, EXCEEDED) or spec.paused or progressing.last_update_time is None:
        return None
    due = progressing.last_update_time + timedelta(seconds=spec.progress_deadline_seconds)
    return max(due - now, timedelta(seconds=1))


def _find(status: DeploymentStatus, kind: str) -> Condition | None:
    return next((condition for condition in status.conditions if condition.type == kind), None)


def _available(deployment: Held[Deployment], available: int, now: datetime) -> Condition:
    spec = deployment.value.spec
    rolling = spec.strategy.rolling_update or RollingUpdate()
    unavailable: int | str = rolling.max_unavailable if spec.strategy.type == "RollingUpdate" else 0
    surge: int | str = rolling.max_surge if spec.strategy.type == "RollingUpdate" else 1
    enough = available >= resolve_bounds(spec.replicas, surge, unavailable).least_available
    condition = Condition(
        type=AVAILABLE,
        status="True" if enough else "False",
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    )
    return _since(condition, _find(deployment.value.status, AVAILABLE), False, now)


def _progressing(
    deployment: Held[Deployment], new: Held[ReplicaSet] | None, counts: Mapping[str, int], complete: bool, now: datetime
) -> Condition:
    before = _find(deployment.value.status, PROGRESSING)
    name = f'ReplicaSet "{new.value.metadata.name}"' if new is not None else "ReplicaSet"
    moved = _moved(deployment.value.status, counts)
    late = before is not None and before.last_update_time is not None and not complete and not moved and not deployment.value.spec.paused
    if late and before is not None and before.last_update_time is not None:
        limit = timedelta(seconds=deployment.value.spec.progress_deadline_seconds)
        late = before.reason == EXCEEDED or (before.reason != COMPLETE and now - before.last_update_time >= limit)
    if complete:
        status, reason, message = "True", COMPLETE, f"{name} has successfully progressed."
    elif late:
        status, reason, message = "False", EXCEEDED, f"{name} has timed out progressing."
    elif before is not None and before.reason == COMPLETE and not moved and _same_rollout(deployment):
        status, reason, message = "True", COMPLETE, before.message  # done once is done: a pod that fails later is no rollout
    else:
        status, reason, message = "True", "ReplicaSetUpdated", f"{name} is progressing."
    return _since(Condition(type=PROGRESSING, status=status, reason=reason, message=message), before, moved, now)


def _same_rollout(deployment: Held[Deployment]) -> bool:
    return deployment.value.status.observed_generation == deployment.value.metadata.generation


def _moved(old: DeploymentStatus, counts: Mapping[str, int]) -> bool:
    """Whether the rollout got on: more new pods, fewer old ones, more ready or available."""
    return (
        counts["updatedReplicas"] > old.updated_replicas
        or counts["replicas"] - counts["updatedReplicas"] < old.replicas - old.updated_replicas
        or counts["readyReplicas"] > old.ready_replicas
        or counts["availableReplicas"] > old.available_replicas
    )


def _since(condition: Condition, before: Condition | None, moved: bool, now: datetime) -> Condition:
    """The condition with its times: transition when the status flipped, update when anything about it, or the rollout, moved."""
    now = now.replace(microsecond=0)
    if before is None:
        return condition.model_copy(update={"last_transition_time": now, "last_update_time": now})
    flipped = before.status != condition.status
    changed = flipped or before.reason != condition.reason or before.message != condition.message or moved
    return condition.model_copy(
        update={
            "last_transition_time": now if flipped else before.last_transition_time,
            "last_update_time": now if changed else before.last_update_time,
        }
    )


def _raw(condition: Condition) -> dict[str, object]:
    times = {"lastUpdateTime": condition.last_update_time, "lastTransitionTime": condition.last_transition_time}
    return {
        "type": condition.type,
        "status": condition.status,
        **{name: format_time(moment) for name, moment in times.items() if moment is not None},
        "reason": condition.reason,
        "message": condition.message,
    }
