"""Fixtures: the airport in process, and as processes."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from airport_rig import Airport, Process, Start, Wire, read_on, run_module

from airport.environment import Environment


@pytest.fixture
async def airport() -> AsyncIterator[Airport]:
    async with AsyncExitStack() as stack:
        yield Airport(Wire(), stack)


@pytest.fixture
def env(tmp_path: Path) -> Callable[..., Environment]:
    """An environment whose databases lie in a directory of the test's own."""
    return lambda **values: Environment({"AIRPORT_DATA": str(tmp_path), **values})


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts `python -m airport.NAME` with environment variables; returns when it listens."""
    running: list[Process] = []

    async def start_process(name: str, **variables: str) -> Process:
        process = await run_module(f"airport.{name}", {"AIRPORT_DATA": str(tmp_path), **variables})
        assert process.stdout is not None
        lines: list[dict[str, object]] = []
        url = ""
        while not url:
            line = await process.stdout.readline()
            assert line, f"{name} ended before it listened: {lines}"
            lines.append(json.loads(line))
            message = str(lines[-1]["message"])
            url = message.split()[3] if message.startswith("Uvicorn running on ") else ""
        started = Process(process, url, lines, asyncio.create_task(read_on(process.stdout, lines)))
        running.append(started)
        return started

    yield start_process
    for process in running:
        await process.end(signal.SIGKILL)
