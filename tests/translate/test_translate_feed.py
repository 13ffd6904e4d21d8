"""The feed over a real store: what is served follows what is stored, also when more happened than the log keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml
from translate_meshes import documents, endpoints, key_of, pod, service

from airside.resources.keys import ObjectKey
from airside.store import Delete, Expired, Put, Store
from airside.translate.translator import Translator
from airside.translate.watch import Feed
from airside.xds.resource import Update

KEPT = 20
SECRET = Put(ObjectKey("", "Secret", "default", "s"), {"metadata": {"name": "s", "namespace": "default"}})


def puts(text: str) -> list[Put]:
    return [Put(key_of(raw), raw) for raw in yaml.safe_load_all(text) if raw is not None]


def part(name: str, ip: str) -> str:
    return documents(service(name), pod(f"{name}-a", ip, app=name), endpoints(name, {f"{name}-a": ip}))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite", KEPT)
    await opened.write(puts(part("web", "127.9.0.2")))
    yield opened
    await opened.close()


class Served:
    """What a server that is told all updates serves, and up to which revision."""

    def __init__(self) -> None:
        self.revision = 0
        self.names: set[str] = set()
        self.updates = 0

    def take(self, update: Update) -> None:
        self.revision = update.revision
        self.updates += 1
        for table in update.tables.values():
            self.names |= {name for name, resource in table.items() if resource is not None}
            self.names -= {name for name, resource in table.items() if resource is None}

    def serves(self, *services: str) -> bool:
        clusters = {name.split("|")[3].split(".")[0] for name in self.names if name.startswith("outbound|")}
        return clusters == set(services)


@asynccontextmanager
async def fed(store: Store) -> AsyncIterator[tuple[Feed, Served]]:
    served = Served()
    feed = Feed(store, Translator(), served.take)
    since = feed.begin()
    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        running = group.create_task(feed.run(since))
        yield feed, served
        running.cancel()


async def write(store: Store, changes: Iterable[Put | Delete]) -> int:
    return max((await store.write(list(changes)))[-1].revision, store.revision)


async def test_what_is_stored_at_the_start_is_served_at_once(store: Store) -> None:
    async with fed(store) as (_, served):
        assert served.serves("web")
        assert served.revision == store.revision


async def test_a_change_and_a_deletion_are_followed(store: Store) -> None:
    async with fed(store) as (feed, served):
        await feed.reached(await write(store, puts(part("other", "127.9.0.3"))))
        assert served.serves("web", "other")

        await feed.reached(await write(store, [Delete(each.key) for each in puts(part("web", "127.9.0.2"))]))
        assert served.serves("other")


async def test_a_change_that_concerns_no_proxy_is_told_by_its_revision_alone(store: Store) -> None:
    async with fed(store) as (feed, served):
        before = set(served.names)
        revision = await write(store, [SECRET])
        await feed.reached(revision)

        assert (served.revision, served.names) == (revision, before)


async def test_writes_that_come_together_are_one_update(store: Store) -> None:
    async with fed(store) as (feed, served):
        before = served.updates
        await feed.reached(await write(store, puts(part("a", "127.9.0.4") + "---\n" + part("b", "127.9.0.5"))))

        assert served.updates == before + 1


async def test_more_than_the_log_keeps_is_caught_up_with_and_what_went_meanwhile_goes(store: Store) -> None:
    served = Served()
    feed = Feed(store, Translator(), served.take)
    since = feed.begin()
    await write(store, [Delete(each.key) for each in puts(part("web", "127.9.0.2"))])
    await write(store, puts(part("late", "127.9.0.6")))
    for number in range(2 * KEPT):
        await store.write([Put(SECRET.key, {**SECRET.raw, "number": number})])
    with pytest.raises(Expired):
        store.watch(since)

    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        running = group.create_task(feed.run(since))
        await feed.reached(store.revision)
        assert served.serves("late")
        running.cancel()


async def test_it_ends_when_the_store_closes(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "other.sqlite")
    feed = Feed(store, Translator(), Served().take)
    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        group.create_task(feed.run(feed.begin()))
        await store.close()
