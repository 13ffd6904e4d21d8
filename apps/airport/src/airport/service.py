"""What all services share: status line, probes, errors as JSON, a log line a request, tracing headers.

A service is a value: its title, its routes, what it waits for before it is ready, what runs as long as it does.
`build_app` makes an ASGI application of it; `airport.serve` puts that on a port.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from time import perf_counter

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from airport import tracing
from airport.documents import Invalid
from airport.fault import FaultSwitch
from airport.logs import log

LIVENESS = ("/healthz", "/livenessProbe")
READINESS = ("/readyz", "/readinessProbe")
PROBES = frozenset(LIVENESS + READINESS)


async def always_ready() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the airport."""

    title: str
    version: str
    routes: Sequence[BaseRoute]
    # Why it cannot serve yet or just now; empty when it can.
    unready: Callable[[], Awaitable[str]] = always_ready
    # What is open as long as the service runs: clients, threads, streams.
    running: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
    # Called when the service is asked to end, while requests are still being finished.
    stopping: Callable[[], object] = lambda: None
    errors: tuple[tuple[type[Exception], ExceptionHandler], ...] = ()
    fault_switch: bool = False


def build_app(service: Service) -> Starlette:
    """The service as an ASGI application."""

    async def status(_: Request) -> Response:
        return PlainTextResponse(f"{service.title} {service.version} : Online")

    async def live(_: Request) -> Response:
        return PlainTextResponse("live")

    async def ready(_: Request) -> Response:
        reason = await service.unready()
        return PlainTextResponse(reason or "ready", 503 if reason else 200)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with service.running():
            yield

    routes: list[BaseRoute] = [Route("/status", status)]
    routes += [Route(path, live) for path in LIVENESS] + [Route(path, ready) for path in READINESS]
    middleware = [Middleware(_Observed)]
    if service.fault_switch:
        switch = FaultSwitch()
        routes.append(switch.route)
        middleware.append(Middleware(switch.before, untouched=PROBES | {"/fault"}))
    return Starlette(
        routes=routes + list(service.routes),
        middleware=middleware,
        lifespan=lifespan,
        exception_handlers={Invalid: _show_invalid, **dict(service.errors)},
    )


def show_error(status: int, reason: str) -> JSONResponse:
    """An error as every service says it."""
    return JSONResponse({"error": reason}, status)


async def _show_invalid(_: Request, error: Exception) -> Response:
    return show_error(400, str(error))


class _Observed:
    """Takes the tracing headers of each request, and logs a line when it is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            return await self.app(scope, receive, send)
        tracing.remember(scope["headers"])
        began, status = perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            taken = round((perf_counter() - began) * 1000, 1)
            fields = {"method": scope["method"], "path": scope["path"], "status": status, "ms": taken}
            log.info("%s %s %s", scope["method"], scope["path"], status, extra={"fields": fields})
