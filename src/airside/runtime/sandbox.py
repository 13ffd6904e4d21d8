"""A pod as the agent deals with it: what it should be (from the Pod object) and what is seen of it (from processes and probes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from airside.resources.pod import Container, Pod
from airside.runtime.backoff import Backoff
from airside.runtime.network import PROXY, Placement


class Role(Enum):
    """In which order containers come up: the proxy, the init containers one by one, the apps."""

    PROXY = "proxy"
    INIT = "init"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One container that should run."""

    name: str
    role: Role
    spec: Container


@dataclass(frozen=True, slots=True)
class Desired:
    """What a pod should be. `leaving`: it is to be stopped and removed."""

    pod: Pod
    leaving: bool = False
    grace: timedelta = timedelta(seconds=30)

    @classmethod
    def of(cls, pod: Pod) -> Desired:
        seconds = pod.metadata.deletion_grace_period_seconds
        grace = pod.spec.termination_grace_period_seconds if seconds is None else seconds
        return cls(pod, pod.metadata.deletion_timestamp is not None, timedelta(seconds=grace))

    @property
    def containers(self) -> tuple[Wanted, ...]:
        spec = self.pod.spec
        proxies = [Wanted(one.name, Role.PROXY, one) for one in spec.containers if one.name == PROXY]
        return (
            *proxies,
            *(Wanted(one.name, Role.INIT, one) for one in spec.init_containers if one.name != PROXY),
            *(Wanted(one.name, Role.APP, one) for one in spec.containers if one.name != PROXY),
        )

    def restarts(self, wanted: Wanted, code: int) -> bool:
        """Whether a container that ended so is to be started again."""
        policy = self.pod.spec.restart_policy
        if wanted.role is Role.INIT:
            return code != 0 and policy != "Never"
        return policy == "Always" or wanted.role is Role.PROXY or (policy == "OnFailure" and code != 0)


@dataclass(frozen=True, slots=True)
class Absent:
    """Never started."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It could not be started: no such command, no such ConfigMap."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Running:
    """It runs. `sick`: the liveness or startup probe gave it up. `complaint`: reason and message of what keeps it from serving."""

    since: datetime
    process: str  # names it in the status: `process://PID`
    ready: bool = False
    started: bool = True
    sick: bool = False
    stopping: datetime | None = None  # since when it was told to end
    killed: bool = False
    complaint: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Exited:
    """It ended. `code`: as a shell has it, 128 + signal; 255 if nobody was there to see. `hint`: what its owner may do about it."""

    code: int
    since: datetime
    at: datetime
    reason: str
    process: str = ""
    message: str = ""
    hint: str = ""


State = Absent | Refused | Running | Exited


@dataclass(frozen=True, slots=True)
class Seen:
    """One container as it is, and its past."""

    state: State = Absent()
    restarts: int = 0
    backoff: Backoff = Backoff()
    last: Exited | None = None

    def ended(self, code: int, now: datetime, message: str = "", hint: str = "") -> Seen:
        """After its process ended."""
        assert isinstance(self.state, Running)
        exited = Exited(code, self.state.since, now, "Completed" if code == 0 else "Error", self.state.process, message, hint)
        return replace(self, state=exited, backoff=self.backoff.after(now - self.state.since, now))

    def started(self, running: Running) -> Seen:
        """After it was started, for the first time or again."""
        again = isinstance(self.state, Exited)
        last = self.state if isinstance(self.state, Exited) else self.last
        return replace(self, state=running, last=last, restarts=self.restarts + again)

    def refused(self, reason: str, message: str, now: datetime) -> Seen:
        """After an attempt to start it that came to nothing."""
        last = self.state if isinstance(self.state, Exited) else self.last
        return replace(self, state=Refused(reason, message), last=last, backoff=self.backoff.after(timedelta(0), now))


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps the whole pod from coming up: no port left, no room on the disk."""

    reason: str
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Observed:
    """A pod as it is. `published`: the API has its address; `draining`: since when callers are sent away; `removed`: nothing is left."""

    place: Placement | None = None
    published: bool = False
    containers: Mapping[str, Seen] = field(default_factory=dict)
    draining: datetime | None = None
    removed: bool = False
    trouble: Trouble | None = None

    def seen(self, name: str) -> Seen:
        return self.containers.get(name, Seen())

    def with_container(self, name: str, seen: Seen) -> Observed:
        return replace(self, containers={**self.containers, name: seen})
