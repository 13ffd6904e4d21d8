"""Looking at frames: what image-analysis and face-recognition share around their models.

A model is loaded and asked in one thread of its own, one frame after the other: it is not made for two at once, and
the service goes on answering probes meanwhile. Frames come as JSON, or as the bytes of a JPEG.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import uuid4

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from airport.calls import Failure, post
from airport.documents import Invalid, show_moment
from airport.frame import check_jpeg, parse_frame
from airport.logs import log
from airport.service import show_error

Seen = TypeVar("Seen")
Look = Callable[[bytes], Seen]


class Eyes(Generic[Seen]):
    """A model in a thread of its own, loaded as soon as the service runs."""

    def __init__(self, load: Callable[[], Look[Seen]]) -> None:
        self._load = load
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eyes")
        self._look: asyncio.Future[Look[Seen]] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self._look = asyncio.get_running_loop().run_in_executor(self._thread, self._load)
        self._look.add_done_callback(_log_loaded)
        yield
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def unready(self) -> str:
        if self._look is None or not self._look.done():
            return "the model is being loaded"
        error = self._look.exception()
        return f"the model could not be loaded: {error}" if error else ""

    async def look(self, jpeg: bytes) -> Seen:
        """What is on the picture. Raises Invalid where it is none."""
        assert self._look is not None, "asked before open()"
        look = await asyncio.shield(self._look)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, look, jpeg)
        except ValueError as error:
            raise Invalid(f"image: {error}") from error


@dataclass(frozen=True, slots=True)
class Given:
    """A picture to look at, what the answer says of it, and where else the answer goes."""

    jpeg: bytes
    origin: dict[str, object]
    destination: str


async def read_picture(request: Request) -> Given:
    """The picture in a request: a Frame, or a JPEG of which nothing else is known."""
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip() == "image/jpeg":
        check_jpeg(body, "body")
        known: dict[str, object] = {"timestamp": show_moment(datetime.now(UTC)), "section": None, "event": None, "frame_uuid": str(uuid4())}
        return Given(body, known, "")
    frame = parse_frame(body)
    return Given(frame.jpeg(), frame.origin(), frame.destination)


async def answer(result: dict[str, object], given: Given, client: httpx.AsyncClient) -> Response:
    """The result as an answer, pushed first to whoever else the frame names."""
    if given.destination:
        pushed = await post(client, given.destination, given.destination, result)
        if isinstance(pushed, Failure):
            return show_error(502, f"{pushed.to}: {pushed.status or ''} {pushed.reason}")
    return JSONResponse(result)


def _log_loaded(look: asyncio.Future[Look[Seen]]) -> None:
    if look.cancelled():
        return
    if error := look.exception():
        log.error("the model could not be loaded", exc_info=error)
    else:
        log.info("the model is loaded")
