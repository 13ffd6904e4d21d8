"""Entry: what to measure, and against which installation. Ratios come last, one a line."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from . import hops, memory, push, scale, start
from .installation import responder
from .load import Target
from .ratio import Ratio


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Airside beside what an expert would write by hand: ratios, taken in one run.",
        epilog="start makes an airport of its own; memory and hops look at the one of --home where it is up, else at that one.",
    )
    home = os.environ.get("AIRSIDE_HOME", str(Path.home() / ".airside"))
    parser.add_argument("what", nargs="*", choices=["push", "scale", "start", "memory", "hops", []], help="default: all of them")
    parser.add_argument("--home", type=Path, default=Path(home), help="directory of a running installation ($AIRSIDE_HOME)")
    parser.add_argument("--envoys", type=int, default=11, help="push: how many Envoys acknowledge")
    parser.add_argument("--rounds", type=int, default=200, help="push: how many changes")
    parser.add_argument("--pids", default="", help="memory: sidecars by process id, 1,2,3, instead of those of --home")
    parser.add_argument("--mesh", default="", help="hops: a caller's outbound listener, http://127.1.2.3:15080/path, instead of --home")
    parser.add_argument("--host", default="", help="hops: with --mesh, the service to call, such as collector:8080")
    parser.add_argument("--app", default="", help="hops: with --mesh, where that service's application listens, 127.0.0.1:20031")
    parser.add_argument("--seconds", type=int, default=4, help="hops: length of each of the runs, of which there are six for each way")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a ratio misses its limit")
    return parser.parse_args()


async def _run(what: str, given: argparse.Namespace) -> list[Ratio]:
    match what:
        case "push":
            return await push.measure(given.envoys, given.rounds)
        case "scale":
            return await scale.measure()
        case "memory":
            pids = [int(pid) for pid in given.pids.split(",")] if given.pids else memory.envoys_of(given.home)
            return await memory.measure(pids)
        case _:
            return await _hops(given)


async def _hops(given: argparse.Namespace) -> list[Ratio]:
    print("two hops: direct, through a pair of Envoys by hand, through the mesh")
    if given.mesh:
        address, _, port = given.app.rpartition(":")
        return await hops.measure(Target(given.mesh, given.host), (address, int(port)), seconds=given.seconds)
    async with responder(given.home) as (target, application):
        return await hops.measure(target, application, seconds=given.seconds)


async def _all(given: argparse.Namespace) -> list[Ratio]:
    """What needs no installation first; then the rest, on the installation of --home or on an airport made for it."""
    wanted = given.what or ("push", "scale", "start", "memory", "hops")
    found = [ratio for what in ("push", "scale") if what in wanted for ratio in await _run(what, given)]
    looking = [what for what in ("memory", "hops") if what in wanted]
    up = bool(given.pids or given.mesh) or memory.envoys_of(given.home) != []
    if "start" in wanted or (looking and not up):
        async with start.airport() as (home, ratios):
            found += ratios
            given.home = given.home if up else home
            for what in looking:
                found += await _run(what, given)
        return found
    return found + [ratio for what in looking for ratio in await _run(what, given)]


def main() -> int:
    given = _arguments()
    found = asyncio.run(_all(given))
    print()
    for ratio in found:
        print(ratio)
    return 1 if given.strict and not all(ratio.holds for ratio in found) else 0


if __name__ == "__main__":
    sys.exit(main())
