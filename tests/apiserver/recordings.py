"""Replays the recordings of a real kube-apiserver that lie beside the checkout, if they do; the comparison is replay.py's own."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "kube-recordings"
PASSING = Path(__file__).with_name("recordings_passing.txt")
OTHERWISE = Path(__file__).with_name("recordings_otherwise.txt")

OUR_DIFFERENCES = [
    {"path": ["managedFields"], "why": "field ownership is not tracked before server-side apply is served"},
]

OUR_ANSWERS = (
    "headers/warning: expected None",  # fields without effect here are named in warnings
    "missing, expected null",  # a null is not stored
    'labels: unexpected {"kubernetes.io/metadata.name"',  # the label that namespaces have since 1.21, where they had none
)


def scenarios() -> Iterator[Path]:
    return (path for path in sorted(FOLDER.glob("*.json")) if path.name != "ignore.json")


def answered_otherwise() -> dict[str, list[int]]:
    """Scenarios with the steps that are known to be answered otherwise."""
    rows = [line.split("|") for line in OTHERWISE.read_text().splitlines() if line and not line.startswith("#")]
    return {name.strip(): [int(step) for step in steps.split()] for name, steps, _ in rows}


def load_replay() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kube_replay", FOLDER / "replay.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


def differences(url: str, token: str, ca: Path, scenario: Path, have: str = "") -> list[tuple[str, list[str]]]:
    """What answers otherwise than the real server did, step by step. Our warnings of fields without effect are not counted.

    `have`: the state the server is in, for the scenarios that need one.
    """
    replay: Any = load_replay()
    raw = json.loads(scenario.read_text())
    if raw.get("needs", have) != have or any(step.get("request", {}).get("auth") == "limited" for step in raw["steps"]):
        return [("needs", ["another kind of server"])]
    ignore = json.loads((FOLDER / "ignore.json").read_text()) + OUR_DIFFERENCES
    options = argparse.Namespace(loose_messages=True, exact=False, cleanup=False)
    found: list[tuple[str, list[str]]] = replay.run(replay.Client(url, token, str(ca)), raw, ignore, options)
    kept = [(step, [line for line in lines if not any(part in line for part in OUR_ANSWERS)]) for step, lines in found]
    return [(step, lines) for step, lines in kept if lines]
