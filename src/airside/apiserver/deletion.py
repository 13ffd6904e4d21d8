"""What a DELETE does to an object: gone at once, or marked and left to those who must agree (finalizers, the agent of a pod)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from airside.apiserver.metadata import format_time, marked_deleted, metadata_of, with_metadata
from airside.apiserver.options import DeleteOptions
from airside.resources.kinds import Kind

Raw = Mapping[str, object]
DEFAULT_GRACE = 30
_BY_POLICY = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


@dataclass(frozen=True, slots=True)
class Gone:
    """Remove it now."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Keep it, changed like this (or not at all, when it is on its way out already)."""

    raw: Raw


def decide_deletion(kind: Kind, raw: Raw, options: DeleteOptions, now: datetime) -> Gone | Marked:
    if kind.kind == "Namespace":
        return _decide_namespace(raw, now)
    finalizers = _finalizers(raw, options.propagation)
    if finalizers != list_of(metadata_of(raw).get("finalizers")):
        raw = with_metadata(raw, finalizers=finalizers or None)
    grace = _grace(kind, raw, options.grace)
    deleting = "deletionTimestamp" in metadata_of(raw)
    if grace == 0 and not finalizers:
        return Gone()
    if not deleting:
        return Marked(marked_deleted(kind, raw, now + timedelta(seconds=grace), grace))
    given = metadata_of(raw).get("deletionGracePeriodSeconds")
    if isinstance(given, int) and grace < given:  # only ever sooner
        return Marked(marked_deleted(kind, raw, now + timedelta(seconds=grace), grace))
    return Marked(raw)


def is_finished(kind: Kind, raw: Raw) -> bool:
    """Whether an object that was marked has nothing left that holds it."""
    metadata = metadata_of(raw)
    if "deletionTimestamp" not in metadata or metadata.get("finalizers"):
        return False
    if kind.kind == "Namespace":
        return not _spec_finalizers(raw)
    return metadata.get("deletionGracePeriodSeconds") in (None, 0)


def list_of(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _finalizers(raw: Raw, propagation: str) -> list[object]:
    """The policy's finalizer is there exactly when the policy is asked for; none asked for leaves things as they are."""
    found = list_of(metadata_of(raw).get("finalizers"))
    if not propagation:
        return found
    kept = [finalizer for finalizer in found if finalizer not in _BY_POLICY.values()]
    return [*kept, _BY_POLICY[propagation]] if propagation in _BY_POLICY else kept


def _grace(kind: Kind, raw: Raw, asked: int | None) -> int:
    """Only a pod that runs somewhere has someone to stop it with grace."""
    spec = raw.get("spec")
    if kind.kind != "Pod" or not isinstance(spec, Mapping) or not spec.get("nodeName"):
        return 0
    status = raw.get("status")
    if isinstance(status, Mapping) and status.get("phase") in ("Succeeded", "Failed"):
        return 0
    if asked is not None:
        return max(asked, 0) if asked >= 0 else 1
    given = metadata_of(raw).get("deletionGracePeriodSeconds", spec.get("terminationGracePeriodSeconds"))
    return given if isinstance(given, int) else DEFAULT_GRACE


def _decide_namespace(raw: Raw, now: datetime) -> Gone | Marked:
    if not _spec_finalizers(raw) and not metadata_of(raw).get("finalizers"):
        return Gone()
    if "deletionTimestamp" in metadata_of(raw):
        return Marked(raw)
    return Marked({**with_metadata(raw, deletionTimestamp=format_time(now)), "status": {"phase": "Terminating"}})


def _spec_finalizers(raw: Raw) -> list[object]:
    spec = raw.get("spec")
    return list_of(spec.get("finalizers")) if isinstance(spec, Mapping) else []
