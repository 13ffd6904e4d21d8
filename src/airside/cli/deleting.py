"""What `delete -f` and `wait` are about: objects named by files, and by words that may mean several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from airside.cli.applying import Read
from airside.cli.bundle import place
from airside.cli.delete import Deletion, Doomed, delete, select_doomed
from airside.cli.errors import CommandError, Failed
from airside.cli.session import CONSOLE, tell_problems
from airside.cli.watch import Awaited
from airside.cli.words import Wanted
from airside.client.client import ApiClient
from airside.client.requests import Selection
from airside.resources.parse import kind_of, name_of
from airside.resources.problems import Problem, Severity
from airside.resources.yaml import Document

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def delete_files(client: ApiClient, read: Read, namespace: str | None, how: Deletion) -> None:
    """Deletes what the documents name, the last first: what was built on others goes before them. Raises CommandError.

    What else a document says plays no part, so that a file that is wrong by now still takes away what it once made.
    """
    documents, problems = read
    named = [_named(document, namespace) for document in documents]
    unnamed = [*problems, *(one for one in named if isinstance(one, Problem))]
    tell_problems(unnamed)
    delete(client, [one for one in reversed(named) if isinstance(one, Doomed)], how, CONSOLE)
    if unnamed:
        raise Failed


def _named(document: Document, namespace: str | None) -> Doomed | Problem:
    """What a document is of, by kind and name alone."""
    kind = kind_of(document.raw)
    if isinstance(kind, Problem):
        return document.locate(kind)
    metadata = place(document, namespace).get("metadata")
    name, within = (metadata.get(field) for field in ("name", "namespace")) if isinstance(metadata, dict) else (None, None)
    if not isinstance(name, str) or not name:
        missing = Problem("AIR1001", Severity.ERROR, name_of(document.raw), "metadata.name", "required to say which object goes")
        return document.locate(missing)
    return Doomed(kind, str(within) if kind.namespaced else "", name)


def select_awaited(client: ApiClient, wanted: Sequence[Wanted], selection: Selection, everything: bool) -> list[Awaited]:
    """Raises CommandError where nothing is meant."""
    found = select_doomed(client, wanted, selection, everything)
    if not found:
        raise CommandError("no matching resources found")
    return [Awaited(one.kind, one.namespace, one.name) for one in found]


def parse_timeout(text: str, option: str = "--timeout") -> float:
    """Seconds of `90s`, `1m30s`, `45`. Raises CommandError."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = list(_PART.finditer(text))
    if not parts or "".join(part.group() for part in parts) != text:
        raise CommandError(f"{option}={text}: expected a duration such as 30s or 2m")
    return sum(float(part.group(1)) * _UNITS[part.group(2)] for part in parts)
