"""What an earlier agent left of a pod, taken over: processes that run on are kept, what ended is started again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from airside.installation.records import ContainerRecord
from airside.runtime.network import Placement
from airside.runtime.record import PodRecord
from airside.runtime.sandbox import Desired, Exited, Observed, Role, Running, Seen, Wanted

UNSEEN = 255


class Left(Protocol):
    """A container as an earlier agent left it."""

    @property
    def record(self) -> ContainerRecord: ...
    @property
    def alive(self) -> bool: ...


class Finder(Protocol):
    """Finds what was left of a container by name; None: it was never started."""

    def adopt(self, name: str) -> Left | None: ...


class Owner(Protocol):
    """Knows whether a place may be kept."""

    def owns(self, place: Placement) -> bool: ...


@dataclass(frozen=True, slots=True)
class Adoption:
    """The pod as found, and the records of the containers that run."""

    observed: Observed
    running: Mapping[str, ContainerRecord] = field(default_factory=dict)


def adopt(desired: Desired, record: PodRecord, finder: Finder, owner: Owner, now: datetime) -> Adoption:
    """A pod of which nothing runs any more begins anew, as after a reboot: in order, at another address if the old one is not ours now."""
    found = {wanted.name: left for wanted in desired.containers if (left := finder.adopt(wanted.name)) is not None}
    if not any(left.alive for left in found.values()) and not _is_over(desired, found):
        counts = {name: Seen(restarts=left.record.restarts + 1) for name, left in found.items()}
        place = record.place if owner.owns(record.place) else None
        return Adoption(Observed(place=place, containers=counts))
    seen = {wanted.name: _see(wanted, found[wanted.name], record, now) for wanted in desired.containers if wanted.name in found}
    running = {name: left.record for name, left in found.items() if left.alive}
    return Adoption(Observed(place=record.place, published=True, containers=seen), running)


def _is_over(desired: Desired, found: Mapping[str, Left]) -> bool:
    """Whether all apps were seen to end for good."""
    apps = [wanted for wanted in desired.containers if wanted.role is Role.APP]
    codes = [(wanted, found[wanted.name].record.exit if wanted.name in found else None) for wanted in apps]
    return bool(codes) and all(code is not None and not desired.restarts(wanted, code) for wanted, code in codes)


def _see(wanted: Wanted, left: Left, record: PodRecord, now: datetime) -> Seen:
    since = datetime.fromtimestamp(left.record.since, UTC)
    process = f"process://{left.record.pid}-{left.record.start}"
    if left.alive:
        return Seen(Running(since, process, ready=wanted.name in record.ready), left.record.restarts)
    if left.record.exit is not None:
        code = left.record.exit
        at = datetime.fromtimestamp(left.record.ended, UTC)
        return Seen(Exited(code, since, at, "Completed" if code == 0 else "Error", process), left.record.restarts)
    # Init containers that ended are taken for done: they must not run twice, and an unfinished one shows in its apps.
    code, reason = (0, "Completed") if wanted.role is Role.INIT else (UNSEEN, "ContainerStatusUnknown")
    return Seen(Exited(code, since, now, reason, process, "ended while no agent was watching"), left.record.restarts)
