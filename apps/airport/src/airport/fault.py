"""The fault switch: makes one replica bad on demand, so that one can see what the others and the mesh make of it.

`PUT /fault {"status":503,"share":1.0,"delay_ms":0}` on one pod; `DELETE /fault` ends it. Probes and the switch itself
are never touched: a replica that is bad in this way still looks well to its orchestrator.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from airport.documents import Document, Invalid, parse_document, parse_number, parse_whole


@dataclass(frozen=True, slots=True)
class Fault:
    """What a share of the requests meets: a delay, then the status (0: none, they are served)."""

    status: int = 503
    share: float = 1.0
    delay_ms: float = 0.0


def parse_fault(document: Document) -> Fault:
    if unknown := document.keys() - {"status", "share", "delay_ms"}:
        raise Invalid(f"{min(unknown)}: not known; expected status, share, delay_ms")
    fault = Fault(
        status=parse_whole(document, "status") if document.get("status") else 0,
        share=parse_number(document, "share") if "share" in document else 1.0,
        delay_ms=parse_number(document, "delay_ms") if "delay_ms" in document else 0.0,
    )
    if fault.status and not 200 <= fault.status <= 599:
        raise Invalid(f"status: expected 200 to 599, got {fault.status}")
    if fault.share > 1:
        raise Invalid(f"share: expected 0 to 1, got {fault.share}")
    return fault


class FaultSwitch:
    """Holds the fault of this replica, serves `/fault`, and stands in front of what the fault may touch."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.route = Route("/fault", self._switch, methods=["GET", "PUT", "DELETE"])

    def before(self, app: ASGIApp, untouched: frozenset[str]) -> ASGIApp:
        """`app` with the fault in front of every path but the untouched ones."""

        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            answer = None
            if scope["type"] == "http" and scope["path"] not in untouched:
                answer = await self._strike()
            await (answer or app)(scope, receive, send)

        return faulty

    async def _strike(self) -> Response | None:
        fault = self.fault
        if fault is None or random.random() >= fault.share:
            return None
        await asyncio.sleep(fault.delay_ms / 1000)
        return PlainTextResponse("fault switch", fault.status) if fault.status else None

    async def _switch(self, request: Request) -> Response:
        if request.method == "PUT":
            self.fault = parse_fault(parse_document(await request.body()))
        elif request.method == "DELETE":
            self.fault = None
        return JSONResponse(asdict(self.fault) if self.fault else None)
