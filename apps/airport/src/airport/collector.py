"""Collector: has every frame analysed and compared with the persons of interest, and files what comes out.

The two looks happen at once and each is filed on its own, so that what fails on one side loses nothing of the other;
the answer says what was stored and what failed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airport.calls import Failure, open_client, post
from airport.documents import Document, Invalid, parse_document, parse_list, parse_whole
from airport.environment import Environment
from airport.frame import Frame, parse_frame
from airport.relay import METHODS, relay
from airport.serve import serve
from airport.service import Service


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the others are."""

    image_analysis: str
    face_recognition: str
    section_template: str
    alerts: str
    cpanel: str

    def section(self, number: int) -> str:
        return self.section_template.replace("{id}", str(number))


@dataclass(slots=True)
class Report:
    """What became of a frame, or of a pushed result."""

    stored: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    results: dict[str, object] = field(default_factory=dict)

    def note(self, to: str, outcome: httpx.Response | Failure) -> None:
        if isinstance(outcome, Failure):
            self.failed.append(outcome)
        else:
            self.stored.append(to)

    def answer(self) -> Response:
        """200: all done; 207: some of it; 502: none."""
        status = 200 if not self.failed else 207 if self.stored or self.results else 502
        failed = [failure.document() for failure in self.failed]
        return JSONResponse({**self.results, "stored": self.stored, "failed": failed}, status)


class Collector:
    """Takes frames and results, and passes them on."""

    def __init__(self, client: httpx.AsyncClient, addresses: Addresses) -> None:
        self.client = client
        self.at = addresses

    async def frame(self, request: Request) -> Response:
        frame = parse_frame(await request.body())
        report = Report()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._analyse(frame, report))
            group.create_task(self._recognise(frame, report))
        if frame.destination and report.results:
            result = {**frame.origin(), **report.results}
            report.note(frame.destination, await post(self.client, frame.destination, frame.destination, result))
        return report.answer()

    async def persons(self, request: Request) -> Response:
        document = _parse_result(await request.body())
        parse_list(document, "persons")
        report = Report()
        await self._file_persons(document, "", report)
        return report.answer()

    async def known_persons(self, request: Request) -> Response:
        document = _parse_result(await request.body())
        parse_list(document, "known-persons")
        report = Report()
        await self._file_known_persons(document, "", report)
        return report.answer()

    async def section(self, request: Request) -> Response:
        number = request.path_params["number"]
        return await relay(request, self.client, self.at.section(number), f"/sections/{number}")

    async def _analyse(self, frame: Frame, report: Report) -> None:
        document = await self._look("image-analysis", self.at.image_analysis, frame, report)
        if document is not None:
            report.results["persons"] = document.get("persons", [])
            if not frame.destination:
                await self._file_persons(document, frame.image, report)

    async def _recognise(self, frame: Frame, report: Report) -> None:
        document = await self._look("face-recognition", self.at.face_recognition, frame, report)
        if document is not None:
            report.results["known-persons"] = document.get("known-persons", [])
            if not frame.destination and document.get("known-persons"):
                await self._file_known_persons(document, frame.image, report)

    async def _look(self, to: str, url: str, frame: Frame, report: Report) -> Document | None:
        """What a service saw in a frame: nothing in particular is an empty document, a failure is noted and None."""
        document = {name: value for name, value in frame.document().items() if name != "destination"}
        outcome = await post(self.client, to, f"{url}/frame", document)
        if isinstance(outcome, httpx.Response):
            if outcome.status_code == 204:
                return {}
            try:
                return _parse_result(outcome.content)
            except Invalid as error:
                outcome = Failure(to, outcome.status_code, str(error))
        report.failed.append(outcome)
        return None

    async def _file_persons(self, document: Document, image: str, report: Report) -> None:
        number = parse_whole(document, "section")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._file(f"section-{number}/persons", f"{self.at.section(number)}/persons", document, report))
            group.create_task(self._file("cpanel/analysis", f"{self.at.cpanel}/analysis", _with(document, image), report))

    async def _file_known_persons(self, document: Document, image: str, report: Report) -> None:
        shown = _with(document, image)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._file("alerts/alerts", f"{self.at.alerts}/alerts", shown, report))
            group.create_task(self._file("cpanel/alert", f"{self.at.cpanel}/alert", shown, report))

    async def _file(self, to: str, url: str, document: Document, report: Report) -> None:
        report.note(to, await post(self.client, to, url, document))


def build(env: Environment, client: httpx.AsyncClient) -> Service:
    collector = Collector(
        client,
        Addresses(
            image_analysis=env.text("IMAGE_ANALYSIS_URL", "http://image-analysis:8080"),
            face_recognition=env.text("FACE_RECOGNITION_URL", "http://face-recognition:8080"),
            section_template=env.text("SECTION_URL_TEMPLATE", "http://section-{id}:8080"),
            alerts=env.text("ALERTS_URL", "http://alerts:8080"),
            cpanel=env.text("CPANEL_URL", "http://cpanel:8080"),
        ),
    )
    return Service(
        title="Collector",
        version=env.text("VERSION", "v1"),
        routes=[
            Route("/frame", collector.frame, methods=["POST"]),
            Route("/persons", collector.persons, methods=["POST"]),
            Route("/known-persons", collector.known_persons, methods=["POST"]),
            Route("/sections/{number:int}", collector.section, methods=list(METHODS)),
            Route("/sections/{number:int}/{rest:path}", collector.section, methods=list(METHODS)),
        ],
        running=lambda: client,
    )


def _parse_result(body: bytes) -> Document:
    """What a look at a frame gave: it names its section, and whom it saw in one list or both."""
    document = parse_document(body)
    parse_whole(document, "section")
    for name in ("persons", "known-persons"):
        if name in document:
            parse_list(document, name)
    return document


def _with(document: Document, image: str) -> Document:
    return {**document, "image": image} if image else document


if __name__ == "__main__":
    serve(lambda env: build(env, open_client()))
