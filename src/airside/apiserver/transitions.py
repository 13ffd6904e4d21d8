"""What a step of the log is to a watch that selects: what comes to be selected is added, what ceases to be is deleted."""

from __future__ import annotations

from airside.apiserver.selectors import Selector
from airside.store import Stored, StoreEvent


def selected_event(event: StoreEvent, selector: Selector, namespace: str) -> tuple[str, Stored] | None:
    """Type and object as the watcher sees them; None when it sees nothing."""
    if namespace and event.object.key.namespace != namespace:
        return None
    before = event.previous is not None and selector.selects(event.previous.raw)
    after = event.type != "DELETED" and selector.selects(event.object.raw)
    match before, after:
        case True, True:
            return "MODIFIED", event.object
        case False, True:
            return "ADDED", event.object
        case True, False:
            # What the watcher knew of it, under the revision in which it went
            known = event.object if event.type == "DELETED" else _last_known(event)
            return "DELETED", known
        case _:
            return None


def _last_known(event: StoreEvent) -> Stored:
    assert event.previous is not None
    metadata = event.previous.raw["metadata"]
    assert isinstance(metadata, dict)
    raw = {**event.previous.raw, "metadata": {**metadata, "resourceVersion": str(event.revision)}}
    return Stored(event.object.key, event.revision, raw)
