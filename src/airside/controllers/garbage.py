"""What goes when its owner is gone: objects whose owners, all of them, are no more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from airside.controllers.held import Held, Outcome, part
from airside.controllers.replica_set import doom
from airside.resources.fields import format_time
from airside.resources.objects import Object
from airside.resources.pod import Pod
from airside.store.changes import Change, Delete


def reconcile_owned(held: Held[Object], living: Collection[str], now: datetime) -> Outcome:
    """`living`: which of the uids it names as owners are there. Pods leave gracefully; what has finalizers is marked and waits for them."""
    owners = held.value.metadata.owner_references
    if not owners or held.leaving or any(owner.uid in living for owner in owners):
        return Outcome()
    return Outcome([_remove(held, now)])


def _remove(held: Held[Object], now: datetime) -> Change:
    if isinstance(held.value, Pod):
        return doom(Held(held.value, held.raw, held.revision), now)
    if held.value.metadata.finalizers:
        gone = format_time(now.replace(microsecond=0))
        return held.put(metadata={**part(held.raw, "metadata"), "deletionTimestamp": gone, "deletionGracePeriodSeconds": 0})
    return Delete(held.key, held.revision)
