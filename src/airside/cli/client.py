"""`airside exec`: a command in a pod over a WebSocket, as Kubernetes' v5.channel.k8s.io speaks it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import ssl
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from airside.client.config import ClientConfig
from airside.client.errors import Status, Unreachable, refusal
from airside.client.requests import ExecWanted, build_exec

PROTOCOL = Subprotocol("v5.channel.k8s.io")
STDIN, STDOUT, STDERR, FINAL, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
CHUNK = 32 * 1024


def execute(config: ClientConfig, wanted: ExecWanted) -> int:
    """Runs it on this terminal; the command's exit code. Raises ClientError."""
    request = build_exec(wanted)
    address = config.server.replace("https://", "wss://", 1) + request.path + "?" + urlencode(request.query)
    trust = ssl.create_default_context(cadata=config.ca or None, cafile=config.ca_file)
    # One thread reads while another writes. Before Python 3.13 a connection is not safe for that while TLS 1.3's session tickets
    # arrive, right after the handshake: the request was lost now and then, and nothing came back. TLS 1.2 sends none there.
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        connection = connect(
            address,
            ssl=trust,
            subprotocols=[PROTOCOL],
            additional_headers={"Authorization": f"Bearer {config.token}"},
            max_size=None,
            proxy=None,
            compression=None,
        )
    except InvalidStatus as error:
        raise refusal(Status.parse(error.response.status_code, _body(error.response.body))) from error
    except (OSError, InvalidHandshake) as error:
        raise Unreachable(f"{config.server} does not answer: {error}; is the installation up? (`airside status`)") from error
    with connection, _terminal(wanted.tty):
        return _converse(connection, wanted)


def _body(body: bytes | bytearray) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


@contextlib.contextmanager
def _terminal(raw: bool) -> Iterator[None]:
    """Keys go to the pod as they are typed; afterwards the terminal is as before."""
    if not raw or not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setraw(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _converse(connection: ClientConnection, wanted: ExecWanted) -> int:
    ended, tell_ended = os.pipe()
    keys = threading.Thread(target=_send_input, args=(connection, ended), daemon=True) if wanted.stdin else None
    if wanted.tty and sys.stdout.isatty():
        _send_size(connection)
        signal.signal(signal.SIGWINCH, lambda *_: _send_size(connection))
    if keys is not None:
        keys.start()
    try:
        return _show_output(connection)
    finally:
        os.close(tell_ended)  # wakes the thread that waits for keys
        if keys is not None:
            keys.join()
        os.close(ended)


def _show_output(connection: ClientConnection) -> int:
    final = b""
    with contextlib.suppress(ConnectionClosed):
        for message in connection:
            frame = message if isinstance(message, bytes) else message.encode()
            channel, data = frame[0], frame[1:]
            if channel == FINAL:
                final += data
            elif channel in (STDOUT, STDERR):
                stream = sys.stdout if channel == STDOUT else sys.stderr
                stream.buffer.write(data)
                stream.buffer.flush()
    return exit_code(final)


def exit_code(final: bytes) -> int:
    """What the last Status says. Raises ClientError where the command could not be run at all."""
    if not final:
        raise Unreachable("the connection ended before the command did")
    raw = json.loads(final)
    if raw.get("status") == "Success":
        return 0
    status = Status.parse(500, {**raw, "kind": "Status"})  # on this channel Kubernetes leaves the kind out
    code = next((cause.message for cause in status.causes if cause.reason == "ExitCode"), None)
    if code is None:
        raise refusal(status)
    return int(code)


def _send_input(connection: ClientConnection, ended: int) -> None:
    source = sys.stdin.fileno()
    with contextlib.suppress(ConnectionClosed):
        while True:
            ready, _, _ = select.select([source, ended], [], [])
            if ended in ready:
                return
            data = os.read(source, CHUNK)
            if not data:
                connection.send(bytes((CLOSE, STDIN)))
                return
            connection.send(bytes((STDIN,)) + data)


def _send_size(connection: ClientConnection) -> None:
    size = os.get_terminal_size()
    connection.send(bytes((RESIZE,)) + json.dumps({"Width": size.columns, "Height": size.lines}).encode())
