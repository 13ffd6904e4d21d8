"""Whether an app listens where it was told to; and if not, what to tell its owner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from airside.installation.watch import Listener

LOCAL = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
WILDCARD = frozenset({"0.0.0.0", "::", "::ffff:0.0.0.0"})


@dataclass(frozen=True, slots=True)
class Finding:
    """`fatal`: no call can reach the app as it is."""

    reason: str
    message: str
    fatal: bool


_IN_USE = ("address already in use", "eaddrinuse", "address in use")


def explain_exit(container: str, wanted: Collection[int], ports: Collection[int], log: str) -> Finding | None:
    """Why a container may have ended with an error, as far as the end of its log tells: a hint for people, nothing is decided by it.

    `wanted`: the ports it was given; `ports`: its container ports, on which its own sidecar listens.
    """
    if not wanted or not any(words in log.lower() for words in _IN_USE):
        return None
    given, own = ", ".join(map(str, wanted)), ", ".join(map(str, ports))
    return Finding(
        "PortIgnored",
        f"container {container} could not listen: the address is in use. Port {own} is its sidecar's; the variable PORT told it to "
        f'listen on {given}. Make it read PORT (and HOST), or pass it on: args: ["--port", "$(PORT)"]',
        True,
    )


def judge_listeners(container: str, wanted: Collection[int], found: Collection[Listener]) -> Finding | None:
    """`wanted`: the ports the container was given; `found`: what its processes listen on. None: all is well, or it does not listen yet."""
    given = [each for each in found if each.port in wanted]
    open_to_all = sorted({each.port for each in found if each.address in WILDCARD})
    if wanted and found and not given:
        where = ", ".join(f"{each.address}:{each.port}" for each in found)
        ports = ", ".join(map(str, wanted))
        return Finding(
            "PortIgnored",
            f"container {container} listens on {where}, but the variable PORT told it to listen on {ports}; calls reach it only there. "
            'Make it read PORT (and HOST), or pass it on: args: ["--port", "$(PORT)"]',
            True,
        )
    if open_to_all:
        ports = ", ".join(map(str, open_to_all))
        return Finding(
            "WildcardAddress",
            f"container {container} listens on all addresses of this machine (port {ports}), past its sidecar and open to the network. "
            "Make it listen on the address in HOST (127.0.0.1)",
            False,
        )
    return None


def judge_silence(container: str, wanted: Collection[int], found: Collection[Listener], seconds: float) -> Finding | None:
    """About an app that should long listen: `seconds` have passed since it started. It may still begin to, so it is no fault yet."""
    if not wanted or found:
        return None
    ports = ", ".join(map(str, wanted))
    return Finding(
        "NotListening",
        f"container {container} listens nowhere {seconds:g} s after its start, but has a containerPort: calls get 503. The variable PORT "
        f"told it to listen on {ports}. Make it do so, or take its ports out if it serves nothing",
        False,
    )
