"""What one client has of one xDS type, what it is due, what is on its way and what it refused.

Pure bookkeeping of versions and revisions, name by name. Who asks for what is `protocol.py`'s, what may be sent now is `session.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .resource import Resource


@dataclass(frozen=True, slots=True)
class Due:
    """What a client is to get. `resource` None: that there is none. `revision`: the oldest change that it brings.

    `must`: an answer to a question, or what a rejected response left in doubt; sent even when the client seems to have it.
    """

    resource: Resource | None
    revision: int
    must: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A version that the client refused, by itself. It is not sent again until it changes."""

    resource: Resource
    revision: int
    message: str


@dataclass(slots=True)
class Delivery:
    """The resources of one type as one client stands to them. `by_name`: the client takes only what it has asked for by name."""

    by_name: bool
    held: dict[str, Resource] = field(default_factory=dict)  # acknowledged; the last good ones
    due: dict[str, Due] = field(default_factory=dict)
    flying: dict[str, Due] = field(default_factory=dict)  # newest unanswered sending of each name
    refused: dict[str, Refusal] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)  # what the client has of these nobody knows: they were in a rejected response
    suspects: list[tuple[str, ...]] = field(default_factory=list)  # parts of a rejected response, each to be sent alone
    cold: dict[str, int] = field(default_factory=dict)  # held, but what it names has yet to come; by revision
    stuck: dict[str, str] = field(default_factory=dict)  # due, but cannot go because of a refusal; why

    def know(self, versions: Mapping[str, str]) -> None:
        """What the client says it has. Bodies are unknown until compared with what is served."""
        self.held.update((name, Resource(name, version, b"")) for name, version in versions.items())

    def change(self, name: str, want: Resource | None, revision: int) -> bool:
        """Note what the client should have from `revision` on; whether that leaves something to be done."""
        before = self.due.pop(name, None)
        self.stuck.pop(name, None)
        if before is not None:
            revision = min(revision, before.revision)
            if before.must:
                self.due[name] = Due(want, revision, must=True)
                return True
        if name in self.flying:
            if _version(self.flying[name].resource) != _version(want):
                self.due[name] = Due(want, revision)
            return True
        if name in self.refused and _version(self.refused[name].resource) == _version(want):
            return False
        if _version(self.held.get(name)) == _version(want) and name not in self.doubted:
            self.refused.pop(name, None)
            if want is not None:
                self.held[name] = want
            return False
        self.due[name] = Due(want, revision, must=name in self.doubted)
        return True

    def chill(self, name: str, revision: int) -> None:
        """What the client brought along is warm only if it comes to speak of what that needs, too."""
        if name not in self.due and name in self.held and self.held[name].after:
            self.cold[name] = revision

    def ask(self, name: str, want: Resource | None, revision: int) -> None:
        """The client is to get `name` whatever it has."""
        before = self.due.get(name)
        self.due[name] = Due(want, min(revision, before.revision) if before else revision, must=True)
        self.refused.pop(name, None)

    def forget(self, names: Iterable[str]) -> None:
        """The client has let go of these."""
        for name in names:
            for place in (self.held, self.due, self.flying, self.refused, self.cold, self.stuck):
                place.pop(name, None)
            self.doubted.discard(name)

    def send(self, names: Iterable[str]) -> dict[str, Due]:
        """Take these from what is due; they are on their way."""
        items = {name: self.due.pop(name) for name in names}
        self.flying.update(items)
        return items

    def adds(self, name: str) -> bool:
        """Whether this due name brings something, or tells one who asked that there is nothing; else it takes something away.

        Whoever asks by name waits for the answer, whatever it has: a cluster is not warm, nor any other acknowledged, before it has come.
        """
        item = self.due[name]
        return item.resource is not None or (item.must and (self.by_name or not (name in self.held or name in self.doubted)))

    def additions(self) -> list[str]:
        """The due names that add; while a rejected response is being taken apart, its next part alone."""
        while self.suspects:
            group = [name for name in self.suspects[0] if name in self.due and self.adds(name)]
            if group:
                return group
            self.suspects.pop(0)
        return [name for name in self.due if self.adds(name)]

    def removals(self) -> list[str]:
        return [name for name in self.due if not self.adds(name)]

    def accept(self, items: Mapping[str, Due]) -> None:
        """The client took these. Those that name others stay cold until `warm` says that the others have come."""
        for name, item in items.items():
            if name not in self.flying:
                continue  # let go of meanwhile
            self._land(name, item)
            self.refused.pop(name, None)
            self.doubted.discard(name)
            if item.resource is None:
                self.held.pop(name, None)
                self.cold.pop(name, None)
            else:
                self.held[name] = item.resource
                if item.resource.after:
                    self.cold[name] = item.revision

    def refuse(self, items: Mapping[str, Due], message: str) -> None:
        """The client rejected a response. Alone, a resource is the culprit; among others it is suspected, and halves are tried again.

        What the client now has of the suspects is in doubt (Envoy keeps the good clusters and listeners of a rejected response, but of
        other types only those before the bad one), so each of them is sent again, or taken away even if it never was acknowledged.
        """
        present = [(name, item.resource) for name, item in items.items() if name in self.flying and item.resource is not None]
        for name, item in items.items():
            if item.resource is None and name in self.flying:
                self._land(name, item)
                self.held.pop(name, None)
                self.doubted.discard(name)
        for name, resource in present:
            newest = self._land(name, items[name])
            if len(present) == 1:
                self.refused[name] = Refusal(resource, items[name].revision, message)
                continue
            self.doubted.add(name)
            if newest:
                after = self.due.get(name, items[name])
                self.due[name] = Due(after.resource, items[name].revision, must=True)
        if len(present) > 1:
            names = tuple(name for name, _ in present)
            middle = len(names) // 2
            self.suspects[:0] = [names[:middle], names[middle:]]

    def _land(self, name: str, item: Due) -> bool:
        """Whether this was the newest sending of the name."""
        if self.flying.get(name) is not item:
            return False
        del self.flying[name]
        return True

    def owes(self, revision: int) -> bool:
        """Whether a change up to `revision` is still on its way. What a refusal holds up is not waited for."""
        if not (self.flying or self.due or self.cold):
            return False  # asked of every type at every turn, and mostly so
        return (
            any(item.revision <= revision for item in self.flying.values())
            or any(item.revision <= revision for name, item in self.due.items() if name not in self.stuck)
            or any(since <= revision for since in self.cold.values())
        )

    def doubts(self) -> frozenset[str]:
        """Names of which nobody knows what the client has, should it go now: what it rejected with others, or did not answer for."""
        unanswered = [name for name, item in self.due.items() if item.must]
        return frozenset(self.doubted | self.flying.keys()).union(unanswered)

    def unsettled(self) -> bool:
        """Whether the client is to have, or has refused, anything but what it holds."""
        return bool(self.due or self.flying or self.cold or self.refused)

    def refusals(self) -> dict[str, str]:
        """What of the newest state the client does not have because of a refusal, its own or another's; why."""
        return {**{name: refusal.message for name, refusal in self.refused.items()}, **self.stuck}


def _version(resource: Resource | None) -> str | None:
    return resource.version if resource is not None else None
