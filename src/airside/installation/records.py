"""Records of processes: enough to find one again after its parent died, and never to take another for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

OWNER = "AIRSIDE_OWNER"
"""Environment variable of every process of an installation: its home. By it, a process is found even when no record of it was written."""
POD = "AIRSIDE_POD"
"""Environment variable of every process of a pod: the pod's uid."""
CONTAINER = "AIRSIDE_CONTAINER"
"""Environment variable of every process of a container: its name."""


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process by pid *and* start time (clock ticks since boot, as the kernel counts them): pids are used again, the pair is not."""

    pid: int
    start: int
    argv: tuple[str, ...]

    def print(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, text: str) -> ProcessRecord:
        """The record that prints as `text`; other fields of it are passed over. Raises ValueError."""
        raw = json.loads(text)
        if not isinstance(raw, dict) or not {"pid", "start", "argv"} <= raw.keys():
            raise ValueError(f"not a process record: {text!r}")
        return cls(int(raw["pid"]), int(raw["start"]), tuple(str(word) for word in raw["argv"]))


@dataclass(frozen=True, slots=True)
class ContainerRecord:
    """How a container was started, and as which process; what `exec` and a new agent go by. `pid` 0: about to be started.

    The rest is the agent's own, so that it goes on after its own crash: `since` when it runs (seconds since the epoch), how often it was
    restarted, and, once it ended before an agent's eyes, `exit` code and time.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    pid: int = 0
    start: int = 0
    port: int | None = None
    since: float = 0.0
    restarts: int = 0
    exit: int | None = None
    ended: float = 0.0

    @property
    def process(self) -> ProcessRecord:
        return ProcessRecord(self.pid, self.start, self.argv)

    def print(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, text: str) -> ContainerRecord:
        """The record that prints as `text`. Raises ValueError."""
        raw = json.loads(text)
        if not isinstance(raw, dict):
            raise ValueError(f"not a container record: {text!r}")
        try:
            return cls(**{**raw, "argv": tuple(raw["argv"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a container record: {text!r}") from error
