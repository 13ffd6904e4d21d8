"""One stream of frames: one after the other, each sent when the one before was answered and the pause is over.

A frame that is refused, fails, or cannot be made is counted and the stream goes on. Whoever is slow slows it down and
does no more than that: never is more than one frame on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

import httpx

from airport.documents import Document, Invalid, parse_number, parse_whole
from airport.frame import Frame, parse_destination
from airport.logs import log

# After a failure at least this long a pause: whoever is away answers at once, and gets no storm for it.
_AFTER_FAILURE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """What a stream is to do."""

    destination: str
    max_frames: int | None = None  # None: until it is ended
    delay: float | None = None  # seconds between an answer and the next frame; None: as the camera is configured
    extra_info: object = None


def parse_order(document: Document) -> Order:
    destination = parse_destination(document)
    try:
        httpx.URL(destination)
    except httpx.InvalidURL as error:
        raise Invalid(f"destination: {error}") from error
    order = Order(
        destination=destination,
        max_frames=parse_whole(document, "max-frames") if document.get("max-frames") is not None else None,
        delay=parse_number(document, "delay") if document.get("delay") is not None else None,
        extra_info=document.get("extra-info"),
    )
    if order.max_frames is not None and order.max_frames < 1:
        raise Invalid(f"max-frames: expected 1 or more, got {order.max_frames}")
    return order


@dataclass(frozen=True, slots=True)
class Position:
    """Where a camera stands, and which way people go there."""

    section: int
    event: str


class Stream:
    """A stream and what it has done so far. `run` it once; cancelling ends it at any moment."""

    def __init__(self, order: Order, position: Position, period: float, pause: float) -> None:
        self.order = order
        self.position = position
        self.cycle = 0
        self.failed = 0
        self._period = period  # seconds from frame to frame, at least
        self._pause = pause if order.delay is None else order.delay
        self._began = monotonic()

    async def run(self, client: httpx.AsyncClient, make: Callable[[int], Awaitable[Frame]]) -> None:
        url = _frame_url(self.order.destination)
        while self.order.max_frames is None or self.cycle < self.order.max_frames:
            began = monotonic()
            making, self.cycle = make(self.cycle), self.cycle + 1
            sent = await self._send(client, url, making)
            if self.cycle != self.order.max_frames:
                pause = self._pause if sent else max(self._pause, _AFTER_FAILURE_SECONDS)
                await asyncio.sleep(max(pause, began + self._period - monotonic()))

    def report(self) -> str:
        seconds = round(monotonic() - self._began, 3)
        return f"Streamed {self.cycle} frame(s) in {seconds} seconds, with {self.failed} failed requests."

    async def _send(self, client: httpx.AsyncClient, url: httpx.URL, making: Awaitable[Frame]) -> bool:
        try:
            answer = await client.post(url, json=(await making).document())
        except (httpx.HTTPError, OSError, ValueError, RuntimeError) as error:
            reason = f"{type(error).__name__} {error}".strip()
        else:
            if answer.status_code < 400:
                return True
            reason = f"{answer.status_code} {answer.text[:200]}"
        self.failed += 1
        log.warning("a frame was not taken: %s", reason, extra={"fields": {"cycle": self.cycle, "failed": self.failed}})
        return False


def _frame_url(destination: str) -> httpx.URL:
    """Frames go to `/frame` of a service, or to exactly where the destination says, if it says a path."""
    url = httpx.URL(destination)
    return url.copy_with(path="/frame") if url.path in ("", "/") else url
