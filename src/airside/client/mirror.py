"""A local picture of a collection, kept by a watch: what turns lists and watch lines into a stream without gaps. No I/O.

After a lost connection the watch goes on from `revision`; when that is too old, a fresh list is compared with the picture and the
difference comes out as events. Whoever follows the events always ends up with what the server has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from airside.client.errors import Expired, Status, refusal

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Listing:
    """The objects of a list and the revision a watch goes on from."""

    items: Sequence[Raw]
    revision: str


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One step of a collection. SYNCED: everything that was there at the start has been told (its object is empty)."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "SYNCED"]
    object: Raw


class Mirror:
    """What has been told so far."""

    def __init__(self) -> None:
        self.revision = ""
        """Where the watch goes on; empty: list first."""
        self._known: dict[tuple[object, object], Raw] = {}
        self._synced = False

    def relist(self, listing: Listing) -> list[WatchEvent]:
        """What a full list says that was not told yet."""
        now = {_name(item): item for item in listing.items}
        gone = [WatchEvent("DELETED", raw) for name, raw in self._known.items() if name not in now]
        fresh = [
            WatchEvent("ADDED" if name not in self._known else "MODIFIED", raw)
            for name, raw in now.items()
            if name not in self._known or _version(self._known[name]) != _version(raw)
        ]
        self._known, self.revision = now, listing.revision
        first, self._synced = not self._synced, True
        return [*gone, *fresh, *([WatchEvent("SYNCED", {})] if first else [])]

    def observe(self, line: Mapping[str, object]) -> list[WatchEvent]:
        """What one line of a watch says. Raises Refused for an ERROR that is not about age; after that, list again."""
        raw = line["object"]
        assert isinstance(raw, dict)
        match line["type"]:
            case "ADDED" | "MODIFIED":
                event = WatchEvent("MODIFIED" if _name(raw) in self._known else "ADDED", raw)
                self._known[_name(raw)] = raw
            case "DELETED":
                event = WatchEvent("DELETED", raw)
                self._known.pop(_name(raw), None)
            case "BOOKMARK":
                self.revision = _version(raw)
                return []
            case _:
                self.revision = ""
                error = refusal(Status.parse(500, raw))
                if isinstance(error, Expired):
                    return []
                raise error
        self.revision = _version(raw)
        return [event]


def _metadata(raw: Raw) -> Mapping[str, object]:
    metadata = raw.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _name(raw: Raw) -> tuple[object, object]:
    metadata = _metadata(raw)
    return metadata.get("namespace"), metadata.get("name")


def _version(raw: Raw) -> str:
    return str(_metadata(raw).get("resourceVersion", ""))
