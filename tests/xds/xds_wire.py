"""A hub and its clients joined through memory: messages wait in both directions until a test lets them through."""

from __future__ import annotations

from dataclasses import dataclass, field

from xds_client import ALL, Client, cluster, endpoints, listener, routes

from airside.xds.hub import Hub
from airside.xds.part import Response
from airside.xds.protocol import Request
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ProxyId, TypeUrl, Update
from airside.xds.session import Session
from airside.xds.status import Notice


@dataclass
class Wire:
    """One proxy's connection to a hub."""

    hub: Hub
    proxy: ProxyId = ProxyId("p")
    client: Client = field(default_factory=Client)
    session: Session | None = None
    downstream: list[Response] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    now: float = 0.0

    def expect(self) -> None:
        self.publish(Update(self.hub.revision, proxies={self.proxy: (ALL,)}))

    def publish(self, update: Update) -> None:
        self.notices += self.hub.publish(update, self.now).notices
        self.flush()

    def connect(self) -> None:
        self.disconnect()
        self.session = self.hub.connect(self.proxy)
        self.client.connect()

    def disconnect(self) -> None:
        """What is on the wire is lost."""
        if self.session is not None:
            self.notices += self.hub.disconnect(self.session, self.now).notices
        self.session, self.downstream = None, []

    def flush(self) -> None:
        """The server sends what it may."""
        if self.session is not None:
            responses, outcome = self.hub.respond(self.session, self.now)
            self.downstream += responses
            self.notices += outcome.notices

    def deliver_down(self) -> bool:
        """The oldest response reaches the client."""
        if self.downstream:
            self.client.take(self.downstream.pop(0))
            return True
        return False

    def deliver_up(self) -> bool:
        """The oldest request reaches the server."""
        if self.session is None or not self.client.outbox:
            return False
        self.hub.receive(self.session, self.client.outbox.pop(0), self.now)
        self.flush()
        return True

    def settle(self) -> None:
        """Let everything through until both are silent."""
        self.flush()
        for _ in range(10_000):
            if not (self.deliver_up() or self.deliver_down()):
                return
        raise AssertionError("server and client never stop talking")


EVERYTHING = {
    CLUSTER: [cluster("a"), cluster("b")],
    ENDPOINTS: [endpoints("a"), endpoints("b")],
    LISTENER: [listener("l", "r")],
    ROUTES: [routes("r", "a", "b")],
}

Said = list[tuple[TypeUrl, tuple[str, ...], tuple[str, ...]]]


def said_after(wire: Wire, change: Update) -> Said:
    """What the client hears because of a change, until all is quiet."""
    before = len(wire.client.received)
    wire.publish(change)
    wire.settle()
    return wire.client.received[before:]


def acknowledge(wire: Wire, response: Response) -> None:
    """As a client would that acknowledges at once, warm or not."""
    assert wire.session is not None
    wire.hub.receive(wire.session, Request(response.type, nonce=response.nonce), wire.now)
    wire.flush()
