"""What is served: resources by type and scope, and which proxies see which scopes. Who has received what is `session.py`'s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .resource import ProxyId, Resource, Scope, TypeUrl, Update

Table = dict[str, Resource]


@dataclass(frozen=True, slots=True)
class Touched:
    """What an update may mean for proxies: names by type for those that see the scope, or everything."""

    names: Mapping[ProxyId, tuple[tuple[TypeUrl, frozenset[str]], ...]]
    rescoped: frozenset[ProxyId]
    gone: frozenset[ProxyId]


@dataclass(slots=True)
class Tables:
    """The newest state of everything served."""

    tables: dict[TypeUrl, dict[Scope, Table]] = field(default_factory=dict)
    proxies: dict[ProxyId, tuple[Scope, ...]] = field(default_factory=dict)
    viewers: dict[Scope, set[ProxyId]] = field(default_factory=dict)

    def apply(self, update: Update) -> Touched:
        """Take the update over; its cost is that of the changed names and of the proxies that see them."""
        gone = frozenset(proxy for proxy, scopes in update.proxies.items() if scopes is None and proxy in self.proxies)
        rescoped = frozenset(proxy for proxy, scopes in update.proxies.items() if scopes is not None and self.proxies.get(proxy) != scopes)
        for proxy in gone | rescoped:
            self._place(proxy, update.proxies[proxy])
        names: dict[ProxyId, list[tuple[TypeUrl, frozenset[str]]]] = {}
        for (type, scope), changes in update.tables.items():
            changed = self._change(type, scope, changes)
            if changed:
                for proxy in self.viewers.get(scope, set()) - rescoped:
                    names.setdefault(proxy, []).append((type, changed))
        return Touched({proxy: tuple(parts) for proxy, parts in names.items()}, rescoped, gone)

    def _place(self, proxy: ProxyId, scopes: tuple[Scope, ...] | None) -> None:
        for scope in self.proxies.pop(proxy, ()):
            viewers = self.viewers[scope]
            viewers.discard(proxy)
            if not viewers:
                del self.viewers[scope]
        if scopes is not None:
            self.proxies[proxy] = scopes
            for scope in scopes:
                self.viewers.setdefault(scope, set()).add(proxy)

    def _change(self, type: TypeUrl, scope: Scope, changes: Mapping[str, Resource | None]) -> frozenset[str]:
        scopes = self.tables.setdefault(type, {})
        table = scopes.setdefault(scope, {})
        changed = set()
        for name, resource in changes.items():
            before = table.get(name)
            if resource is None:
                table.pop(name, None)
            else:
                table[name] = resource
            if before != resource:
                changed.add(name)
        if not table:
            del scopes[scope]
        return frozenset(changed)

    def view(self, proxy: ProxyId) -> View | None:
        scopes = self.proxies.get(proxy)
        return None if scopes is None else View(self.tables, scopes)


@dataclass(frozen=True, slots=True)
class View:
    """What one proxy sees: of several scopes with the same name, the first wins. It follows the tables as they change."""

    tables: Mapping[TypeUrl, Mapping[Scope, Table]]
    scopes: tuple[Scope, ...]

    def find(self, type: TypeUrl, name: str) -> Resource | None:
        scopes = self.tables.get(type)
        if scopes is None:
            return None
        for scope in self.scopes:
            table = scopes.get(scope)
            if table is not None and name in table:
                return table[name]
        return None

    def names(self, type: TypeUrl) -> Iterable[str]:
        """Every name of a type, once, in the order of the scopes."""
        seen: dict[str, None] = {}
        for table in self._of(type):
            seen.update(dict.fromkeys(table))
        return seen

    def _of(self, type: TypeUrl) -> Iterator[Table]:
        scopes = self.tables.get(type, {})
        return (scopes[scope] for scope in self.scopes if scope in scopes)
