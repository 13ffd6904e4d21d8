"""The controllers over a real store: what is written by a user, an agent and the controllers meets there."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from controllers_world import NOW, deployment, namespace

from airside.controllers.held import Birth, part
from airside.controllers.run import Controllers, random_suffix
from airside.resources.keys import ObjectKey
from airside.resources.pod import Pod
from airside.store import Delete, Put, Store

Raw = dict[str, object]
DEPLOYMENT = ObjectKey("apps", "Deployment", "default", "web")
SERVICE = ObjectKey("", "Service", "default", "web")
NAMESPACE = ObjectKey("", "Namespace", "", "default")


def service() -> Raw:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default", "uid": "s-1"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http", "targetPort": 8080, "protocol": "TCP"}]},
    }


@asynccontextmanager
async def controllers(store: Store) -> AsyncIterator[None]:
    numbers = itertools.count(1)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(Controllers(store, lambda: Birth(NOW, lambda: f"u-{next(numbers)}", random_suffix)).run())
        yield
        running.cancel()


async def until(store: Store, holds: Callable[[], bool]) -> None:
    """Wait for the store's events, not for time."""
    async with asyncio.timeout(10):
        watch = store.watch(store.revision)
        while not holds():
            await watch.batch()


def pods(store: Store) -> list[Pod]:
    return [Pod.of(stored.raw) for stored in store.list("", "Pod", "default")[0]]


async def serve_all(store: Store) -> None:
    """What an agent does: new pods get ready, leaving ones go."""
    for stored in store.list("", "Pod", "default")[0]:
        pod = Pod.of(stored.raw)
        if pod.metadata.deletion_timestamp is not None:
            await store.write([Delete(stored.key)])
        elif not pod.ready:
            ip = f"127.20.0.{int(pod.metadata.uid.removeprefix('u-')) % 250 + 1}"
            status = {"phase": "Running", "podIP": ip, "conditions": [{"type": "Ready", "status": "True"}]}
            await store.write([Put(stored.key, {**stored.raw, "status": status})])


def status(store: Store) -> Raw:
    found = store.get(DEPLOYMENT)
    return part(found.raw, "status") if found is not None else {}


def endpoints(store: Store) -> list[object]:
    return [
        endpoint["addresses"][0]
        for stored in store.list("discovery.k8s.io", "EndpointSlice", "default")[0]
        for endpoint in stored.raw["endpoints"]  # type: ignore[attr-defined]
        if endpoint["conditions"]["ready"]
    ]


async def test_a_deployment_becomes_ready_pods_behind_its_service(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.sqlite")
    async with controllers(store):
        await store.write(
            [Put(NAMESPACE, namespace(**{"istio-injection": "enabled"})), Put(DEPLOYMENT, deployment(2)), Put(SERVICE, service())]
        )
        await until(store, lambda: len(pods(store)) == 2)
        assert all([each.name for each in pod.spec.containers] == ["web", "istio-proxy"] for pod in pods(store))
        await serve_all(store)
        await until(store, lambda: len(endpoints(store)) == 2 and status(store).get("availableReplicas") == 2)
    await store.close()


async def test_deleting_a_deployment_takes_its_sets_and_pods_along(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.sqlite")
    async with controllers(store):
        await store.write([Put(NAMESPACE, namespace()), Put(DEPLOYMENT, deployment(2)), Put(SERVICE, service())])
        await until(store, lambda: len(pods(store)) == 2)
        await store.write([Delete(DEPLOYMENT), Delete(SERVICE)])
        await until(store, lambda: all(pod.metadata.deletion_timestamp is not None for pod in pods(store)))
        await until(store, lambda: not store.list("apps", "ReplicaSet")[0] and not store.list("discovery.k8s.io", "EndpointSlice")[0])
    await store.close()


async def test_what_was_left_undone_is_done_after_a_restart(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.sqlite")
    async with controllers(store):
        await store.write([Put(NAMESPACE, namespace()), Put(DEPLOYMENT, deployment(2))])
        await until(store, lambda: len(pods(store)) == 2)
    first = store.list("apps", "ReplicaSet", "default")[0][0]
    await store.write([Delete(DEPLOYMENT)])  # while no controller looks
    async with controllers(store):
        await until(store, lambda: store.get(first.key) is None)
        await until(store, lambda: all(pod.metadata.deletion_timestamp is not None for pod in pods(store)))
    await store.close()


async def test_a_pod_that_is_deleted_is_replaced_and_an_endpoint_slice_too(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.sqlite")
    async with controllers(store):
        await store.write([Put(NAMESPACE, namespace()), Put(DEPLOYMENT, deployment(1)), Put(SERVICE, service())])
        await until(store, lambda: len(pods(store)) == 1 and bool(store.list("discovery.k8s.io", "EndpointSlice")[0]))
        first = pods(store)[0]
        slice_key = store.list("discovery.k8s.io", "EndpointSlice")[0][0].key
        await store.write([Delete(first.key), Delete(slice_key)])
        await until(store, lambda: len(pods(store)) == 1 and pods(store)[0].metadata.uid != first.metadata.uid)
        await until(store, lambda: store.get(slice_key) is not None)
    await store.close()


async def test_every_namespace_has_a_default_account_and_the_machine_its_node(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.sqlite")
    async with controllers(store):
        await store.write([Put(NAMESPACE, namespace())])
        account = ObjectKey("", "ServiceAccount", "default", "default")
        await until(store, lambda: store.get(account) is not None)
        await store.write([Delete(account)])
        await until(store, lambda: store.get(account) is not None)
        assert store.get(ObjectKey("", "Node", "", "airside")) is not None
    await store.close()


async def test_a_bare_pod_is_bound_to_the_node(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.sqlite")
    key = ObjectKey("", "Pod", "default", "lone")
    raw = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lone", "namespace": "default"}, "spec": {"containers": [{"name": "a"}]}}
    async with controllers(store):
        await store.write([Put(key, raw)])
        await until(store, lambda: pods(store)[0].spec.node_name == "airside")
    await store.close()
