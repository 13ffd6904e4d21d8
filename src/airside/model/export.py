"""`exportTo`: to which namespaces a rule is visible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Export:
    """The namespaces that see a rule; None: all of them."""

    namespaces: frozenset[str] | None = None

    @classmethod
    def of(cls, export_to: Iterable[str], namespace: str) -> Export:
        """As written in a rule of `namespace`; nothing written means everybody, as in Istio's mesh defaults."""
        names = set(export_to) or {"*"}
        if "*" in names:
            return cls()
        return cls(frozenset(namespace if name == "." else name for name in names if name != "~"))

    def reaches(self, namespace: str) -> bool:
        return self.namespaces is None or namespace in self.namespaces

    def only(self, namespace: str) -> bool:
        """Private to the namespace."""
        return self.namespaces is not None and self.namespaces == frozenset((namespace,))

    def wider(self, other: Export) -> bool:
        """Strictly: everybody the other reaches, and more."""
        if self.namespaces is None:
            return other.namespaces is not None
        return other.namespaces is not None and other.namespaces < self.namespaces
