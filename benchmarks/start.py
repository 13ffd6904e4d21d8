"""How long the demo takes from nothing to serving, by part, and what all of it weighs: an installation that the others may look at."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from airside.installation.records import OWNER

from .ratio import Ratio

SERVING_SECONDS = 10.0  # design, section 5
WHOLE_MIB = 1.2 * 1024
PORTS = {"AIRSIDE_GATEWAY_PORT": "15221", "AIRSIDE_API_PORT": "15443", "AIRSIDE_CONSOLE_PORT": "15001"}


@asynccontextmanager
async def airport() -> AsyncIterator[tuple[Path, list[Ratio]]]:
    """The airport in a new home while the body runs, and what its start took. Raises RuntimeError where it does not start."""
    home = _new_home()
    environment = {**os.environ, **PORTS, "AIRSIDE_HOME": str(home), "NO_COLOR": "1"}
    try:
        told = await _airside(environment, "demo", "airport", "--detach")
        found = re.search(r"serving after ([\d.]+) s \((.*)\)", told)
        if found is None:
            raise RuntimeError(told)
        print(f"the demo from nothing to serving: {found[1]} s")
        for part in found[2].split(", "):
            print(f"  {part}")
        yield (
            home,
            [
                Ratio("the demo, from nothing to serving", float(found[1]), SERVING_SECONDS, "s", 1.0),
                Ratio("PSS of the whole airport", _pss(home), WHOLE_MIB, "MiB", 1.0),
            ],
        )
    finally:
        await _airside(environment, "down")
        shutil.rmtree(home)


def _new_home() -> Path:
    """Short, for the sockets in it, and by the one name that marks its processes."""
    return Path(os.path.realpath(tempfile.mkdtemp(prefix="as-", dir="/tmp")))


async def _airside(environment: dict[str, str], *words: str) -> str:
    program = Path(sys.executable).with_name("airside")
    child = await asyncio.create_subprocess_exec(
        program, *words, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await child.communicate()
    return said.decode(errors="replace")


def _pss(home: Path) -> float:
    """MiB of every process of the installation, shared pages divided among those who share them."""
    total = 0
    for process in psutil.process_iter():
        try:
            if process.environ().get(OWNER) == str(home):
                total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 2**20
