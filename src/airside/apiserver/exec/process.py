"""A command run as if inside a container: with its environment, in its directory, in a session of its own, with pipes or a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from airside.apiserver.exec.terminal.process import Terminal

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


class _Streams(asyncio.subprocess.SubprocessStreamProtocol):
    """asyncio's `wait` waits for the pipes too, which children that were left behind may hold open; this one tells of the process alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=2 * PIECE, loop=loop)
        self.exited: asyncio.Future[None] = loop.create_future()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set_result(None)


class Running:
    """A started command. Made by `run_command`."""

    def __init__(
        self,
        transport: asyncio.SubprocessTransport,
        streams: _Streams,
        terminal: Terminal | None,
        outputs: Mapping[str, asyncio.StreamReader],
    ) -> None:
        self._transport, self._streams, self._terminal = transport, streams, terminal
        self.outputs = outputs

    async def write(self, data: bytes) -> None:
        if self._terminal is not None:
            await self._terminal.write(data)
        elif self._streams.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it reads no more
                self._streams.stdin.write(data)
                await self._streams.stdin.drain()

    async def end_input(self) -> None:
        if self._terminal is not None:
            await self._terminal.write(b"\x04")
        elif self._streams.stdin is not None:
            self._streams.stdin.close()

    def resize(self, columns: int, rows: int) -> None:
        if self._terminal is not None:
            self._terminal.resize(columns, rows)

    async def ended(self) -> int:
        """The exit code; of a signal, its number below zero."""
        await asyncio.shield(self._streams.exited)
        code = self._transport.get_returncode()
        assert code is not None
        return code

    def kill(self) -> None:
        """The whole session: the command and what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; on macOS a zombie is said to be forbidden
            os.killpg(self._transport.get_pid(), signal.SIGKILL)

    def close(self) -> None:
        self._transport.close()
        if self._terminal is not None:
            self._terminal.close()


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
        running.close()


def _relative(command: Command) -> str | None:
    """A program named by a path that begins in the container's directory."""
    path = os.path.join(command.cwd, command.argv[0])
    return path if "/" in command.argv[0] and os.access(path, os.X_OK) else None


async def _on_pipes(command: Command, program: str) -> Running:
    loop = asyncio.get_running_loop()
    transport, streams = await loop.subprocess_exec(
        lambda: _Streams(loop),
        program,
        *command.argv[1:],
        env=dict(command.env),
        cwd=command.cwd,
        start_new_session=True,
        stdin=asyncio.subprocess.PIPE if command.stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert streams.stdout is not None and streams.stderr is not None
    return Running(transport, streams, None, {"stdout": streams.stdout, "stderr": streams.stderr})


async def _on_terminal(command: Command, program: str) -> Running:
    loop = asyncio.get_running_loop()
    ours, theirs = pty.openpty()
    try:
        transport, streams = await loop.subprocess_exec(
            lambda: _Streams(loop),
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
    terminal = Terminal(ours, loop)
    return Running(transport, streams, terminal, {"stdout": terminal.reader})
