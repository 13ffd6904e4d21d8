"""Whatever is written in whatever order, with restarts and compaction between: the store equals a dictionary, watches tell its story."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from airside.resources.keys import ObjectKey
from airside.store import Conflict, Delete, Exists, Missing, Put, Store

KEYS = [ObjectKey("", kind, namespace, name) for kind in ("Pod", "Service") for namespace in ("a", "a-b") for name in ("x", "y")]

puts = st.builds(
    lambda key, colour, fresh: Put(key, {"colour": colour}, 0 if fresh else None), st.sampled_from(KEYS), st.integers(0, 3), st.booleans()
)
deletes = st.builds(Delete, st.sampled_from(KEYS))
writes = st.lists(st.one_of(puts, deletes), min_size=1, max_size=4)
steps = st.lists(st.one_of(writes, st.just("restart"), st.lists(writes, min_size=2, max_size=4).map(tuple)), max_size=25)

Model = dict[ObjectKey, object]


def follow(model: Model, changes: list[Put | Delete]) -> Model | None:
    """The dictionary after the write; None when the store must refuse it."""
    draft = dict(model)
    for change in changes:
        if isinstance(change, Delete):
            if change.key not in draft:
                return None
            del draft[change.key]
        elif change.expected == 0 and change.key in draft:
            return None
        else:
            draft[change.key] = change.raw["colour"]
    return draft


async def write(store: Store, changes: list[Put | Delete]) -> bool:
    try:
        await store.write(changes)
    except (Exists, Missing, Conflict):
        return False
    return True


def content(store: Store) -> Model:
    return {stored.key: stored.raw["colour"] for kind in ("Pod", "Service") for stored in store.list("", kind)[0]}


async def replay(store: Store, start: Model, since: int) -> Model:
    """What a watcher that knew `start` makes of the events after `since`."""
    model = dict(start)
    if store.revision > since:
        for event in await store.watch(since).batch():
            assert (event.previous.raw["colour"] if event.previous else None) == model.get(event.object.key)
            if event.type == "DELETED":
                del model[event.object.key]
            else:
                model[event.object.key] = event.object.raw["colour"]
    return model


async def run(path: Path, story: list[object]) -> None:
    store, model = Store.open(path, keep=6), dict[ObjectKey, object]()
    known, at = dict(model), 0
    for step in story:
        if step == "restart":
            await store.close()
            store = Store.open(path, keep=6)
        else:
            batch = step if isinstance(step, tuple) else (step,)
            taken = await asyncio.gather(*(write(store, changes) for changes in batch))
            for changes, kept in zip(batch, taken, strict=True):
                after = follow(model, changes)
                assert kept == (after is not None)
                model = after if after is not None else model
        assert content(store) == model
        if at < store.horizon:
            known, at = content(store), store.revision
        elif store.revision - at > 3:
            known, at = await replay(store, known, at), store.revision
            assert known == model
        if at >= store.horizon:
            listed = {stored.key: stored.raw["colour"] for kind in ("Pod", "Service") for stored in store.list_at(at, "", kind)}
            assert listed == known
    await store.close()


@settings(max_examples=60, deadline=None)
@given(steps)
def test_any_story_of_writes_restarts_and_compaction_is_kept(story: list[object]) -> None:
    with tempfile.TemporaryDirectory(prefix="as-") as folder:
        asyncio.run(run(Path(folder) / "store.sqlite", story))
