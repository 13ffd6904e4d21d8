"""A running installation, as its users see it: by kubectl's words and by its directory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

from .load import Target

APP_PORTS = "airside.dev/app-ports"
PROXY_PORT = 15080
_HERE = Path(__file__).parent


async def kubectl(home: Path, *arguments: str, given: str = "") -> str:
    """What it prints. Raises RuntimeError with what it complained of."""
    process = await asyncio.create_subprocess_exec(
        "kubectl",
        *arguments,
        env={**os.environ, "KUBECONFIG": str(home / "kubeconfig")},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaint = await process.communicate(given.encode())
    if process.returncode != 0:
        raise RuntimeError(f"kubectl {' '.join(arguments)}: {complaint.decode()}")
    return output.decode()


@asynccontextmanager
async def responder(home: Path) -> AsyncIterator[tuple[Target, tuple[str, int]]]:
    """`mesh.yaml` in the installation: how to call the responder through two sidecars, and where it listens itself."""
    manifest = Template((_HERE / "mesh.yaml").read_text()).substitute(python=sys.executable, responder=_HERE / "responder.py")
    try:
        await kubectl(home, "apply", "-f", "-", given=manifest)
        for name in ("responder", "caller"):
            await kubectl(home, "rollout", "status", f"deployment/{name}", "-n", "bench", "--timeout=60s")
        pods = json.loads(await kubectl(home, "get", "pods", "-n", "bench", "-o", "json"))["items"]
        by_app = {pod["metadata"]["labels"]["app"]: pod for pod in pods}
        ports = json.loads(by_app["responder"]["metadata"]["annotations"][APP_PORTS])
        target = Target(f"http://{by_app['caller']['status']['podIP']}:{PROXY_PORT}/", "responder.bench")
        yield target, ("127.0.0.1", int(ports["8080"]))
    finally:
        await kubectl(home, "delete", "namespace", "bench", "--ignore-not-found")  # and with it all that is in it
