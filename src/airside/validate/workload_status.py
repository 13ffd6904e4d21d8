"""Rules of the status that a controller reports of a workload, in Kubernetes' words. They are for writes of the status alone:
elsewhere the status a client sends along is not looked at."""

from __future__ import annotations

from airside.resources.apps import Deployment, DeploymentStatus, ReplicaSet, ReplicaSetStatus
from airside.resources.objects import Object
from airside.validate.finding import Finding, Findings
from airside.validate.names import invalid
from airside.validate.pod import NOT_NEGATIVE


def check_status(found: Object) -> Findings:
    match found:
        case Deployment(status=status):
            yield from _check_deployment(status)
        case ReplicaSet(status=status):
            yield from _check_replica_set(status)
        case _:
            return


def _check_deployment(status: DeploymentStatus) -> Findings:
    parts = {
        "updatedReplicas": status.updated_replicas,
        "readyReplicas": status.ready_replicas,
        "availableReplicas": status.available_replicas,
    }
    counts = {"replicas": status.replicas, **parts, "unavailableReplicas": status.unavailable_replicas}
    yield from _check_counts({**counts, "observedGeneration": status.observed_generation, "collisionCount": status.collision_count or 0})
    yield from _check_parts(status.replicas, parts)


def _check_replica_set(status: ReplicaSetStatus) -> Findings:
    parts = {
        "fullyLabeledReplicas": status.fully_labeled_replicas,
        "readyReplicas": status.ready_replicas,
        "availableReplicas": status.available_replicas,
    }
    yield from _check_counts({"replicas": status.replicas, **parts, "observedGeneration": status.observed_generation})
    yield from _check_parts(status.replicas, parts)


def _check_counts(counts: dict[str, int]) -> Findings:
    for field, count in counts.items():
        if count < 0:
            yield Finding("AIR1012", f"status.{field}", invalid(count, NOT_NEGATIVE))


def _check_parts(whole: int, parts: dict[str, int]) -> Findings:
    for field, count in parts.items():
        if count > whole:
            yield Finding("AIR1012", f"status.{field}", invalid(count, "cannot be greater than status.replicas"))
    if parts["availableReplicas"] > parts["readyReplicas"]:
        yield Finding("AIR1012", "status.availableReplicas", invalid(parts["availableReplicas"], "cannot be greater than readyReplicas"))
