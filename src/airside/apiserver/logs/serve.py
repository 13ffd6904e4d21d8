"""`GET .../pods/NAME/log`: the container's log file, and with `follow` what is added to it until the pod is gone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from airside.apiserver import status
from airside.apiserver.address import Address
from airside.apiserver.context import Context
from airside.apiserver.logs.request import LogRequest, parse_log_request, tail_of, warn_of_times
from airside.apiserver.logs.watch import FolderWatch, watch_folder
from airside.apiserver.metadata import text_of
from airside.apiserver.placement import placed_at
from airside.resources.keys import ObjectKey
from airside.store import Expired, Store

PIECE = 64 * 1024
MOST_TAILED = 64 * 1024 * 1024
"""Bytes from the end of a log in which the lines of `tailLines` are looked for."""


async def serve_log(request: Request, address: Address, store: Store, context: Context) -> Response:
    """Raises ApiError."""
    if request.method not in ("GET", "HEAD"):
        raise status.method_not_allowed()
    stored = store.get(address.key)
    if stored is None:
        raise status.not_found(address.kind, address.name)
    wanted = parse_log_request(stored.raw, request.query_params)
    if not placed_at(stored.raw):
        return Response(status_code=204)  # nothing runs anywhere, so there is nothing to say
    uid = text_of(stored.raw, "uid")
    home = context.home.pod(uid)
    path = home.previous_log(wanted.container) if wanted.previous else home.log(wanted.container)
    if not path.exists() and not (wanted.follow and home.root.is_dir()):
        which = "previous terminated container" if wanted.previous else "container"
        raise status.bad_request(f'{which} "{wanted.container}" in pod "{address.name}" has no log yet: it was not started')
    follows = wanted.follow and not wanted.previous
    answer: Response = (
        FollowedLog(_Reader(path, wanted.tail), store, address.key, uid)
        if follows
        else StreamingResponse(_whole(path, wanted), media_type="text/plain")
    )
    for text in warn_of_times(request.query_params):
        answer.headers.append("Warning", status.format_warning(text))
    return answer


async def _whole(path: Path, wanted: LogRequest) -> AsyncIterator[bytes]:
    left = wanted.limit
    with path.open("rb") as file:
        pieces = [_tail(path, wanted.tail)] if wanted.tail is not None else iter(lambda: file.read(PIECE), b"")
        for piece in pieces:
            yield piece if left is None else piece[:left]
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    return


def _tail(path: Path, lines: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_TAILED))
        return tail_of(file.read(), lines)


class FollowedLog(Response):
    """A log as it grows; ends when the pod is gone or the reader is."""

    media_type = "text/plain"

    def __init__(self, reader: _Reader, store: Store, pod: ObjectKey, uid: str) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._reader, self._store, self._pod, self._uid = reader, store, pod, uid

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with watch_folder(self._reader.path.parent) as folder:
            async with asyncio.TaskGroup() as tasks:
                gone = tasks.create_task(_until_gone(self._store, self._pod, self._uid, folder))
                left = tasks.create_task(_until_disconnected(receive))
                sent = tasks.create_task(self._send(send, folder, gone))
                await asyncio.wait((sent, left), return_when=asyncio.FIRST_COMPLETED)
                for task in (gone, left, sent):
                    task.cancel()

    async def _send(self, send: Send, folder: FolderWatch, gone: asyncio.Task[None]) -> None:
        over = False
        while not over:
            over = gone.done()  # looked at before reading, so that the last lines are not missed
            piece = self._reader.read()
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            elif not over:
                await folder.changed()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Reader:
    """Reads on where it stopped. A container that starts anew has a new file under the same name: that is read from its first byte."""

    def __init__(self, path: Path, tail: int | None) -> None:
        self.path = path
        self._tail = tail
        self._inode = self._position = 0

    def read(self) -> bytes:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return b""
        with file:
            found = os.fstat(file.fileno())
            if found.st_ino != self._inode or found.st_size < self._position:
                first, self._inode = self._inode == 0, found.st_ino
                self._position = 0
                if first and self._tail is not None:
                    self._position = max(0, found.st_size - MOST_TAILED)
                    file.seek(self._position)
                    content = file.read(found.st_size - self._position)
                    self._position += len(content)
                    return tail_of(content, self._tail)
            file.seek(self._position)
            content = file.read(PIECE)
            self._position += len(content)
            return content


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_gone(store: Store, pod: ObjectKey, uid: str, folder: FolderWatch) -> None:
    """Returns when the pod of that uid is there no more."""
    try:
        watch = store.watch(store.revision, pod.group, pod.kind)
        while True:
            stored = store.get(pod)
            if stored is None or text_of(stored.raw, "uid") != uid or not await watch.batch():
                return
    except Expired:
        return
    finally:
        folder.wake()
