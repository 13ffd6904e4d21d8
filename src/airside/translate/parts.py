"""The parts that configuration is made of, each computed by itself, and the index of what each has read.

A change is a set of facts; only the parts that read one of them are computed again. That is the whole of incremental translation: a part
that read past the `Reader` would go stale, so nothing else gives access to the world.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from airside.model.facts import Fact


class Step(StrEnum):
    """What a part makes. `scope` of a part is its audience's, but a PROXY's own; `name` a host, or empty."""

    CLUSTERS = "clusters"  # of a host
    ENDPOINTS = "endpoints"  # of a host
    HOSTS = "hosts"  # the virtual hosts of a service
    LITERALS = "literals"  # the virtual hosts of hosts without a service
    GATEWAY = "gateway"  # the route tables of a gateway
    PROXY = "proxy"  # listeners of one proxy, and the clusters only they lead to


class Part(NamedTuple):
    """Names one part."""

    step: Step
    scope: str
    name: str = ""


@dataclass(slots=True)
class ReadIndex:
    """Which part read which facts, both ways round."""

    readers: dict[Fact, set[Part]] = field(default_factory=dict)
    reads: dict[Part, frozenset[Fact]] = field(default_factory=dict)

    def note(self, part: Part, facts: Iterable[Fact]) -> None:
        """What the part read this time; what it read before is forgotten."""
        new = frozenset(facts)
        old = self.reads.get(part, frozenset())
        if new != old:
            self._forget(part, old - new)
            for fact in new - old:
                self.readers.setdefault(fact, set()).add(part)
            self.reads[part] = new

    def drop(self, part: Part) -> None:
        self._forget(part, self.reads.pop(part, frozenset()))

    def touched(self, facts: Iterable[Fact]) -> set[Part]:
        """The parts that read any of these facts."""
        return {part for fact in facts for part in self.readers.get(fact, ())}

    def _forget(self, part: Part, facts: Iterable[Fact]) -> None:
        for fact in facts:
            readers = self.readers[fact]
            readers.discard(part)
            if not readers:
                del self.readers[fact]
