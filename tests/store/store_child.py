"""A process that writes as fast as it can and says which writes were acknowledged; the durability tests kill or starve it."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sys
from pathlib import Path

from airside.resources.keys import ObjectKey
from airside.store import Put, Store, Unavailable


def put(number: int, size: int = 0) -> Put:
    name = f"n{number}"
    return Put(ObjectKey("", "ConfigMap", "default", name), {"metadata": {"name": name}, "data": {"filling": "x" * size}}, expected=0)


async def write_on(store: Store, first: int) -> None:
    number = first
    while True:
        await store.write([put(number), put(number + 1)])
        print(number, number + 1, flush=True)
        number += 10


async def write_forever(path: Path) -> None:
    store = Store.open(path)
    async with asyncio.TaskGroup() as tasks:
        for first in range(0, 10, 2):
            tasks.create_task(write_on(store, first))


async def fill(path: Path) -> None:
    """Write until the disk is full, read, make room, and write again."""
    store = Store.open(path)
    await store.write([put(0)])
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, unlimited[1]))
    written = 0
    with contextlib.suppress(Unavailable):
        while True:
            await store.write([put(written + 1, 100_000), put(-written - 1)])
            written += 1
    refused = await asyncio.gather(*(store.write([put(1000 + n, 100_000)]) for n in range(3)), return_exceptions=True)
    print("refused", [type(outcome).__name__ for outcome in refused], flush=True)
    print("readable", len(store.list("", "ConfigMap")[0]) == 1 + 2 * written, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    await store.write([put(5000)])
    await store.close()
    again = Store.open(path)
    print("kept", len(again.list("", "ConfigMap")[0]) == 2 + 2 * written, again.revision == 2 + 2 * written, flush=True)
    await again.close()


if __name__ == "__main__":
    asyncio.run({"write": write_forever, "fill": fill}[sys.argv[1]](Path(sys.argv[2])))
