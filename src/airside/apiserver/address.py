"""What a path under /api and /apis points at. Paths are parsed here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from airside.apiserver.status import ApiError, no_such_resource
from airside.resources.keys import ObjectKey
from airside.resources.kinds import KINDS, Kind, find_kind, find_resource

EXTRA_SUBRESOURCES = {"Pod": frozenset({"binding", "exec", "log"}), "Namespace": frozenset({"finalize"})}
"""What a kind offers below its name besides `Kind.subresources`."""


class NoSuchPath(Exception):
    """Nothing is served there: answered as a plain text, as Kubernetes does."""


@dataclass(frozen=True, slots=True)
class Address:
    """One object (`name`), its subresource, or a collection; `watched`: by one of the old /watch/ paths."""

    kind: Kind
    version: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    watched: bool = False

    @property
    def key(self) -> ObjectKey:
        return self.key_of(self.name)

    def key_of(self, name: str) -> ObjectKey:
        return ObjectKey(self.kind.group, self.kind.kind, self.namespace, name)

    @property
    def api_version(self) -> str:
        """As objects on this path write it."""
        return self.kind.api_version_of(self.version)

    @property
    def of_all_namespaces(self) -> bool:
        return self.kind.namespaced and not self.namespace


@dataclass(frozen=True, slots=True)
class GroupVersion:
    """A group and a version, as they stand in a path."""

    group: str
    version: str

    def __str__(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


def served_versions() -> list[GroupVersion]:
    """Every group-version that is served, core first, otherwise by group and in order of preference."""
    found = dict.fromkeys(GroupVersion(kind.group, version) for kind in KINDS for version in kind.versions)
    return sorted(found, key=lambda served: served.group)


def kinds_of(served: GroupVersion) -> list[Kind]:
    return sorted((kind for kind in KINDS if kind.group == served.group and served.version in kind.versions), key=lambda kind: kind.plural)


def parse_address(path: str) -> Address:
    """The thing at a path below a group-version. Raises NoSuchPath, or ApiError for an unknown resource of a known group-version."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", version, *rest]:
            served = GroupVersion("", version)
        case ["apis", group, version, *rest] if group:
            served = GroupVersion(group, version)
        case _:
            raise NoSuchPath
    if served not in served_versions() or not rest:
        if any(served.group == known.group for known in served_versions()):
            raise no_such_resource()
        raise NoSuchPath
    watched = rest[0] == "watch"
    address = _below(served, rest[1:] if watched else rest)
    return Address(address.kind, address.version, address.namespace, address.name, address.subresource, watched)


def _below(served: GroupVersion, rest: list[str]) -> Address:
    match rest:
        case ["namespaces", namespace, plural, *more] if find_resource(served.group, plural) and len(more) <= 2:
            kind = _kind(served, plural)
            if not kind.namespaced:
                raise no_such_resource()
            return _address(kind, served.version, namespace, more)
        case ["namespaces", _, unknown] if served.group or unknown not in ("status", "finalize"):
            raise no_such_resource()
        case [plural, *more] if len(more) <= 2:
            kind = _kind(served, plural)
            if kind.namespaced and more:
                raise no_such_resource()
            return _address(kind, served.version, "", more)
        case _:
            raise no_such_resource()


def _kind(served: GroupVersion, plural: str) -> Kind:
    kind = find_resource(served.group, plural)
    if kind is None or served.version not in kind.versions:
        raise no_such_resource()
    return kind


def _address(kind: Kind, version: str, namespace: str, more: list[str]) -> Address:
    name, subresource = (*more, "", "")[:2]
    if subresource and subresource not in kind.subresources | EXTRA_SUBRESOURCES.get(kind.kind, frozenset()):
        raise no_such_resource()
    return Address(kind, version, namespace, name, subresource)


def namespace_kind() -> Kind:
    kind = find_kind("", "Namespace")
    assert kind is not None
    return kind


__all__ = ["Address", "ApiError", "GroupVersion", "NoSuchPath", "kinds_of", "namespace_kind", "parse_address", "served_versions"]
