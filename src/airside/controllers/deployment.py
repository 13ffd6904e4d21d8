"""Deployment -> ReplicaSets: one set per template; a new template moves the pods to a new set; old sets stay as history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airside.controllers.deployment_status import build_status, deadline
from airside.controllers.held import Birth, Held, Outcome, owner_reference, part, served, with_spec
from airside.controllers.naming import encode
from airside.controllers.rollout import Bounds, SetSize, grow_new, resolve_bounds, shrink_old
from airside.resources.apps import Deployment, ReplicaSet, RollingUpdate
from airside.resources.kinds import find_kind
from airside.store.changes import Change, Delete, Put

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = frozenset({"kubectl.kubernetes.io/last-applied-configuration", REVISION, DESIRED, MAXIMUM})
REPLICA_SET = served(find_kind("apps", "ReplicaSet"))

Sets = Sequence[Held[ReplicaSet]]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A Deployment with its sets: the one of the current template, if there is one yet, and the others, oldest first."""

    deployment: Held[Deployment]
    new: Held[ReplicaSet] | None
    old: Sets
    bounds: Bounds

    @property
    def sets(self) -> Sets:
        return [*self.old, *([self.new] if self.new is not None else [])]

    @property
    def next_revision(self) -> int:
        """What a set must have to be the newest."""
        return max((revision_of(held) for held in self.old), default=0) + 1


def reconcile_deployment(deployment: Held[Deployment], sets: Sets, birth: Birth) -> Outcome:
    """`sets`: the ReplicaSets it controls."""
    if deployment.leaving:
        return Outcome()
    scene = _look(deployment, sets)
    moves = _move(scene, birth)
    changes: list[Change] = [*moves, *_forget(scene)]
    status = build_status(deployment, scene.new, scene.sets, birth.now)
    revision = str(max(revision_of(scene.new), scene.next_revision) if scene.new is not None else scene.next_revision)
    metadata = part(deployment.raw, "metadata")
    annotations = {**part(metadata, "annotations"), REVISION: revision}
    update = deployment.put(metadata={**metadata, "annotations": annotations}, status=status)
    if update.raw != deployment.raw:
        changes.append(update)
    return Outcome(changes, deadline(deployment, status, birth.now))


def revision_of(held: Held[ReplicaSet]) -> int:
    """The number of the rollout that a set belongs to; 0 when it has none."""
    text = held.value.metadata.annotations.get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def _look(deployment: Held[Deployment], sets: Sets) -> _Scene:
    template = part(deployment.raw, "spec", "template")
    ordered = sorted(sets, key=lambda held: (part(held.raw, "metadata").get("creationTimestamp", ""), held.value.metadata.name))
    new = next((held for held in ordered if _without_hash(part(held.raw, "spec", "template")) == template), None)
    spec = deployment.value.spec
    rolling = spec.strategy.rolling_update or RollingUpdate()
    bounds = resolve_bounds(spec.replicas, rolling.max_surge, rolling.max_unavailable)
    return _Scene(deployment, new, [held for held in ordered if held is not new], bounds)


def _without_hash(template: Mapping[str, object]) -> dict[str, object]:
    metadata = part(template, "metadata")
    labels = {name: value for name, value in part(metadata, "labels").items() if name != HASH}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _move(scene: _Scene, birth: Birth) -> list[Put]:
    spec = scene.deployment.value.spec
    if spec.paused:
        return _scale_paused(scene)
    if scene.new is None:
        return [_create(scene, _first_size(scene), birth)]
    if spec.strategy.type == "Recreate":
        return _recreate(scene, scene.new)
    size = grow_new(scene.bounds, _size(scene.new), [_size(held) for held in scene.old])
    grown = _scale(scene, scene.new, size, renew=True)
    if grown:
        return grown
    wanted = shrink_old(scene.bounds, _size(scene.new), [_size(held) for held in scene.old])
    return [put for held, count in zip(scene.old, wanted, strict=True) for put in _scale(scene, held, count)]


