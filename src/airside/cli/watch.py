"""Commands that last: waiting for conditions with a deadline, and following the logs of several pods at once."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from airside.cli.conditions import Goal, is_met
from airside.cli.errors import Failed
from airside.client.client import ApiClient
from airside.client.errors import ClientError
from airside.client.requests import LogWanted, Selection, build_watch
from airside.resources.kinds import Kind

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Awaited:
    """One object that is waited for."""

    kind: Kind
    namespace: str
    name: str

    @property
    def title(self) -> str:
        return f"{self.kind.title}/{self.name}"


def wait_for(client: ApiClient, awaited: Sequence[Awaited], goal: Goal, seconds: float, tell: Callable[[str], None]) -> list[Awaited]:
    """Waits for each in turn, all under one deadline; the ones that did not get there."""
    deadline = time.monotonic() + seconds
    late = []
    for one in awaited:
        if _reaches(client, one, goal, deadline):
            tell(one.title)
        else:
            late.append(one)
    return late


def _reaches(client: ApiClient, one: Awaited, goal: Goal, deadline: float) -> bool:
    selection = Selection(one.namespace or None, fields=f"metadata.name={one.name}")
    while True:
        listing = client.list(one.kind, selection)
        if is_met(goal, listing.items[0] if listing.items else None):
            return True
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        for kind, raw in _events(client, one.kind, selection, listing.revision, left):
            if is_met(goal, None if kind == "DELETED" else raw):
                return True


def _events(client: ApiClient, kind: Kind, selection: Selection, revision: str, seconds: float) -> Iterator[tuple[str, Raw]]:
    """Changes, until the server ends the watch in time."""
    request = build_watch(kind, selection, revision).asking(timeoutSeconds=max(1, round(seconds)))
    for line in _lines(client.stream(request)):
        event = json.loads(line)
        if event["type"] == "ERROR":  # too old, most likely: the caller lists again
            return
        if event["type"] != "BOOKMARK":
            yield event["type"], event["object"]


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from whole
    if rest:
        yield rest


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log, and what goes before its lines where several are shown."""

    wanted: LogWanted
    prefix: str


def show_logs(client: ApiClient, sources: Sequence[LogSource], out: Callable[[str], None], err: Callable[[str], None]) -> None:
    """One after the other; if followed, all at once, lines as they come. Raises Failed where one could not be read."""
    if not any(source.wanted.follow for source in sources):
        for source in sources:
            for line in _lines(client.log(source.wanted)):
                out(source.prefix + line)
        return
    lines: queue.Queue[str | ClientError | None] = queue.Queue(maxsize=1000)
    for source in sources:
        # a daemon: it waits for the next line for ever, and must not hold up the end of the command
        threading.Thread(target=_feed, args=(client, source, lines), daemon=True).start()
    left, failed = len(sources), False
    while left:
        told = lines.get()
        if isinstance(told, str):
            out(told)
        else:
            left -= 1
            if told is not None:
                failed = True
                err(f"error: {told}")
    if failed:
        raise Failed


def _feed(client: ApiClient, source: LogSource, lines: queue.Queue[str | ClientError | None]) -> None:
    try:
        for line in _lines(client.log(source.wanted)):
            lines.put(source.prefix + line)
    except ClientError as error:
        lines.put(error)
    else:
        lines.put(None)
