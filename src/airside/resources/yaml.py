"""YAML and JSON text into plain values that know their lines.

A small machine eats libyaml's events: no recursion, so depth hurts nobody; no expansion of aliases, so a bomb is counted, not built.
Scalars are read as kubectl reads them (YAML 1.1 booleans and octals, but no times and no base 60), and the first broken document ends
the text, since what follows a syntax error cannot be trusted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from airside.resources.paths import field_path, plain_path
from airside.resources.problems import Problem, Severity
from airside.resources.scalars import resolve
from airside.resources.words import named

MAX_DEPTH = 100
MAX_VALUES = 500_000
"""More than any real file has; an alias counts as all it stands for."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """One object's text: its value, and at which line of which file each field stands."""

    raw: dict[str, object]
    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, path: str) -> int:
        """The line of the field, or of the nearest part around it that is written there."""
        path = plain_path(path)
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.line

    def locate(self, problem: Problem) -> Problem:
        return problem.at(self.file, self.line_of(problem.field))


def read_documents(text: str, file: str) -> tuple[list[Document], list[Problem]]:
    """All objects of a text, `List`s unfolded, and what is wrong with the rest. A document with a problem is not among the objects."""
    reader = _Reader(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.read(event)
    except yaml.MarkedYAMLError as error:
        as_json = _read_json(text, file)
        if as_json is not None:
            return as_json
        reader.problems.append(_syntax_problem(error, text, file))
    except yaml.reader.ReaderError as error:
        reader.problems.append(_unreadable(error, text, file))
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        reader.problems.append(_problem("AIR0001", "not text: half of a surrogate pair", file, line))
    except _Stop as stop:
        reader.problems.append(stop.problem)
    return [part for document in reader.documents for part in _unfold(document, reader.problems)], reader.problems


def _unfold(document: Document, problems: list[Problem]) -> list[Document]:
    """The items of a `List`; anything else is itself."""
    kind, items = document.raw.get("kind"), document.raw.get("items")
    if not (isinstance(kind, str) and kind.endswith("List") and isinstance(items, list)):
        return [document]
    parts = []
    for index, item in enumerate(items):
        prefix = f"items[{index}]"
        line = document.line_of(prefix)
        if not isinstance(item, dict):
            problems.append(_problem("AIR0004", f"{named(item)} where an object was expected", document.file, line, prefix))
            continue
        lines = {
            path[len(prefix) :].removeprefix("."): at
            for path, at in document.lines.items()
            if path.startswith((f"{prefix}.", f"{prefix}["))
        }
        parts.append(Document(item, document.file, line, lines))
    return parts


class _Stop(Exception):
    """Reading on makes no sense."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A mapping or sequence not yet ended."""

    value: dict[str, object] | list[object]
    path: str
    line: int
    anchor: str | None
    before: int  # values counted before it began
    key: str | None = None
    merges: list[dict[str, object]] = field(default_factory=list)
    key_lines: dict[str, int] = field(default_factory=dict)

    def next_path(self) -> str:
        if isinstance(self.value, list):
            return field_path(self.path, len(self.value))
        return field_path(self.path, self.key or "")


_MERGE = "<<"


class _Reader:
    """Events in; documents and problems out."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.documents: list[Document] = []
        self.problems: list[Problem] = []
        self._begin(1)

    def _begin(self, line: int) -> None:
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[object, int]] = {}
        self.lines: dict[str, int] = {}
        self.count = 0
        self.line = line
        self.root: object = None
        self.broken = False

    def read(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else self.line
        match event:
            case yaml.DocumentStartEvent():
                self._begin(line)
            case yaml.DocumentEndEvent():
                self._end_document()
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case yaml.AliasEvent():
                self._alias(event.anchor or "", line)
            case yaml.MappingStartEvent():
                self._start({}, event.anchor, line)
            case yaml.SequenceStartEvent():
                self._start([], event.anchor, line)
            case yaml.CollectionEndEvent():
                self._end_collection()
            case _:
                pass  # begin and end of the stream

    def _end_document(self) -> None:
        if self.broken or self.root is None:
            return
        if isinstance(self.root, dict):
            self.documents.append(Document(self.root, self.file, self.line, self.lines))
        else:
            message = f"{named(self.root)} where an object was expected: a mapping with apiVersion, kind, metadata"
            self.problems.append(_problem("AIR0004", message, self.file, self.line))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, event.value, line, plain=event.implicit[0])
            return
        try:
            value = resolve(event.value, event.tag, plain=event.implicit[0])
        except ValueError as error:
            self._report("AIR0006", str(error), line)
            value = ""
        self._count(1, line)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._put(value, line)

    def _key(self, top: _Open, key: str, line: int, plain: bool) -> None:
        if not (plain and key == _MERGE):
            if key in top.key_lines:
                message = f'the key "{key}" stands here a second time; the first is at line {top.key_lines[key]}. Keep one'
                self._report("AIR0003", message, line, field_path(top.path, key))
            top.key_lines.setdefault(key, line)
        top.key = key

    def _alias(self, anchor: str, line: int) -> None:
        if anchor not in self.anchors:
            message = f"the alias *{anchor} has no anchor &{anchor} before it, or is inside of it"
            raise _Stop(_problem("AIR0006", message, self.file, line))
        value, size = self.anchors[anchor]
        self._count(size, line)
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            raise _Stop(_problem("AIR0006", "an alias as a key is not supported", self.file, line))
        self._put(value, line)

    def _start(self, value: dict[str, object] | list[object], anchor: str | None, line: int) -> None:
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            raise _Stop(_problem("AIR0006", "a mapping or list as a key is not supported", self.file, line))
        if len(self.open) >= MAX_DEPTH:
            raise _Stop(_problem("AIR0005", f"nested more than {MAX_DEPTH} deep", self.file, line))
        path = top.next_path() if top is not None else ""
        self.open.append(_Open(value, path, line, anchor, self.count))
        self._count(1, line)

    def _end_collection(self) -> None:
        done = self.open.pop()
        if isinstance(done.value, dict):
            for merged in done.merges:
                for key, value in merged.items():
                    done.value.setdefault(key, value)
        if done.anchor:
            self.anchors[done.anchor] = (done.value, self.count - done.before)
        self._put(done.value, done.line)

    def _put(self, value: object, line: int) -> None:
        """Put a finished value where it belongs."""
        if not self.open:
            self.root, self.line = value, line
            return
        top = self.open[-1]
        if isinstance(top.value, list):
            self.lines[field_path(top.path, len(top.value))] = line
            top.value.append(value)
            return
        assert top.key is not None, "a value of a mapping follows its key"
        if top.key == _MERGE and _MERGE not in top.key_lines:
            self._merge(top, value, line)
        else:
            self.lines[field_path(top.path, top.key)] = top.key_lines[top.key]
            top.value[top.key] = value
        top.key = None

    def _merge(self, top: _Open, value: object, line: int) -> None:
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, dict):
                top.merges.append(part)
            else:
                self._report("AIR0006", f"<< merges mappings, not {named(part)}", line)

    def _count(self, size: int, line: int) -> None:
        self.count += size
        if self.count > MAX_VALUES:
            raise _Stop(
                _problem(
                    "AIR0005", f"more than {MAX_VALUES} values in one document, aliases counted as what they stand for", self.file, line
                )
            )

    def _report(self, code: str, message: str, line: int, path: str = "") -> None:
        self.broken = True
        self.problems.append(_problem(code, message, self.file, line, path))


def _problem(code: str, message: str, file: str, line: int, path: str = "") -> Problem:
    return Problem(code, Severity.ERROR, "", path, message, file, line)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    content = lines[line - 1] if line <= len(lines) else ""
    indent = content[: len(content) - len(content.lstrip())]
    if "\t" in indent:
        return _problem(
            "AIR0002", "a tab in the indentation; YAML is indented by spaces. Replace each tab, for example by two spaces", file, line
        )
    column = f", column {mark.column + 1}" if mark else ""
    context = f" {error.context}" if error.context else ""
    begun = f" (begun at line {error.context_mark.line + 1})" if error.context_mark and error.context_mark.line + 1 != line else ""
    return _problem("AIR0001", f"not YAML{column}: {error.problem}{context}{begun}", file, line)


def _unreadable(error: yaml.reader.ReaderError, text: str, file: str) -> Problem:
    line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else 1
    return _problem("AIR0001", f"not text: {error.reason}", file, line)


def _read_json(text: str, file: str) -> tuple[list[Document], list[Problem]] | None:
    """JSON that is not YAML (surrogate pairs); its lines are not known. None: it is not JSON either, so YAML's error stands."""
    if not text.lstrip().startswith("{"):
        return None
    duplicates: list[str] = []

    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        built = dict(pairs)
        if len(built) < len(pairs):
            duplicates.extend(sorted({key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1}))
        return built

    try:
        value: object = json.loads(text, object_pairs_hook=build)
    except (ValueError, RecursionError):
        return None
    if duplicates:
        return [], [_problem("AIR0003", f'the key "{key}" stands more than once in one object. Keep one', file, 1) for key in duplicates]
    if not isinstance(value, dict):
        return None
    problems: list[Problem] = []
    return _unfold(Document(value, file, 1), problems), problems
