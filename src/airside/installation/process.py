"""Processes that outlive their parent: in sessions of their own, with output to files, known by pid and start time, waited for by pidfd."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from airside.installation.records import OWNER, POD, ProcessRecord


def start_time(pid: int) -> int | None:
    """When `pid` was started, in clock ticks since boot; None when there is no such process or it is only waiting to be reaped."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the command before it may hold blanks and brackets
    return None if fields[0] in "ZX" else int(fields[19])


def is_alive(record: ProcessRecord) -> bool:
    return start_time(record.pid) == record.start


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start. `log` gets both outputs, appended; `keep`: file descriptors the child inherits."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    keep: tuple[int, ...] = ()


def spawn(launch: Launch) -> ProcessRecord:
    """Start it. Raises OSError where the command or the directory cannot be used (FileNotFoundError, PermissionError ...)."""
    log = os.open(launch.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        child = subprocess.Popen(
            launch.argv,
            env=launch.env,
            cwd=launch.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=launch.keep,
        )
    finally:
        os.close(log)
    started = start_time(child.pid)
    child.returncode = 0  # from here on the pid is ours to reap (`reap`): Popen must neither wait for it nor complain that nobody did
    return ProcessRecord(child.pid, started if started is not None else -1, launch.argv)


def reap(pid: int) -> int | None:
    """The exit code of a child that ended (negative: the signal, as `subprocess` has it); None when it runs on or is not our child."""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if done else None


def open_pidfd(record: ProcessRecord) -> int | None:
    """A descriptor that is readable once the process ended; None when it already has. The caller closes it."""
    try:
        descriptor = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return None
    if is_alive(record):  # looked at after opening: a pid used again cannot slip in between
        return descriptor
    os.close(descriptor)
    return None


def send_signal(record: ProcessRecord, number: signal.Signals) -> bool:
    """Signal the process; False when it is gone."""
    if not is_alive(record):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(record.pid, number)
        return True
    return False


def owned(home: Path, pod: str | None = None) -> list[int]:
    """The processes that carry the mark of the installation (and, if given, of one of its pods), whoever their parent is now."""
    marks = {f"{OWNER}={home}".encode()}
    if pod is not None:
        marks.add(f"{POD}={pod}".encode())
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            environment = Path(entry.path, "environ").read_bytes()
        except OSError:  # gone, or another user's, which therefore is not ours
            continue
        if marks <= set(environment.split(b"\0")):
            found.append(int(entry.name))
    return sorted(found)


def session(record: ProcessRecord) -> list[int]:
    """The processes of the session that `record` leads, itself included; none once it has ended (its pid may be another's by then)."""
    if not is_alive(record):
        return []
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(int(entry.name)) == record.pid:
                    found.append(int(entry.name))
    return found


def ancestors() -> set[int]:
    """This process and those above it: an `airside down` typed inside a pod's shell must not end itself."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in found:
        found.add(pid)
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            break
        pid = int(text[text.rindex(")") + 2 :].split()[1])
    return found


def wait_gone(pids: Iterable[int], seconds: float) -> set[int]:
    """Wait until all have ended, at most so long; the ones that have not. Reaps those that are our children."""
    poll = select.poll()
    waiting: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            waiting[os.pidfd_open(pid)] = pid
    for descriptor in waiting:
        poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + seconds
    try:
        while waiting and (left := deadline - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                poll.unregister(descriptor)
                os.close(descriptor)
                reap(waiting.pop(descriptor))
        return set(waiting.values())
    finally:
        for descriptor in waiting:
            os.close(descriptor)


def end(pids: Collection[int], grace: float) -> set[int]:
    """SIGTERM, so long to comply, SIGKILL; the ones that survived even that (none, but for processes stuck in the kernel)."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    left = wait_gone(pids, grace)
    for pid in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return wait_gone(left, 5.0)


def read_record(path: Path) -> ProcessRecord | None:
    """The record at `path`, if one is there and whole."""
    try:
        return ProcessRecord.parse(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def write_file(path: Path, text: str, mode: int = 0o600) -> None:
    """Write atomically: a reader, or one who comes after a crash, sees the old content or the new."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # of a process that died while writing
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)  # a link that somebody put there is not followed
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.rename(path)


def _age() -> float:
    """Seconds since this process was started."""
    ticks = start_time(os.getpid()) or 0
    return max(time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"), 0)


class Reporter:
    """The child's end of the pipe its parent waits on: which part came up after how long, and when all is ready.

    A line of JSON each: `{"part": "store", "seconds": 0.02}`, then `{"ready": true}`, then the end.
    Without a descriptor (started by hand) it says nothing.
    """

    def __init__(self, descriptor: int | None) -> None:
        self._pipe = descriptor
        self._since = time.monotonic() - _age()  # the first part is what Python and its imports took
        if descriptor is not None:
            os.set_inheritable(descriptor, False)

    def part(self, name: str) -> None:
        """`name` is up; its time is what passed since the part before."""
        now = time.monotonic()
        self._say({"part": name, "seconds": round(now - self._since, 4)})
        self._since = now

    def ready(self) -> None:
        self._say({"ready": True})
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _say(self, line: dict[str, object]) -> None:
        if self._pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # the parent gave up waiting; that is no reason not to serve
                os.write(self._pipe, json.dumps(line).encode() + b"\n")
