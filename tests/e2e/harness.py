"""An installation of its own for tests: free ports, a short home, everything gone at the end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
ISTIO = ROOT / "deploy" / "airport" / "istio"
AIRSIDE = Path(sys.executable).with_name("airside")


@dataclass
class Installation:
    """One installation as its user has it: a home, three ports, and the commands."""

    home: Path
    gateway_port: int
    api_port: int
    console_port: int
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "AIRSIDE_HOME": str(self.home),
            "AIRSIDE_GATEWAY_PORT": str(self.gateway_port),
            "AIRSIDE_API_PORT": str(self.api_port),
            "AIRSIDE_CONSOLE_PORT": str(self.console_port),
            "PATH": f"{AIRSIDE.parent}{os.pathsep}{os.environ['PATH']}",
            "KUBECONFIG": str(self.home / "kubeconfig"),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }

    def run(self, *argv: str | Path, check: bool = True, stdin: str | None = None, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(a) for a in argv],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            input=stdin,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, argv))} -> {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def airside(
        self, *argv: str | Path, check: bool = True, stdin: str | None = None, timeout: float = 90
    ) -> subprocess.CompletedProcess[str]:
        return self.run(AIRSIDE, *argv, check=check, stdin=stdin, timeout=timeout)

    def make(self, target: str, **variables: object) -> str:
        """What a make target prints."""
        return self.run("make", "-s", target, *(f"{name}={value}" for name, value in variables.items())).stdout

    def apply(self, *files: Path) -> None:
        """Apply rules and return once every proxy concerned follows them."""
        self.airside("apply", "--wait", *(part for each in files for part in ("-f", each)))

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.http.get(f"{self.gateway}{path}", headers=headers)

    def bodies(self, path: str, count: int, workers: int = 1) -> Counter[str]:
        """How often each body came back in `count` calls."""
        with ThreadPoolExecutor(workers) as pool:
            return Counter(pool.map(lambda _: self.get(path).text, range(count)))

    def objects(self, *words: str) -> list[dict]:  # type: ignore[type-arg]  # JSON as the API gives it
        found = json.loads(self.airside("get", *words, "-o", "json").stdout)
        return list(found.get("items", [found]))

    def pods(self, app: str, version: str = "") -> list[dict]:  # type: ignore[type-arg]
        labels = f"app={app},version={version}" if version else f"app={app}"
        return self.objects("pods", "-l", labels)

    def processes(self) -> list[psutil.Process]:
        """Every process of this installation: known by its home in its arguments or environment."""
        found = []
        for process in psutil.process_iter():
            try:
                if str(self.home) in " ".join(process.cmdline()) or process.environ().get("AIRSIDE_HOME") == str(self.home):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return [p for p in found if p.pid != os.getpid()]

    def record(self, uid: str, container: str) -> dict:  # type: ignore[type-arg]
        """The agent's record of a container: pid, argv, port."""
        return json.loads((self.home / "pods" / uid / f"container.{container}.json").read_text())


@contextmanager
def new_installation() -> Iterator[Installation]:
    """A home and ports, nothing started. Taken down and deleted at the end, whatever happened."""
    home = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))
    gateway, api, console = free_ports(3)
    installation = Installation(home, gateway, api, console)
    try:
        yield installation
    finally:
        installation.airside("down", check=False)
        installation.http.close()
        left = installation.processes()
        for process in left:
            process.kill()
        if not left and not os.environ.get("AIRSIDE_KEEP"):
            shutil.rmtree(home, ignore_errors=True)
        assert not left, f"left running after down: {left}; the home {home} is kept"
