"""Waiting for a file to grow: by inotify where there is one, otherwise by looking several times a second."""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_EVERY = 0.2
"""Seconds, where the system cannot tell."""
_MODIFY, _ATTRIB, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x4, 0x40, 0x80, 0x100, 0x200
_MASK = _MODIFY | _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE


class FolderWatch:
    """Something in a folder changed since the last look. Made by `watch_folder`."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self._changed = asyncio.Event()

    def note(self) -> None:
        assert self._descriptor is not None
        os.read(self._descriptor, 65536)
        self._changed.set()

    def wake(self) -> None:
        """As if something had changed."""
        self._changed.set()

    async def changed(self) -> None:
        if self._descriptor is None:
            await asyncio.sleep(LOOK_EVERY)
            return
        await self._changed.wait()
        self._changed.clear()


@contextmanager
def watch_folder(folder: Path) -> Iterator[FolderWatch]:
    descriptor = _open_inotify(folder)
    watch = FolderWatch(descriptor)
    if descriptor is None:
        yield watch
        return
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, watch.note)
    try:
        yield watch
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _open_inotify(folder: Path) -> int | None:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        return None
    descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        return None  # too many watches on this machine already
    if libc.inotify_add_watch(descriptor, os.fsencode(folder), _MASK) < 0:
        os.close(descriptor)
        return None
    return descriptor