def _first_size(scene: _Scene) -> int:
    if scene.deployment.value.spec.strategy.type == "Recreate":
        return 0 if any(_has_pods(held) for held in scene.old) else scene.bounds.replicas
    return grow_new(scene.bounds, SetSize(0, 0), [_size(held) for held in scene.old])


def _recreate(scene: _Scene, new: Held[ReplicaSet]) -> list[Put]:
    emptied = [put for held in scene.old for put in _scale(scene, held, 0)]
    if emptied or any(_has_pods(held) for held in scene.old):
        return emptied
    return _scale(scene, new, scene.bounds.replicas, renew=True)


def _has_pods(held: Held[ReplicaSet]) -> bool:
    return held.value.spec.replicas > 0 or held.value.status.replicas > 0


def _scale_paused(scene: _Scene) -> list[Put]:
    """A paused Deployment rolls nothing out, but its newest set follows its number of replicas."""
    active = [held for held in scene.sets if held.value.spec.replicas > 0] or list(scene.sets[-1:])
    return _scale(scene, active[0], scene.bounds.replicas) if len(active) == 1 else []


def _size(held: Held[ReplicaSet]) -> SetSize:
    return SetSize(held.value.spec.replicas, held.value.status.available_replicas, held.value.status.replicas)


def _annotations(scene: _Scene) -> dict[str, object]:
    copied = {name: value for name, value in scene.deployment.value.metadata.annotations.items() if name not in NOT_COPIED}
    return {**copied, DESIRED: str(scene.bounds.replicas), MAXIMUM: str(scene.bounds.replicas + scene.bounds.surge)}


def _create(scene: _Scene, replicas: int, birth: Birth) -> Put:
    deployment = scene.deployment
    template = part(deployment.raw, "spec", "template")
    digest = encode(template, 10)
    labels = {**part(template, "metadata", "labels"), HASH: digest}
    selector = part(deployment.raw, "spec", "selector")
    meta = {
        "name": f"{deployment.value.metadata.name}-{digest}",
        "namespace": deployment.value.metadata.namespace,
        "labels": labels,
        "annotations": {**_annotations(scene), REVISION: str(scene.next_revision)},
        "ownerReferences": [owner_reference(deployment)],
    }
    spec: dict[str, object] = {
        "replicas": replicas,
        "selector": {**selector, "matchLabels": {**part(selector, "matchLabels"), HASH: digest}},
        "template": {**template, "metadata": {**part(template, "metadata"), "labels": labels}},
    }
    if deployment.value.spec.min_ready_seconds:
        spec["minReadySeconds"] = deployment.value.spec.min_ready_seconds
    return birth.create(REPLICA_SET, meta, {"spec": spec, "status": {"replicas": 0}})


def _scale(scene: _Scene, held: Held[ReplicaSet], replicas: int, renew: bool = False) -> list[Put]:
    """At most one change: the set with so many replicas. `renew`: it is the current one; an undo makes an old set's revision the newest."""
    metadata = part(held.raw, "metadata")
    annotations = part(metadata, "annotations")
    if renew:
        annotations |= {**_annotations(scene), REVISION: str(max(revision_of(held), scene.next_revision))}
    metadata["annotations"] = annotations
    if held.value.spec.replicas != replicas:
        return [with_spec(held, metadata, replicas=replicas)]
    return [held.put(metadata=metadata)] if metadata != held.raw["metadata"] else []


def _forget(scene: _Scene) -> list[Delete]:
    """Empty sets beyond the history that is kept, oldest revision first."""
    empty = [held for held in scene.old if not _has_pods(held) and not held.leaving]
    extra = len(empty) - scene.deployment.value.spec.revision_history_limit
    return [Delete(held.key, held.revision) for held in sorted(empty, key=revision_of)[: max(extra, 0)]]
