"""Our end of a pseudo-terminal: read and written without ever blocking the loop, and read no faster than it is taken."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios

PIECE = 32 * 1024


class Terminal(asyncio.ReadTransport):
    """The end that stays with us. `reader` ends when the last program on the terminal is gone."""

    def __init__(self, descriptor: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._descriptor, self._loop = descriptor, loop
        os.set_blocking(descriptor, False)
        self.reader = asyncio.StreamReader(limit=2 * PIECE, loop=loop)
        self.reader.set_transport(self)  # it pauses us when it is full
        self._ended = False
        self.resume_reading()

    def pause_reading(self) -> None:
        self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        if not self._ended:
            self._loop.add_reader(self._descriptor, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, PIECE)
        except BlockingIOError:
            return
        except OSError:  # how a terminal says that nobody is on it any more
            data = b""
        if data:
            self.reader.feed_data(data)
        else:
            self._ended = True
            self.pause_reading()
            self.reader.feed_eof()

    async def write(self, data: bytes) -> None:
        """Returns when the terminal has taken it; a program that does not read its input keeps only its own client waiting."""
        left = memoryview(data)
        while left and not self._ended:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:
                await self._writable()
            except OSError:
                return

    async def _writable(self) -> None:
        ready = asyncio.Event()
        self._loop.add_writer(self._descriptor, ready.set)
        try:
            await ready.wait()
        finally:
            self._loop.remove_writer(self._descriptor)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        if self._descriptor >= 0:
            self._ended = True
            self.pause_reading()
            os.close(self._descriptor)
            self._descriptor = -1
