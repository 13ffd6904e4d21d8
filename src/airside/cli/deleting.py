"""What `delete -f` and `wait` are about: objects out of files, and out of words that may mean several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from airside.cli.applying import Read
from airside.cli.bundle import check_documents
from airside.cli.delete import Doomed, select_doomed
from airside.cli.errors import CommandError
from airside.cli.session import tell_problems
from airside.cli.watch import Awaited
from airside.cli.words import Wanted
from airside.client.client import ApiClient
from airside.client.requests import Selection
from airside.resources.problems import Severity

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def doomed_in(read: Read, namespace: str | None) -> list[Doomed]:
    """The objects of documents, the last first: what was built on others goes before them. Raises CommandError."""
    documents, problems = read
    bundle = check_documents(documents, namespace, None)
    errors = [problem for problem in (*problems, *bundle.problems) if problem.severity is Severity.ERROR]
    tell_problems(errors)
    if errors:
        raise CommandError("nothing was deleted; the errors above come first")
    return [Doomed(item.kind, item.key.namespace, item.key.name) for item in reversed(bundle.items)]


def select_awaited(client: ApiClient, wanted: Sequence[Wanted], selection: Selection, everything: bool) -> list[Awaited]:
    """Raises CommandError where nothing is meant."""
    found = select_doomed(client, wanted, selection, everything)
    if not found:
        raise CommandError("no matching resources found")
    return [Awaited(one.kind, one.namespace, one.name) for one in found]


def parse_timeout(text: str) -> float:
    """Seconds of `90s`, `1m30s`, `45`. Raises CommandError."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = list(_PART.finditer(text))
    if not parts or "".join(part.group() for part in parts) != text:
        raise CommandError(f"--timeout={text}: expected a duration such as 30s or 2m")
    return sum(float(part.group(1)) * _UNITS[part.group(2)] for part in parts)
