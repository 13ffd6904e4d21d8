"""How one resource waits for others: what must be there before it is sent, and what must follow before it is warm.

Only what the client subscribes to and what is served can be waited for; a need that nobody will ever meet holds nothing up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from .part import Part
from .resource import PUSHED, Resource, TypeUrl
from .tables import View


class Standing(Enum):
    READY = "ready"
    WAITS = "waits"  # for an answer, or for warmth
    STUCK = "stuck"  # behind a refusal; it stays until something changes


@dataclass(frozen=True, slots=True)
class Needs:
    """The needs of the resources of one session."""

    view: View
    parts: Mapping[TypeUrl, Part]

    def before(self, resource: Resource) -> tuple[Standing, str]:
        """Whether the pushed resources that this one needs are there and warm; if stuck, why."""
        worst, why = Standing.READY, ""
        if not any(type in self.parts and self.parts[type].delivery.unsettled() for type in PUSHED):
            return worst, why  # the usual case, and a table of routes may need a thousand clusters
        for type, name in resource.before:
            match self._there(type, name):
                case Standing.WAITS:
                    return Standing.WAITS, ""
                case Standing.STUCK:
                    worst, why = Standing.STUCK, f"not sent: it needs {short(type)} {name}, which the proxy refused"
                case Standing.READY:
                    pass
        return worst, why

    def _there(self, type: TypeUrl, name: str) -> Standing:
        part = self.parts.get(type)
        if part is None or not part.subscription.covers(name):
            return Standing.READY
        delivery = part.delivery
        coming = delivery.due.get(name) or delivery.flying.get(name)
        refused = name in delivery.stuck or (coming is None and name in delivery.refused)
        if refused:
            return Standing.READY if name in delivery.held else Standing.STUCK
        if (coming is not None and coming.resource is not None) or name in delivery.cold:
            return Standing.WAITS
        return Standing.READY

    def followed(self, resource: Resource) -> bool:
        """Whether what the client asks for because of this resource has come, or will not come at all."""
        return all(self._come(type, name) for type, name in resource.after)

    def _come(self, type: TypeUrl, name: str) -> bool:
        if self.view.find(type, name) is None:
            return True
        part = self.parts.get(type)
        if part is None or not part.subscription.covers(name):
            return False  # the client has yet to ask
        delivery = part.delivery
        if name in delivery.stuck:
            return True
        if name in delivery.due or name in delivery.flying:
            return False
        return name in delivery.held or name in delivery.refused


def short(type: TypeUrl) -> str:
    """`Cluster` for the type URL of clusters: for messages to people."""
    return type.rpartition(".")[2]
