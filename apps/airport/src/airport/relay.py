"""The relay: passes a request on to another service, and its answer back as received (status, headers, body).

Only what belongs to a single connection (hop-by-hop headers) stays behind.
"""

from __future__ import annotations

from collections.abc import Iterable

import httpx
from starlette.requests import Request
from starlette.responses import Response

from airport.calls import show_call_error
from airport.service import show_error

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


async def relay(request: Request, client: httpx.AsyncClient, base: str, prefix: str) -> Response:
    """Send `request` on to the service at `base`, its path without `prefix`; answer what comes back."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    rest = path.partition(b"?")[0].removeprefix(prefix.encode()) or b"/"
    url = httpx.URL(base.rstrip("/") + "/").copy_with(raw_path=rest + _query(request.scope["query_string"]))
    # Made here and not by the client, which would add headers of its own.
    onward = httpx.Request(request.method, url, headers=_end_to_end(request.headers.raw, b"host"), content=await request.body())
    try:
        answer = await client.send(onward, stream=True)
        try:
            body = b"".join([chunk async for chunk in answer.aiter_raw()])
        finally:
            await answer.aclose()
    except httpx.HTTPError as error:
        return show_error(502, f"{base}: {show_call_error(error)}")
    response = Response(body, answer.status_code)
    response.raw_headers = [(name.lower(), value) for name, value in _end_to_end(answer.headers.raw)]
    return response


def _query(query: bytes) -> bytes:
    return b"?" + query if query else b""


def _end_to_end(headers: Iterable[tuple[bytes, bytes]], *left_out: bytes) -> list[tuple[bytes, bytes]]:
    """The headers that are meant for the far end: neither hop-by-hop ones nor those that `Connection` names as such."""
    pairs = [(name, value) for name, value in headers if name.lower() not in left_out]
    named = {word.strip().lower() for name, value in pairs if name.lower() == b"connection" for word in value.split(b",")}
    return [(name, value) for name, value in pairs if name.lower() not in _HOP_BY_HOP | named]
