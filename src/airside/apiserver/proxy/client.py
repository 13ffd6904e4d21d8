"""GET on an Envoy's administration interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    code: int
    media_type: str
    content: bytes


async def ask_proxy(socket: Path, target: str) -> ProxyAnswer | None:
    """What the Envoy at the socket answers; None when nobody does."""
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://envoy", timeout=10) as http:
        try:
            response = await http.get(target)
        except httpx.TransportError:
            return None
    return ProxyAnswer(response.status_code, response.headers.get("content-type", "text/plain"), response.content)
