"""What sidecars hold in memory beside idle Envoys: PSS, with as many idle ones running at the same time.

PSS counts a shared page by its share. Idle ones beside the sidecars share the binary's pages with them, so both sides profit alike.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import psutil

from .envoys import running
from .ratio import Ratio

LIMIT = 1.3


def pss(pid: int) -> int:
    """Proportional set size in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no Pss")


def envoys_of(home: Path) -> list[int]:
    """The Envoys of an installation: those whose configuration lies in its directory."""
    found = []
    for process in psutil.process_iter(["pid", "name", "cmdline"]):
        command = process.info["cmdline"] or []
        if process.info["name"] == "envoy" and any(word.startswith(f"{home.resolve()}/") for word in command):
            found.append(process.info["pid"])
    return sorted(found)


async def measure(pids: Sequence[int]) -> list[Ratio]:
    """`pids` are the sidecars."""
    if not pids:
        raise SystemExit("memory: no Envoys to measure; is the installation up?")
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as directory:
        async with AsyncExitStack() as stack:
            idle = [
                await stack.enter_async_context(running(f"idle-{number}", {"node": {"id": "idle"}}, Path(directory)))
                for number in range(len(pids))
            ]
            for envoy in idle:
                await envoy.live()
            ours, theirs = [pss(pid) / 2**20 for pid in pids], [pss(envoy.pid) / 2**20 for envoy in idle]
    print(f"memory of {len(pids)} sidecars: {sum(ours):.0f} MiB PSS in all, largest {max(ours):.1f} MiB")
    return [Ratio("PSS of a sidecar against an idle Envoy (mean)", statistics.mean(ours), statistics.mean(theirs), "MiB", LIMIT)]
