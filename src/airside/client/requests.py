"""What is asked of the server: every call as a value, shared by the blocking and the async client. Nothing is sent here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol
from urllib.parse import quote

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


class Served(Protocol):
    """What a request must know of a kind; `airside.resources.kinds.Kind` has it."""

    @property
    def group(self) -> str: ...
    @property
    def plural(self) -> str: ...
    @property
    def namespaced(self) -> bool: ...
    @property
    def versions(self) -> tuple[str, ...]: ...


class Patch(Enum):
    """How a patch is to be read."""

    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"
    JSON = "application/json-patch+json"
    APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to the server."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str = "application/json"
    accept: str = "application/json"

    def asking(self, **query: str | int | None) -> Request:
        """With further query parameters; those that are None or empty are left out."""
        added = tuple((name, str(value)) for name, value in query.items() if value not in (None, ""))
        return replace(self, query=self.query + added)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a kind: one namespace or (None) all, by labels and fields as kubectl writes them."""

    namespace: str | None = None
    labels: str = ""
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a write is to be taken: dry runs store nothing; `validation` is Strict, Warn or Ignore; `manager` names the writer."""

    dry_run: bool = False
    validation: str = "Strict"
    manager: str = "airside"

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        dry = (("dryRun", "All"),) if self.dry_run else ()
        return (("fieldManager", self.manager), ("fieldValidation", self.validation), *dry)


WRITING = Writing()


def path_of(kind: Served, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
    """The object's path, or its collection's; of a namespaced kind without a namespace, the collection of all."""
    root = f"/apis/{kind.group}/{kind.versions[0]}" if kind.group else f"/api/{kind.versions[0]}"
    parts = ["namespaces", namespace] if kind.namespaced and namespace else []
    parts += [kind.plural, *([name] if name else []), *([subresource] if subresource else [])]
    return "/".join((root, *(quote(part, safe="") for part in parts)))


def build_list(kind: Served, selection: Selection, accept: str = "application/json") -> Request:
    return Request("GET", path_of(kind, selection.namespace), accept=accept).asking(
        labelSelector=selection.labels, fieldSelector=selection.fields
    )


def build_watch(kind: Served, selection: Selection, revision: str, accept: str = "application/json") -> Request:
    return build_list(kind, selection, accept).asking(watch="true", allowWatchBookmarks="true", resourceVersion=revision)


def build_get(kind: Served, namespace: str, name: str, subresource: str = "", accept: str = "application/json") -> Request:
    return Request("GET", path_of(kind, namespace, name, subresource), accept=accept)


def build_create(kind: Served, raw: Mapping[str, object], writing: Writing = WRITING) -> Request:
    return Request("POST", path_of(kind, _metadata(raw, "namespace")), writing.query, _dump(raw))


def build_replace(kind: Served, raw: Mapping[str, object], subresource: str = "", writing: Writing = WRITING) -> Request:
    return Request("PUT", path_of(kind, _metadata(raw, "namespace"), _metadata(raw, "name"), subresource), writing.query, _dump(raw))


@dataclass(frozen=True, slots=True)
class Target:
    """One object, or a subresource of it, that is to be patched."""

    kind: Served
    namespace: str
    name: str
    subresource: str = ""


def build_patch(target: Target, patch: object, form: Patch = Patch.MERGE, writing: Writing = WRITING) -> Request:
    path = path_of(target.kind, target.namespace, target.name, target.subresource)
    return Request("PATCH", path, writing.query, _dump(patch), form.value)


def build_delete(kind: Served, namespace: str, name: str, grace: int | None = None, propagation: str = "Background") -> Request:
    options: dict[str, object] = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    return Request("DELETE", path_of(kind, namespace, name), body=_dump(options))


@dataclass(frozen=True, slots=True)
class LogWanted:
    """Which part of which log. `container` may be empty when the pod has one besides its sidecar."""

    namespace: str
    pod: str
    container: str = ""
    follow: bool = False
    previous: bool = False
    tail: int | None = None


def build_log(wanted: LogWanted) -> Request:
    path = f"/api/v1/namespaces/{quote(wanted.namespace, safe='')}/pods/{quote(wanted.pod, safe='')}/log"
    flags = {"follow": "true" if wanted.follow else None, "previous": "true" if wanted.previous else None}
    return Request("GET", path, accept="*/*").asking(container=wanted.container, tailLines=wanted.tail, **flags)


@dataclass(frozen=True, slots=True)
class ExecWanted:
    """A command to be run in a container of a pod."""

    namespace: str
    pod: str
    command: Sequence[str]
    container: str = ""
    stdin: bool = False
    tty: bool = False
    streams: tuple[str, ...] = field(default=("stdout", "stderr"))


def build_exec(wanted: ExecWanted) -> Request:
    path = f"/api/v1/namespaces/{quote(wanted.namespace, safe='')}/pods/{quote(wanted.pod, safe='')}/exec"
    command = tuple(("command", word) for word in wanted.command)
    flags = tuple((stream, "true") for stream in wanted.streams if not (wanted.tty and stream == "stderr"))
    request = Request("GET", path, command + flags)
    return request.asking(container=wanted.container, stdin="true" if wanted.stdin else None, tty="true" if wanted.tty else None)


def _metadata(raw: Mapping[str, object], name: str) -> str:
    metadata = raw.get("metadata")
    value = metadata.get(name) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) else ""


def _dump(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
