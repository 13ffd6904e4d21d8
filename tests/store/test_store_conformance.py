"""What every store promises its readers and writers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from airside.resources.keys import ObjectKey
from airside.store import Conflict, Delete, Exists, Expired, Missing, Put, Store, StoreEvent, Unavailable, Watch


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite")
    yield opened
    await opened.close()


def key(name: str, namespace: str = "default", kind: str = "Pod") -> ObjectKey:
    return ObjectKey("", kind, namespace, name)


def put(name: str, colour: str = "red", expected: int | None = None, kind: str = "Pod", namespace: str = "default") -> Put:
    raw: dict[str, object] = {"metadata": {"name": name, "namespace": namespace}, "colour": colour}
    return Put(key(name, namespace, kind), raw, expected)


async def take(watch: Watch, count: int) -> list[StoreEvent]:
    return [await anext(watch) for _ in range(count)]


async def test_a_written_object_is_read_back_with_its_revision_in_it(store: Store) -> None:
    (stored,) = await store.write([put("a")])

    assert store.get(key("a")) == stored
    assert stored.raw["metadata"] == {"name": "a", "namespace": "default", "resourceVersion": str(stored.revision)}
    assert store.revision == stored.revision == 1


async def test_revisions_rise_over_all_kinds(store: Store) -> None:
    revisions = [(await store.write([put("a", kind=kind)]))[0].revision for kind in ("Pod", "Service", "Secret")]

    assert revisions == [1, 2, 3]


async def test_a_write_that_changes_nothing_keeps_the_revision(store: Store) -> None:
    (first,) = await store.write([put("a")])
    (again,) = await store.write([Put(key("a"), first.raw, first.revision)])

    assert again == first
    assert store.revision == 1


async def test_creating_twice_is_refused(store: Store) -> None:
    await store.write([put("a", expected=0)])

    with pytest.raises(Exists, match="Pod/default/a already exists"):
        await store.write([put("a", "blue", expected=0)])


async def test_writing_over_an_unseen_change_is_refused(store: Store) -> None:
    (first,) = await store.write([put("a")])
    await store.write([put("a", "blue")])

    with pytest.raises(Conflict, match="is at revision 2, the write expected 1"):
        await store.write([put("a", "green", expected=first.revision)])
    with pytest.raises(Conflict):
        await store.write([Delete(key("a"), first.revision)])


async def test_deleting_what_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(Missing):
        await store.write([Delete(key("a"))])
    with pytest.raises(Missing):
        await store.write([put("a", expected=7)])


async def test_a_refused_change_takes_the_whole_write_with_it(store: Store) -> None:
    with pytest.raises(Missing):
        await store.write([put("a"), put("b"), Delete(key("c"))])

    assert store.list("", "Pod") == ([], 0)


async def test_a_refused_write_leaves_its_neighbours_in_the_batch_alone(store: Store) -> None:
    outcomes = await asyncio.gather(
        store.write([put("a", expected=0)]),
        store.write([put("b"), put("a", "blue", expected=0)]),
        store.write([put("c")]),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [list, Exists, list]
    assert [stored.key.name for stored in store.list("", "Pod")[0]] == ["a", "c"]


async def test_lists_are_in_the_order_of_namespace_and_name(store: Store) -> None:
    await store.write([put("b"), put("a", namespace="zoo"), put("c", namespace="apron"), put("a")])

    assert [(stored.key.namespace, stored.key.name) for stored in store.list("", "Pod")[0]] == [
        ("apron", "c"),
        ("default", "a"),
        ("default", "b"),
        ("zoo", "a"),
    ]
    assert [stored.key.name for stored in store.list("", "Pod", "default")[0]] == ["a", "b"]
    assert store.list("", "Pod", "defaul")[0] == []


async def test_a_watch_replays_then_follows(store: Store) -> None:
    await store.write([put("a")])
    watch = store.watch(0, "", "Pod")
    await store.write([put("a", "blue"), put("x", kind="Service"), Delete(key("a"))])

    events = await take(watch, 3)

    assert [(event.type, event.revision, event.object.raw["colour"]) for event in events] == [
        ("ADDED", 1, "red"),
        ("MODIFIED", 2, "blue"),
        ("DELETED", 4, "blue"),
    ]
    assert [event.previous and event.previous.revision for event in events] == [None, 1, 2]


async def test_a_waiting_watch_is_woken_by_a_write_of_its_kind_only(store: Store) -> None:
    watch, waiting = store.watch(0, "", "Pod"), asyncio.Event()

    async def follow() -> list[StoreEvent]:
        waiting.set()
        return await watch.batch()

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow())
        await waiting.wait()
        await store.write([put("x", kind="Service")])
        assert not following.done()
        await store.write([put("a"), put("b")])

    assert [event.object.key.name for event in following.result()] == ["a", "b"]


async def test_an_atomic_write_is_seen_at_once_or_not_at_all(store: Store) -> None:
    watch = store.watch(0)
    await store.write([put("a"), put("b", kind="Service"), put("c")])

    assert [event.revision for event in await watch.batch()] == [1, 2, 3]


async def test_watches_end_when_the_store_closes(store: Store) -> None:
    watch = store.watch(0)

    async def follow() -> list[StoreEvent]:
        return [event async for event in watch]

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow())
        await asyncio.sleep(0)
        await store.close()

    assert following.result() == []


async def test_a_closed_store_refuses_writes(store: Store) -> None:
    await store.close()

    with pytest.raises(Unavailable, match="closed"):
        await store.write([put("a")])


async def test_a_writer_that_gives_up_does_not_disturb_the_others(store: Store) -> None:
    async with asyncio.TaskGroup() as tasks:
        first, second, third = (tasks.create_task(store.write([put(name)])) for name in "abc")
        await asyncio.sleep(0)
        second.cancel()

    assert first.result()[0].key.name == "a"
    assert third.result()[0].key.name == "c"


async def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "again.sqlite")
    await store.write([put("a"), put("b")])
    await store.write([put("a", "blue"), Delete(key("b"))])
    before = await store.watch(0).batch()
    await store.close()

    again = Store.open(tmp_path / "again.sqlite")

    assert again.revision == 4
    assert [stored.raw["colour"] for stored in again.list("", "Pod")[0]] == ["blue"]
    assert await again.watch(0).batch() == before
    assert await again.watch(2).batch() == before[2:]
    await again.close()


async def test_a_revision_is_never_given_twice_even_when_the_last_was_a_deletion(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "last.sqlite", keep=1)
    await store.write([put("a"), put("b"), Delete(key("a")), Delete(key("b"))])
    await store.close()

    again = Store.open(tmp_path / "last.sqlite", keep=1)

    assert again.revision == 4
    assert (await again.write([put("a")]))[0].revision == 5
    await again.close()


async def test_a_compacted_past_is_expired_and_the_present_whole(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "compact.sqlite", keep=5)
    await store.write([put("old")])
    behind = store.watch(0, "", "Pod")
    for number in range(20):
        await store.write([put("a", str(number))])

    assert store.horizon > 0
    with pytest.raises(Expired, match="revision 0 is too old"):
        store.watch(0)
    with pytest.raises(Expired):
        await behind.batch()
    assert len(await store.watch(store.revision - 5).batch()) == 5
    await store.close()
    again = Store.open(tmp_path / "compact.sqlite", keep=5)
    assert [stored.key.name for stored in again.list("", "Pod")[0]] == ["a", "old"]
    await again.close()


async def test_an_idle_watch_does_not_expire_by_its_neighbours_traffic(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "idle.sqlite", keep=5)
    watch = store.watch(0, "", "Service")
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(watch.batch())
        for number in range(30):
            await store.write([put("a", str(number))])
        await store.write([put("late", kind="Service")])

    assert [event.object.key.name for event in following.result()] == ["late"]
    await store.close()


async def test_a_second_process_on_the_file_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="another control plane"):
        Store.open(tmp_path / "store.sqlite")


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(tmp_path / "later.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(Unavailable, match="format 99"):
        Store.open(tmp_path / "later.sqlite")
