"""Momentum: how many people are inside each section now, and how fast that changes.

Keeps nothing: it asks the sections. Inside is entries minus exits; the rate is their difference over the last `window`
seconds, in people per minute.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airport.calls import Failure, get, open_client
from airport.documents import EVENTS, Invalid, show_moment
from airport.environment import BadSetting, Environment
from airport.serve import serve
from airport.service import Service

_WINDOW_SECONDS = 60
_LONGEST_WINDOW_SECONDS = 7 * 24 * 60 * 60


class Momentum:
    """Asks the sections, and does the sums."""

    def __init__(self, client: httpx.AsyncClient, template: str, sections: tuple[int, ...]) -> None:
        self.client = client
        self.template = template
        self.sections = sections

    async def show(self, request: Request) -> Response:
        window = _parse_window(request.query_params.get("window", ""))
        sections = self._parse_sections(request)
        now = datetime.now(UTC)
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._section(section, window, now)) for section in sections]
        answers = [task.result() for task in asked]
        failed = all("failed" in answer for answer in answers)
        document = {"timestamp": show_moment(now), "window": window, "sections": answers}
        return JSONResponse(document, 502 if failed else 200)

    def _parse_sections(self, request: Request) -> tuple[int, ...]:
        wanted = request.query_params.get("section", "")
        if wanted and wanted not in map(str, self.sections):
            raise Invalid(f"section: expected one of {', '.join(map(str, self.sections))}, got {wanted[:80]}")
        return (int(wanted),) if wanted else self.sections

    async def _section(self, section: int, window: int, now: datetime) -> dict[str, object]:
        since = show_moment(now - timedelta(seconds=window))
        async with asyncio.TaskGroup() as group:
            ever = [group.create_task(self._count(section, event, {})) for event in EVENTS]
            lately = [group.create_task(self._count(section, event, {"from": since})) for event in EVENTS]
        counts: list[int] = []
        for task in ever + lately:
            count = task.result()
            if isinstance(count, Failure):
                return {"section": section, "failed": count.document()}
            counts.append(count)
        entries, exits, entered, left = counts
        rate = round((entered - left) * 60 / window, 2)
        return {"section": section, "inside": entries - exits, "rate": rate, "entries": entries, "exits": exits}

    async def _count(self, section: int, event: str, query: dict[str, str]) -> int | Failure:
        to = f"section-{section}"
        url = self.template.replace("{id}", str(section)) + "/persons"
        answer = await get(self.client, to, url, {"aggregate": "count", "section": str(section), "event": event} | query)
        if isinstance(answer, Failure):
            return answer
        try:
            return int(answer.json()["count"])
        except (ValueError, KeyError, TypeError):
            return Failure(to, answer.status_code, f"expected a count, got {answer.text[:200]}")


def build(env: Environment, client: httpx.AsyncClient) -> Service:
    listed = env.text("SECTIONS", "1")
    try:
        sections = tuple(int(section) for section in listed.split(","))
    except ValueError:
        raise BadSetting(f"SECTIONS={listed}: expected numbers with commas between them") from None
    momentum = Momentum(client, env.text("SECTION_URL_TEMPLATE", "http://section-{id}:8080"), sections)
    return Service(
        title="Momentum",
        version=env.text("VERSION", "v1"),
        routes=[Route("/", momentum.show), Route("/momentum", momentum.show)],
        running=lambda: client,
    )


def _parse_window(text: str) -> int:
    window = int(text) if text.isascii() and text.isdigit() else 0 if text else _WINDOW_SECONDS
    if not 0 < window <= _LONGEST_WINDOW_SECONDS:
        raise Invalid(f"window: expected seconds, 1 to {_LONGEST_WINDOW_SECONDS}, got {text[:80]}")
    return window


if __name__ == "__main__":
    serve(lambda env: build(env, open_client()))
