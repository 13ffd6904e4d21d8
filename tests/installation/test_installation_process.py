"""Processes by pid and start time."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from airside.installation import process
from airside.installation.records import OWNER, POD, ProcessRecord


def spawn(root: Path, script: str, **env: str) -> ProcessRecord:
    launch = process.Launch((sys.executable, "-c", script), {**os.environ, **env}, root, root / "log")
    return process.spawn(launch)


def test_a_process_is_known_by_pid_and_start_together(tmp_path: Path) -> None:
    record = spawn(tmp_path, "import time; time.sleep(60)")

    assert process.is_alive(record)
    assert not process.is_alive(replace(record, start=record.start + 1))
    assert process.open_pidfd(replace(record, start=record.start + 1)) is None
    assert not process.send_signal(replace(record, start=record.start + 1), signal.SIGKILL)
    assert process.end([record.pid], 0.0) == set()
    assert not process.is_alive(record)


def test_output_goes_to_the_log_and_is_appended(tmp_path: Path) -> None:
    for word in ("one", "two"):
        process.wait_gone([spawn(tmp_path, f"import sys; print('{word}'); print('{word}!', file=sys.stderr)").pid], 10)

    assert (tmp_path / "log").read_text().split() == ["one", "one!", "two", "two!"]


def test_who_ignores_the_polite_signal_gets_the_other(tmp_path: Path) -> None:
    record = spawn(tmp_path, "import signal, time; signal.signal(15, signal.SIG_IGN); open('set', 'w').close(); time.sleep(60)")
    while not (tmp_path / "set").exists():
        assert process.is_alive(record)

    assert process.end([record.pid], 0.2) == set()


def test_processes_are_found_by_their_marks_whoever_started_them(tmp_path: Path) -> None:
    script = "import os, time; open(os.environ['AIRSIDE_POD'], 'w').close(); time.sleep(60)"
    one, two = (spawn(tmp_path, script, **{OWNER: str(tmp_path), POD: pod}) for pod in ("a", "b"))
    while not ((tmp_path / "a").exists() and (tmp_path / "b").exists()):  # a process that is just becoming one has no environment yet
        assert process.is_alive(one) and process.is_alive(two)

    assert process.owned(tmp_path) == sorted([one.pid, two.pid])
    assert process.owned(tmp_path, "b") == [two.pid]
    assert process.owned(tmp_path.parent) == []
    process.end([one.pid, two.pid], 0.0)
    assert process.owned(tmp_path) == []


def test_a_session_is_its_leader_and_all_it_started(tmp_path: Path) -> None:
    script = "import subprocess, time; child = subprocess.Popen(['sleep', '60']); open('pid', 'w').write(str(child.pid)); time.sleep(60)"
    record = spawn(tmp_path, script)
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert process.is_alive(record)
    child = int((tmp_path / "pid").read_text())

    assert set(process.session(record)) == {record.pid, child}
    process.end([record.pid, child], 0.0)
    assert process.session(record) == []


@pytest.mark.parametrize("command", ["no-such-command", "/etc/passwd"])
def test_what_cannot_be_run_is_an_error_of_the_system(tmp_path: Path, command: str) -> None:
    with pytest.raises(OSError, match=command):
        process.spawn(process.Launch((command,), os.environ, tmp_path, tmp_path / "log"))


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "record"
    process.write_file(path, "old")
    process.write_file(path, "new")

    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["record"]
