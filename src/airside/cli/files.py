"""Where the repository's own deploy files are: the package is installed from it, so they lie beside `src`."""

from __future__ import annotations

from pathlib import Path

import airside
from airside.cli.errors import CommandError


def airport_files(given: Path | None) -> Path:
    """The directory with `k8s/` and `istio/`. Raises CommandError."""
    root = given or Path(airside.__file__).parents[2] / "deploy" / "airport"
    if not (root / "k8s").is_dir() or not (root / "istio").is_dir():
        raise CommandError(f"{root}: no k8s/ and istio/ here; say where the airport's files are with --files")
    return root
