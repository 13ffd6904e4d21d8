"""Face recognition: which persons of interest are in a frame. Who they are is configuration (`GALLERY`, a directory)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airport.calls import open_client
from airport.environment import Environment
from airport.looking import Eyes, Look, answer, read_picture
from airport.serve import serve
from airport.service import Service


def build(env: Environment, client: httpx.AsyncClient) -> Service:
    eyes = Eyes(lambda: _load(env.text("GALLERY")))

    async def recognise(request: Request) -> Response:
        given = await read_picture(request)
        names = await eyes.look(given.jpeg)
        if not names:
            return Response(status_code=204)
        return await answer(given.origin | {"known-persons": [{"name": name} for name in names]}, given, client)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with client, eyes.open():
            yield

    return Service(
        title="Face Recognition",
        version=env.text("VERSION", "v1"),
        routes=[Route("/frame", recognise, methods=["POST"])],
        unready=eyes.unready,
        running=running,
        fault_switch=env.switch("FAULT_SWITCH"),
    )


def _load(gallery: str) -> Look[list[str]]:
    # Here and not above: OpenCV is imported while the service already answers.
    from airport.vision.gallery import Gallery
    from airport.vision.recognise import Recogniser

    return Recogniser.load(Gallery.load(Path(gallery)) if gallery else None).names


if __name__ == "__main__":
    serve(lambda env: build(env, open_client()))
