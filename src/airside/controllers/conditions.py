"""What Envoy refused, written on the object it came from: the status condition `Reconciled`, as Istio names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airside.controllers.held import part

TYPE = "Reconciled"


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One resource that one proxy did not take."""

    proxy: str
    resource: str
    message: str  # Envoy's words


def with_condition(raw: Mapping[str, object], refusals: Sequence[Refusal], now: str) -> dict[str, object] | None:
    """The object with what is refused now; None if it says so already, or never had anything to say. `now` is RFC 3339."""
    status = part(raw, "status")
    listed = status.get("conditions")
    conditions = [dict(each) for each in listed] if isinstance(listed, list) else []
    before = next((each for each in conditions if each.get("type") == TYPE), None)
    if before is None and not refusals:
        return None
    wanted = _condition(refusals)
    if before is not None and all(before.get(field) == value for field, value in wanted.items()):
        return None
    same = before is not None and before.get("status") == wanted["status"]
    since = before["lastTransitionTime"] if same and before is not None else now
    kept = [each for each in conditions if each.get("type") != TYPE]
    return {**raw, "status": {**status, "conditions": [*kept, {**wanted, "lastTransitionTime": since}]}}


def _condition(refusals: Sequence[Refusal]) -> dict[str, object]:
    if not refusals:
        return {"type": TYPE, "status": "True", "reason": "Accepted", "message": "every proxy took what this object asks for"}
    said = "; ".join(f"{each.proxy} refused {each.resource}: {each.message}" for each in sorted(set(refusals)))
    return {
        "type": TYPE,
        "status": "False",
        "reason": "RejectedByEnvoy",
        "message": f"{said}. The last good configuration keeps serving.",
    }
