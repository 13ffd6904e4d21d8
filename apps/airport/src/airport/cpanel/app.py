"""The panel's HTTP side: pages, the latest analysis and alert, the cameras and their switch, and the relay to each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from airport.cpanel.cameras import BUILT_IN, Cameras
from airport.cpanel.latest import Board, Kind, parse_latest
from airport.cpanel.page import Page
from airport.database import DATABASE_ERRORS, Database, database_url
from airport.documents import Invalid, parse_choice, parse_document
from airport.environment import BadSetting, Environment
from airport.relay import METHODS, relay
from airport.service import Service, show_error

_STATIC = Path(__file__).parent / "static"


class Panel:
    """Answers for the control panel."""

    def __init__(self, board: Board, cameras: Cameras, page: Page, client: httpx.AsyncClient) -> None:
        self.board = board
        self.cameras = cameras
        self.page = page
        self.client = client

    async def show(self, _: Request) -> Response:
        return HTMLResponse(self.page.draw(await self.board.read()), headers={"cache-control": "no-cache"})

    async def blocks(self, request: Request) -> Response:
        """The two blocks of the page as any version shows them: a page must not change its looks with who answers it."""
        latest = await self.board.read()
        photos = request.query_params.get("photos") == "on"
        tag = "-".join([str(photos), *(found.tag for _, found in sorted(latest.items()))])
        if unchanged := _unchanged(request, tag):
            return unchanged
        return HTMLResponse(self.page.draw_blocks(latest, photos), headers=_tagged(tag))

    async def read_analysis(self, request: Request) -> Response:
        return await self._read(request, "analysis")

    async def read_alert(self, request: Request) -> Response:
        return await self._read(request, "alert")

    async def post_analysis(self, request: Request) -> Response:
        return await self._post(request, "analysis")

    async def post_alert(self, request: Request) -> Response:
        return await self._post(request, "alert")

    async def show_config(self, _: Request) -> Response:
        return JSONResponse(self.cameras.document())

    async def read_config(self, _: Request) -> Response:
        try:
            self.cameras.read()
        except (Invalid, OSError) as error:
            return show_error(500, f"{self.cameras.file}: {error}; the cameras are as before")
        return JSONResponse(self.cameras.document())

    async def production(self, request: Request) -> Response:
        toggle = parse_choice(request.query_params.get("toggle", ""), ("on", "off"), "toggle")
        status, document = await self.cameras.toggle(toggle == "on")
        if "text/html" in request.headers.get("accept", "") and request.method == "POST":
            # The page's own buttons, where its script does not run.
            return RedirectResponse("index", 303)
        return JSONResponse(document, status)

    async def camera(self, request: Request) -> Response:
        number = request.path_params["number"]
        camera = self.cameras.find(number)
        if camera is None:
            return show_error(404, f"no camera {number} in the configuration")
        return await relay(request, self.client, camera.url, f"/cameras/{number}")

    async def _read(self, request: Request, kind: Kind) -> Response:
        found = (await self.board.read()).get(kind)
        if found is None:
            return Response(status_code=204)
        return _unchanged(request, found.tag) or JSONResponse(found.document, headers=_tagged(found.tag))

    async def _post(self, request: Request, kind: Kind) -> Response:
        await self.board.hang(kind, parse_latest(kind, parse_document(await request.body())))
        return JSONResponse({"stored": kind}, 201)


def build(env: Environment, client: httpx.AsyncClient) -> Service:
    version = env.text("VERSION", "v1")
    database = Database(database_url(env, "cpanel"))
    destination = env.text("COLLECTOR_URL", "http://collector.default.svc.cluster.local:8080")
    cameras = Cameras(Path(env.text("CONFIG_FILE", str(BUILT_IN))), client, destination)
    try:
        cameras.read()
    except (Invalid, OSError) as error:
        raise BadSetting(f"CONFIG_FILE={cameras.file}: {error}") from error
    panel = Panel(Board(database), cameras, Page(version), client)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with client:
            yield
        database.close()

    return Service(
        title="CPanel",
        version=version,
        routes=[
            Route("/", panel.show),
            Route("/index", panel.show),
            Route("/blocks", panel.blocks),
            Route("/analysis", panel.read_analysis),
            Route("/analysis", panel.post_analysis, methods=["POST"]),
            Route("/alert", panel.read_alert),
            Route("/alert", panel.post_alert, methods=["POST"]),
            Route("/config", panel.show_config),
            Route("/config", panel.read_config, methods=["POST"]),
            Route("/production", panel.production, methods=["GET", "POST"]),
            Route("/cameras/{number:int}", panel.camera, methods=list(METHODS)),
            Route("/cameras/{number:int}/{rest:path}", panel.camera, methods=list(METHODS)),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        unready=database.problem,
        running=running,
        errors=DATABASE_ERRORS,
    )


def _tagged(tag: str) -> dict[str, str]:
    return {"etag": f'"{tag}"', "cache-control": "no-cache"}


def _unchanged(request: Request, tag: str) -> Response | None:
    return Response(status_code=304, headers=_tagged(tag)) if request.headers.get("if-none-match") == f'"{tag}"' else None
