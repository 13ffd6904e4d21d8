"""The book of what proxies refuse now, by the object it was made from. Pure: notices in, the objects they concern out."""

from __future__ import annotations

from dataclasses import dataclass, field

from airside.controllers.conditions import Refusal
from airside.resources.keys import ObjectKey
from airside.xds.resource import ProxyId, TypeUrl
from airside.xds.status import Notice, Recovery, Rejection


@dataclass(slots=True)
class Ledger:
    """One entry per proxy and resource."""

    _held: dict[tuple[ProxyId, TypeUrl, str], Rejection] = field(default_factory=dict)

    def hear(self, notice: Notice) -> frozenset[ObjectKey]:
        """Take it down; the objects whose refusals may now be others."""
        rejection = notice.rejection if isinstance(notice, Recovery) else notice
        place = (rejection.proxy, rejection.type, rejection.resource)
        before = self._held.pop(place, None)
        if isinstance(notice, Rejection):
            self._held[place] = notice
        return _blamed(rejection) | (_blamed(before) if before is not None else frozenset())

    def against(self, key: ObjectKey) -> list[Refusal]:
        """What is refused now of what was made from the object."""
        return [Refusal(each.proxy, each.resource, each.message) for each in self._held.values() if str(key) in each.origins]


def _blamed(rejection: Rejection) -> frozenset[ObjectKey]:
    """Istio's objects alone: a route table is made from every Service in it, and none of them asked for what was refused."""
    return frozenset(key for key in map(ObjectKey.parse, rejection.origins) if key.group.endswith(".istio.io"))
