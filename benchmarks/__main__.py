"""Entry: what to measure, and against which installation. Ratios come last, one a line."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from . import hops, memory, push, scale
from .installation import responder
from .load import Target
from .ratio import Ratio


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Airside beside what an expert would write by hand: ratios, taken in one run.",
        epilog="push and scale need nothing. memory and hops look at the installation of --home, which must be up.",
    )
    home = os.environ.get("AIRSIDE_HOME", str(Path.home() / ".airside"))
    parser.add_argument("what", nargs="*", choices=["push", "scale", "memory", "hops", []], help="default: all of them")
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


def main() -> int:
    given = _arguments()
    up = bool(given.pids or given.mesh) or memory.envoys_of(given.home) != []
    found: list[Ratio] = []
    for what in given.what or ("push", "scale", "memory", "hops"):
        if what in ("memory", "hops") and not up and not given.what:
            print(f"{what}: left out, nothing runs in {given.home}")
            continue
        found += asyncio.run(_run(what, given))
        sys.stdout.flush()
    print()
    for ratio in found:
        print(ratio)
    return 1 if given.strict and not all(ratio.holds for ratio in found) else 0


if __name__ == "__main__":
    sys.exit(main())
