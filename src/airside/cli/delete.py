"""`airside delete`: objects by name, by file, or all of a kind; done when they are gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airside.cli.errors import CommandError, Failed
from airside.cli.get import describe, name_of
from airside.cli.session import Console
from airside.cli.words import Wanted
from airside.client.client import ApiClient
from airside.client.errors import NotFound, Refused
from airside.client.requests import Selection
from airside.resources.kinds import Kind


@dataclass(frozen=True, slots=True)
class Doomed:
    """One object to be deleted."""

    kind: Kind
    namespace: str
    name: str

    @property
    def message(self) -> str:
        """kubectl's words: the kind's singular, with its group."""
        return f'{self.kind.title} "{self.name}" deleted'


@dataclass(frozen=True, slots=True)
class Deletion:
    """How to delete. `missing_ok`: `--ignore-not-found`."""

    grace: int | None = None
    wait: bool = True
    missing_ok: bool = False


def select_doomed(client: ApiClient, wanted: Iterable[Wanted], selection: Selection, everything: bool) -> list[Doomed]:
    """The objects that words, `-l` and `--all` mean. Raises CommandError where they would mean a whole kind without saying so."""
    doomed: list[Doomed] = []
    for one in wanted:
        if one.name:
            if selection.namespace is None and one.kind.namespaced:
                raise CommandError("a resource cannot be retrieved by name across all namespaces")
            doomed.append(Doomed(one.kind, selection.namespace or "", one.name))
        elif everything or selection.labels or selection.fields:
            found = client.list(one.kind, selection).items
            doomed += [Doomed(one.kind, namespace_of(raw), name_of(raw)) for raw in found]
        else:
            raise CommandError(f"which {one.kind.plural}? Name them, or say -l SELECTOR, or --all")
    return doomed


def delete(client: ApiClient, doomed: Iterable[Doomed], how: Deletion, console: Console) -> None:
    """Raises Failed where one could not be deleted."""
    accepted: list[tuple[Doomed, str]] = []
    failed = False
    for one in doomed:
        try:
            uid = _uid(client.get(one.kind, one.name, one.namespace))
            client.delete(one.kind, one.name, one.namespace, how.grace)
        except NotFound as error:
            if not how.missing_ok:
                failed = True
                console.err(describe(error))
        except Refused as error:
            failed = True
            console.err(describe(error))
        else:
            accepted.append((one, uid))
            console.out(one.message)
    if how.wait:
        for one, uid in accepted:
            await_gone(client, one, uid)
    if failed:
        raise Failed


def await_gone(client: ApiClient, one: Doomed, uid: str) -> None:
    """Returns once the object of that uid is no more; another of its name may be there by then."""
    there = False
    for event in client.follow(one.kind, Selection(one.namespace or None, fields=f"metadata.name={one.name}")):
        if event.type != "SYNCED":
            there = event.type != "DELETED" and _uid(event.object) == uid
        if not there:
            return


def namespace_of(raw: object) -> str:
    return _metadata(raw, "namespace")


def _uid(raw: object) -> str:
    return _metadata(raw, "uid")


def _metadata(raw: object, name: str) -> str:
    metadata = raw.get("metadata") if isinstance(raw, dict) else None
    return str(metadata.get(name, "")) if isinstance(metadata, dict) else ""
