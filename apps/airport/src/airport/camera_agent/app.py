"""The camera's HTTP side: its configuration, its state, its stream on and off, a single frame."""

from __future__ import annotations

import asyncio
import base64
import contextvars
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airport.camera_agent.stream import Order, Position, Stream, parse_order
from airport.documents import EVENTS, Document, Invalid, parse_choice, parse_document, parse_event, parse_text, parse_whole, show_moment
from airport.environment import Environment
from airport.frame import Frame
from airport.logs import log
from airport.service import Service

# Draws the JPEG of a camera (by name) in a cycle.
Draw = Callable[[str, int], bytes]


@dataclass(frozen=True, slots=True)
class Config:
    """What a camera is told about itself."""

    section: int | None
    event: str | None
    name: str


class Camera:
    """One camera: at most one stream at a time; a new one takes the place of the old one."""

    def __init__(self, config: Config, fps: float, pause: float, client: httpx.AsyncClient, draw: Draw) -> None:
        self.config = config
        self.fps = fps
        self.pause = pause
        self.client = client
        self.draw = draw
        self._stream: Stream | None = None
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self.client:
            yield
            self.end()

    async def state(self, _: Request) -> Response:
        stream = self._stream
        return JSONResponse(
            {
                "streaming": stream is not None,
                "cycle": stream.cycle if stream else 0,
                "fps": int(self.fps) if self.fps == int(self.fps) else self.fps,
                "section": str(stream.position.section) if stream else None,
                "destination": stream.order.destination if stream else None,
                "event": stream.position.event if stream else None,
            }
        )

    async def show_config(self, _: Request) -> Response:
        return JSONResponse(asdict(self.config))

    async def configure(self, request: Request) -> Response:
        self.config = _parse_config(parse_document(await request.body()), self.config)
        return JSONResponse(asdict(self.config))

    async def toggle(self, request: Request) -> Response:
        if parse_choice(request.query_params.get("toggle", ""), ("on", "off"), "toggle") == "on":
            return await self._begin(parse_order(parse_document(await request.body())))
        ended = self.end()
        return _status(207, ended.report()) if ended else _status(200, "Not streaming.")

    async def frame(self, request: Request) -> Response:
        position = self._position()
        frame = await self._make(self._stream.cycle if self._stream else 0, position, None)
        if "image/jpeg" in request.headers.get("accept", ""):
            return Response(frame.jpeg(), media_type="image/jpeg")
        return JSONResponse(frame.document())

    def end(self) -> Stream | None:
        """End the stream, if there is one, wherever it is; what it was."""
        stream, task = self._stream, self._task
        self._stream = self._task = None
        if task is not None:
            task.cancel()
        return stream

    async def _begin(self, order: Order) -> Response:
        position = self._position()
        self.end()
        stream = Stream(order, position, 1 / self.fps if self.fps else 0.0, self.pause)
        # A context of its own: its calls have nothing to do with the request that begins it, nor with one another.
        task = asyncio.create_task(self._run(stream), context=contextvars.Context())
        self._stream, self._task = stream, task
        if order.max_frames is None:
            return _status(202, f"Streaming to {order.destination}.")
        await asyncio.wait({task})
        return _status(207, stream.report())

    async def _run(self, stream: Stream) -> None:
        try:
            await stream.run(self.client, lambda cycle: self._make(cycle, stream.position, stream.order.extra_info))
        except asyncio.CancelledError:
            log.info("the stream was ended: %s", stream.report())
            raise
        finally:
            if self._stream is stream:
                self._stream = self._task = None
        log.info("the stream is over: %s", stream.report())

    async def _make(self, cycle: int, position: Position, extra_info: object) -> Frame:
        moment = datetime.now(UTC)
        jpeg = await asyncio.to_thread(self.draw, self.config.name, cycle)
        image = base64.b64encode(jpeg).decode()
        return Frame(show_moment(moment), image, position.section, position.event, str(uuid4()), extra_info=extra_info)

    def _position(self) -> Position:
        if self.config.section is None or self.config.event is None:
            raise Invalid("this camera does not know where it stands: PUT /config with section and event first")
        return Position(self.config.section, self.config.event)


def build(env: Environment, client: httpx.AsyncClient, draw: Draw) -> Service:
    identity = env.text("CAMERA_ID")
    config = Config(
        section=env.whole("SECTION_ID") if env.text("SECTION_ID") else None,
        event=env.choice("POSITION", EVENTS) or None,
        name=env.text("CAMERA_NAME", f"camera-agent-{identity}" if identity else "camera-agent"),
    )
    camera = Camera(config, env.number("FPS"), env.number("FRAME_DELAY"), client, draw)
    return Service(
        title=f"Camera Agent {identity}".strip(),
        version=env.text("VERSION", "v1"),
        routes=[
            Route("/state", camera.state),
            Route("/config", camera.show_config),
            Route("/config", camera.configure, methods=["PUT"]),
            Route("/stream", camera.toggle, methods=["POST"]),
            Route("/frame", camera.frame),
        ],
        running=camera.open,
        stopping=camera.end,
    )


def _parse_config(document: Document, config: Config) -> Config:
    """The configuration with what the document names replaced."""
    if unknown := document.keys() - {"section", "event", "name"}:
        raise Invalid(f"{min(unknown)}: not known; expected section, event, name")
    if "section" in document:
        config = replace(config, section=parse_whole(document, "section"))
    if "event" in document:
        config = replace(config, event=parse_event(document))
    if "name" in document:
        config = replace(config, name=parse_text(document, "name"))
    return config


def _status(code: int, message: str) -> Response:
    return JSONResponse({"code": code, "type": "STATUS", "message": message}, code)
