"""The objects of one command, judged before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from airside.cli.errors import CommandError
from airside.resources.keys import ObjectKey
from airside.resources.kinds import Kind, find_kind
from airside.resources.objects import Object
from airside.resources.parse import UnknownFields, parse_object
from airside.resources.problems import Problem, Severity
from airside.resources.yaml import Document
from airside.validate.accept import Accepted, accept
from airside.validate.view import Gathered, View

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Item:
    """One object to be sent: in its storage version, without defaults, as its document says it."""

    document: Document
    kind: Kind
    key: ObjectKey
    raw: Raw

    @property
    def title(self) -> str:
        return f"{self.kind.title}/{self.key.name}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What may be sent, and what was found on the way. With an error among the problems nothing may."""

    items: tuple[Item, ...]
    problems: tuple[Problem, ...]

    @property
    def is_sound(self) -> bool:
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


def check_documents(documents: Sequence[Document], namespace: str | None, below: View | None) -> Bundle:
    """`namespace`: of those that name none; None: `default`, and any may be named. `below`: what is there already. Raises CommandError."""
    placed = [Document(place(document, namespace), document.file, document.line, document.lines) for document in documents]
    items: list[Item] = []
    objects: list[Object] = []
    problems: list[Problem] = []
    for document in placed:
        parsed = parse_object(document.raw, UnknownFields.STRICT)
        if isinstance(parsed, list):
            problems += map(document.locate, parsed)
        else:
            items.append(Item(document, parsed.kind, parsed.object.key, parsed.raw))
            objects.append(parsed.object)
    view = Gathered(objects, below)
    for item in items:
        judged = accept(item.document.raw, UnknownFields.STRICT, view)
        found: Iterable[Problem] = judged.warnings if isinstance(judged, Accepted) else judged.problems
        problems += map(item.document.locate, found)
    return Bundle(tuple(items), tuple(sorted(problems, key=lambda problem: (problem.file, problem.line))))


def place(document: Document, namespace: str | None) -> dict[str, object]:
    """The object with a namespace, if its kind has one."""
    raw = dict(document.raw)
    metadata, api_version = raw.get("metadata"), raw.get("apiVersion")
    if not isinstance(metadata, dict) or not isinstance(api_version, str):
        return raw  # no object; the judgement will say so
    kind = find_kind(api_version.rpartition("/")[0], str(raw.get("kind")))
    if kind is None or not kind.namespaced:
        return raw
    named = metadata.get("namespace")
    if named and namespace and named != namespace:
        raise CommandError(
            f'{document.file}:{document.line}: the namespace from the provided object "{named}" does not match the namespace "{namespace}".'
            f" You must pass '--namespace={named}' to perform this operation."
        )
    raw["metadata"] = {**metadata, "namespace": named or namespace or "default"}
    return raw
