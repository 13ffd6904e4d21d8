"""What goes with its owner."""

from __future__ import annotations

from controllers_world import NOW, container, hold

from airside.controllers.garbage import reconcile_owned
from airside.resources.apps import ReplicaSet
from airside.resources.core import ConfigMap
from airside.resources.pod import Pod
from airside.store.changes import Delete, Put

Raw = dict[str, object]


def owned(kind: str, *owners: str, **metadata: object) -> Raw:
    references = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": owner, "uid": owner} for owner in owners]
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x", "namespace": "default", "ownerReferences": references, **metadata}}


def test_an_object_goes_when_the_last_of_its_owners_went() -> None:
    held = hold(owned("ConfigMap", "a", "b"), ConfigMap, 7)

    assert not reconcile_owned(held, {"b"}, NOW).changes
    assert reconcile_owned(held, set(), NOW).changes == [Delete(held.key, 7)]


def test_what_nobody_owns_stays() -> None:
    assert not reconcile_owned(hold(owned("ConfigMap"), ConfigMap), set(), NOW).changes


def test_pods_are_asked_to_leave() -> None:
    raw = {**owned("Pod", "a"), "spec": {"containers": [container()], "terminationGracePeriodSeconds": 20}}

    (change,) = reconcile_owned(hold(raw, Pod), set(), NOW).changes

    assert isinstance(change, Put)
    leaving = Pod.of(change.raw)
    assert leaving.metadata.deletion_grace_period_seconds == 20
    assert leaving.metadata.deletion_timestamp is not None


def test_finalizers_are_waited_for() -> None:
    (change,) = reconcile_owned(hold(owned("ConfigMap", "a", finalizers=["shop/audit"]), ConfigMap), set(), NOW).changes

    assert isinstance(change, Put)
    assert ConfigMap.of(change.raw).metadata.deletion_timestamp == NOW


def test_what_is_leaving_already_is_left_alone() -> None:
    raw = {**owned("ReplicaSet", "a", deletionTimestamp="2026-01-01T12:00:00Z"), "spec": {"selector": {}}}

    assert not reconcile_owned(hold(raw, ReplicaSet), set(), NOW).changes
