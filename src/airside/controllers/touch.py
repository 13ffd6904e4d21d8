"""Which reconciles a change calls for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airside.controllers.endpoints import SERVICE_NAME
from airside.resources.core import Service
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object
from airside.resources.pod import Pod


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Look at the object and what it controls."""

    key: ObjectKey


@dataclass(frozen=True, slots=True)
class Collect:
    """See whether the object's owners are still there."""

    key: ObjectKey


Work = Reconcile | Collect


@dataclass(frozen=True, slots=True)
class Step:
    """An object before and after a change; None where it was not or is no more."""

    before: Object | None
    after: Object | None

    @property
    def newest(self) -> Object:
        found = self.after or self.before
        assert found is not None
        return found


def touched(step: Step, services: Iterable[Service], dependants: Iterable[ObjectKey]) -> list[Work]:
    """`services`: those of the object's namespace; `dependants`: the objects that name it as an owner."""
    newest = step.newest
    key = newest.key
    works: list[Work] = []
    if step.after is not None:
        works.append(Reconcile(key))
        if step.before is None and newest.metadata.owner_references:
            works.append(Collect(key))  # its owner may have gone just before it came
    else:
        works += [Collect(dependant) for dependant in dependants]
    controller = newest.metadata.controller
    if controller is not None:
        group = controller.api_version.rpartition("/")[0]
        works.append(Reconcile(ObjectKey(group, controller.kind, newest.metadata.namespace, controller.name)))
    if isinstance(newest, Pod):
        labels = [found.metadata.labels for found in (step.before, step.after) if found is not None]
        works += [
            Reconcile(service.key)
            for service in services
            if service.spec.selector and any(service.spec.selector.items() <= each.items() for each in labels)
        ]
    if key.kind == "EndpointSlice" and (name := newest.metadata.labels.get(SERVICE_NAME)):
        works.append(Reconcile(ObjectKey("", "Service", key.namespace, name)))
    if key.kind == "ServiceAccount" and step.after is None:
        works.append(Reconcile(ObjectKey("", "Namespace", "", key.namespace)))
    return works
