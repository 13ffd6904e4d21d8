"""A control plane of its own for the command line's tests: the real API over the real store; no agent, so pods stay pending."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ports import free_ports

from airside.cli.cli import run
from airside.installation.home import Home
from airside.installation.run import install
from airside.installation.settings import Settings


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Airside = Callable[..., Said]


@pytest.fixture(scope="session")
def control_plane() -> Iterator[Home]:
    home = Home(Path(tempfile.mkdtemp(prefix="as-", dir="/tmp")))
    install(home, Settings(*free_ports(3)))
    ready, tell_ready = os.pipe()
    argv = [sys.executable, "-m", "airside.app", "--home", str(home.root), "--ready-fd", str(tell_ready)]
    process = subprocess.Popen(argv, pass_fds=[tell_ready])
    os.close(tell_ready)
    said = b""
    while b"ready" not in said:
        assert select.select([ready], [], [], 30)[0], "the control plane said nothing for 30 s"
        piece = os.read(ready, 4096)
        assert piece, "the control plane ended before it was ready"
        said += piece
    os.close(ready)
    yield home
    process.terminate()
    process.wait(30)
    shutil.rmtree(home.root)


@pytest.fixture
def airside(control_plane: Home, capsys: pytest.CaptureFixture[str]) -> Airside:
    """Runs a command in this process."""

    def call(*words: str) -> Said:
        code = run(["--home", str(control_plane.root), *words])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call
