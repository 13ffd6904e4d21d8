"""Calls to other services: one client, which hands tracing headers on and otherwise leaves calls alone.

No timeout, no retry, no limit on connections: whoever carries the calls (`http_proxy`, or a proxy in between) decides.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from airport import tracing

# Longer idle than this, a connection is closed from this end: proxies keep theirs open for longer.
_IDLE_SECONDS = 60.0


def open_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=None,
        trust_env=True,
        # One context for all the proxies of the environment: reading the authorities' certificates is slow.
        verify=ssl.create_default_context(),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=_IDLE_SECONDS),
        event_hooks={"request": [_hand_on]},
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that did not do what it should: whom it was for, what came back (no status: nothing did)."""

    to: str
    status: int | None
    reason: str

    def document(self) -> dict[str, object]:
        return {"to": self.to, "status": self.status, "reason": self.reason}


async def post(client: httpx.AsyncClient, to: str, url: str, document: object) -> httpx.Response | Failure:
    """POST a document; an answer other than 2xx is a failure, as is none."""
    return await _call(to, client.build_request("POST", url, json=document), client)


async def get(client: httpx.AsyncClient, to: str, url: str, query: dict[str, str]) -> httpx.Response | Failure:
    """GET, judged in the same way."""
    return await _call(to, client.build_request("GET", url, params=query), client)


async def _call(to: str, request: httpx.Request, client: httpx.AsyncClient) -> httpx.Response | Failure:
    try:
        answer = await client.send(request)
    except httpx.HTTPError as error:
        return Failure(to, None, show_call_error(error))
    return answer if answer.is_success else Failure(to, answer.status_code, answer.text[:200])


def show_call_error(error: httpx.HTTPError) -> str:
    """What went wrong on the way, for people."""
    return str(error) or type(error).__name__


async def _hand_on(request: httpx.Request) -> None:
    for name, value in tracing.headers():
        if name not in request.headers:
            request.headers[name] = value
