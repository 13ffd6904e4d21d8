"""Image analysis: how many people are in a frame, of which gender and in which age bracket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airport.calls import open_client
from airport.environment import Environment
from airport.looking import Eyes, Look, answer, read_picture
from airport.serve import serve
from airport.service import Service


class Person(Protocol):
    """Somebody in a frame, as the models see them."""

    @property
    def age(self) -> str: ...
    @property
    def gender(self) -> str: ...


def build(env: Environment, client: httpx.AsyncClient) -> Service:
    eyes = Eyes(_load)

    async def analyse(request: Request) -> Response:
        given = await read_picture(request)
        persons = [{"age": person.age, "gender": person.gender} for person in await eyes.look(given.jpeg)]
        return await answer(given.origin | {"persons": persons}, given, client)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with client, eyes.open():
            yield

    return Service(
        title="Image Analysis",
        version=env.text("VERSION", "v1"),
        routes=[Route("/frame", analyse, methods=["POST"])],
        unready=eyes.unready,
        running=running,
        fault_switch=env.switch("FAULT_SWITCH"),
    )


def _load() -> Look[Sequence[Person]]:
    # Here and not above: OpenCV is imported while the service already answers.
    from airport.vision.analyse import Analyser

    return Analyser.load().persons


if __name__ == "__main__":
    serve(lambda env: build(env, open_client()))
