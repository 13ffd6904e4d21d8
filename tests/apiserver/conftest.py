"""One API server for the tests of a module; kubectl where there is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from api_harness import Server, running

OLDEST_KUBECTL = (1, 30)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as folder, running(Path(folder), ending=True) as started:
        yield started


@dataclass(frozen=True)
class Kubectl:
    """The real one, under a home of its own so that no cache of discovery is shared."""

    program: str
    kubeconfig: Path
    home: Path

    def environment(self) -> dict[str, str]:
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), "HOME": str(self.home)}

    def run(self, *words: str, stdin: str = "", code: int = 0) -> str:
        done = subprocess.run(
            [self.program, *words], env=self.environment(), input=stdin, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, f"kubectl {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.program, *words],
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def kubectl(server: Server) -> Iterator[Kubectl]:
    lacking = pytest.fail if os.environ.get("AIRSIDE_REQUIRE_KUBECTL") else pytest.skip  # CI must not pass for want of it
    program = shutil.which("kubectl")
    if program is None:
        lacking("no kubectl on this machine")
    said = subprocess.run([program, "version", "--client"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_KUBECTL:
        lacking(f"kubectl is older than {OLDEST_KUBECTL}: {said}")
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as home:
        yield Kubectl(program, server.home.kubeconfig, Path(home))
