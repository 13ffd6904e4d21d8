"""All that is served and all who are connected: the whole state of the xDS server, without the wire.

The shell (`serve.py`) tells it what happens and then asks each concerned session what to send.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .part import Response
from .protocol import Request
from .pushes import Progress, Pushes
from .resource import ProxyId, Update
from .session import Doubts, Session
from .status import Notice, ProxyStatus, Recovery, Rejection, rejections, status_of
from .tables import Tables


@dataclass(frozen=True, slots=True)
class Outcome:
    """What followed from an event: whose turn it is to send, what there is to report, and whether some push arrived."""

    wake: frozenset[ProxyId] = frozenset()
    notices: tuple[Notice, ...] = ()
    arrived: bool = False


@dataclass(slots=True)
class Hub:
    """Tables, sessions by proxy, and the pushes on their way. `now` is in seconds of any steady clock."""

    revision: int = 0
    tables: Tables = field(default_factory=Tables)
    sessions: dict[ProxyId, Session] = field(default_factory=dict)
    pushes: Pushes = field(default_factory=Pushes)
    doubts: dict[ProxyId, Doubts] = field(default_factory=dict)  # what the streams of those who left have left open
    rejected: dict[ProxyId, tuple[Rejection, ...]] = field(default_factory=dict)  # as last reported; only proxies with some

    def publish(self, update: Update, now: float) -> Outcome:
        """Serve this from now on. Only sessions that see a changed name are looked at."""
        first = self.revision + 1
        self.revision = max(self.revision, update.revision)
        touched = self.tables.apply(update)
        connected, absent = set(), set()
        for proxy in touched.rescoped | touched.names.keys():
            session = self.sessions.get(proxy)
            if session is None:
                absent.add(proxy)
            elif proxy in touched.rescoped:
                if session.rescope(self.tables.view(proxy), update.revision):
                    connected.add(proxy)
            elif session.change(touched.names[proxy], update.revision):
                connected.add(proxy)
        for proxy in touched.gone & self.sessions.keys():
            self.sessions[proxy].rescope(None, update.revision)
        for proxy in touched.gone:
            self.doubts.pop(proxy, None)
        self.pushes.begin((min(first, update.revision), update.revision), frozenset(connected), frozenset(absent), now)
        concerned = touched.rescoped | touched.names.keys() | touched.gone
        arrived = any([self._settle(proxy, now) for proxy in concerned])
        return Outcome(frozenset(concerned & self.sessions.keys()), self._notices(concerned), arrived)

    def connect(self, proxy: ProxyId) -> Session:
        """A stream of this proxy began; an earlier one, if any, is of the past."""
        earlier = self.sessions.pop(proxy, None)
        if earlier is not None:
            self._keep_doubts(earlier)
        session = Session(proxy, self.tables.view(proxy), self.revision, self.doubts.pop(proxy, None))
        self.sessions[proxy] = session
        return session

    def disconnect(self, session: Session, now: float) -> Outcome:
        if self.sessions.get(session.proxy) is not session:
            return Outcome()
        del self.sessions[session.proxy]
        self._keep_doubts(session)
        return Outcome(notices=self._notices([session.proxy]), arrived=self.pushes.leave(session.proxy, now))

    def _keep_doubts(self, session: Session) -> None:
        if session.proxy in self.tables.proxies:
            self.doubts[session.proxy] = session.doubts()

    def receive(self, session: Session, request: Request, now: float) -> Outcome:
        """The client of a session said something. One whose proxy has begun a newer stream is not listened to."""
        if self.sessions.get(session.proxy) is not session:
            return Outcome()
        session.receive(request)
        return Outcome(frozenset({session.proxy}))

    def respond(self, session: Session, now: float) -> tuple[list[Response], Outcome]:
        """What to send to a session now; only that can tell what is stuck, hence the news."""
        if self.sessions.get(session.proxy) is not session:
            return [], Outcome()
        responses = session.respond(now)
        return responses, Outcome(notices=self._notices([session.proxy]), arrived=self._settle(session.proxy, now))

    def _settle(self, proxy: ProxyId, now: float) -> bool:
        session = self.sessions.get(proxy)
        return session is not None and self.pushes.settle(proxy, session.owes, now)

    def _notices(self, proxies: Iterable[ProxyId]) -> tuple[Notice, ...]:
        """What has changed among the rejections of these proxies since it was last asked."""
        notices: list[Notice] = []
        for proxy in proxies:
            session = self.sessions.get(proxy)
            before, after = self.rejected.pop(proxy, ()), rejections(session) if session is not None else ()
            if after:
                self.rejected[proxy] = after
            if before != after:
                named = {(rejection.type, rejection.resource) for rejection in after}
                notices += [Recovery(rejection) for rejection in before if (rejection.type, rejection.resource) not in named]
                notices += [rejection for rejection in after if rejection not in before]
        return tuple(notices)

    def arrived(self, since: int, revision: int) -> bool:
        """Whether the changes in (since, revision] are known here and taken by all whom they touch and who are connected."""
        return self.revision >= revision and not self.progress(since, revision).pending

    def progress(self, since: int, revision: int) -> Progress:
        return self.pushes.progress(since, revision)

    def status(self) -> list[ProxyStatus]:
        """Every proxy that is expected or connected, by id."""
        expected = self.tables.proxies
        return [status_of(proxy, self.sessions.get(proxy), proxy in expected) for proxy in sorted(expected.keys() | self.sessions.keys())]
