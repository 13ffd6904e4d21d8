"""The name of an object: printed and parsed here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """Group, kind, namespace and name; versions are forms of one object, so none is here. Cluster-scoped: namespace ""."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """`VirtualService.networking.istio.io/default/cpanel`; core kinds have no group, cluster-scoped ones an empty namespace."""
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind}/{self.namespace}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> ObjectKey:
        """The key that prints as `text`. Raises ValueError for anything else."""
        kind, namespace, name = text.split("/")
        kind, _, group = kind.partition(".")
        if not kind or not name:
            raise ValueError(f"not an object key: {text!r}")
        return cls(group, kind, namespace, name)
