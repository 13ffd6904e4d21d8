"""What proxies refuse shows on the Istio objects it was made from, and on nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from controllers_world import NOW

from airside.controllers.conditions import Refusal
from airside.controllers.refusals.ledger import Ledger
from airside.controllers.refusals.run import Refusals
from airside.resources.keys import ObjectKey
from airside.store import Delete, Put, Store
from airside.xds.resource import ROUTES, ProxyId
from airside.xds.status import Recovery, Rejection

RULE = ObjectKey("networking.istio.io", "VirtualService", "default", "web")
OTHER = ObjectKey("networking.istio.io", "DestinationRule", "default", "web")
SERVICE = ObjectKey("", "Service", "default", "web")
POD = ObjectKey("", "Pod", "default", "web-1")
SLICE = ObjectKey("discovery.k8s.io", "EndpointSlice", "default", "web-1")
REJECTION = Rejection(ProxyId("a"), ROUTES, "http_proxy", "v1", 7, "bad regex", tuple(map(str, (SERVICE, POD, SLICE, RULE))))


def test_what_is_refused_is_told_of_istios_objects_alone() -> None:
    assert Ledger().hear(REJECTION) == {RULE}


def test_a_service_in_a_refused_route_table_has_done_nothing() -> None:
    assert Ledger().hear(replace(REJECTION, origins=(str(SERVICE), str(POD), str(SLICE)))) == frozenset()


def test_an_object_is_told_what_every_proxy_refuses_of_it() -> None:
    ledger = Ledger()
    ledger.hear(REJECTION)
    ledger.hear(replace(REJECTION, proxy=ProxyId("b")))

    assert ledger.against(RULE) == [Refusal(proxy, "http_proxy", "bad regex") for proxy in ("a", "b")]
    assert ledger.against(OTHER) == []


def test_a_newer_refusal_takes_the_place_of_the_one_before_and_concerns_both_their_objects() -> None:
    ledger = Ledger()
    ledger.hear(REJECTION)

    assert ledger.hear(replace(REJECTION, origins=(str(OTHER),), message="worse")) == {RULE, OTHER}
    assert ledger.against(RULE) == []
    assert ledger.against(OTHER) == [Refusal("a", "http_proxy", "worse")]


def test_a_recovery_takes_only_its_own_proxys_refusal_away() -> None:
    ledger = Ledger()
    ledger.hear(REJECTION)
    ledger.hear(replace(REJECTION, proxy=ProxyId("b")))

    assert ledger.hear(Recovery(REJECTION)) == {RULE}
    assert [each.proxy for each in ledger.against(RULE)] == ["b"]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite")
    await opened.write([Put(key, {"metadata": {"name": key.name, "namespace": "default"}}) for key in (RULE, SERVICE)])
    yield opened
    await opened.close()


@asynccontextmanager
async def hearing(store: Store) -> AsyncIterator[Refusals]:
    refusals = Refusals(store, lambda: NOW)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(refusals.run())
        yield refusals
        running.cancel()


async def until(store: Store, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        watch = store.watch(store.revision)
        while not holds():
            await watch.batch()


def reconciled(store: Store, key: ObjectKey = RULE) -> object:
    found = store.get(key)
    status = found.raw.get("status") if found is not None else None
    return status["conditions"][0]["status"] if isinstance(status, dict) else None


async def test_a_refusal_is_written_and_a_recovery_too(store: Store) -> None:
    async with hearing(store) as refusals:
        refusals.hear(REJECTION)
        await until(store, lambda: reconciled(store) == "False")
        refusals.hear(Recovery(REJECTION))
        await until(store, lambda: reconciled(store) == "True")

    assert reconciled(store, SERVICE) is None


async def test_an_object_that_is_gone_holds_nobody_up(store: Store) -> None:
    async with hearing(store) as refusals:
        await store.write([Delete(RULE)])
        await store.write([Put(OTHER, {"metadata": {"name": "web", "namespace": "default"}})])
        refusals.hear(replace(REJECTION, origins=(str(RULE), str(OTHER))))
        await until(store, lambda: reconciled(store, OTHER) == "False")

    assert store.get(RULE) is None


async def test_what_others_write_meanwhile_is_kept(store: Store) -> None:
    async with hearing(store) as refusals:
        before = store.get(RULE)
        assert before is not None
        refusals.hear(REJECTION)
        await store.write([Put(RULE, {**before.raw, "spec": {"hosts": ["web"]}})])
        await until(store, lambda: reconciled(store) == "False")

    after = store.get(RULE)
    assert after is not None
    assert after.raw["spec"] == {"hosts": ["web"]}
