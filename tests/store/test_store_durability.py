"""What was acknowledged survives kill -9; a full disk refuses writes and harms nothing else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from airside.resources.keys import ObjectKey
from airside.store import Store

CHILD = Path(__file__).with_name("store_child.py")


def test_every_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    for enough in (1, 20, 60):
        path = tmp_path / f"{enough}.sqlite"
        with subprocess.Popen([sys.executable, CHILD, "write", path], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            acknowledged = [child.stdout.readline() for _ in range(enough)]
            child.kill()
            acknowledged += child.stdout.readlines()

        store = Store.open(path)

        whole = [line.split() for line in acknowledged if line.endswith("\n")]
        for pair in whole:
            assert all(store.get(ObjectKey("", "ConfigMap", "default", f"n{number}")) for number in pair)
        assert len(store.list("", "ConfigMap")[0]) % 2 == 0, "half of an atomic write is there"
        asyncio.run(store.close())


def test_a_full_disk_refuses_writes_and_reads_go_on() -> None:
    with tempfile.TemporaryDirectory(prefix="as-") as folder:
        said = subprocess.run(
            [sys.executable, CHILD, "fill", Path(folder) / "s.sqlite"], capture_output=True, text=True, timeout=60, check=False
        )

    assert said.stdout.splitlines() == ["refused ['Unavailable', 'Unavailable', 'Unavailable']", "readable True", "kept True True"], (
        said.stderr
    )
