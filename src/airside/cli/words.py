"""What kubectl's words name: `pods`, `pod/a`, `deploy a b`, `vs,dr`, `all`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from airside.cli.errors import CommandError
from airside.resources.kinds import KINDS, Kind, kind_by_word


@dataclass(frozen=True, slots=True)
class Wanted:
    """One kind, and an object of it by name; name "": all of them, or those a selector picks."""

    kind: Kind
    name: str = ""

    @property
    def title(self) -> str:
        """`deployment.apps/cpanel-v1`, as kubectl's messages name objects."""
        return f"{self.kind.title}/{self.name}"


def parse_wanted(words: Sequence[str]) -> list[Wanted]:
    """`TYPE[,TYPE]`, `TYPE NAME...` or `TYPE/NAME...`. Raises CommandError."""
    if not words:
        raise CommandError("what? Name a kind, such as `pods`, or an object, such as `pod/cpanel-v1-...`")
    if any("/" in word for word in words):
        return [_parse_pair(word) for word in words]
    kinds = [kind for word in words[0].split(",") for kind in parse_kinds(word)]
    if len(words) == 1:
        return [Wanted(kind) for kind in kinds]
    return [Wanted(kind, name) for kind in kinds for name in words[1:]]


def parse_kinds(word: str) -> list[Kind]:
    """The kind of that name, or those of a category (`all`, `istio-io`). Raises CommandError."""
    kind = kind_by_word(word)
    if kind is not None:
        return [kind]
    category = [one for one in KINDS if word in one.categories]
    if category:
        return category
    names = [name for one in KINDS for name in (one.plural, one.singular, *one.short_names)]
    near = difflib.get_close_matches(word.lower(), names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(one.plural for one in KINDS)}"
    raise CommandError(f'the server doesn\'t have a resource type "{word}"; {hint}')


def parse_object(words: Sequence[str], kinds: frozenset[str]) -> Wanted:
    """`TYPE NAME` or `TYPE/NAME` of one of these kinds; a name alone is a pod's. Raises CommandError."""
    if len(words) == 1 and "/" not in words[0]:
        words = [f"pod/{words[0]}"]
    found = parse_wanted(words)
    if len(found) != 1 or not found[0].name:
        raise CommandError(f"one object is needed, such as deployment/cpanel-v2, not {' '.join(words)!r}")
    if found[0].kind.kind not in kinds:
        raise CommandError(f"this works on {', '.join(sorted(kinds))}; {found[0].title} is none")
    return found[0]


def _parse_pair(word: str) -> Wanted:
    kind, slash, name = word.partition("/")
    if not slash or not name or "/" in name:
        raise CommandError(f"{word!r}: with TYPE/NAME every word must be one, such as deployment/cpanel-v2")
    kinds = parse_kinds(kind)
    if len(kinds) != 1:
        raise CommandError(f"{word!r}: {kind} is several kinds; a name needs one")
    return Wanted(kinds[0], name)
