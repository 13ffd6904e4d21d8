"""What can be told about proxies: values for people and for the API, made from sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from .part import Part
from .resource import ORDER, ProxyId, TypeUrl
from .session import Session


class State(Enum):
    """How a proxy stands to one type; istioctl's words, and REJECTED."""

    SYNCED = "SYNCED"
    STALE = "STALE"  # something is on its way, or held back until something else is there
    NOT_SENT = "NOT SENT"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class TypeStatus:
    """`sent` and `acked` are revisions of the store; `resources` counts what the proxy has acknowledged."""

    state: State
    sent: str
    acked: str
    resources: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A resource that a proxy does not have in its newest version, because it refused that (or one that it needs)."""

    proxy: ProxyId
    type: TypeUrl
    resource: str
    version: str  # "" for a removal that was held back
    revision: int  # the change that brought it
    message: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recovery:
    """A resource whose newest version a proxy now has, or needs no more, after a rejection."""

    rejection: Rejection


Notice = Rejection | Recovery


@dataclass(frozen=True, slots=True)
class ProxyStatus:
    """One proxy, connected or expected. A connected one that nothing names is not `known`: it waits."""

    id: ProxyId
    known: bool
    connected: bool
    types: Mapping[TypeUrl, TypeStatus]
    rejected: tuple[Rejection, ...]


def rejections(session: Session) -> tuple[Rejection, ...]:
    """Everything that the proxy refused, and what that holds up."""
    found = []
    for part in session.parts.values():
        delivery = part.delivery
        if not (delivery.refused or delivery.stuck):
            continue
        for name, message in delivery.refusals().items():
            refusal, item = delivery.refused.get(name), delivery.due.get(name)
            resource = refusal.resource if refusal is not None else item.resource if item is not None else None
            version, origins = (resource.version, resource.origins) if resource is not None else ("", ())
            revision = refusal.revision if refusal is not None else item.revision if item is not None else 0
            found.append(Rejection(session.proxy, part.type, name, version, revision, message, origins))
    return tuple(found)


def status_of(proxy: ProxyId, session: Session | None, known: bool) -> ProxyStatus:
    parts = session.parts if session is not None else {}
    return ProxyStatus(
        id=proxy,
        known=known,
        connected=session is not None,
        types={type: _type_status(parts.get(type)) for type in ORDER},
        rejected=rejections(session) if session is not None else (),
    )


def _type_status(part: Part | None) -> TypeStatus:
    if part is None:
        return TypeStatus(State.NOT_SENT, "", "", 0)
    delivery = part.delivery
    if delivery.refused or delivery.stuck:
        state = State.REJECTED
    elif delivery.due or delivery.flying or delivery.cold or part.greeting:
        state = State.STALE
    else:
        state = State.SYNCED if part.sent or delivery.held else State.NOT_SENT
    return TypeStatus(state, part.sent, part.acked, len(delivery.held))
