"""Containers as processes: started from a Command, recorded, waited for, ended. Knows nothing of plans."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from airside.installation import process
from airside.installation.home import Home, PodHome
from airside.installation.records import CONTAINER, ContainerRecord, ProcessRecord
from airside.runtime.command import Command
from airside.runtime.record import PodRecord
from airside.runtime.volumes import VolumePlan

LONGEST_LOG = 10 * 1024 * 1024  # bytes, as kubelet has it
LAST_WORDS = 2048
UNSEEN = 255
"""The exit code of a process that ended while nobody was there to see."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A container's record, and whether its process is still alive."""

    record: ContainerRecord
    alive: bool


class Yard:
    """One pod's directory and processes."""

    def __init__(self, home: Home, uid: str) -> None:
        self._home, self._uid = home, uid
        self.paths: PodHome = home.pod(uid)

    def prepare(self) -> None:
        for directory in (self.paths.root, self.paths.work):  # each by itself: parents that mkdir makes are open to all
            directory.mkdir(mode=0o700, exist_ok=True)

    def save(self, record: PodRecord) -> None:
        process.write_file(self.paths.record, record.print())

    def write_bootstrap(self, bootstrap: Mapping[str, object]) -> None:
        process.write_file(self.paths.bootstrap, json.dumps(bootstrap))
        self.paths.admin_socket.unlink(missing_ok=True)

    def fill(self, plan: VolumePlan) -> None:
        """Make the volumes. Files are written anew at every start, as Kubernetes shows a container the newest ConfigMap."""
        for directory in plan.directories:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, content in plan.files.items():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(content)

    def launch(self, name: str, command: Command, since: float, restarts: int) -> ProcessRecord:
        """Start it with a fresh log. Raises OSError."""
        log = self.paths.log(name)
        with contextlib.suppress(FileNotFoundError):
            log.rename(self.paths.previous_log(name))
        record = ContainerRecord(command.argv, command.env, str(command.cwd), port=command.port, since=since, restarts=restarts)
        # Written before, without a pid: an agent that dies in between leaves a process that is found by its marks.
        process.write_file(self.paths.container(name), record.print())
        try:
            started = process.spawn(process.Launch(command.argv, command.env, command.cwd, log))
        except OSError:
            self.paths.container(name).unlink()
            raise
        process.write_file(self.paths.container(name), replace(record, pid=started.pid, start=started.start).print())
        return started

    def signal(self, name: str, number: signal.Signals) -> None:
        """The container's first process, as Kubernetes does; SIGKILL reaches all of them."""
        record = self._read(name)
        if number is signal.SIGKILL:
            self.sweep(name)
        elif record is not None and record.pid:
            process.send_signal(record.process, number)

    def sweep(self, name: str) -> None:
        """Kill what is left of the container, whoever its parent is by now."""
        mark = f"{CONTAINER}={name}".encode()
        for pid in process.owned(self._home.root, self._uid):
            with contextlib.suppress(OSError):
                if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    os.kill(pid, signal.SIGKILL)

    async def ended(self, started: ProcessRecord) -> int:
        """Wait for the process to end; its exit code as a shell has it."""
        descriptor = process.open_pidfd(started)
        if descriptor is not None:
            loop = asyncio.get_running_loop()
            over: asyncio.Future[None] = loop.create_future()
            loop.add_reader(descriptor, _tell, over)
            try:
                await over
            finally:
                loop.remove_reader(descriptor)
                os.close(descriptor)
        code = process.reap(started.pid)
        return UNSEEN if code is None else code if code >= 0 else 128 - code

    def processes(self, started: ProcessRecord) -> list[int]:
        return process.session(started)

    def note_exit(self, name: str, code: int, ended: float) -> None:
        """Remember how the container ended, for an agent that comes later."""
        record = self._read(name)
        if record is not None:
            with contextlib.suppress(OSError):  # a full disk: then a later agent does not know, as for one that ended unseen
                process.write_file(self.paths.container(name), replace(record, exit=code, ended=ended).print())

    def last_words(self, name: str) -> str:
        """The end of the container's log."""
        try:
            with self.paths.log(name).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LAST_WORDS))
                return file.read().decode(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def trim_logs(self) -> None:
        """Keep logs from filling the disk: a long one is copied aside and emptied under its writer, who appends.

        What is written between the two is lost, as with logrotate's copytruncate.
        """
        for path in self.paths.root.glob("*.log"):
            name = path.name.removesuffix(".log")
            if not name.endswith((".previous", ".rotated")) and path.stat().st_size > LONGEST_LOG:
                shutil.copyfile(path, self.paths.rotated_log(name))
                os.truncate(path, 0)

    def adopt(self, name: str) -> Adopted | None:
        """What an earlier agent left of the container; None if it never started it."""
        record = self._read(name)
        if record is None:
            return None
        if not record.pid:
            record = self._find_unrecorded(name, record)
        return Adopted(record, bool(record.pid) and process.is_alive(record.process))

    def _find_unrecorded(self, name: str, record: ContainerRecord) -> ContainerRecord:
        mark = f"{CONTAINER}={name}".encode()
        for pid in process.owned(self._home.root, self._uid):
            with contextlib.suppress(OSError):
                started = process.start_time(pid)
                if started is not None and os.getsid(pid) == pid and mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    found = replace(record, pid=pid, start=started)
                    process.write_file(self.paths.container(name), found.print())
                    return found
        return record

    def _read(self, name: str) -> ContainerRecord | None:
        try:
            return ContainerRecord.parse(self.paths.container(name).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def clear(self) -> None:
        """Kill what still runs and remove the directory, logs and all."""
        for pid in process.owned(self._home.root, self._uid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.paths.root, ignore_errors=True)


def _tell(over: asyncio.Future[None]) -> None:
    if not over.done():
        over.set_result(None)


def read_pod_record(path: Path) -> PodRecord | None:
    try:
        return PodRecord.parse(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
