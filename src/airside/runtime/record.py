"""The agent's record of a pod: what it must know after its own crash, also while the control plane is away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from airside.runtime.network import Placement


@dataclass(frozen=True, slots=True)
class PodRecord:
    """The pod as last known, its place, and which of its containers were ready."""

    raw: Mapping[str, object]
    ip: str
    ports: Mapping[str, int] = field(default_factory=dict)
    ready: tuple[str, ...] = ()

    @property
    def place(self) -> Placement:
        return Placement(self.ip, {int(port): number for port, number in self.ports.items()})

    @classmethod
    def of(cls, raw: Mapping[str, object], place: Placement, ready: tuple[str, ...]) -> PodRecord:
        return cls(raw, place.ip, {str(port): number for port, number in place.ports.items()}, ready)

    def print(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, text: str) -> PodRecord:
        """The record that prints as `text`. Raises ValueError."""
        raw = json.loads(text)
        try:
            return cls(raw["raw"], str(raw["ip"]), raw["ports"], tuple(raw["ready"]))
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a pod record: {text[:200]!r}") from error
