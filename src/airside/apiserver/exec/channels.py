"""Kubernetes' remote command protocol (`v4.channel.k8s.io`, `v5.channel.k8s.io`): the first byte of a message is its channel. No I/O.

0 stdin, 1 stdout, 2 stderr, 3 the Status in which it ends, 4 the size of the terminal; of v5, 255 says which channel has come to its end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""Best first."""
STDIN, STDOUT, STDERR, FINAL, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255


@dataclass(frozen=True, slots=True)
class Input:
    data: bytes


@dataclass(frozen=True, slots=True)
class InputEnded:
    pass


@dataclass(frozen=True, slots=True)
class Resized:
    columns: int
    rows: int


Said = Input | InputEnded | Resized


def choose_protocol(offered: list[str]) -> str | None:
    return next((protocol for protocol in PROTOCOLS if protocol in offered), None)


def parse_message(message: bytes) -> Said | None:
    """What a client says; None for what means nothing here."""
    if not message:
        return None
    channel, data = message[0], message[1:]
    match channel:
        case 0:
            return Input(data) if data else None
        case 4:
            return _parse_size(data)
        case 255 if data == bytes((STDIN,)):
            return InputEnded()
        case _:
            return None


def _parse_size(data: bytes) -> Resized | None:
    try:
        raw = json.loads(data)
        return Resized(max(1, min(int(raw["Width"]), 0xFFFF)), max(1, min(int(raw["Height"]), 0xFFFF)))
    except (ValueError, KeyError, TypeError):
        return None


def format_message(channel: int, data: bytes) -> bytes:
    return bytes((channel,)) + data


def final_status(code: int) -> bytes:
    """How a command ended; `code` is negative for a signal, as subprocesses have it."""
    if code == 0:
        return _final({"metadata": {}, "status": "Success"})
    shown = code if code > 0 else 128 - code
    return _final(
        {
            "metadata": {},
            "status": "Failure",
            "reason": "NonZeroExitCode",
            "message": f"command terminated with non-zero exit code: exit status {shown}",
            "details": {"causes": [{"reason": "ExitCode", "message": str(shown)}]},
        }
    )


def failed_status(message: str) -> bytes:
    """A command that could not be run."""
    return _final({"metadata": {}, "status": "Failure", "reason": "InternalError", "message": message, "code": 500})


def _final(status: Mapping[str, object]) -> bytes:
    return format_message(FINAL, json.dumps(status).encode())
