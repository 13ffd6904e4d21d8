"""The cameras of the control panel: which there are (`config.json`), and the switch that turns all of them on or off."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from airport.calls import Failure, post
from airport.documents import EVENTS, Invalid, parse_choice, parse_document, parse_list, parse_text, parse_whole

BUILT_IN = Path(__file__).parent / "config.json"


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of the configuration."""

    id: int
    description: str
    url: str
    section: int
    type: str  # entry or exit


class Cameras:
    """All cameras, as the file named them when it was last read."""

    def __init__(self, file: Path, client: httpx.AsyncClient, destination: str) -> None:
        self.file = file
        self.client = client
        self.destination = destination
        self.all: tuple[Camera, ...] = ()

    def read(self) -> None:
        """Read the file; as it is wrong, say where and keep what was known. Raises Invalid, OSError."""
        self.all = parse_cameras(self.file.read_bytes())

    def find(self, number: int) -> Camera | None:
        return next((camera for camera in self.all if camera.id == number), None)

    def document(self) -> dict[str, object]:
        return {"cameras": [asdict(camera) for camera in self.all]}

    async def toggle(self, on: bool) -> tuple[int, dict[str, object]]:
        """Begin or end every camera's stream: a status (200 all, 207 some, 502 none did so) and what each said."""
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._toggle(camera, on)) for camera in self.all]
        outcomes = [task.result() for task in asked]
        failed = sum(isinstance(outcome, Failure) for outcome in outcomes)
        status = 200 if not failed else 502 if failed == len(outcomes) else 207
        return status, {"toggle": "on" if on else "off", "cameras": _report(self.all, outcomes)}

    async def _toggle(self, camera: Camera, on: bool) -> httpx.Response | Failure:
        body = {"destination": self.destination} if on else {}
        return await post(self.client, camera.description, f"{camera.url}/stream?toggle={'on' if on else 'off'}", body)


def parse_cameras(body: bytes) -> tuple[Camera, ...]:
    cameras = tuple(
        Camera(
            id=parse_whole(entry, "id", where),
            description=parse_text(entry, "description", where),
            url=parse_text(entry, "url", where).rstrip("/"),
            section=parse_whole(entry, "section", where),
            type=parse_choice(parse_text(entry, "type", where), EVENTS, f"{where}type"),
        )
        for position, entry in enumerate(parse_list(parse_document(body), "cameras"))
        for where in [f"cameras[{position}]."]
    )
    if len({camera.id for camera in cameras}) < len(cameras):
        raise Invalid("cameras: two have the same id")
    return cameras


def _report(cameras: Sequence[Camera], outcomes: Sequence[httpx.Response | Failure]) -> list[dict[str, object]]:
    return [
        {"id": camera.id, "status": outcome.status, "reason": outcome.reason}
        if isinstance(outcome, Failure)
        else {"id": camera.id, "status": outcome.status_code}
        for camera, outcome in zip(cameras, outcomes, strict=True)
    ]
