"""`airside apply`: each object created, or patched as kubectl's three-way merge has it; then, if asked, awaited on the proxies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from airside.cli.bundle import Item
from airside.cli.merge import annotate, plan_apply
from airside.client.client import ApiClient
from airside.client.errors import AlreadyExists, Conflict, NotFound, Refused
from airside.client.requests import Patch, Target, Writing

_ATTEMPTS = 5
"""Another writer may come between reading and patching; so often we look again."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one object: `created`, `configured` or `unchanged`, and the revision that did it."""

    item: Item
    verb: str
    revision: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An object that the server did not take."""

    item: Item
    error: Refused


@dataclass(slots=True)
class Outcome:
    """Of a whole apply."""

    done: list[Done] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def span(self) -> tuple[int, int] | None:
        """(since, until): the revisions between which our changes lie, the first excluded; None when nothing was applied.

        What was so before was once a change too: waiting for it finds whether all proxies follow it by now.
        """
        changed = [one.revision for one in self.done if one.verb != "unchanged"]
        everything = [one.revision for one in self.done]
        return (min(changed or everything) - 1, max(everything)) if everything else None


def apply_items(client: ApiClient, items: Iterable[Item], tell: Callable[[Done | Refusal], None], dry_run: bool = False) -> Outcome:
    """One after the other, in their order; one that is refused does not stop the others."""
    outcome = Outcome()
    writing = Writing(dry_run=dry_run)
    for item in items:
        try:
            done = _apply(client, item, writing)
        except Refused as error:
            refusal = Refusal(item, error)
            outcome.refused.append(refusal)
            tell(refusal)
        else:
            outcome.done.append(done)
            tell(done)
    return outcome


def _apply(client: ApiClient, item: Item, writing: Writing) -> Done:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _attempt(client, item, writing)
        except (AlreadyExists, Conflict):
            continue  # somebody was faster
    return _attempt(client, item, writing)


def _attempt(client: ApiClient, item: Item, writing: Writing) -> Done:
    try:
        current = client.get(item.kind, item.key.name, item.key.namespace)
    except NotFound:
        return Done(item, "created", _revision(client.create(item.kind, annotate(item.raw), writing)))
    patch = plan_apply(item.raw, current)
    if not patch:
        return Done(item, "unchanged", _revision(current))
    changed = client.patch(Target(item.kind, item.key.namespace, item.key.name), _guard(patch, current), Patch.MERGE, writing)
    # defaults that the server adds can make a patch say what was so before
    return Done(item, "unchanged" if _revision(changed) == _revision(current) and not writing.dry_run else "configured", _revision(changed))


def _guard(patch: Mapping[str, object], current: Mapping[str, object]) -> dict[str, object]:
    """The patch was planned from `current`; on anything else it must not land."""
    metadata = patch.get("metadata")
    return {**patch, "metadata": {**(metadata if isinstance(metadata, Mapping) else {}), "resourceVersion": str(_revision(current))}}


def _revision(raw: Mapping[str, object]) -> int:
    metadata = raw.get("metadata")
    version = metadata.get("resourceVersion") if isinstance(metadata, Mapping) else None
    return int(version) if isinstance(version, str) and version.isdigit() else 0
