"""Who is there: every proxy, and the audience it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from airside.model.audience import Audience, audience_of
from airside.model.facts import SELECTORS, Aspect, Fact
from airside.model.world import World


@dataclass(frozen=True, slots=True)
class Placement:
    """What is different: proxies that are new or in another audience, proxies that are gone, audiences that came and went."""

    placed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    appeared: tuple[Audience, ...] = ()
    vanished: tuple[str, ...] = ()


@dataclass(slots=True)
class Roster:
    """Audiences by their scope's name, and each proxy's."""

    audiences: dict[str, Audience] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)

    def place(self, world: World, facts: Iterable[Fact]) -> Placement:
        candidates = {fact.name for fact in facts if fact.aspect is Aspect.PROXY}
        if SELECTORS in facts:
            candidates |= self.members.keys()
        if not candidates:
            return Placement()
        known = set(self.audiences)
        placed, gone = [], []
        for id in sorted(candidates):
            proxy = world.pods.proxies.get(id)
            before = self.members.pop(id, None)
            if proxy is None:
                if before is not None:
                    gone.append(id)
                continue
            audience = audience_of(proxy, world.selectors)
            scope = self.members[id] = str(audience)
            self.audiences[scope] = audience
            if scope != before:
                placed.append(id)
        vanished = self.audiences.keys() - set(self.members.values())
        for scope in vanished:
            del self.audiences[scope]
        appeared = (self.audiences[scope] for scope in sorted(self.audiences.keys() - known))
        return Placement(tuple(placed), tuple(gone), tuple(appeared), tuple(sorted(vanished & known)))
