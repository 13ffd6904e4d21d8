"""A store of plain values and an agent of a few lines, to run controllers against without a process or a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from airside.controllers.deployment import reconcile_deployment
from airside.controllers.held import Birth, Held, Outcome, part
from airside.controllers.replica_set import reconcile_replica_set
from airside.resources.apps import Deployment, ReplicaSet
from airside.resources.core import Namespace
from airside.resources.fields import format_time
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object
from airside.resources.pod import Pod
from airside.store.changes import Change, Delete, Put
from airside.validate.accept import Accepted, accept

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
Raw = dict[str, object]
T = TypeVar("T", bound=Object)


def deployment(replicas: int = 3, image: str = "v1", **spec: object) -> Raw:
    """A Deployment `web` as the store has it: accepted, with the bookkeeping of the API server."""
    raw: Raw = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default", "uid": "d-1", "generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container(image)]}},
            **spec,
        },
    }
    accepted = accept(raw)
    assert isinstance(accepted, Accepted), accepted
    return dict(accepted.raw)


def container(image: str = "v1") -> Raw:
    return {"name": "web", "image": image, "command": ["web"], "ports": [{"containerPort": 8080, "name": "http"}]}


def namespace(**labels: str) -> Raw:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "uid": "n-1", "labels": labels}}


def hold(raw: Mapping[str, object], model: type[T], revision: int = 1) -> Held[T]:
    return Held(model.of(raw), raw, revision)


def births(now: datetime = NOW) -> Birth:
    numbers = count(1)
    return Birth(now, lambda: f"u-{next(numbers)}", lambda: f"p{next(numbers):04d}")


@dataclass
class World:
    """Objects by key with revisions, and the two controllers that make pods."""

    objects: dict[ObjectKey, tuple[Raw, int]] = field(default_factory=dict)
    now: datetime = NOW
    revision: int = 0
    numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    def birth(self) -> Birth:
        return Birth(self.now, lambda: f"u-{self.numbers()}", lambda: f"p{self.numbers():04d}")

    def put(self, raw: Mapping[str, object]) -> None:
        group, _, _ = str(raw["apiVersion"]).rpartition("/")
        metadata = part(raw, "metadata")
        self.write([Put(ObjectKey(group, str(raw["kind"]), str(metadata.get("namespace", "")), str(metadata["name"])), raw)])

    def write(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.revision += 1
            match change:
                case Delete(key):
                    del self.objects[key]
                case Put(key, raw, expected):
                    assert expected is None or expected == (self.objects[key][1] if key in self.objects else 0), f"stale write of {key}"
                    self.objects[key] = (dict(raw), self.revision)

    def all(self, group: str, name: str, model: type[T]) -> list[Held[T]]:
        return [Held(model.of(raw), raw, at) for key, (raw, at) in self.objects.items() if (key.group, key.kind) == (group, name)]

    @property
    def deployment(self) -> Held[Deployment]:
        return self.all("apps", "Deployment", Deployment)[0]

    @property
    def sets(self) -> list[Held[ReplicaSet]]:
        return self.all("apps", "ReplicaSet", ReplicaSet)

    @property
    def pods(self) -> list[Held[Pod]]:
        return self.all("", "Pod", Pod)

    def change_deployment(self, **spec: object) -> None:
        held = self.deployment
        meta = {**part(held.raw, "metadata"), "generation": held.value.metadata.generation + 1}
        self.write([held.put(metadata=meta, spec={**part(held.raw, "spec"), **spec})])

    def roll_deployment(self) -> Outcome:
        held = self.deployment
        outcome = reconcile_deployment(held, [each for each in self.sets if each.controlled_by(held)], self.birth())
        self.write(outcome.changes)
        return outcome

    def roll_set(self, index: int) -> Outcome:
        held = sorted(self.sets, key=lambda each: each.value.metadata.name)[index % len(self.sets)]
        rooms = self.all("", "Namespace", Namespace)
        pods = [each for each in self.pods if each.controlled_by(held)]
        outcome = reconcile_replica_set(held, pods, rooms[0] if rooms else None, self.birth())
        self.write(outcome.changes)
        return outcome

    def serve(self, pod: Held[Pod], ready: bool = True) -> None:
        """What the agent says of a pod that runs."""
        status = {"phase": "Running", "podIP": f"127.20.0.{self.numbers() % 250 + 1}"}
        condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": format_time(self.now)}
        self.write([pod.put(status={**status, "conditions": [condition]})])

    def agent(self, index: int) -> None:
        """One step of the agent: a new pod gets ready, or a leaving one goes."""
        waiting = [pod for pod in self.pods if pod.leaving or not pod.value.ready]
        if not waiting:
            return
        pod = waiting[index % len(waiting)]
        self.write([Delete(pod.key, pod.revision)]) if pod.leaving else self.serve(pod)

    def settle(self) -> None:
        """Everything in turn, until nothing changes any more."""
        for _ in range(200):
            before = self.revision
            self.roll_deployment()
            for index in range(len(self.sets)):
                self.roll_set(index)
            self.agent(0)
            if self.revision == before:
                return
            self.now += timedelta(seconds=1)
        raise AssertionError("the controllers never come to rest")


def image_of(template: object) -> str:
    spec = part(template, "spec") if isinstance(template, Mapping) else {}
    containers = spec.get("containers")
    assert isinstance(containers, list)
    return str(containers[0]["image"])


def new_template(image: str) -> Raw:
    return part(deployment(image=image), "spec", "template")
