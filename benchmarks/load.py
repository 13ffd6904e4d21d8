"""Load on an HTTP server for a while: by `wrk` where there is one, else by connections of our own that always have one request open."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from .ratio import percentile

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and which Host they carry."""

    url: str
    host: str


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it; latencies in milliseconds. `failed`: answers that were not 2xx or 3xx, or none."""

    rate: float
    p50: float
    p99: float
    failed: int


async def load(target: Target, connections: int, seconds: int) -> Load:
    return await (_wrk if shutil.which("wrk") else _own)(target, connections, seconds)


async def _wrk(target: Target, connections: int, seconds: int) -> Load:
    arguments = ["-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", "-H", f"Host: {target.host}", target.url]
    process = await asyncio.create_subprocess_exec("wrk", *arguments, stdout=asyncio.subprocess.PIPE)
    output = (await process.communicate())[0].decode()
    if process.returncode != 0:
        raise RuntimeError(f"wrk ended with {process.returncode}: {output}")
    return parse_wrk(output)


def parse_wrk(output: str) -> Load:
    def milliseconds(percent: int) -> float:
        found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)$", output, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"wrk said no {percent}th percentile:\n{output}")
        return float(found[1]) * _UNITS[found[2]]

    rate = re.search(r"^Requests/sec:\s+([\d.]+)", output, re.MULTILINE)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    failed = (int(wrong[1]) if wrong else 0) + (sum(map(int, broken.groups())) if broken else 0)
    return Load(float(rate[1]) if rate else 0.0, milliseconds(50), milliseconds(99), failed)


async def _own(target: Target, connections: int, seconds: int) -> Load:
    """Slower than wrk, and itself a share of what it measures: good for ratios only."""
    ends_at = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_connection(target, ends_at)) for _ in range(connections)]
    times = [took for task in tasks for took in task.result()[0]]
    failed = sum(task.result()[1] for task in tasks)
    return Load(len(times) / seconds, percentile(times, 50), percentile(times, 99), failed)


async def _connection(target: Target, ends_at: float) -> tuple[list[float], int]:
    parts = urlsplit(target.url)
    request = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {target.host}\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    times, failed = [], 0
    try:
        while (began := time.perf_counter()) < ends_at:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            await _skip_body(reader, head.lower())
            times.append((time.perf_counter() - began) * 1000)
            failed += head.split(" ", 2)[1][0] not in "23"
    finally:
        writer.close()
    return times, failed


async def _skip_body(reader: asyncio.StreamReader, head: str) -> None:
    length = re.search(r"^content-length: *(\d+)", head, re.MULTILINE)
    if length is not None:
        await reader.readexactly(int(length[1]))
        return
    while size := int((await reader.readline()).split(b";")[0] or b"0", 16):
        await reader.readexactly(size + 2)
    await reader.readline()
