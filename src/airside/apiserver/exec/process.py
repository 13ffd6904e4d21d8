"""A command run as if inside a container: with its environment, in its directory, in a session of its own, with pipes or a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import struct
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

PIECE = 32 * 1024
TO_DRAIN = 1.0
"""Seconds that output may still come after the command has ended, from children that it left behind."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, and where. `terminal`: on a terminal of its own, where output and errors are one stream."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    stdin: bool
    terminal: bool


class NotRunnable(Exception):
    """The command cannot be started; the message says why."""


class Running:
    """A started command. Made by `run_command`."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int | None, outputs: Mapping[str, asyncio.StreamReader]) -> None:
        self._process, self._terminal = process, terminal
        self.outputs = outputs

    async def write(self, data: bytes) -> None:
        if self._terminal is not None:
            os.write(self._terminal, data)
        elif self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it reads no more
                self._process.stdin.write(data)
                await self._process.stdin.drain()

    def end_input(self) -> None:
        if self._terminal is not None:
            os.write(self._terminal, b"\x04")
        elif self._process.stdin is not None:
            self._process.stdin.close()

    def resize(self, columns: int, rows: int) -> None:
        if self._terminal is not None:
            fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    async def ended(self) -> int:
        return await self._process.wait()

    def kill(self) -> None:
        """The whole session: the command and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


@asynccontextmanager
async def run_command(command: Command) -> AsyncIterator[Running]:
    """Raises NotRunnable. Whatever still runs at the end is killed and reaped."""
    program = shutil.which(command.argv[0], path=command.env.get("PATH", os.defpath)) or _relative(command)
    if program is None:
        raise NotRunnable(f'exec: "{command.argv[0]}": executable file not found in $PATH')
    try:
        running = await (_on_terminal(command, program) if command.terminal else _on_pipes(command, program))
    except OSError as error:
        raise NotRunnable(f'exec: "{command.argv[0]}": {error.strerror or error}') from error
    try:
        yield running
    finally:
        running.kill()
        await asyncio.shield(running.ended())
        if running._terminal is not None:
            os.close(running._terminal)


def _relative(command: Command) -> str | None:
    """A program named by a path that begins in the container's directory."""
    path = os.path.join(command.cwd, command.argv[0])
    return path if "/" in command.argv[0] and os.access(path, os.X_OK) else None


async def _on_pipes(command: Command, program: str) -> Running:
    process = await asyncio.create_subprocess_exec(
        program,
        *command.argv[1:],
        env=dict(command.env),
        cwd=command.cwd,
        start_new_session=True,
        stdin=asyncio.subprocess.PIPE if command.stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    return Running(process, None, {"stdout": process.stdout, "stderr": process.stderr})


async def _on_terminal(command: Command, program: str) -> Running:
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *command.argv[1:],
            env={"TERM": "xterm", **command.env},
            cwd=command.cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C on it is a signal
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return Running(process, ours, {"stdout": _read_terminal(ours)})


def _read_terminal(descriptor: int) -> asyncio.StreamReader:
    """A terminal answers with an error when the last program on it is gone; here that is its end."""
    reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()

    def read() -> None:
        try:
            data = os.read(descriptor, PIECE)
        except OSError:
            data = b""
        if data:
            reader.feed_data(data)
        else:
            loop.remove_reader(descriptor)
            reader.feed_eof()

    loop.add_reader(descriptor, read)
    return reader
